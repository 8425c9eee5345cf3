//! The black box: what was counted, shown and done around a release, line by line, so that it can be judged again.
//!
//! Invariants: the lines of one observer, in their order, give each verdict that it showed; a bounded black box loses its
//! oldest lines first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::canary::{Canary, Rules, recorded};
use super::composed::{Numbers, judge_canary};
use super::counts::Totals;
use super::sequential::recorded::Recorded;
use super::series::Interval;
use super::signals::Signals;
use super::verdict::Verdict;
use super::window::Freshness;
use crate::domain::counters::Side;
use crate::domain::goals::Goals;
use crate::domain::traffic::Weight;

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "flightdeck.blackbox/1";

/// Bytes of the cluster's part at most.
pub const MOST_BYTES: usize = 256 * 1024;

/// One thing that an observer saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When the observer took it in.
    pub at: Timestamp,
    /// The observer: one run of the program.
    pub by: String,
    /// What.
    pub seen: Seen,
}

/// What an observer saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Another candidate, or none: what is compared begins anew.
    Candidate(Option<String>),
    /// The canary has this weight since then.
    Weight {
        /// Since when, as the cluster was read.
        since: Timestamp,
        /// Its share of traffic.
        weight: Weight,
    },
    /// What both versions did between two scrapes; the canary's counts are 0 where there is none.
    Interval(Box<Interval>),
    /// Another verdict was shown.
    Verdict(Box<Shown>),
    /// A plan began or ended, in words.
    Plan(String),
    /// The running release got further on its way to the mark, in words.
    Proof(String),
}

/// A verdict with what it was made from besides the intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// As it was shown.
    pub verdict: Verdict,
    /// The limits of the time.
    pub goals: Goals,
    /// How fresh the numbers were.
    pub freshness: Freshness,
    /// What it was counted over.
    pub basis: Counted,
    /// What was seen besides the numbers.
    #[serde(default)]
    pub signals: Signals,
    /// What the evidence was made by; absent where only the limits were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Box<Rules>>,
}

/// What a verdict was counted over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The used intervals since the step, or the candidate, began.
    SinceStep,
    /// Counters since the pods started, which no interval tells.
    SinceStart {
        /// The canary's.
        canary: Box<Totals>,
        /// Stable's.
        stable: Box<Totals>,
    },
}

/// Judges again what the verdict in `lines[index]` was made from; `None` where that line is no verdict.
pub fn rejudge(lines: &[Line], index: usize) -> Option<Verdict> {
    let line = lines.get(index)?;
    let Seen::Verdict(shown) = &line.seen else {
        return None;
    };
    let past = Past::of(lines.get(..index)?, &line.by);
    let (canary, stable) = match &shown.basis {
        Counted::SinceStart { canary, stable } => ((**canary).clone(), (**stable).clone()),
        Counted::SinceStep => (past.since_step(Side::Canary), past.since_step(Side::Stable)),
    };
    let numbers = Numbers {
        canary: &canary,
        stable: &stable,
        freshness: shown.freshness,
        signals: &shown.signals,
    };
    Some(judge_canary(&past.canary(shown), &numbers, &shown.goals))
}

/// The evidence of the last verdict of the main observer among `lines`, as `judge` reads it. `None`: none was shown by
/// evidence.
pub fn recorded_until(lines: &[Line], index: usize) -> Option<Recorded> {
    let line = lines.get(index)?;
    let Seen::Verdict(shown) = &line.seen else {
        return None;
    };
    shown.rules.as_ref()?;
    let past = Past::of(lines.get(..index)?, &line.by);
    let mut recorded = recorded(&past.canary(shown), past.intervals.iter());
    recorded.params.stale = matches!(shown.freshness, Freshness::Stale(_));
    Some(recorded)
}

/// What one observer had seen of a candidate.
struct Past {
    steps: Vec<(Timestamp, Weight)>,
    intervals: Vec<Interval>,
}

impl Past {
    fn of(lines: &[Line], by: &str) -> Self {
        let mut past = Self {
            steps: Vec::new(),
            intervals: Vec::new(),
        };
        for line in lines.iter().filter(|line| line.by == by) {
            match &line.seen {
                Seen::Candidate(_) => {
                    // The weight stays what it was.
                    past.steps = past.steps.split_off(past.steps.len().saturating_sub(1));
                    past.intervals.clear();
                }
                Seen::Weight { since, weight } => past.steps.push((*since, *weight)),
                Seen::Interval(interval) => past.intervals.push((**interval).clone()),
                Seen::Verdict(_) | Seen::Plan(_) | Seen::Proof(_) => {}
            }
        }
        for interval in &mut past.intervals {
            for (step, _) in &past.steps {
                interval.mark_step(*step);
            }
        }
        past
    }

    fn canary(&self, shown: &Shown) -> Canary {
        let mut canary = Canary::default();
        if let Some(rules) = &shown.rules {
            canary.follow(self.intervals.iter(), &self.steps, rules);
        }
        canary
    }

    /// One version's totals over the used intervals since the last step.
    fn since_step(&self, side: Side) -> Totals {
        let since = self.steps.iter().map(|(since, _)| *since).max();
        let mut totals = Totals::EMPTY;
        for interval in &self.intervals {
            if interval.is_used() && since.is_none_or(|since| interval.span.from >= since) {
                totals.add(interval.of(side), interval.span);
            }
        }
        totals
    }
}

/// What is kept of `kept` and `new` together: each line once, in time order, the newest that fit into `most` bytes as JSON.
pub fn merged(kept: Vec<Line>, new: &[Line], most: usize) -> Vec<Line> {
    let mut all = kept;
    for line in new {
        if !all.contains(line) {
            all.push(line.clone());
        }
    }
    all.sort_by_key(|line| line.at);
    newest(all, most)
}

/// The newest lines that fit into `most` bytes as JSON; intervals go before what happened between them.
pub fn newest(mut lines: Vec<Line>, most: usize) -> Vec<Line> {
    let size = |line: &Line| serde_json::to_vec(line).map_or(0, |text| text.len() + 1);
    let mut bytes: usize = lines.iter().map(size).sum();
    for intervals_only in [true, false] {
        lines.retain(|line| {
            let goes = bytes > most && (!intervals_only || matches!(line.seen, Seen::Interval(_)));
            if goes {
                bytes = bytes.saturating_sub(size(line));
            }
            !goes
        });
    }
    lines
}
