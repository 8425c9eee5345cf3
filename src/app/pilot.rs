//! The pilot of this process: what it wants, what it knows of the Lease, and what it came to last.
//!
//! Nothing here that a successor needs: that is in the record.

use super::messenger::Messenger;
use super::model::Model;
use crate::domain::ids::{PlanId, RequestId};
use crate::domain::pilot::PilotNote;
use crate::domain::policy::Strategy;
use crate::domain::rollout::Fingerprint;
use crate::domain::text::Text;
use crate::strategy::goal::Goal;
use crate::strategy::pilot::{Decision, LeaseWatch, Wish};
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The pilot of this process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pilot {
    /// What it wants of the Lease.
    pub wish: Wish,
    /// Its name in the Lease.
    pub me: Text,
    /// The Lease.
    pub lease: LeaseWatch,
    /// The write of the Lease that is under way.
    pub(super) lease_request: Option<RequestId>,
    /// Why the Lease could not be written.
    pub(super) lease_fault: Option<String>,
    /// What it came to last.
    pub decision: Option<Decision>,
    /// The fresh reading that it asked for, with the request that a plan answers.
    pub(super) planning: Option<(RequestId, Box<Request>)>,
    /// Its last plan.
    pub(super) plan: Option<Flight>,
    /// No new plan before that.
    pub(super) not_before: Option<Timestamp>,
    /// Plans that failed, one after the other.
    pub(super) failures: u32,
    /// A plan that failed, and the state it was made from: nothing is raised before that has changed.
    pub(super) failed: Option<(Fingerprint, String)>,
    /// Its note in the record.
    pub note: Noting,
    /// Messages to people who are not looking.
    pub messenger: Messenger,
}

/// A plan of the pilot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// Its id.
    pub plan: PlanId,
    /// What it carries out.
    pub decision: Decision,
    /// It was told to stop.
    pub is_stopped: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// The pilot's note on its way into the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noting {
    /// What is to stand there.
    pub wanted: Option<PilotNote>,
    /// What was written last.
    pub(super) written: Option<PilotNote>,
    /// The write under way.
    pub(super) request: Option<(RequestId, PilotNote)>,
    /// No write before that.
    pub(super) not_before: Option<Timestamp>,
}

impl Default for Pilot {
    fn default() -> Self {
        Self {
            wish: Wish::Know,
            me: Text::default(),
            lease: LeaseWatch::default(),
            lease_request: None,
            lease_fault: None,
            decision: None,
            planning: None,
            plan: None,
            not_before: None,
            failures: 0,
            failed: None,
            note: Noting::default(),
            messenger: Messenger::default(),
        }
    }
}

impl Pilot {
    /// Whether it is to drive, be it later.
    pub fn is_on(&self) -> bool {
        match self.wish {
            Wish::Drive | Wish::TakeOver => true,
            Wish::Know | Wish::GiveBack => false,
        }
    }

    /// Waits a while before the next plan, longer each time.
    pub(super) fn back_off(&mut self, now: Timestamp) {
        const FIRST: i64 = 2;
        const LONGEST: i64 = 60;
        let seconds = FIRST.saturating_mul(1 << self.failures.min(5)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(SignedDuration::from_secs(seconds)).ok();
    }
}

/// Why a pilot cannot drive here at all.
pub fn refuses(model: &Model) -> Option<Refusal> {
    if model.settings.read_only {
        let text = "the program runs read-only, nothing is changed";
        return Some(Refusal::new(Reason::ReadOnly, text).hint("start it without `--read-only`"));
    }
    if let Some(refusal) = super::guessed::refuses_goal(model, &Goal::Promote) {
        return Some(refusal);
    }
    match &model.environment()?.policy.strategy {
        Strategy::Canary(_) => None,
        Strategy::Rolling(_) => {
            let text = "a rolling update goes on by itself: there are no steps to drive";
            Some(Refusal::new(Reason::NothingToDo, text).hint("the pilot drives a canary's steps"))
        }
    }
}

/// Whether letting it drive wants the service's name typed: it will raise traffic without asking again.
pub fn is_confirmed_by_name(model: &Model) -> bool {
    let environment = model.environment();
    environment.is_some_and(|environment| environment.policy.protected)
}

/// Who asks the pilot of this process to hand over.
pub fn asked_to_hand_over(model: &Model) -> Option<&Text> {
    let pilot = &model.pilot;
    let lease = pilot
        .lease
        .lease()
        .filter(|lease| pilot.is_on() && lease.holder.as_ref() == Some(&pilot.me))?;
    lease.asked_by.as_ref().filter(|asker| **asker != pilot.me)
}

/// Who drives: by the Lease where it can be read, else by the note in the record.
pub fn driver(model: &Model) -> Option<(Text, Option<Timestamp>)> {
    let lease = &model.pilot.lease;
    if lease.can_be_read() {
        let driver = lease.driver(model.now)?;
        return Some((driver.holder.clone()?, driver.since));
    }
    let note = note(model)?;
    note.drives.then_some((note.who, Some(note.since)))
}

/// The pilot's note in the record.
pub fn note(model: &Model) -> Option<PilotNote> {
    let record = model.feeds.cluster.value.as_ref()?.record.record()?;
    PilotNote::of(record.pilot.as_ref())
}

impl Noting {
    /// Whether it is being written.
    pub fn is_busy(&self) -> bool {
        self.request.is_some()
    }

    /// Whether this write is the one under way.
    pub(super) fn awaits(&self, id: RequestId) -> bool {
        self.request.as_ref().is_some_and(|(asked, _)| *asked == id)
    }

    /// The write that is due; it counts as sent.
    pub(super) fn due(&mut self, id: RequestId, now: Timestamp) -> Option<PilotNote> {
        let is_early = self.not_before.is_some_and(|at| now < at);
        if self.request.is_some() || is_early || self.wanted == self.written {
            return None;
        }
        let note = self.wanted.clone()?;
        self.request = Some((id, note.clone()));
        Some(note)
    }

    /// A write was answered; `false`: not one of these.
    pub(super) fn answered(&mut self, id: RequestId, is_written: bool, now: Timestamp) -> bool {
        const RETRY: SignedDuration = SignedDuration::from_secs(5);
        let Some((_, note)) = self.request.take_if(|(asked, _)| *asked == id) else {
            return false;
        };
        if is_written {
            self.written = Some(note);
        } else {
            self.not_before = now.checked_add(RETRY).ok();
        }
        true
    }
}
