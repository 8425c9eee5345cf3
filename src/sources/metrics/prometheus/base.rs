//! From when on a gateway's counters count.
//!
//! Invariant: what a gateway counted before it was first read here is nobody's. Its counters belong to a Service and not to a
//! release: they live on when the release behind that Service is another one.

use super::keys::service_of;
use crate::domain::counters::{Counters, Reading, Scrape};
use jiff::Timestamp;
use std::collections::HashMap;

/// What each Service had at each of the gateway's pods when it was first read.
#[derive(Clone, Debug, Default)]
pub(super) struct Base(HashMap<String, (Timestamp, Counters)>);

impl Base {
    /// Takes what was there before off a gateway's counters; those of pods stay as they are. Readings come in time order.
    pub(super) fn take_off(&mut self, scrape: &mut Scrape) {
        for reading in &mut scrape.pods {
            let Reading::Counted(counters) = &mut reading.reading else {
                continue;
            };
            if service_of(&reading.pod).is_none() {
                continue;
            }
            let first = || (scrape.at, counters.clone());
            let (since, base) = self.0.entry(reading.pod.clone()).or_insert_with(first);
            if is_anew(base, counters) {
                // All that it has was counted since.
                let started_at = counters.started_at;
                (*since, *base) = (scrape.at, zero(started_at));
            }
            less(counters, base);
            counters.started_at = counters.started_at.max(Some(*since));
        }
    }
}

/// Whether the process counts anew.
fn is_anew(base: &Counters, now: &Counters) -> bool {
    let began_later = base
        .started_at
        .zip(now.started_at)
        .is_some_and(|(base, now)| now.duration_since(base).as_secs_f64() > 1.0);
    now.requests < base.requests || now.errors < base.errors || began_later
}

fn zero(started_at: Option<Timestamp>) -> Counters {
    Counters {
        requests: 0.0,
        errors: 0.0,
        cpu_seconds: None,
        buckets: Vec::new(),
        started_at,
    }
}

fn less(counters: &mut Counters, base: &Counters) {
    counters.requests -= base.requests;
    counters.errors -= base.errors;
    for bucket in &mut counters.buckets {
        let mut known = base.buckets.iter();
        let known = known.find(|known| known.le.total_cmp(&bucket.le).is_eq());
        bucket.count -= known.map_or(0.0, |known| known.count);
    }
}
