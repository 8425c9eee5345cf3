//! From the objects to the state of the rollout.
//!
//! Invariants: the same reading gives the same rollout; what is not there or makes no sense is named, never drawn as well.

use super::objects::Objects;
use super::phase::phase;
use super::situation;
use super::trial::{Trial, trial};
use crate::domain::cluster::Snapshot;
use crate::domain::history::rollback_target;
use crate::domain::policy::{CanaryPolicy, CanaryStep};
use crate::domain::record::{Record, Release};
use crate::domain::rollout::{Rollout, StepState};
use crate::domain::text::Text;
use crate::domain::traffic::Weight;
use crate::strategy::fingerprint::fingerprint;
use crate::strategy::side::{Side, track_state};
use crate::strategy::troubles::troubles;
use jiff::SignedDuration;

/// Reads the rollout.
pub(super) fn read(seen: &Snapshot, policy: &CanaryPolicy) -> Rollout {
    let objects = Objects::of(seen, policy);
    let trial = trial(seen, &objects);
    let record = seen.record.record();
    let stable = objects.stable.as_ref().ok();
    let candidate = objects
        .canary
        .as_ref()
        .ok()
        .filter(|_| trial != Trial::None);
    let divider = objects.divider.as_ref().ok();
    let foreign = is_foreign(&objects, record);
    Rollout {
        at: seen.at,
        phase: phase(seen, &objects, trial),
        troubles: troubles(seen, objects.troubles()),
        stable: stable.map(|side| track_state(side, seen)),
        candidate: candidate.map(|side| track_state(side, seen)),
        split: divider.and_then(|divider| divider.split),
        steps: policy.reachable().collect(),
        step: record.filter(|_| !foreign).and_then(|record| {
            Some(step(
                policy,
                present(seen, policy, &objects, trial)?,
                record,
            ))
        }),
        weight_set_by: foreign.then(|| {
            let route = divider.and_then(|divider| divider.route.as_ref());
            let manager = route.and_then(|route| route.object.manager.clone());
            manager.unwrap_or_else(|| Text::from("unknown"))
        }),
        paused: record.and_then(|record| record.paused.clone()),
        finish_begun: trial == Trial::Finishing,
        last_known_good: known_good(
            record,
            candidate.or(stable.filter(|_| trial == Trial::None)),
        ),
        claim: record.and_then(|record| record.current.clone()),
        owner: [stable, objects.canary.as_ref().ok()]
            .into_iter()
            .flatten()
            .find_map(|side| side.deployment.owner.clone()),
        pods: seen.pods.clone(),
        fingerprint: fingerprint(seen),
    }
}

fn known_good(record: Option<&Record>, leaving: Option<&Side<'_>>) -> Option<Release> {
    rollback_target(record?, &leaving?.image).cloned()
}

/// Whether somebody else set the weight. Without a record any weight above 0 is somebody else's. A plan under way may have
/// given the canary pods whose share is not in effect yet.
fn is_foreign(objects: &Objects<'_>, record: Option<&Record>) -> bool {
    let Ok(divider) = &objects.divider else {
        return false;
    };
    let is_moving = record.is_some_and(|record| record.current.is_some());
    if divider.route.is_none() && is_moving {
        return false;
    }
    let set = record
        .and_then(|record| record.set_weight)
        .unwrap_or(Weight::ZERO);
    objects.weight() != set
}

/// The last configured step that is reached, with its index.
fn present(
    seen: &Snapshot,
    policy: &CanaryPolicy,
    objects: &Objects<'_>,
    trial: Trial,
) -> Option<(usize, CanaryStep)> {
    let divider = objects.divider.as_ref().ok()?;
    let weight = objects.weight();
    let stable = objects.stable.as_ref().ok();
    let replicas = objects
        .canary
        .as_ref()
        .ok()
        .map(|side| side.deployment.replicas);
    let is_reached = |step: &CanaryStep| match (&divider.route, stable, replicas) {
        (None, Some(stable), Some(replicas)) => {
            policy.pods(situation::base(seen, trial, stable), step.weight) <= replicas
        }
        (_, _, _) => step.weight <= weight,
    };
    let steps: Vec<CanaryStep> = policy.reachable().collect();
    let index = steps.iter().rposition(is_reached)?;
    Some((index, *steps.get(index)?))
}

fn step(policy: &CanaryPolicy, (index, step): (usize, CanaryStep), record: &Record) -> StepState {
    let started_at = record.step_started_at;
    let hold = SignedDuration::try_from(step.hold).unwrap_or(SignedDuration::MAX);
    StepState {
        index,
        count: policy.reachable().count(),
        weight: step.weight,
        started_at,
        holds_until: started_at.and_then(|at| at.checked_add(hold).ok()),
    }
}
