//! Whether the plan that holds the claim still lives: its heartbeat as it was watched here, and what this machine knows of
//! its program.

use super::model::Model;
use crate::domain::feed::FeedState;
use crate::domain::holder::Holder;
use crate::domain::ids::RequestId;
use crate::domain::record::Claim;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A claim whose heartbeat stood still for so long before our eyes is that of a plan that was cut off.
pub const STILL_FOR: SignedDuration = SignedDuration::from_secs(15);

/// The heartbeat of another's claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// The plan.
    pub plan: String,
    /// As it was seen last.
    pub heartbeat: u64,
    /// Since when it was seen so.
    pub since: Timestamp,
    /// Whether it was seen to change.
    pub has_beaten: bool,
    /// What this machine knows of its program.
    pub asked: Asked,
}

/// A question to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// On its way.
    Waiting(RequestId),
    /// Answered.
    Told(Holder),
}

/// How another's plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its program runs, or its heart beats.
    Lives,
    /// Not known yet.
    Unclear,
    /// It was cut off.
    CutOff,
}

/// Another's plan that holds the claim, and how it stands; `None` where there is none, or it is this run's own.
pub fn standing(model: &Model) -> Option<(&Claim, Standing)> {
    let claim = model.reading.rollout.as_ref()?.claim.as_ref()?;
    let is_own = model
        .running()
        .is_some_and(|run| run.plan.id.as_str() == claim.plan);
    if is_own {
        return None;
    }
    let pulse = model
        .pulse
        .as_ref()
        .filter(|pulse| pulse.plan == claim.plan);
    Some((
        claim,
        pulse.map_or(Standing::Unclear, |pulse| of(model, pulse)),
    ))
}

fn of(model: &Model, pulse: &Pulse) -> Standing {
    let lives_here = match pulse.asked {
        Asked::Told(Holder::Gone) => return Standing::CutOff,
        Asked::Told(Holder::Lives) => true,
        Asked::Told(Holder::Elsewhere) | Asked::Waiting(_) => false,
    };
    let still = model.now.duration_since(pulse.since);
    // A picture that is not kept up to date shows every heart as standing still.
    let is_live = model.feeds.cluster.state(model.now) == FeedState::Live;
    if is_live && still >= STILL_FOR {
        // A program that was stopped, or hangs, is there and does not live.
        Standing::CutOff
    } else if lives_here || (pulse.has_beaten && still < STILL_FOR) {
        Standing::Lives
    } else {
        Standing::Unclear
    }
}

/// `promote v2.42.0 to 50 %: 2 of 4 steps done by mira@corp, begun 40 s ago`.
pub fn told(claim: &Claim, now: Timestamp) -> String {
    let ago = now.duration_since(claim.since).as_secs().max(0);
    let ago = match ago {
        ..120 => format!("{ago} s"),
        120..7200 => format!("{} min", ago / 60),
        _ => format!("{} h", ago / 3600),
    };
    format!(
        "{}: {} of {} steps done by {}, begun {ago} ago",
        claim.title, claim.done, claim.steps, claim.by
    )
}
