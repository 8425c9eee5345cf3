//! From the objects to the state of the rollout.
//!
//! Invariants: the same reading gives the same rollout; what is not there or makes no sense is named, never drawn as well.

use super::state::{Before, State};
use super::status::Status;
use crate::domain::cluster::{Pod, ReplicaSet, Snapshot};
use crate::domain::history::rollback_target;
use crate::domain::policy::RollingPolicy;
use crate::domain::record::{Paused, Record};
use crate::domain::rollout::{Phase, Rollout, TrackState};
use crate::domain::text::Text;
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::fingerprint::fingerprint;
use crate::strategy::side::{digest, side, track_state};
use crate::strategy::troubles::{is_broken, troubles};

/// Reads the rollout.
pub(super) fn read(seen: &Snapshot, policy: &RollingPolicy) -> Rollout {
    let side = side(seen, &policy.deployment, &policy.container);
    let faults = side.as_ref().err().cloned().into_iter().collect();
    let state = side.ok().map(|side| State::of(seen, side));
    let state = state.as_ref();
    let record = seen.record.record();
    Rollout {
        at: seen.at,
        phase: phase(seen, state),
        troubles: troubles(seen, faults),
        stable: state.map(|state| stable(state, seen)),
        candidate: state.and_then(|state| candidate(state, seen)),
        split: state.and_then(|state| split(state, seen)),
        steps: Vec::new(),
        step: None,
        weight_set_by: None,
        paused: state.and_then(|state| paused(state, seen)),
        finish_begun: false,
        last_known_good: state
            .zip(record)
            .and_then(|(state, record)| rollback_target(record, &state.side.image))
            .cloned(),
        claim: record.and_then(|record| record.current.clone()),
        owner: state.and_then(|state| state.side.deployment.owner.clone()),
        pods: pods(state, seen),
        fingerprint: fingerprint(seen),
    }
}

/// The phase: unknown before everything, then degraded, paused, progressing, healthy.
fn phase(seen: &Snapshot, state: Option<&State<'_>>) -> Phase {
    let Some(state) = state else {
        return Phase::Unknown;
    };
    let deployment = state.side.deployment;
    let is_claimed = seen
        .record
        .record()
        .is_some_and(|record: &Record| record.current.is_some());
    if is_broken(seen) {
        Phase::Degraded
    } else if deployment.paused {
        Phase::Paused
    } else if state.before.is_some() {
        Phase::Progressing
    } else {
        match state.status {
            Status::Complete => Phase::Healthy,
            Status::Unavailable if !is_claimed => Phase::Degraded,
            Status::Unseen
            | Status::Exceeded
            | Status::Updating
            | Status::Terminating
            | Status::Unavailable => Phase::Progressing,
        }
    }
}

/// The older version while another is rolled out, else the present one.
fn stable(state: &State<'_>, seen: &Snapshot) -> TrackState {
    match &state.before {
        None => track_state(&state.side, seen),
        Some(Before { image, set, .. }) => TrackState {
            image: image.clone(),
            digest: digest(image, *set, seen),
            hash: set.map(|set| set.hash.clone()),
            desired: set.map_or(0, |set| set.replicas),
            ..of_set(state, *set, seen)
        },
    }
}

fn candidate(state: &State<'_>, seen: &Snapshot) -> Option<TrackState> {
    state.before.as_ref()?;
    Some(of_set(state, state.side.present_set(seen), seen))
}

/// The present version's names with one ReplicaSet's pods.
fn of_set(state: &State<'_>, set: Option<&ReplicaSet>, seen: &Snapshot) -> TrackState {
    let own = |pod: &&Pod| set.is_some_and(|set| set.uid == pod.owner_uid);
    TrackState {
        ready: set.map_or(0, |set| set.ready),
        available: set.map_or(0, |set| set.available),
        restarts: seen.pods.iter().filter(own).map(|pod| pod.restarts).sum(),
        digest: digest(&state.side.image, set, seen),
        hash: set.map(|set| set.hash.clone()),
        ..track_state(&state.side, seen)
    }
}

/// By the ready pods of both versions; all is stable's where there is no candidate.
fn split(state: &State<'_>, seen: &Snapshot) -> Option<Split> {
    if state.before.is_none() {
        return Some(Split::canary(Weight::ZERO));
    }
    let present = state.side.present_set(seen).map(|set| &set.uid);
    let ready = |is_present: bool| {
        seen.replica_sets_of(state.side.deployment)
            .filter(|set| (Some(&set.uid) == present) == is_present)
            .map(|set| set.ready)
            .sum()
    };
    Weight::beside(ready(true), ready(false)).map(Split::canary)
}

/// `spec.paused` alone holds a rollout; the record tells who set it.
fn paused(state: &State<'_>, seen: &Snapshot) -> Option<Paused> {
    if !state.side.deployment.paused {
        return None;
    }
    let recorded = seen
        .record
        .record()
        .and_then(|record| record.paused.clone());
    Some(recorded.unwrap_or_else(|| Paused {
        by: Text::from("somebody, who is not in the record"),
        since: seen.at,
        reason: None,
    }))
}

/// The pods, those of the version that is rolled out on the canary's side.
fn pods(state: Option<&State<'_>>, seen: &Snapshot) -> Vec<Pod> {
    let mut pods = seen.pods.clone();
    let present = state
        .filter(|state| state.before.is_some())
        .and_then(|state| state.side.present_set(seen));
    for pod in &mut pods {
        pod.track = match present {
            Some(set) if set.uid == pod.owner_uid => Track::Canary,
            Some(_) | None => Track::Stable,
        };
    }
    pods
}
