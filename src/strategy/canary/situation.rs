//! One reading with one question to it: what every plan is made from.
//!
//! Invariant: what a goal cannot do without is checked here, before any step is thought of.

use super::objects::{Objects, Side, Splitter};
use super::read::read;
use super::trial::{Trial, trial};
use crate::domain::artifact::Image;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::{CanaryPolicy, Policy};
use crate::domain::record::{Record, RecordRead, Release};
use crate::domain::rollout::Rollout;
use crate::domain::traffic::{Split, Weight};
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;

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
    pub(super) route: Splitter<'a>,
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
            route: objects.route.map_err(missing)?,
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
        self.route.split.unwrap_or(Split::canary(Weight::FULL))
    }

    /// The record's newest release made of this image.
    pub(super) fn release_of(&self, image: &Image) -> Option<&'a Release> {
        self.record()?.release_of(image)
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

    /// The first configured weight above the present one; 100 is always the last.
    pub(super) fn next_weight(&self) -> Option<Weight> {
        let weight = self.weight();
        self.canary_policy
            .steps
            .iter()
            .map(|step| step.weight)
            .find(|step| *step > weight)
            .or_else(|| (weight < Weight::FULL).then_some(Weight::FULL))
    }

    /// Pods that the canary must have before it gets this weight: `max(1, ceil(base * weight / 100))`.
    pub(super) fn canary_pods(&self, weight: Weight) -> u32 {
        let share = u64::from(self.base) * u64::from(weight.percent());
        u32::try_from(share.div_ceil(100))
            .unwrap_or(u32::MAX)
            .max(1)
    }

    /// What everything that brings traffic to a candidate needs.
    pub(super) fn may_raise(&self) -> Result<&Side<'a>, Refusal> {
        let canary = self.canary()?;
        record_is_kept(self.seen)?;
        if let Some(oddity) = &self.route.oddity {
            return Err(Refusal::new(Reason::MissingObject, oddity).hint(format!(
                "give {} and {} the same two weights in every rule that names both, and nothing to others",
                self.canary_policy.stable_service, self.canary_policy.canary_service
            )));
        }
        self.no_canary_autoscaler(canary)?;
        for side in [&self.stable, canary] {
            not_halted(side)?;
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

/// A record that is there or can be begun.
pub(super) fn record_is_kept(seen: &Snapshot) -> Result<(), Refusal> {
    let why = match &seen.record {
        RecordRead::Read { .. } | RecordRead::Absent => return Ok(()),
        RecordRead::Unread => {
            return Err(
                Refusal::new(Reason::NotFresh, "the record has not been read yet")
                    .hint("ask again in a moment"),
            );
        }
        RecordRead::Unreadable(why) => format!("the record makes no sense to this version: {why}"),
        RecordRead::Failed(why) => format!("the record could not be read: {why}"),
    };
    Err(Refusal::new(Reason::RecordUnreadable, why)
        .hint("abort and roll back go on without it; everything else waits until it can be read"))
}

/// A Deployment whose `spec.paused` is set takes a template and rolls nothing out.
fn not_halted(side: &Side<'_>) -> Result<(), Refusal> {
    let name = &side.deployment.name;
    if side.deployment.paused {
        Err(Refusal::new(
            Reason::Paused,
            format!("deployment {name} is paused itself: it would roll nothing out"),
        )
        .hint(format!("kubectl rollout resume deployment/{name}")))
    } else {
        Ok(())
    }
}

fn missing(what: String) -> Refusal {
    Refusal::new(Reason::MissingObject, what)
        .hint("the canary needs both deployments, and a route that names both of their services")
}

/// While a release is under trial, what the record remembers or a larger wish; at least 1, so that half of it is never nothing.
fn base(seen: &Snapshot, trial: Trial, stable: &Side<'_>) -> u32 {
    let wish = stable.deployment.replicas;
    let remembered = seen
        .record
        .record()
        .and_then(|record| record.base)
        .filter(|_| trial != Trial::None)
        .unwrap_or(wish);
    remembered.max(wish).max(1)
}
