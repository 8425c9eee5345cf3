//! The environment's objects as the two-track canary sees them, and what a write to them must be guarded with.
//!
//! Invariants: a share above nothing is never rounded to nothing, and less than everything never to everything; rules that
//! do not name both Services are left alone.

use crate::domain::artifact::Image;
use crate::domain::cluster::{Backend, Deployment, ReplicaSet, Route, Snapshot};
use crate::domain::policy::CanaryPolicy;
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::step::{RuleBackends, Workload};

/// One side: a Deployment whose release container was found.
#[derive(Clone)]
pub(super) struct Side<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) container_index: usize,
    pub(super) container: &'a str,
    pub(super) image: Image,
}

/// The route, where it divides traffic between both Services.
pub(super) struct Splitter<'a> {
    pub(super) route: &'a Route,
    pub(super) rules: Vec<RuleBackends>,
    /// The canary's highest share in any rule; `None` where a rule sends to neither.
    pub(super) split: Option<Split>,
    /// Why the division is not simply one split.
    pub(super) oddity: Option<String>,
}

/// What of the strategy's objects is there and laid out as it must be.
pub(super) struct Objects<'a> {
    pub(super) stable: Result<Side<'a>, String>,
    pub(super) canary: Result<Side<'a>, String>,
    pub(super) route: Result<Splitter<'a>, String>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(seen: &'a Snapshot, policy: &'a CanaryPolicy) -> Self {
        Self {
            stable: side(seen, policy, Track::Stable),
            canary: side(seen, policy, Track::Canary),
            route: splitter(seen, policy),
        }
    }

    /// The canary's share of traffic; 0 where no route tells.
    pub(super) fn weight(&self) -> Weight {
        self.route
            .as_ref()
            .ok()
            .and_then(|route| route.split)
            .map_or(Weight::ZERO, |split| split.canary)
    }

    /// What is missing, a sentence each.
    pub(super) fn faults(&self) -> impl Iterator<Item = &str> {
        [
            self.stable.as_ref().err(),
            self.canary.as_ref().err(),
            self.route.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }
}

impl<'a> Side<'a> {
    /// The guard of a write to it.
    pub(super) fn workload(&self) -> Workload {
        Workload {
            deployment: self.deployment.name.clone(),
            uid: self.deployment.uid.clone(),
            generation: self.deployment.generation,
            container_index: self.container_index,
            container: self.container.to_owned(),
            plan: self.deployment.plan.clone(),
            has_annotations: self.deployment.has_annotations,
        }
    }

    /// The ReplicaSet with its present template, once its controller has made it.
    pub(super) fn present_set(&self, seen: &'a Snapshot) -> Option<&'a ReplicaSet> {
        let own = |set: &&ReplicaSet| set.template == self.deployment.template;
        seen.replica_sets_of(self.deployment)
            .find(own)
            .or_else(|| self.set_of_revision(seen))
    }

    /// Pods available that run its present template.
    pub(super) fn available(&self, seen: &'a Snapshot) -> u32 {
        match self.present_set(seen) {
            Some(set) => set.available,
            None if seen.replica_sets_of(self.deployment).next().is_some() => 0,
            None => self.deployment.counted.available,
        }
    }

    /// Whether its controller is still putting the present template in.
    pub(super) fn is_rolling(&self) -> bool {
        let Deployment {
            counted,
            replicas,
            generation,
            observed_generation,
            ..
        } = self.deployment;
        observed_generation < generation
            || counted.updated < *replicas
            || counted.total > counted.updated
    }

    fn set_of_revision(&self, seen: &'a Snapshot) -> Option<&'a ReplicaSet> {
        let deployment = self.deployment;
        if deployment.observed_generation < deployment.generation {
            return None;
        }
        seen.replica_sets_of(deployment).find(|set| {
            set.revision.is_some()
                && set.revision == deployment.revision
                && set.containers == deployment.containers
        })
    }
}

fn side<'a>(
    seen: &'a Snapshot,
    policy: &'a CanaryPolicy,
    track: Track,
) -> Result<Side<'a>, String> {
    let name = policy.deployment(track);
    let deployment = seen
        .deployment(name)
        .ok_or_else(|| format!("deployment {name} is not there"))?;
    let container = policy.container.as_str();
    let (container_index, found) = deployment
        .containers
        .iter()
        .enumerate()
        .find(|(_, candidate)| candidate.name == container)
        .ok_or_else(|| format!("deployment {name} has no container {container}"))?;
    let image = Image::parse(&found.image)
        .map_err(|fault| format!("container {container} of deployment {name}: {fault}"))?;
    Ok(Side {
        deployment,
        container_index,
        container,
        image,
    })
}

