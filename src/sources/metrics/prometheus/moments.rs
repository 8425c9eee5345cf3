//! Series of several kinds become what each pod had counted at each moment.
//!
//! Invariants: a value that is no count makes its pod unreadable at that moment, never a number; a pod that Prometheus scrapes
//! and that has no series of requests has counted none, where other pods have some.

use super::answer::{Answer, Series, time};
use crate::domain::counters::{Bucket, Counters};
use jiff::Timestamp;
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

/// The labels that tell series apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    pub(super) pod: &'a str,
    pub(super) code: &'a str,
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
pub(super) fn moments(answers: &Answers, labels: Labels<'_>) -> BTreeMap<Timestamp, Moment> {
    let mut grid: Grid = BTreeMap::new();
    each(
        &answers.requests,
        labels,
        &mut grid,
        |parts, series, value| {
            parts.counts = true;
            if !(value.is_finite() && value >= 0.0) {
                parts.odd = Some(value);
                return;
            }
            parts.requests += value;
            if series.label(labels.code).is_some_and(is_failure) {
                parts.errors += value;
            }
        },
    );
    each(&answers.cpu, labels, &mut grid, |parts, _, value| {
        parts.cpu = Some(value);
    });
    each(&answers.started, labels, &mut grid, |parts, _, value| {
        parts.started = Some(value);
    });
    each(&answers.sampled, labels, &mut grid, |parts, _, value| {
        parts.sampled = Some(value);
    });
    each(
        &answers.buckets,
        labels,
        &mut grid,
        |parts, series, value| {
            let le = series.label("le").and_then(|le| le.parse().ok());
            if let Some(le) = le.filter(|le: &f64| !le.is_nan()) {
                add(&mut parts.buckets, le, value);
            }
        },
    );
    grid.into_iter()
        .map(|(at, pods)| (at, moment(pods)))
        .collect()
}

type Grid = BTreeMap<Timestamp, BTreeMap<String, Parts>>;

fn each(
    answer: &Answer,
    labels: Labels<'_>,
    grid: &mut Grid,
    take: impl Fn(&mut Parts, &Series, f64),
) {
    for series in &answer.series {
        let Some(pod) = series.label(labels.pod) else {
            continue;
        };
        for &(at, value) in &series.values {
            let pods = grid.entry(at).or_default();
            if !pods.contains_key(pod) {
                pods.insert(pod.to_owned(), Parts::default());
            }
            if let Some(parts) = pods.get_mut(pod) {
                take(parts, series, value);
            }
        }
    }
}

fn moment(pods: BTreeMap<String, Parts>) -> Moment {
    let mut moment = Moment::default();
    let somebody_counts = pods.values().any(|parts| parts.counts);
    for (pod, parts) in pods {
        if let Some(sampled) = parts.sampled.and_then(time) {
            moment.sampled.insert(pod.clone(), sampled);
        }
        let counted = match parts.odd {
            Some(odd) => Some(Err(format!(
                "its counter of requests is {odd}, which is no count"
            ))),
            None if parts.counts || (parts.started.is_some() && somebody_counts) => {
                Some(Ok(parts.counters()))
            }
            None => None,
        };
        moment.pods.extend(counted.map(|counted| (pod, counted)));
    }
    moment
}

impl Parts {
    fn counters(self) -> Counters {
        let is_count = |value: &f64| value.is_finite() && *value >= 0.0;
        let sound = self.buckets.iter().all(|bucket| is_count(&bucket.count));
        Counters {
            requests: self.requests,
            errors: self.errors,
            cpu_seconds: self.cpu.filter(is_count),
            buckets: if sound { self.buckets } else { Vec::new() },
            started_at: self.started.filter(|started| *started > 0.0).and_then(time),
        }
    }
}

fn add(buckets: &mut Vec<Bucket>, le: f64, count: f64) {
    match buckets.binary_search_by(|bucket| bucket.le.total_cmp(&le)) {
        Ok(at) => buckets[at].count += count,
        Err(at) => buckets.insert(at, Bucket { le, count }),
    }
}

fn is_failure(code: &str) -> bool {
    matches!(code.as_bytes(), [b'5', _, _])
}
