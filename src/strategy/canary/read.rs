//! From the objects to the state of the rollout.
//!
//! Invariants: the same reading gives the same rollout; what is not there or makes no sense is named, never drawn as well.

use super::fingerprint::fingerprint;
use super::objects::{Objects, Side};
use super::phase::phase;
use super::trial::{Trial, trial};
use super::troubles::troubles;
use crate::domain::cluster::{Pod, Snapshot};
use crate::domain::history::rollback_target;
use crate::domain::policy::CanaryPolicy;
use crate::domain::record::{Record, Release};
use crate::domain::rollout::{Rollout, StepState, TrackState};
use crate::domain::text::Text;
use crate::domain::traffic::Weight;
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
    let route = objects.route.as_ref().ok();
    let split = route.and_then(|route| route.split);
    let foreign = is_foreign(objects.weight(), record);
    Rollout {
        at: seen.at,
        phase: phase(seen, &objects, trial),
        troubles: troubles(seen, &objects),
        stable: stable.map(|side| track_state(side, seen)),
        candidate: candidate.map(|side| track_state(side, seen)),
        split,
        steps: policy.steps.clone(),
        step: step(policy, objects.weight(), record.filter(|_| !foreign)),
        weight_set_by: route.filter(|_| foreign).map(|route| {
            route
                .route
                .manager
                .clone()
                .unwrap_or_else(|| Text::from("unknown"))
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

/// Whether somebody else set the weight. Without a record any weight above 0 is somebody else's.
fn is_foreign(weight: Weight, record: Option<&Record>) -> bool {
    let set = record
        .and_then(|record| record.set_weight)
        .unwrap_or(Weight::ZERO);
    weight != set
}

fn step(policy: &CanaryPolicy, weight: Weight, record: Option<&Record>) -> Option<StepState> {
    let record = record?;
    let (index, step) = policy
        .steps
        .iter()
        .enumerate()
        .rfind(|(_, step)| step.weight <= weight)?;
    let started_at = record.step_started_at;
    let hold = SignedDuration::try_from(step.hold).unwrap_or(SignedDuration::MAX);
    Some(StepState {
        index,
        count: policy.steps.len(),
        weight: step.weight,
        started_at,
        holds_until: started_at.and_then(|at| at.checked_add(hold).ok()),
    })
}

fn track_state(side: &Side<'_>, seen: &Snapshot) -> TrackState {
    let set = side.present_set(seen);
    let pods: Vec<&Pod> = seen.pods_of(side.deployment).collect();
    let digest = side.image.digest.clone().or_else(|| {
        one_digest(
            pods.iter()
                .filter(|pod| set.is_some_and(|set| set.uid == pod.owner_uid)),
        )
    });
    TrackState {
        deployment: side.deployment.name.clone(),
        image: side.image.clone(),
        digest,
        hash: set.map(|set| set.hash.clone()),
        desired: side.deployment.replicas,
        ready: side.deployment.counted.ready,
        available: side.deployment.counted.available,
        restarts: pods.iter().map(|pod| pod.restarts).sum(),
    }
}

/// The digest that all these pods report, where they agree.
fn one_digest<'a>(mut pods: impl Iterator<Item = &'a &'a Pod>) -> Option<String> {
    let first = pods.find_map(|pod| pod.digest.as_ref())?;
    pods.all(|pod| pod.digest.as_ref().is_none_or(|digest| digest == first))
        .then(|| first.clone())
}
