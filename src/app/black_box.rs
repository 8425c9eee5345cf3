//! The black box as this run of the program fills it: for the journal everything, for the cluster's record what lies
//! around an event.
//!
//! Invariants: what waits is bounded; lines that could not be written come again in their order.

use crate::analysis::black_box::{Line, Seen};
use crate::domain::ids::RequestId;
use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Intervals before an event, and as many after it, that go with it: sixty in all.
const AROUND: usize = 30;
/// Lines that wait at most; the oldest go.
const MOST_WAITING: usize = 400;
/// Between two writes of the cluster's record, and after one that failed.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
const RETRY: SignedDuration = SignedDuration::from_secs(30);

/// What this run has seen and not written yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlackBox {
    /// For the local journal.
    pub journal: Outbox,
    /// For the cluster's record.
    pub cluster: Outbox,
    /// What the cluster's record had, once it was asked for.
    pub read: Option<Result<Option<Text>, crate::domain::notice::Notice>>,
    /// The candidate that was told of last.
    pub(super) candidate: Option<String>,
    /// How many weight changes were taken.
    pub(super) weights: usize,
    /// The end of the last interval that was taken.
    pub(super) until: Option<Timestamp>,
    /// The latest intervals that no event has called for.
    before: VecDeque<Line>,
    /// How many more intervals belong to the last event.
    after: usize,
    is_due: bool,
}

/// Lines on their way to one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    waiting: Vec<Line>,
    sent: Vec<Line>,
    request: Option<RequestId>,
    not_before: Option<Timestamp>,
}

impl BlackBox {
    /// Takes a closed interval.
    pub fn interval(&mut self, line: Line) {
        self.journal.push(line.clone());
        if self.after > 0 {
            self.after -= 1;
            self.is_due |= self.after == 0;
            self.cluster.push(line);
        } else {
            if self.before.len() == AROUND {
                self.before.pop_front();
            }
            self.before.push_back(line);
        }
    }

    /// Takes something that explains what comes after it.
    pub fn context(&mut self, line: Line) {
        self.journal.push(line.clone());
        self.cluster.push(line);
    }

    /// Takes a change of verdict, an action, a proof: the intervals around it go to the cluster too.
    pub fn event(&mut self, line: Line) {
        for before in self.before.drain(..) {
            self.cluster.push(before);
        }
        self.context(line);
        self.after = AROUND;
        self.is_due = true;
    }

    /// Whether intervals are still wanted because of what has happened.
    pub fn wants_more(&self) -> bool {
        self.after > 0
    }

    /// Whether any interval was taken.
    pub fn has_begun(&self) -> bool {
        self.until.is_some()
    }

    /// Whether the cluster's record lacks something that it should have.
    pub fn is_due(&self) -> bool {
        self.is_due
    }

    /// What is to be published now.
    pub fn publish(&mut self, id: RequestId, now: Timestamp) -> Option<Vec<Line>> {
        if !self.is_due {
            return None;
        }
        let lines = self.cluster.send(id, now)?;
        self.is_due = false;
        Some(lines)
    }

    /// A write was answered; `false`: its lines come again.
    pub fn answered(&mut self, id: RequestId, is_written: bool, now: Timestamp) {
        let pause = if is_written { PAUSE } else { RETRY };
        if self.cluster.answered(id, is_written) {
            self.cluster.not_before = now.checked_add(pause).ok();
            self.is_due |= !is_written;
        }
        if self.journal.answered(id, is_written) && !is_written {
            self.journal.not_before = now.checked_add(pause).ok();
        }
    }

    /// Whether lines wait for being written, or for the answer to it.
    pub fn is_waiting(&self) -> bool {
        self.journal.is_waiting() || self.cluster.is_waiting()
    }

    /// Whether this write is one of its own.
    pub fn awaits(&self, id: RequestId) -> bool {
        [&self.journal, &self.cluster]
            .iter()
            .any(|outbox| outbox.request == Some(id))
    }

    /// Everything waits no longer: the program ends.
    pub fn hurry(&mut self) {
        self.journal.not_before = None;
        self.cluster.not_before = None;
        // What lies after the event will not be seen any more.
        self.is_due |= self.after > 0;
    }
}

impl Outbox {
    fn is_waiting(&self) -> bool {
        self.request.is_some() || !self.waiting.is_empty()
    }

    fn push(&mut self, line: Line) {
        if self.waiting.len() >= MOST_WAITING {
            // An interval less is less of a loss than an event.
            let interval = self
                .waiting
                .iter()
                .position(|line| matches!(line.seen, Seen::Interval(_)));
            self.waiting.remove(interval.unwrap_or(0));
        }
        self.waiting.push(line);
    }

    /// Nobody may write there.
    pub fn give_up(&mut self) {
        self.waiting.clear();
    }

    /// The lines that are to be written now, one write at a time.
    pub fn send(&mut self, id: RequestId, now: Timestamp) -> Option<Vec<Line>> {
        let is_early = self.not_before.is_some_and(|at| now < at);
        if self.request.is_some() || is_early || self.waiting.is_empty() {
            return None;
        }
        self.request = Some(id);
        self.sent = std::mem::take(&mut self.waiting);
        Some(self.sent.clone())
    }

    fn answered(&mut self, id: RequestId, is_written: bool) -> bool {
        if self.request != Some(id) {
            return false;
        }
        self.request = None;
        let mut lines = std::mem::take(&mut self.sent);
        if !is_written {
            lines.append(&mut self.waiting);
            for line in lines {
                self.push(line);
            }
        }
        true
    }
}
