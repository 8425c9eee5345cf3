//! The last counters known of each pod of one side, and the differences to them.
//!
//! Invariants: a pod that misses a scrape keeps its counters, so nothing is lost or counted twice; a restarted pod adds at
//! most what it now shows, so a restart never creates requests.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::latency::{Latency, same_bounds};
use crate::domain::counters::{Counters, Scrape, Side};

/// How long an absent pod is remembered. Names of pods that are gone do not come back.
const FORGET_AFTER: Duration = Duration::from_secs(6 * 3600);

/// What one side's usable pods counted since they were remembered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    pub(super) counts: Counts,
    /// Some pod restarted.
    pub(super) reset: bool,
    /// Some pod was never seen before.
    pub(super) new: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    counters: Counters,
    seen: Timestamp,
}

/// The remembered pods of one side, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    pods: BTreeMap<String, Remembered>,
}

impl Memory {
    /// What the side's usable pods counted since they were remembered. `None`: no pod of the side is usable.
    pub(super) fn difference(&self, scrape: &Scrape, side: Side) -> Option<Difference> {
        let mut pods = scrape.usable(side).peekable();
        pods.peek()?;
        let mut difference = Difference {
            counts: Counts::ZERO,
            reset: false,
            new: false,
        };
        for (pod, now) in pods {
            let known = self.pods.get(pod).map(|remembered| &remembered.counters);
            difference.new |= known.is_none();
            let base = known.filter(|known| !restarted(known, now));
            difference.reset |= known.is_some() && base.is_none();
            difference.counts.add(&counted(base, now));
        }
        Some(difference)
    }

    /// What each usable pod of the side counted since it was remembered; a pod that was never seen before has counted
    /// nothing yet.
    pub(super) fn by_pod<'s>(
        &'s self,
        scrape: &'s Scrape,
        side: Side,
    ) -> impl Iterator<Item = (&'s str, Counts)> {
        scrape.usable(side).filter_map(|(pod, now)| {
            let known = &self.pods.get(pod)?.counters;
            let base = Some(known).filter(|known| !restarted(known, now));
            Some((pod, counted(base, now)))
        })
    }

    /// Takes the side's usable pods as the new base and keeps those that are absent.
    pub(super) fn remember(&mut self, scrape: &Scrape, side: Side) {
        for (pod, counters) in scrape.usable(side) {
            if let Some(known) = self.pods.get_mut(pod) {
                known.counters.clone_from(counters);
                known.seen = scrape.at;
            } else {
                self.pods.insert(
                    pod.to_owned(),
                    Remembered {
                        counters: counters.clone(),
                        seen: scrape.at,
                    },
                );
            }
        }
        self.pods
            .retain(|_, known| scrape.at.duration_since(known.seen).unsigned_abs() <= FORGET_AFTER);
    }
}

/// Everything the usable pods of a side count since their processes began.
pub(super) fn since_start(scrape: &Scrape, side: Side) -> Counts {
    let mut counts = Counts::ZERO;
    for (_, counters) in scrape.usable(side) {
        counts.add(&counted(None, counters));
    }
    counts
}

/// Whether the process that counted `known` is another one than that of `now`.
fn restarted(known: &Counters, now: &Counters) -> bool {
    let began_later = known
        .started_at
        .zip(now.started_at)
        .is_some_and(|(known, now)| {
            // The start is computed from two clocks and may wobble by less than a second.
            now.duration_since(known).as_secs_f64() > 1.0
        });
    let cpu_fell = known
        .cpu_seconds
        .zip(now.cpu_seconds)
        .is_some_and(|(known, now)| now < known);
    let buckets_fell = same_bounds(&known.buckets, &now.buckets)
        && known
            .buckets
            .iter()
            .zip(&now.buckets)
            .any(|(known, now)| now.count < known.count);
    now.requests < known.requests
        || now.errors < known.errors
        || began_later
        || cpu_fell
        || buckets_fell
}

/// What a pod counted from `base`, or from nothing.
fn counted(base: Option<&Counters>, now: &Counters) -> Counts {
    let requests = now.requests - base.map_or(0.0, |base| base.requests);
    let idle = requests <= 0.0;
    let cpu = match base {
        Some(base) => now
            .cpu_seconds
            .zip(base.cpu_seconds)
            .map(|(now, base)| now - base),
        None => now.cpu_seconds,
    };
    Counts {
        requests,
        errors: now.errors - base.map_or(0.0, |base| base.errors),
        cpu_seconds: cpu.or(idle.then_some(0.0)),
        latency: response_times(base, now, idle),
    }
}

fn response_times(base: Option<&Counters>, now: &Counters, idle: bool) -> Latency {
    let known = base
        .map(|base| base.buckets.as_slice())
        .filter(|buckets| !buckets.is_empty());
    match known {
        // A library that names its series only with the first request shows none before it.
        None if now.buckets.is_empty() && idle => Latency::Empty,
        None if now.buckets.is_empty() => Latency::Unknown,
        None => Latency::Known(now.buckets.clone()),
        Some(known) if same_bounds(known, &now.buckets) => {
            let mut buckets = now.buckets.clone();
            for (bucket, base) in buckets.iter_mut().zip(known) {
                bucket.count -= base.count;
            }
            Latency::Known(buckets)
        }
        Some(_) => Latency::Unknown,
    }
}
