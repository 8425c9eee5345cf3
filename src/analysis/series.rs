//! Counters become closed intervals: stretches between two usable scrapes, in counts.
//!
//! Invariants: both versions of an interval are counted over the same time; a scrape that cannot be used closes nothing and
//! loses nothing; the order of pods in a scrape does not matter.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Span};
use super::memory::{Difference, Memory};
use crate::domain::counters::{Scrape, Side};

/// What is peculiar about an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// At least one scrape inside it was not usable.
    Gap,
    /// Counters contradicted each other and it was joined with the next scrape.
    Inconsistent,
    /// A canary pod appeared.
    NewCanary,
    /// A stable pod appeared.
    NewStable,
    /// A canary pod restarted.
    ResetCanary,
    /// A stable pod restarted.
    ResetStable,
    /// The traffic share changed inside it: not used.
    Step,
    /// It began before the warm-up was over: not used.
    Warmup,
}

/// Both versions between two usable scrapes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// From scrape to scrape.
    pub span: Span,
    /// What the canary did.
    pub canary: Counts,
    /// What stable did.
    pub stable: Counts,
    /// What is peculiar about it.
    pub flags: BTreeSet<Flag>,
}

impl Interval {
    /// Whether it counts for a verdict.
    pub fn is_used(&self) -> bool {
        !self.flags.contains(&Flag::Step) && !self.flags.contains(&Flag::Warmup)
    }

    /// The counts of one side.
    pub fn of(&self, side: Side) -> &Counts {
        match side {
            Side::Stable => &self.stable,
            Side::Canary => &self.canary,
        }
    }

    /// Takes the interval out of use when the traffic share changed strictly inside it.
    pub(super) fn mark_step(&mut self, step: Timestamp) {
        if self.span.from < step && step < self.span.until {
            self.flags.insert(Flag::Step);
        }
    }

    /// Takes the interval out of use when it began before the warm-up was over.
    pub(super) fn mark_warmup(&mut self, until: Timestamp) {
        if self.span.from < until {
            self.flags.insert(Flag::Warmup);
        }
    }
}

/// The intervals that `scrapes`, in time order, close. `steps`: when the traffic share changed.
pub fn close_intervals(
    scrapes: &[Scrape],
    steps: &[Timestamp],
    warmup_until: Option<Timestamp>,
) -> Vec<Interval> {
    let mut closer = Closer::both();
    let mut intervals: Vec<_> = scrapes
        .iter()
        .filter_map(|scrape| closer.push(scrape)?.into_interval())
        .collect();
    for interval in &mut intervals {
        for &step in steps {
            interval.mark_step(step);
        }
        if let Some(until) = warmup_until {
            interval.mark_warmup(until);
        }
    }
    intervals
}

/// What the usable pods of one side counted between two scrapes; a pod that the first one did not have counts from its
/// start. `None`: the second scrape has no usable pod of that side.
pub fn counted_between(first: &Scrape, second: &Scrape, side: Side) -> Option<Counts> {
    let mut memory = Memory::default();
    memory.remember(first, side);
    let difference = memory.difference(second, side)?;
    Some(difference.counts)
}

/// What a [`Closer`] closed: one entry of `counts` a side, in the closer's order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Closed {
    pub(super) span: Span,
    pub(super) counts: Vec<Counts>,
    pub(super) flags: BTreeSet<Flag>,
}

impl Closed {
    /// As an interval of both sides; `None` when only one was watched.
    pub(super) fn into_interval(mut self) -> Option<Interval> {
        let (canary, stable) = (self.counts.pop()?, self.counts.pop()?);
        Some(Interval {
            span: self.span,
            canary,
            stable,
            flags: self.flags,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Watched {
    side: Side,
    memory: Memory,
}

/// Closes intervals one scrape at a time, for one side or for both together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Closer {
    watched: Vec<Watched>,
    /// The last accepted scrape.
    since: Option<Timestamp>,
    /// Flags for the interval that closes next.
    pending: BTreeSet<Flag>,
}

impl Closer {
    /// Counts both sides over the same time.
    pub(super) fn both() -> Self {
        Self::of(&Side::BOTH)
    }

    /// Counts one side by itself.
    pub(super) fn one(side: Side) -> Self {
        Self::of(&[side])
    }

    fn of(sides: &[Side]) -> Self {
        let watched = sides
            .iter()
            .map(|&side| Watched {
                side,
                memory: Memory::default(),
            })
            .collect();
        Self {
            watched,
            since: None,
            pending: BTreeSet::new(),
        }
    }

    /// The last accepted scrape: where the next interval begins.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// A scrape that gave nothing.
    pub(super) fn miss(&mut self) {
        if self.since.is_some() {
            self.pending.insert(Flag::Gap);
        }
    }

    /// Begins anew with the next scrape, knowing the pods it knew.
    pub(super) fn pause(&mut self) {
        self.since = None;
        self.pending.clear();
    }

    /// Takes one scrape; answers the interval it closes.
    pub(super) fn push(&mut self, scrape: &Scrape) -> Option<Closed> {
        if self.since.is_some_and(|since| scrape.at <= since) {
            return self.turn_back(scrape);
        }
        let differences: Option<Vec<Difference>> = self
            .watched
            .iter()
            .map(|watched| watched.memory.difference(scrape, watched.side))
            .collect();
        let Some(differences) = differences else {
            self.miss();
            return None;
        };
        let Some(from) = self.since else {
            self.accept(scrape);
            return None;
        };
        if differences
            .iter()
            .any(|difference| difference.counts.errors > difference.counts.requests)
        {
            self.pending.insert(Flag::Inconsistent);
            return None;
        }
        let mut flags = std::mem::take(&mut self.pending);
        for (watched, difference) in self.watched.iter().zip(&differences) {
            flags.extend(peculiarities(watched.side, difference));
        }
        self.accept(scrape);
        let counts = differences
            .into_iter()
            .map(|difference| difference.counts)
            .collect();
        Some(Closed {
            span: Span {
                from,
                until: scrape.at,
            },
            counts,
            flags,
        })
    }

    /// The same moment again closes nothing. An earlier one means that the clock was set: it becomes the new baseline.
    fn turn_back(&mut self, scrape: &Scrape) -> Option<Closed> {
        if self.since.is_some_and(|since| scrape.at < since) {
            self.pause();
            return self.push(scrape);
        }
        None
    }

    fn accept(&mut self, scrape: &Scrape) {
        for watched in &mut self.watched {
            watched.memory.remember(scrape, watched.side);
        }
        self.since = Some(scrape.at);
    }
}

fn peculiarities(side: Side, difference: &Difference) -> impl Iterator<Item = Flag> {
    let (reset, new) = match side {
        Side::Stable => (Flag::ResetStable, Flag::NewStable),
        Side::Canary => (Flag::ResetCanary, Flag::NewCanary),
    };
    [
        difference.reset.then_some(reset),
        difference.new.then_some(new),
    ]
    .into_iter()
    .flatten()
}
