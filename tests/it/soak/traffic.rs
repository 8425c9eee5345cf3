//! Requests that the pods count, by the weights of the route and what the versions are like.

use crate::crash::dice::Dice;
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::counters::{Bucket, Counters, PodReading, Reading, Scrape, Side};
use flightdeck::domain::traffic::Weight;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Requests a second, of all clients.
const RPS: f64 = 120.0;
const BOUNDS: [f64; 4] = [0.1, 0.25, 0.5, f64::INFINITY];

/// What every pod has counted.
#[derive(Default)]
pub struct Traffic {
    pods: BTreeMap<String, Counters>,
    /// Versions that fail.
    pub bad: Vec<String>,
}

impl Traffic {
    /// So many seconds go by.
    pub fn flows(&mut self, seen: &Snapshot, seconds: f64, dice: &mut Dice) {
        let weight = seen.route.as_ref().and_then(|route| {
            let rule = &route.rules[0];
            Weight::beside(rule[1].weight.unwrap_or(1), rule[0].weight.unwrap_or(1))
        });
        let canary = weight.map_or(0.0, Weight::share);
        self.pods
            .retain(|name, _| seen.pods.iter().any(|pod| pod.name == *name));
        for (side, share) in [(Side::Stable, 1.0 - canary), (Side::Canary, canary)] {
            let pods: Vec<_> = seen.pods.iter().filter(|pod| pod.track == side).collect();
            #[expect(clippy::cast_precision_loss, reason = "a few pods")]
            let each = RPS * seconds * share / (pods.len().max(1) as f64);
            for pod in pods {
                let is_bad = self.bad.iter().any(|tag| pod.name.contains(tag.as_str()));
                let counters = self
                    .pods
                    .entry(pod.name.clone())
                    .or_insert_with(|| nothing(pod.started_at));
                #[expect(clippy::cast_precision_loss, reason = "below a thousand")]
                let jitter = 0.9 + dice.below(200) as f64 / 1000.0;
                count(counters, (each * jitter).round(), is_bad);
            }
        }
    }

    /// A pod begins to count anew.
    pub fn restarts(&mut self, pod: &str, at: Timestamp) {
        self.pods.insert(pod.to_owned(), nothing(Some(at)));
    }

    pub fn scrape(&self, seen: &Snapshot, at: Timestamp) -> Scrape {
        let pods = seen.pods.iter().filter_map(|pod| {
            Some(PodReading {
                pod: pod.name.clone(),
                side: pod.track,
                reading: Reading::Counted(self.pods.get(&pod.name)?.clone()),
            })
        });
        Scrape {
            at,
            pods: pods.collect(),
        }
    }
}

fn nothing(started_at: Option<Timestamp>) -> Counters {
    let empty = |le| Bucket { le, count: 0.0 };
    Counters {
        requests: 0.0,
        errors: 0.0,
        cpu_seconds: Some(0.0),
        buckets: BOUNDS.map(empty).to_vec(),
        started_at,
    }
}

fn count(counters: &mut Counters, requests: f64, is_bad: bool) {
    let errors = if is_bad { 0.12 } else { 0.002 };
    counters.requests += requests;
    counters.errors += (requests * errors).round();
    counters.cpu_seconds = counters.cpu_seconds.map(|cpu| cpu + requests * 0.002);
    for (bucket, share) in counters.buckets.iter_mut().zip([0.8, 0.99, 1.0, 1.0]) {
        bucket.count += (requests * share).round();
    }
}
