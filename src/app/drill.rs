//! A drill: how long verdict, key and recovery took, and what the harm came to, as one sentence.
//!
//! Invariants: the harm and its beginning are the demo world's own count, never the cockpit's estimate; every other moment is
//! the one at which this cockpit showed, took or proved it.

use crate::domain::drill::GroundTruth;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A drill under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// The demo world's control URL.
    pub control: String,
    /// What the world last told; `None` before any harm began.
    pub truth: Option<GroundTruth>,
    /// When the screen first said ROLL BACK after the harm began.
    pub verdict_at: Option<Timestamp>,
    /// When an abort or roll back was confirmed after the harm began; the first one.
    pub key_at: Option<Timestamp>,
    /// How the last one of them stands.
    pub recovery: Recovery,
}

/// How far the way back is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// Nothing was verified.
    #[default]
    Ahead,
    /// Verified; this long after the first key the traffic was seen off the version that does harm.
    Seen(SignedDuration),
}

impl Drill {
    /// A drill in the world with that control URL, before any harm.
    pub fn new(control: impl Into<String>) -> Self {
        Self {
            control: control.into(),
            truth: None,
            verdict_at: None,
            key_at: None,
            recovery: Recovery::Ahead,
        }
    }

    /// Its parts so far, each in a few words, the harm's beginning first; nothing before any harm began. `now` is for what is
    /// still waited for.
    pub fn parts(&self, now: Timestamp) -> Vec<String> {
        let Some(truth) = &self.truth else {
            return Vec::new();
        };
        vec![
            "harm began".to_owned(),
            self.verdict(truth, now),
            self.key(truth, now),
            self.recovered(),
            harmed(truth.harmed, self.is_over()),
        ]
    }

    /// The parts as one sentence: `harm began, verdict after 31 s, your key after 12 s, …`.
    pub fn sentence(&self, now: Timestamp) -> Option<String> {
        let parts = self.parts(now);
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Whether the release is back and was seen to be.
    pub fn is_over(&self) -> bool {
        matches!(self.recovery, Recovery::Seen(_))
    }

    fn verdict(&self, truth: &GroundTruth, now: Timestamp) -> String {
        match (self.verdict_at, self.key_at) {
            (Some(at), _) => format!(
                "verdict after {}",
                seconds(at.duration_since(truth.began_at))
            ),
            (None, Some(_)) => "no verdict before your key".to_owned(),
            (None, None) => format!(
                "no verdict in {}",
                seconds(now.duration_since(truth.began_at))
            ),
        }
    }

    /// Counted from the verdict, where there was one to act on.
    fn key(&self, truth: &GroundTruth, now: Timestamp) -> String {
        let since = self.verdict_at.unwrap_or(truth.began_at);
        match self.key_at {
            Some(at) => format!("your key after {}", seconds(at.duration_since(since))),
            None => format!("no key in {}", seconds(now.duration_since(since))),
        }
    }

    fn recovered(&self) -> String {
        match self.recovery {
            Recovery::Ahead => "not recovered".to_owned(),
            Recovery::Seen(after) => format!("recovered after {}", seconds(after)),
        }
    }
}

fn harmed(requests: u64, is_over: bool) -> String {
    let so_far = if is_over { "" } else { " so far" };
    match requests {
        1 => format!("1 request harmed{so_far}"),
        more => format!("{more} requests harmed{so_far}"),
    }
}

/// Whole seconds; tenths below one. What was too short to be told is not told as none.
fn seconds(time: SignedDuration) -> String {
    let seconds = time.as_secs_f64().max(0.0);
    if seconds < 0.05 {
        "less than 0.1 s".to_owned()
    } else if seconds < 0.95 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}
