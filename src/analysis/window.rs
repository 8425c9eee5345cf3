//! The metrics of one environment as the model keeps them: bounded, fed one scrape at a time.
//!
//! Two views of the same scrapes. *Intervals* compare both versions over the same time and feed the verdict. *Points* follow
//! each version by itself and feed the charts, so that a service without a canary still has its line. What was missed is
//! kept as gaps.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Span, Totals};
use super::latency::Quantile;
use super::memory;
use super::series::{Closed, Closer, Flag, Interval};
use crate::domain::counters::{Scrape, Side};

/// Scrape lengths without a closed interval after which data are stale.
const STALE_AFTER: u32 = 4;
/// Scrape lengths between two readings above which something is missing between them.
const GAP_ABOVE: f64 = 2.5;

/// How far the comparison of both versions can be trusted to be of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// No interval closed yet.
    Waiting,
    /// The last interval ended at this time, recently.
    Live(Timestamp),
    /// No usable scrape of both versions since this time.
    Stale(Timestamp),
}

/// One version over one interval, for a chart; drawn at the span's end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// From scrape to scrape.
    pub span: Span,
    /// What was counted.
    pub counts: Counts,
    /// Median response time in seconds. `None`: no requests, or not known.
    pub p50: Option<f64>,
    /// 95th percentile in seconds.
    pub p95: Option<f64>,
    /// 99th percentile in seconds.
    pub p99: Option<f64>,
    /// What is peculiar about it.
    pub flags: BTreeSet<Flag>,
}

impl Point {
    /// Failed requests by requests, 0 to 1. `None`: no requests.
    pub fn error_share(&self) -> Option<f64> {
        self.counts.error_share()
    }

    /// CPU seconds a request. `None`: no requests, or not reported.
    pub fn cpu_per_request(&self) -> Option<f64> {
        self.counts.cpu_per_request()
    }

    fn new(counts: Counts, span: Span, flags: BTreeSet<Flag>) -> Self {
        let seconds = |q| counts.quantile(q).map(Quantile::seconds);
        let (p50, p95, p99) = (seconds(0.50), seconds(0.95), seconds(0.99));
        Self {
            span,
            counts,
            p50,
            p95,
            p99,
            flags,
        }
    }
}

/// How many of a version's pods the last scrape could read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Pods whose counters are usable.
    pub read: usize,
    /// Pods that were asked.
    pub asked: usize,
}

/// One version by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Lane {
    side: Side,
    closer: Closer,
    points: VecDeque<Point>,
    gaps: VecDeque<Span>,
    since_start: Option<Totals>,
    coverage: Coverage,
}

/// What the pods counted, over a bounded time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    every: Duration,
    capacity: usize,
    pair: Closer,
    intervals: VecDeque<Interval>,
    steps: BTreeSet<Timestamp>,
    warmup_until: Option<Timestamp>,
    stable: Lane,
    canary: Lane,
}

impl Series {
    /// `every`: the time from scrape to scrape. `capacity`: how many intervals and points are kept, at least one.
    pub fn new(every: Duration, capacity: usize) -> Self {
        Self {
            every,
            capacity: capacity.max(1),
            pair: Closer::both(),
            intervals: VecDeque::new(),
            steps: BTreeSet::new(),
            warmup_until: None,
            stable: Lane::new(Side::Stable),
            canary: Lane::new(Side::Canary),
        }
    }

    /// Begins with what another has, where nothing was read here yet.
    pub fn begin_with(&mut self, other: &Self) {
        let is_empty = Side::BOTH
            .iter()
            .all(|&side| self.last_read(side).is_none());
        if is_empty {
            *self = Self {
                every: self.every,
                capacity: self.capacity,
                ..other.clone()
            };
        }
    }

    /// Takes one scrape. Scrapes come in time order.
    pub fn push(&mut self, scrape: &Scrape) {
        self.take(scrape, self.every);
    }

