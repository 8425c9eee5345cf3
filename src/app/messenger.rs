//! Messages to people who are not looking: how many may go out, and what becomes of the others.
//!
//! Invariant: what waits is bounded, and what was left out is counted in the next message.

use crate::domain::notification::Notification;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// So many messages may go out in [`WINDOW`].
const MOST: usize = 6;
const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// Between two bells.
const BELL_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The messages of this process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messenger {
    /// When the latest ones went out.
    sent: VecDeque<Timestamp>,
    /// How many were left out since.
    left_out: u32,
    /// When the bell rang last.
    rang_at: Option<Timestamp>,
    /// What was told last of a failure, so that it is told once.
    pub(super) fault: Option<String>,
}

impl Messenger {
    /// The message, if one more may go out now.
    pub fn send(&mut self, mut message: Notification) -> Option<Notification> {
        let now = message.at;
        while self
            .sent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            self.sent.pop_front();
        }
        if self.sent.len() >= MOST {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.sent.push_back(now);
        message.left_out = std::mem::take(&mut self.left_out);
        Some(message)
    }

    /// Whether the bell may ring now; it counts as rung.
    pub fn rings(&mut self, now: Timestamp) -> bool {
        let is_early = self
            .rang_at
            .is_some_and(|at| now.duration_since(at) < BELL_PAUSE);
        if !is_early {
            self.rang_at = Some(now);
        }
        !is_early
    }
}
