//! The verdict on a canary as it is shown: sequential evidence beside the plain limits.
//!
//! Invariants: the same intervals, steps and rules give the same verdict, taken one by one or all at once, so that two
//! observers judge alike; proven harm stays proven; a plain limit that is broken holds, and rolls back only where the counts
//! leave no doubt.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Span};
use super::sequential::cpu::{Block, CpuSign};
use super::sequential::evidence::Pair;
use super::sequential::judge::{Judge, Sample};
use super::sequential::params::{Params, SlowBound, SlowLimit};
use super::sequential::recorded::{Recorded, Row};
use super::sequential::sentence::cpu_high;
use super::series::Interval;
use crate::domain::assurance::Assurance;
use crate::domain::goals::Goals;
use crate::domain::guardrails::Consequence;
use crate::domain::traffic::Weight;

/// A block of CPU time.
const BLOCK: Duration = Duration::from_secs(60);
/// Fewest planned intervals.
const SHORTEST_PLAN: u32 = 60;
/// The share of requests above a 95th percentile.
const ABOVE_P95: f64 = 0.05;

/// What is fixed when a release begins, and kept in the record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// The release's number.
    pub revision: u64,
    /// The bounds above which requests are slow.
    pub slow: Vec<SlowBound>,
    /// The one next to p95.
    pub primary: Option<usize>,
    /// How many errors come together.
    pub burst_errors: f64,
    /// Whether the burst factors are assumed, not measured.
    pub is_assumed: bool,
}

/// What a canary is judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// The plain limits.
    pub goals: Goals,
    /// How sure a verdict must be.
    pub assurance: Assurance,
    /// The time from scrape to scrape.
    pub every: Duration,
    /// The steps: weight, and how long it is held.
    pub steps: Vec<(Weight, Duration)>,
    /// What was fixed when the release began.
    pub watched: Watched,
}

impl Rules {
    /// The parameters of the evidence at the beginning.
    fn params(&self) -> Params {
        let assurance = &self.assurance;
        let margin = assurance.margin(Weight::ZERO);
        let warm_intervals = intervals(assurance.warm_up, self.every);
        let p95 = self.goals.p95.as_secs_f64();
        let promised = self
            .watched
            .slow
            .iter()
            .position(|slow| slow.bound.is_some_and(|bound| (bound - p95).abs() < 1e-9));
        Params {
            alpha: assurance.false_alarms,
            rho_error: assurance.error_ratio,
            floor_error: assurance.error_floor,
            latency_tolerance: assurance.slow_down,
            warm_intervals,
            safety_from: warm_intervals,
            phi_error: self.watched.burst_errors.max(1.0),
            horizon: self.horizon(),
            slo_error: Some(self.goals.error_share),
            slo_latency: promised.map(|index| SlowLimit {
                index,
                limit: ABOVE_P95,
            }),
            safe_ratio_error: margin.error_ratio,
            safe_floor_error: margin.error_share,
            safe_ratio_latency: margin.slow_ratio,
            slow: self.watched.slow.clone(),
            primary: self.watched.primary,
            guardrails: self.goals.guardrails,
            ..Params::default()
        }
    }

    /// How much more CPU per request is tolerated, where that is looked at.
    fn cpu_tolerance(&self) -> Option<f64> {
        let is_off = self.goals.guardrails.cpu_per_request == Consequence::Off;
        self.goals.cpu_tolerance.filter(|_| !is_off)
    }

    fn horizon(&self) -> u32 {
        let planned = self.steps.iter().map(|(_, hold)| *hold).sum();
        let planned = u32::try_from(intervals(planned, self.every)).unwrap_or(u32::MAX);
        planned.max(SHORTEST_PLAN)
    }

    /// How long a weight is held.
    pub(super) fn hold(&self, weight: Weight) -> Option<Duration> {
        let step = self.steps.iter().find(|(step, _)| *step >= weight);
        step.map(|(_, hold)| *hold)
    }
}

