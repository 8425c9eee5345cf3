//! One reading with one question to it: what every plan is made from.
//!
//! Invariant: what a goal cannot do without is checked here, before any step is thought of.

use super::objects::{Divider, Objects};
use super::read::read;
use super::trial::{Trial, trial};
use crate::domain::artifact::Image;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::{CanaryPolicy, HIGHEST_BY_PODS, Policy};
use crate::domain::record::{Record, Release};
use crate::domain::rollout::Rollout;
use crate::domain::traffic::{Split, Weight};
use crate::strategy::earlier::Earlier;
use crate::strategy::ledger::{Ledger, record_is_kept};
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;
use crate::strategy::side::Side;

/// What a plan is made from.
pub(super) struct Situation<'a> {
    pub(super) request: &'a Request,
    pub(super) seen: &'a Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) canary_policy: &'a CanaryPolicy,
    pub(super) rollout: Rollout,
    pub(super) trial: Trial,
    pub(super) stable: Side<'a>,
    /// `None` only where its Deployment is missing or not laid out as it must be: traffic can be taken off all the same.
    pub(super) canary: Option<Side<'a>>,
    pub(super) divider: Divider<'a>,
    /// Wanted replicas of stable when the release began, or the largest wish seen since.
    pub(super) base: u32,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        request: &'a Request,
        seen: &'a Snapshot,
        policy: &'a Policy,
        canary_policy: &'a CanaryPolicy,
    ) -> Result<Self, Refusal> {
        let objects = Objects::of(seen, canary_policy);
        let trial = trial(seen, &objects);
        let stable = objects.stable.map_err(missing)?;
        let base = base(seen, trial, &stable);
        Ok(Self {
            request,
            seen,
            policy,
            canary_policy,
            rollout: read(seen, canary_policy),
            trial,
            base,
            stable,
            canary: objects.canary.ok(),
            divider: objects.divider.map_err(missing)?,
        })
    }

    /// The record, where it could be read.
    pub(super) fn record(&self) -> Option<&'a Record> {
        self.seen.record.record()
    }

    /// The canary's side, which this goal cannot do without.
    pub(super) fn canary(&self) -> Result<&Side<'a>, Refusal> {
        self.canary.as_ref().ok_or_else(|| {
            let objects = Objects::of(self.seen, self.canary_policy);
            missing(objects.canary.err().unwrap_or_default())
        })
    }

    /// The canary's share of traffic. A route that sends to neither side counts as one that stable gets nothing of.
    pub(super) fn weight(&self) -> Weight {
        self.split().canary
    }

    /// How the traffic is divided.
    pub(super) fn split(&self) -> Split {
        self.divider.split.unwrap_or(Split::canary(Weight::FULL))
    }

    /// What plans say to the record.
    pub(super) fn ledger(&self) -> Ledger<'a> {
        Ledger {
            record: self.record(),
            request: self.request,
        }
    }

    /// What stable ran before.
    pub(super) fn earlier(&self) -> Earlier<'_, 'a> {
        Earlier {
            seen: self.seen,
            side: &self.stable,
            record: self.record(),
        }
    }

    /// The record's newest release made of this image.
    pub(super) fn release_of(&self, image: &Image) -> Option<&'a Release> {
        self.ledger().release_of(image)
    }

    /// Whether the numbers of pods divide the traffic.
    pub(super) fn is_by_pods(&self) -> bool {
        self.divider.route.is_none()
    }

    /// What people call the release on the canary.
    pub(super) fn canary_tag(&self) -> &str {
        self.canary
            .as_ref()
            .map_or("the canary", |side| side.image.label())
    }

    /// What people call the release on stable.
    pub(super) fn stable_tag(&self) -> &str {
        self.stable.image.label()
    }

    /// The first configured weight above the present one; with a route 100 is always the last.
    pub(super) fn next_weight(&self) -> Option<Weight> {
        let mut weights = self.canary_policy.reachable().map(|step| step.weight);
        if self.is_by_pods() {
            let replicas = self
                .canary
                .as_ref()
                .map_or(0, |side| side.deployment.replicas);
            return weights
                .find(|weight| self.canary_pods(*weight) > replicas)
                .or_else(|| (replicas == 0).then_some(HIGHEST_BY_PODS));
        }
        let weight = self.weight();
        weights
            .find(|step| *step > weight)
            .or_else(|| (weight < Weight::FULL).then_some(Weight::FULL))
    }

    /// Pods that the canary must have for this weight.
    pub(super) fn canary_pods(&self, weight: Weight) -> u32 {
        self.canary_policy.pods(self.base, weight)
    }

    /// What everything that brings traffic to a candidate needs.
    pub(super) fn may_raise(&self) -> Result<&Side<'a>, Refusal> {
        let canary = self.canary()?;
        record_is_kept(&self.seen.record)?;
        if let Some(oddity) = &self.divider.oddity {
            return Err(Refusal::new(Reason::MissingObject, oddity).hint(format!(
                "give {} and {} the same two weights in every rule that names both, and nothing to others",
                self.canary_policy.stable_service, self.canary_policy.canary_service
            )));
        }
        self.no_canary_autoscaler(canary)?;
        for side in [&self.stable, canary] {
            let name = &side.deployment.name;
            side.is_not_halted(&format!("kubectl rollout resume deployment/{name}"))?;
        }
        Ok(canary)
    }

    fn no_canary_autoscaler(&self, canary: &Side<'_>) -> Result<(), Refusal> {
        let name = &canary.deployment.name;
        let fighting = self
            .seen
            .autoscalers
            .iter()
            .flatten()
            .find(|autoscaler| autoscaler.deployment == *name);
        match fighting {
            None => Ok(()),
            Some(autoscaler) => Err(Refusal::new(
                Reason::Autoscaler,
                format!(
                    "autoscaler {} would fight over the replicas of {name}",
                    autoscaler.name
                ),
            )
            .hint(format!(
                "kubectl delete hpa {}: flightdeck gives {name} its pods before each weight",
                autoscaler.name
            ))),
        }
    }
}

fn missing(what: String) -> Refusal {
    Refusal::new(Reason::MissingObject, what)
        .hint("the canary needs both deployments, and the configured route must name both of their services")
}

/// While a release is under trial, what the record remembers or a larger wish; at least 1, so that half of it is never nothing.
pub(super) fn base(seen: &Snapshot, trial: Trial, stable: &Side<'_>) -> u32 {
    let wish = stable.deployment.replicas;
    let remembered = seen
        .record
        .record()
        .and_then(|record| record.base)
        .filter(|_| trial != Trial::None)
        .unwrap_or(wish);
    remembered.max(wish).max(1)
}