    /// Takes what was recorded before the first scrape, oldest first, however far apart. `false`: not taken, because
    /// something was read already.
    pub fn backfill(&mut self, scrapes: &[Scrape]) -> bool {
        let is_empty = Side::BOTH
            .iter()
            .all(|&side| self.last_read(side).is_none());
        let sorted = scrapes.is_sorted_by(|earlier, later| earlier.at < later.at);
        if !(is_empty && sorted) || scrapes.is_empty() {
            return false;
        }
        let apart = scrapes
            .iter()
            .zip(scrapes.iter().skip(1))
            .map(|(earlier, later)| later.at.duration_since(earlier.at).unsigned_abs())
            .min();
        let every = self.every.max(apart.unwrap_or_default());
        for scrape in scrapes {
            self.take(scrape, every);
        }
        true
    }

    fn take(&mut self, scrape: &Scrape, every: Duration) {
        if let Some(mut interval) = self.pair.push(scrape).and_then(Closed::into_interval) {
            for &step in &self.steps {
                interval.mark_step(step);
            }
            if let Some(until) = self.warmup_until {
                interval.mark_warmup(until);
            }
            keep(&mut self.intervals, interval, self.capacity);
        }
        for lane in [&mut self.stable, &mut self.canary] {
            lane.push(scrape, every, self.capacity);
        }
    }

    /// A scrape that failed as a whole leaves a gap.
    pub fn miss(&mut self) {
        self.pair.miss();
        for lane in [&mut self.stable, &mut self.canary] {
            lane.closer.miss();
        }
    }

    /// The traffic share changed at `at`: the interval it falls into is not used, and "since step" begins here.
    pub fn mark_step(&mut self, at: Timestamp) {
        self.steps.insert(at);
        for interval in &mut self.intervals {
            interval.mark_step(at);
        }
        while self.steps.len() > self.capacity {
            self.steps.pop_first();
        }
    }

    /// Intervals that begin before `until` are not used.
    pub fn warm_up(&mut self, until: Timestamp) {
        self.warmup_until = Some(until);
        for interval in &mut self.intervals {
            interval.mark_warmup(until);
        }
    }

    /// Another candidate: the comparison starts anew; the lines of the charts go on.
    pub fn begin_comparison(&mut self) {
        self.pair = Closer::both();
        self.intervals.clear();
        self.steps.clear();
        self.warmup_until = None;
    }

    /// The closed intervals of both versions, oldest first.
    pub fn intervals(&self) -> impl DoubleEndedIterator<Item = &Interval> {
        self.intervals.iter()
    }

