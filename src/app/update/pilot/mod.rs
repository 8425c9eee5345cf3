//! The pilot of this process: after every event it looks, decides, and begins what is to be done.
//!
//! Invariants: one plan at a time, each from a reading that was taken for it and decided anew on that reading; a plan that
//! raises is stopped as soon as it must not any more; what failed is not raised again before something has changed.

mod act;
mod ask;
mod lease;
mod tell;

pub(super) use act::{asked_for, landed, observed};
pub(super) use ask::{press, toggle};
pub(super) use lease::{lease_written, wish};
pub(super) use tell::{noted, notified};

use super::black_box;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::pilot::ClaimWatch;
use crate::domain::pilot::{LeaseChange, LeaseWrite};
use crate::domain::record::RecordRead;
use crate::strategy::goal::Goal;
use crate::strategy::pilot::{Claimed, Decision, Held, Observation, Topic, Wish, decide};
use jiff::SignedDuration;

/// The heart of a claim that has stood still for so long is watched closely before the claim is taken.
const SUSPECT_AFTER: SignedDuration = SignedDuration::from_secs(8);

/// After every event.
pub(super) fn fly(model: &mut Model) -> Vec<Effect> {
    watch_claim(model);
    let mut effects = lease::keep(model);
    if model.pilot.is_on() {
        effects.extend(act::drive(model));
    }
    effects.extend(tell::note(model));
    effects
}

/// The program ends: who comes next need not wait for the Lease to run out.
pub(super) fn farewell(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    let is_here = held(model) == Held::Here;
    if let Some(mut note) = model.pilot.note.wanted.clone().filter(|_| is_here) {
        note.drives = false;
        effects.push(Effect::NotePilot(model.ids.request(), note));
    }
    if let Some(lease) = model.pilot.lease.lease().filter(|_| is_here) {
        let write = LeaseWrite {
            version: Some(lease.version.clone()),
            change: LeaseChange::GiveBack,
        };
        effects.push(Effect::WriteLease(model.ids.request(), write));
    }
    model.pilot.wish = Wish::Know;
    effects
}

/// Who holds the Lease, for the pilot of this process.
fn held(model: &Model) -> Held {
    let pilot = &model.pilot;
    match (pilot.lease.held(&pilot.me, model.now), &pilot.lease_fault) {
        (Held::Nobody(_), Some(fault)) => Held::Nobody(fault.clone()),
        (held, _) => held,
    }
}

/// What is to be done now; `None` before the environment is known.
fn decision(model: &Model) -> Option<Decision> {
    let policy = &model.environment()?.policy;
    let feeds = &model.feeds;
    let missing = model
        .actor
        .rights
        .refused(Goal::Promote.needs(&policy.strategy));
    let missing = missing.map(crate::domain::rights::Right::words).next();
    let held = held(model);
    let seen = Observation {
        lease: &held,
        cluster: feeds.cluster.state(model.now),
        metrics: feeds.metrics.state(model.now),
        rollout: model.reading.rollout.as_ref(),
        record: feeds
            .cluster
            .value
            .as_ref()
            .map_or(&RecordRead::Unread, |snapshot| &snapshot.record),
        claim: claimed(model),
        missing_right: missing.as_deref(),
    };
    let decision = decide(
        &seen,
        &model.reading.verdict,
        &policy.pilot,
        &policy.freezes,
        model.now,
    );
    Some(after_failure(model, decision))
}

/// What failed is not raised again before what it was made from has changed.
fn after_failure(model: &Model, decision: Decision) -> Decision {
    let rollout = model.reading.rollout.as_ref();
    match (&model.pilot.failed, rollout) {
        (Some((fingerprint, why)), Some(rollout))
            if decision.raises() && rollout.fingerprint == *fingerprint =>
        {
            Decision::HoldAndAsk(Topic::Plan, why.clone())
        }
        _ => decision,
    }
}

/// How the claim in the record stands.
fn claimed(model: &Model) -> Claimed {
    let pilot = &model.pilot;
    let Some(claim) = &pilot.claim else {
        return Claimed::Free;
    };
    let is_own = pilot
        .plan
        .as_ref()
        .is_some_and(|flight| flight.plan.as_str() == claim.plan);
    if is_own {
        Claimed::Free
    } else if model.now.duration_since(claim.since) >= SUSPECT_AFTER {
        Claimed::CutOff
    } else {
        Claimed::Living
    }
}

/// A heartbeat is compared with itself only.
fn watch_claim(model: &mut Model) {
    let now = model.now;
    let claim = model
        .reading
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.claim.as_ref());
    let known = model.pilot.claim.take();
    model.pilot.claim = claim.map(|claim| {
        let is_same =
            |known: &ClaimWatch| known.plan == claim.plan && known.heartbeat == claim.heartbeat;
        known.filter(is_same).unwrap_or_else(|| ClaimWatch {
            plan: claim.plan.clone(),
            heartbeat: claim.heartbeat,
            since: now,
        })
    });
}