fn splitter<'a>(seen: &'a Snapshot, policy: &CanaryPolicy) -> Result<Splitter<'a>, String> {
    let route = seen
        .route
        .as_ref()
        .ok_or_else(|| format!("httproute {} is not there", policy.route))?;
    let rules: Vec<RuleBackends> = route
        .rules
        .iter()
        .enumerate()
        .filter_map(|(rule, backends)| places(rule, backends, policy))
        .collect();
    if rules.is_empty() {
        return Err(format!(
            "httproute {} has no rule that names both {} and {}",
            policy.route, policy.stable_service, policy.canary_service
        ));
    }
    let shares: Vec<Option<Weight>> = rules.iter().map(|rule| share(route, *rule)).collect();
    let highest = shares.iter().copied().max().flatten();
    let everywhere = shares.iter().all(Option::is_some);
    Ok(Splitter {
        oddity: oddity(route, &rules, &shares, policy),
        split: highest.filter(|_| everywhere).map(Split::canary),
        route,
        rules,
    })
}

fn places(rule: usize, backends: &[Backend], policy: &CanaryPolicy) -> Option<RuleBackends> {
    let place = |name: &str| backends.iter().position(|backend| backend.name == name);
    Some(RuleBackends {
        rule,
        stable: place(&policy.stable_service)?,
        canary: place(&policy.canary_service)?,
    })
}

/// The canary's share among both Services of a rule, in whole percent; `None` where both weights are 0.
fn share(route: &Route, places: RuleBackends) -> Option<Weight> {
    let weight = |index: usize| {
        let backend = route.rules.get(places.rule)?.get(index)?;
        Some(u64::from(backend.weight.unwrap_or(1)))
    };
    let (stable, canary) = (weight(places.stable)?, weight(places.canary)?);
    let sum = stable + canary;
    if sum == 0 {
        return None;
    }
    let nearest = (canary * 100 + sum / 2) / sum;
    let percent = match (stable, canary) {
        (_, 0) => 0,
        (0, _) => 100,
        (_, _) => nearest.clamp(1, 99),
    };
    Some(Weight::saturating(u32::try_from(percent).unwrap_or(100)))
}

fn oddity(
    route: &Route,
    rules: &[RuleBackends],
    shares: &[Option<Weight>],
    policy: &CanaryPolicy,
) -> Option<String> {
    let others = rules.iter().any(|places| {
        route.rules.get(places.rule).is_some_and(|backends| {
            backends.iter().enumerate().any(|(index, backend)| {
                index != places.stable && index != places.canary && backend.weight != Some(0)
            })
        })
    });
    if shares.iter().any(Option::is_none) {
        Some(format!(
            "httproute {} sends to neither {} nor {}: both weights are 0",
            route.name, policy.stable_service, policy.canary_service
        ))
    } else if shares.windows(2).any(|pair| pair[0] != pair[1]) {
        Some(format!(
            "the rules of httproute {} divide the traffic differently; the canary's highest share is told",
            route.name
        ))
    } else if others {
        Some(format!(
            "httproute {} sends part of the traffic to a third backend",
            route.name
        ))
    } else {
        None
    }
}