    /// The steps that were marked, oldest first.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = Timestamp> {
        self.steps.iter().copied()
    }

    /// The points of one version, oldest first.
    pub fn points(&self, side: Side) -> impl DoubleEndedIterator<Item = &Point> {
        self.lane(side).points.iter()
    }

    /// When one version could not be read, oldest first, the one that lasts until `now` included.
    pub fn gaps(&self, side: Side, now: Timestamp) -> impl Iterator<Item = Span> {
        let lane = self.lane(side);
        lane.gaps
            .iter()
            .copied()
            .chain(lane.open_gap(self.every, now))
    }

    /// One version's totals over the used intervals that begin at or after `from`.
    pub fn since(&self, side: Side, from: Timestamp) -> Totals {
        self.sum(side, |interval| interval.span.from >= from)
    }

    /// One version's totals over the used intervals since the last step, or since the comparison began.
    pub fn since_step(&self, side: Side) -> Totals {
        match self.steps.last() {
            Some(&step) => self.since(side, step),
            None => self.sum(side, |_| true),
        }
    }

    /// One version's totals over the points that end less than `length` before its latest one, whether or not the other
    /// version could be read. For rates of now; a verdict takes [`Series::since_step`].
    pub fn recent(&self, side: Side, length: Duration) -> Totals {
        let points = &self.lane(side).points;
        let mut totals = Totals::EMPTY;
        let Some(last) = points.back().map(|point| point.span.until) else {
            return totals;
        };
        for point in points
            .iter()
            .filter(|point| last.duration_since(point.span.until).unsigned_abs() < length)
        {
            totals.add(&point.counts, point.span);
        }
        totals
    }

    /// What one version's present pods counted since they started: known after one scrape. `None` before it. Its span is
    /// from the earliest reported start to the scrape; absent where no pod reports its start.
    pub fn since_start(&self, side: Side) -> Option<&Totals> {
        self.lane(side).since_start.as_ref()
    }

    /// How many of one version's pods the last scrape could read.
    pub fn coverage(&self, side: Side) -> Coverage {
        self.lane(side).coverage
    }

    /// When one version was last read.
    pub fn last_read(&self, side: Side) -> Option<Timestamp> {
        self.lane(side).closer.since()
    }

    /// Whether the comparison of both versions is of now.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let Some(last) = self.pair.since() else {
            return Freshness::Waiting;
        };
        if now.duration_since(last).as_secs_f64() >= (self.every * STALE_AFTER).as_secs_f64() {
            return Freshness::Stale(last);
        }
        if self.intervals.is_empty() {
            Freshness::Waiting
        } else {
            Freshness::Live(last)
        }
    }

    fn lane(&self, side: Side) -> &Lane {
        match side {
            Side::Stable => &self.stable,
            Side::Canary => &self.canary,
        }
    }

    fn sum(&self, side: Side, within: impl Fn(&Interval) -> bool) -> Totals {
        let mut totals = Totals::EMPTY;
        for interval in self
            .intervals
            .iter()
            .filter(|interval| interval.is_used() && within(interval))
        {
            totals.add(interval.of(side), interval.span);
        }
        totals
    }
}

impl Lane {
    fn new(side: Side) -> Self {
        Self {
            side,
            closer: Closer::one(side),
            points: VecDeque::new(),
            gaps: VecDeque::new(),
            since_start: None,
            coverage: Coverage::default(),
        }
    }

    fn push(&mut self, scrape: &Scrape, every: Duration, capacity: usize) {
        self.coverage = Coverage {
            read: scrape.usable(self.side).count(),
            asked: scrape.of(self.side).count(),
        };
        if self.coverage.asked == 0 {
            // A version that has no pods is not unreadable: its line ends and leaves no gap.
            self.closer.pause();
            self.since_start = None;
            return;
        }
        if self.coverage.read > 0 {
            self.since_start = Some(since_start(scrape, self.side));
        }
        let Some(mut closed) = self.closer.push(scrape) else {
            return;
        };
        if closed.flags.contains(&Flag::Gap) || is_long(closed.span, every) {
            keep(&mut self.gaps, closed.span, capacity);
        }
        if let Some(counts) = closed.counts.pop() {
            keep(
                &mut self.points,
                Point::new(counts, closed.span, closed.flags),
                capacity,
            );
        }
    }

    fn open_gap(&self, every: Duration, now: Timestamp) -> Option<Span> {
        let span = Span {
            from: self.closer.since()?,
            until: now,
        };
        is_long(span, every).then_some(span)
    }
}

fn since_start(scrape: &Scrape, side: Side) -> Totals {
    let earliest = scrape
        .usable(side)
        .filter_map(|(_, counters)| counters.started_at)
        .min();
    let span = earliest.map(|from| Span {
        from,
        until: scrape.at,
    });
    Totals {
        counts: memory::since_start(scrape, side),
        span,
    }
}

fn is_long(span: Span, every: Duration) -> bool {
    span.seconds() > every.as_secs_f64() * GAP_ABOVE
}

fn keep<T>(ring: &mut VecDeque<T>, item: T, capacity: usize) {
    while ring.len() >= capacity {
        ring.pop_front();
    }
    ring.push_back(item);
}