/// Whole intervals that cover a time.
fn intervals(time: Duration, every: Duration) -> usize {
    let every = every.as_millis().max(1);
    usize::try_from(time.as_millis().div_ceil(every)).unwrap_or(usize::MAX)
}

/// A canary's evidence as it grows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    course: Option<Course>,
}

/// What was taken so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    pub(super) rules: Rules,
    pub(super) judge: Judge,
    pub(super) cpu: Option<CpuSign>,
    block: CpuBlock,
    /// Steps that were marked, oldest first.
    steps: Vec<(Timestamp, Weight)>,
    /// How many of them have begun.
    begun: usize,
    /// From the first interval to the last one.
    pub(super) span: Option<Span>,
    /// Of the used intervals.
    seconds: f64,
}

/// CPU and requests of the minute under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct CpuBlock {
    from: Option<Timestamp>,
    canary: (Option<f64>, f64),
    stable: (Option<f64>, f64),
}

impl Canary {
    /// Takes the used intervals that closed since the last time, oldest first. `steps`: when which weight took effect.
    pub fn follow<'i>(
        &mut self,
        intervals: impl DoubleEndedIterator<Item = &'i Interval>,
        steps: &[(Timestamp, Weight)],
        rules: &Rules,
    ) {
        let mut course = match self.course.take() {
            Some(course) if course.goes_on(steps, rules) => course,
            Some(_) | None => Course::new(rules.clone()),
        };
        course.steps = steps.to_vec();
        let until = course.span.map(|span| span.until);
        let is_new = |interval: &&Interval| until.is_none_or(|until| interval.span.until > until);
        let mut new: Vec<&Interval> = intervals.rev().take_while(is_new).collect();
        new.reverse();
        for interval in new {
            course.take(interval);
        }
        course.judge.settle();
        self.course = Some(course);
    }

    /// Another candidate: what was known of the one before is gone.
    pub fn forget(&mut self) {
        self.course = None;
    }

    /// The evidence, once rules are known.
    pub fn judge(&self) -> Option<&Judge> {
        self.course.as_ref().map(|course| &course.judge)
    }

    /// What it is judged by.
    pub fn rules(&self) -> Option<&Rules> {
        self.course.as_ref().map(|course| &course.rules)
    }

    /// The CPU guardrail, where it is watched.
    pub fn cpu(&self) -> Option<&CpuSign> {
        self.course.as_ref()?.cpu.as_ref()
    }

    pub(super) fn course(&self) -> Option<&Course> {
        self.course.as_ref()
    }
}

impl Course {
    fn new(rules: Rules) -> Self {
        Self {
            judge: Judge::new(rules.params()),
            cpu: rules.cpu_tolerance().map(CpuSign::new),
            block: CpuBlock::default(),
            steps: Vec::new(),
            begun: 0,
            span: None,
            seconds: 0.0,
            rules,
        }
    }

    /// Whether what was taken stands: the same rules, and no step that lies before its end was marked since.
    fn goes_on(&self, steps: &[(Timestamp, Weight)], rules: &Rules) -> bool {
        let until = self.span.map(|span| span.until);
        self.rules == *rules
            && steps
                .strip_prefix(self.steps.as_slice())
                .is_some_and(|new| {
                    new.iter()
                        .all(|(at, _)| until.is_none_or(|until| *at >= until))
                })
    }

    fn take(&mut self, interval: &Interval) {
        let span = interval.span;
        self.span = Some(Span {
            from: self.span.map_or(span.from, |known| known.from),
            until: span.until,
        });
        if !interval.is_used() {
            return;
        }
        self.seconds += span.seconds();
        while let Some((at, weight)) = self.steps.get(self.begun)
            && *at <= span.from
        {
            let margin = self.rules.assurance.margin(*weight);
            self.judge.begin_step(&margin);
            self.begun += 1;
        }
        let mut slow = [[0.0; 2]; 8];
        let slow = slow_counts(interval, &self.rules.watched.slow, &mut slow);
        let errors = pair(interval);
        self.judge.push(&Sample { errors, slow });
        self.take_cpu(interval);
    }

