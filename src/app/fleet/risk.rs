//! How much a row wants to be looked at.

use super::{Fleet, Row};
use crate::analysis::verdict::Call;
use crate::domain::feed::FeedState;
use crate::domain::rollout::{Phase, Rollout};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Classes of rows, the one that needs a person most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Risk {
    /// Pods are missing or a deadline has passed.
    Failing,
    /// The verdict on its candidate is to roll back.
    RollBack,
    /// The verdict on its candidate is to hold.
    Hold,
    /// It waits for a person: paused, aborted, or its step's time is over.
    Waiting,
    /// A release is under way.
    UnderWay,
    /// What it says is stale, or nothing is known.
    Unknown,
    /// Nothing is under way and all is well, as of now.
    Healthy,
}

/// The class of a row at `now`. What is not fresh is at best unknown; what was bad when it was last seen stays bad.
pub fn risk(fleet: &Fleet, row: &Row, now: Timestamp) -> Risk {
    let last = row
        .rollout
        .as_ref()
        .map_or(Risk::Unknown, |rollout| last_known(rollout, row, now));
    match fleet.state(row, now) {
        FeedState::Live => last,
        FeedState::Starting | FeedState::Stale | FeedState::Down | FeedState::LoginExpired => {
            last.min(Risk::Unknown)
        }
    }
}

fn last_known(rollout: &Rollout, row: &Row, now: Timestamp) -> Risk {
    let call = row.verdict.as_ref().map(|verdict| verdict.call);
    match (rollout.phase, call) {
        (Phase::Degraded, _) => Risk::Failing,
        (Phase::Unknown, _) => Risk::Unknown,
        (Phase::Healthy, _) => Risk::Healthy,
        (Phase::Progressing | Phase::Paused, Some(Call::RollBack)) => Risk::RollBack,
        (Phase::Progressing | Phase::Paused, Some(Call::Hold)) => Risk::Hold,
        (Phase::Paused | Phase::Aborted, _) => Risk::Waiting,
        (Phase::Progressing, _) if waits(rollout, now) => Risk::Waiting,
        (Phase::Progressing, _) => Risk::UnderWay,
    }
}

/// Whether the present step's time is over: nothing goes on without a person or a pilot.
fn waits(rollout: &Rollout, now: Timestamp) -> bool {
    let until = rollout.step.and_then(|step| step.holds_until);
    rollout.claim.is_none() && until.is_some_and(|until| until <= now)
}
