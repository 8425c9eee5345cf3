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
use crate::app::cut_off::{STILL_FOR, Standing, standing};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::screen::Level;
use crate::domain::event::NoteKind;
use crate::domain::pilot::{LeaseChange, LeaseWrite};
use crate::domain::record::RecordRead;
use crate::strategy::goal::Goal;
use crate::strategy::pilot::{Claimed, Decision, Held, Observation, Topic, Wish, decide};
use jiff::SignedDuration;

/// The picture follows the end of an own plan within this time.
const SETTLES_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// After every event.
pub(super) fn fly(model: &mut Model) -> Vec<Effect> {
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
    let version = model.pilot.lease.lease().map(|lease| lease.version.clone());
    if let Some(version) = version.filter(|_| is_here) {
        let write = LeaseWrite {
            version: Some(version),
            change: LeaseChange::GiveBack,
        };
        let id = model.ids.request();
        model.pilot.lease_request = Some(id);
        effects.push(Effect::WriteLease(id, write));
    }
    model.pilot.wish = Wish::Know;
    effects
}

/// Another service is opened: a pilot that nobody watches does not drive.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    if !model.pilot.is_on() {
        return Vec::new();
    }
    let effects = farewell(model);
    let line = format!("the pilot drives {} no more: it was left", model.target);
    model.log.push(model.now, NoteKind::Pilot, line.as_str());
    model.say(Level::Warn, line);
    effects
}

/// Who holds the Lease, for the pilot of this process.
fn held(model: &Model) -> Held {
    let pilot = &model.pilot;
    match (pilot.lease.held(&pilot.me, model.now), &pilot.lease_fault) {
        (Held::NotYet | Held::Nobody(_), Some(fault)) => Held::Nobody(fault.clone()),
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

/// How the claim in the record stands. A plan of this pilot that has ended and left its claim there was cut off too.
fn claimed(model: &Model) -> Claimed {
    let Some((claim, standing)) = standing(model) else {
        return Claimed::Free;
    };
    let last = model.pilot.plan.as_ref();
    let own = last.filter(|flight| flight.plan.as_str() == claim.plan);
    if let Some(own) = own {
        let is_left = |at| model.now.duration_since(at) >= SETTLES_WITHIN;
        return if own.ended_at.is_some_and(is_left) {
            Claimed::CutOff
        } else {
            Claimed::Free
        };
    }
    // A program that runs and whose heart stands still may be stopped, or have died since it was asked about.
    let is_still = model.pulse.as_ref().is_some_and(|pulse| {
        pulse.plan == claim.plan && model.now.duration_since(pulse.since) >= STILL_FOR
    });
    match standing {
        Standing::CutOff => Claimed::CutOff,
        Standing::Lives | Standing::Unclear if is_still => Claimed::CutOff,
        Standing::Lives | Standing::Unclear => Claimed::Living,
    }
}