    fn take_cpu(&mut self, interval: &Interval) {
        let Some(sign) = &mut self.cpu else { return };
        let block = &mut self.block;
        let from = *block.from.get_or_insert_with(|| {
            block.canary = (Some(0.0), 0.0);
            block.stable = (Some(0.0), 0.0);
            interval.span.from
        });
        let add = |sum: &mut (Option<f64>, f64), counts: &Counts| {
            sum.0 = sum.0.zip(counts.cpu_seconds).map(|(sum, cpu)| sum + cpu);
            sum.1 += counts.requests;
        };
        add(&mut block.canary, &interval.canary);
        add(&mut block.stable, &interval.stable);
        if interval.span.until.duration_since(from).unsigned_abs() >= BLOCK {
            sign.push(&Block {
                canary_cpu: block.canary.0,
                canary_requests: Some(block.canary.1),
                stable_cpu: block.stable.0,
                stable_requests: Some(block.stable.1),
            });
            *block = CpuBlock::default();
        }
    }

    /// ln E of the CPU guardrail, where it decides.
    pub(super) fn cpu_ln_e(&self) -> Option<f64> {
        let decides = self.rules.goals.guardrails.cpu_per_request.decides();
        self.cpu.as_ref().filter(|_| decides).map(CpuSign::ln_e)
    }

    /// What it has found of the CPU where that only warns.
    pub(super) fn cpu_warning(&self) -> Option<String> {
        let sign = self.cpu.as_ref()?;
        let is_proven = sign.ln_e() >= -self.judge.params().cpu_warn.ln();
        let warns = self.rules.goals.guardrails.cpu_per_request == Consequence::Warn;
        (warns && is_proven).then(|| format!("cpu_per_request: {}", cpu_high(Some(sign))))
    }

    /// The weight of the present step.
    pub(super) fn weight(&self) -> Option<Weight> {
        self.steps.last().map(|(_, weight)| *weight)
    }

    /// Seconds of a used interval, on average.
    #[expect(clippy::cast_precision_loss, reason = "intervals are far below 2^52")]
    pub(super) fn every(&self) -> Option<f64> {
        let taken = self.judge.taken();
        (self.seconds > 0.0).then(|| self.seconds / taken as f64)
    }
}

fn pair(interval: &Interval) -> Pair {
    Pair {
        n: interval.canary.requests,
        x: interval.canary.errors,
        m: interval.stable.requests,
        y: interval.stable.errors,
    }
}

/// Slow requests of both versions per bound, into `into`. `None`: not known in this interval.
pub fn slow_counts<'s>(
    interval: &Interval,
    bounds: &[SlowBound],
    into: &'s mut [[f64; 2]; 8],
) -> Option<&'s [[f64; 2]]> {
    for (slot, bound) in into.iter_mut().zip(bounds) {
        let at = bound.bound?;
        *slot = [
            interval.canary.slower_than(at)?,
            interval.stable.slower_than(at)?,
        ];
    }
    into.get(..bounds.len())
}

/// The same counts and parameters as `judge` reads them, so that a verdict can be checked by anybody.
pub fn recorded<'i>(canary: &Canary, intervals: impl Iterator<Item = &'i Interval>) -> Recorded {
    let Some(course) = canary.course() else {
        return Recorded::default();
    };
    let row = |interval: &Interval| {
        let mut slow = [[0.0; 2]; 8];
        let slow = slow_counts(interval, &course.rules.watched.slow, &mut slow);
        let Pair { n, x, m, y } = pair(interval);
        Row {
            n,
            m,
            x,
            y,
            slow: slow.map(<[_]>::to_vec),
            t0: Some(seconds(interval.span.from)),
            t1: Some(seconds(interval.span.until)),
            used: interval.is_used(),
            flags: Vec::new(),
        }
    };
    Recorded {
        intervals: intervals.map(row).collect(),
        params: Params {
            cpu_log_e: course.cpu_ln_e(),
            ..course.judge.params().clone()
        },
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
