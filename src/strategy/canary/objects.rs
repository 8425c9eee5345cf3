//! The environment's objects as the two-track canary sees them.
//!
//! Invariant: rules that do not name both Services are left alone.

use crate::domain::cluster::{Backend, Route, Snapshot};
use crate::domain::policy::CanaryPolicy;
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::side::{Side, side};
use crate::strategy::step::RuleBackends;

/// What divides the traffic between both sides.
pub(super) struct Divider<'a> {
    /// The route; `None` where each pod of both sides gets the same share.
    pub(super) route: Option<Splitter<'a>>,
    /// The canary's highest share in any rule, or by the wanted pods; `None` where a rule sends to neither.
    pub(super) split: Option<Split>,
    /// Why the division is not simply one split.
    pub(super) oddity: Option<String>,
}

/// A route with the rules that divide traffic between both Services.
pub(super) struct Splitter<'a> {
    pub(super) object: &'a Route,
    pub(super) rules: Vec<RuleBackends>,
}

/// What of the strategy's objects is there and laid out as it must be.
pub(super) struct Objects<'a> {
    pub(super) stable: Result<Side<'a>, String>,
    pub(super) canary: Result<Side<'a>, String>,
    pub(super) divider: Result<Divider<'a>, String>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(seen: &'a Snapshot, policy: &'a CanaryPolicy) -> Self {
        let of = |track| side(seen, policy.deployment(track), &policy.container);
        let (stable, canary) = (of(Track::Stable), of(Track::Canary));
        let divider = match policy.route.as_deref() {
            Some(route) => by_route(seen, policy, route),
            None => Ok(by_pods(stable.as_ref().ok(), canary.as_ref().ok())),
        };
        Self {
            stable,
            canary,
            divider,
        }
    }

    /// The canary's share of traffic; 0 where nothing tells.
    pub(super) fn weight(&self) -> Weight {
        self.divider
            .as_ref()
            .ok()
            .and_then(|divider| divider.split)
            .map_or(Weight::ZERO, |split| split.canary)
    }

    /// What is missing, a sentence each.
    pub(super) fn faults(&self) -> impl Iterator<Item = &str> {
        [
            self.stable.as_ref().err(),
            self.canary.as_ref().err(),
            self.divider.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }

    /// What is wrong with them, a sentence each.
    pub(super) fn troubles(&self) -> Vec<String> {
        let oddity = self
            .divider
            .as_ref()
            .ok()
            .and_then(|divider| divider.oddity.as_deref());
        self.faults().chain(oddity).map(str::to_owned).collect()
    }
}

/// The split that so many pods make.
pub(super) fn split_by_pods(stable: u32, canary: u32) -> Split {
    Split::canary(Weight::beside(canary, stable).unwrap_or_default())
}

fn by_pods(stable: Option<&Side<'_>>, canary: Option<&Side<'_>>) -> Divider<'static> {
    let replicas = |side: &Side<'_>| side.deployment.replicas;
    let canary = canary.map_or(0, replicas);
    Divider {
        route: None,
        split: stable.map(|stable| split_by_pods(replicas(stable), canary)),
        oddity: None,
    }
}

fn by_route<'a>(
    seen: &'a Snapshot,
    policy: &CanaryPolicy,
    name: &str,
) -> Result<Divider<'a>, String> {
    let route = seen
        .route
        .as_ref()
        .ok_or_else(|| format!("httproute {name} is not there"))?;
    let rules: Vec<RuleBackends> = route
        .rules
        .iter()
        .enumerate()
        .filter_map(|(rule, backends)| places(rule, backends, policy))
        .collect();
    if rules.is_empty() {
        return Err(format!(
            "httproute {name} has no rule that names both {} and {}",
            policy.stable_service, policy.canary_service
        ));
    }
    let shares: Vec<Option<Weight>> = rules.iter().map(|rule| share(route, *rule)).collect();
    let highest = shares.iter().copied().max().flatten();
    let everywhere = shares.iter().all(Option::is_some);
    Ok(Divider {
        oddity: oddity(route, &rules, &shares, policy),
        split: highest.filter(|_| everywhere).map(Split::canary),
        route: Some(Splitter {
            object: route,
            rules,
        }),
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
        Some(backend.weight.unwrap_or(1))
    };
    Weight::beside(weight(places.canary)?, weight(places.stable)?)
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
