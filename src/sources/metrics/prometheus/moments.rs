//! Series of several kinds become what each pod had counted at each moment.
//!
//! Invariants: a value that is no count makes its pod unreadable at that moment, never a number; a pod that Prometheus scrapes
//! and that has no series of requests has counted none, where other pods have some.

use super::answer::{Answer, Series, time};
use super::keys::{Keys, exporter_of};
use crate::domain::counters::{Bucket, Counters};
use crate::domain::exposition::{CountedBy, Histogram};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The answers to one environment's queries, evaluated at the same times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answers {
    pub(super) requests: Answer,
    pub(super) buckets: Answer,
    pub(super) cpu: Answer,
    pub(super) started: Answer,
    pub(super) sampled: Answer,
}

/// One evaluation time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moment {
    /// What each pod had counted, by name; an error is a value that is no count.
    pub(super) pods: BTreeMap<String, Result<Counters, String>>,
    /// When each pod's newest sample was taken.
    pub(super) sampled: BTreeMap<String, Timestamp>,
}

/// What the numbers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reckoning {
    /// How many of the histogram's unit are a second.
    pub(super) per_second: f64,
    /// Whether buckets come as shares of their sum.
    pub(super) histogram: Histogram,
}

#[derive(Default)]
struct Parts {
    requests: f64,
    errors: f64,
    counts: bool,
    odd: Option<f64>,
    cpu: Option<f64>,
    started: Option<f64>,
    buckets: Vec<Bucket>,
    sampled: Option<f64>,
}

/// What was counted, by evaluation time.
pub(super) fn moments(
    answers: &Answers,
    keys: &Keys<'_>,
    reckoning: Reckoning,
) -> BTreeMap<Timestamp, Moment> {
    let mut grid: Grid = BTreeMap::new();
    let unit = |series| keys.unit(series);
    each(
        &answers.requests,
        unit,
        &mut grid,
        |parts, series, value| {
            parts.counts = true;
            if !(value.is_finite() && value >= 0.0) {
                parts.odd = Some(value);
                return;
            }
            parts.requests += value;
            if series.label(keys.code).is_some_and(is_failure) {
                parts.errors += value;
            }
        },
    );
    each(
        &answers.cpu,
        |series| keys.cpu(series),
        &mut grid,
        |parts, _, value| parts.cpu = Some(value),
    );
    each(&answers.sampled, unit, &mut grid, |parts, _, value| {
        parts.sampled = Some(value);
    });
    each(&answers.buckets, unit, &mut grid, |parts, series, value| {
        let le = series.label("le").and_then(|le| le.parse().ok());
        if let Some(le) = le.filter(|le: &f64| !le.is_nan()) {
            add(&mut parts.buckets, le / reckoning.per_second, value);
        }
    });
    started(&answers.started, keys, &mut grid);
    grid.into_iter()
        .map(|(at, pods)| (at, moment(pods, keys, reckoning.histogram)))
        .collect()
}

type Grid = BTreeMap<Timestamp, BTreeMap<String, Parts>>;

fn each<'a>(
    answer: &'a Answer,
    key: impl Fn(&'a Series) -> Option<Cow<'a, str>>,
    grid: &mut Grid,
    take: impl Fn(&mut Parts, &Series, f64),
) {
    for series in &answer.series {
        let Some(pod) = key(series) else {
            continue;
        };
        for &(at, value) in &series.values {
            let pods = grid.entry(at).or_default();
            if !pods.contains_key(pod.as_ref()) {
                pods.insert(pod.clone().into_owned(), Parts::default());
            }
            if let Some(parts) = pods.get_mut(pod.as_ref()) {
                take(parts, series, value);
            }
        }
    }
}

/// A gateway's start is that of all that it counted.
fn started(answer: &Answer, keys: &Keys<'_>, grid: &mut Grid) {
    match keys.counted_by {
        CountedBy::Pods | CountedBy::Sidecars => each(
            answer,
            |series| keys.unit(series),
            grid,
            |parts, _, value| parts.started = Some(value),
        ),
        CountedBy::Gateway(_) => {
            for series in &answer.series {
                for (at, value) in &series.values {
                    let units = grid.get_mut(at).into_iter().flatten();
                    let own = units.filter(|(unit, _)| {
                        exporter_of(unit).is_some() && exporter_of(unit) == keys.exporter(series)
                    });
                    own.for_each(|(_, parts)| parts.started = Some(*value));
                }
            }
        }
    }
}

fn moment(pods: BTreeMap<String, Parts>, keys: &Keys<'_>, histogram: Histogram) -> Moment {
    let mut moment = Moment::default();
    let somebody_counts = pods.values().any(|parts| parts.counts);
    let is_apart = match keys.counted_by {
        CountedBy::Pods => false,
        CountedBy::Sidecars | CountedBy::Gateway(_) => true,
    };
    let some_cpu = pods.values().any(|parts| parts.cpu.is_some());
    for (pod, mut parts) in pods {
        if let Some(sampled) = parts.sampled.and_then(time) {
            moment.sampled.insert(pod.clone(), sampled);
        }
        if is_apart && parts.cpu.is_none() {
            // That of the service stands in entries of its own.
            parts.cpu = some_cpu.then_some(0.0);
        } else if is_apart {
            parts.counts = true;
        }
        let counted = match parts.odd {
            Some(odd) => Some(Err(format!(
                "its counter of requests is {odd}, which is no count"
            ))),
            None if parts.counts || (parts.started.is_some() && somebody_counts) => {
                Some(Ok(parts.counters(histogram)))
            }
            None => None,
        };
        moment.pods.extend(counted.map(|counted| (pod, counted)));
    }
    moment
}

impl Parts {
    fn counters(self, histogram: Histogram) -> Counters {
        let is_count = |value: &f64| value.is_finite() && *value >= 0.0;
        let buckets = match histogram {
            Histogram::Classic => self.buckets,
            Histogram::Native => of_shares(self.buckets),
        };
        let sound = buckets.iter().all(|bucket| is_count(&bucket.count));
        Counters {
            requests: self.requests,
            errors: self.errors,
            cpu_seconds: self.cpu.filter(is_count),
            buckets: if sound { buckets } else { Vec::new() },
            started_at: self.started.filter(|started| *started > 0.0).and_then(time),
        }
    }
}

/// Shares of the last bucket's count become whole counts: what is computed anew each time would else fall by a hair, as if
/// the process had begun anew.
fn of_shares(mut buckets: Vec<Bucket>) -> Vec<Bucket> {
    const HAIR: f64 = 1e-6;
    let Some((all, finite)) = buckets.split_last_mut() else {
        return buckets;
    };
    for bucket in finite {
        bucket.count = if all.count > 0.0 {
            (bucket.count * all.count + HAIR).floor()
        } else {
            0.0
        };
    }
    buckets
}

fn add(buckets: &mut Vec<Bucket>, le: f64, count: f64) {
    match buckets.binary_search_by(|bucket| bucket.le.total_cmp(&le)) {
        Ok(at) => buckets[at].count += count,
        Err(at) => buckets.insert(at, Bucket { le, count }),
    }
}

/// In full, or by its class (`5xx`).
fn is_failure(code: &str) -> bool {
    matches!(code.as_bytes(), [b'5', _, _])
}
