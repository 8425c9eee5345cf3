//! Whether Prometheus has recorded anything new since the last reading.
//!
//! A query answers with the last sample, however old. A reading between two of Prometheus's own scrapes would show pods that
//! served nothing; so a reading counts when every pod has a newer sample.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Readings without all pods' progress after which some pods' progress is enough.
const PATIENCE: u32 = 3;

/// What was recorded at the last reading that counted.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    every: Duration,
    counted_at: Option<Timestamp>,
    sampled: BTreeMap<String, Timestamp>,
    /// The shortest time between two samples of a pod.
    recorded_every: Option<Duration>,
}

impl Progress {
    /// Readings are wanted `every` so often.
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            counted_at: None,
            sampled: BTreeMap::new(),
            recorded_every: None,
        }
    }

    /// Whether a reading at `at` counts. Where nothing is known of the samples' times every reading does.
    pub(super) fn advance(&mut self, at: Timestamp, sampled: &BTreeMap<String, Timestamp>) -> bool {
        let is_newer = |(pod, time): (&String, &Timestamp)| {
            self.sampled.get(pod).is_none_or(|known| time > known)
        };
        let waited = self.counted_at.is_none_or(|counted| {
            at.duration_since(counted).unsigned_abs() >= self.every * PATIENCE
        });
        let counts = sampled.iter().all(is_newer) || (waited && sampled.iter().any(is_newer));
        if counts {
            self.learn(sampled);
            self.counted_at = Some(at);
            self.sampled.clone_from(sampled);
        }
        counts
    }

    /// How far apart the samples are, as far as was seen.
    pub(super) fn recorded_every(&self) -> Option<Duration> {
        self.recorded_every
    }

    /// How far apart they were before.
    pub(super) fn knows(&mut self, recorded_every: Option<Duration>) {
        self.recorded_every = self.recorded_every.into_iter().chain(recorded_every).min();
    }

    fn learn(&mut self, sampled: &BTreeMap<String, Timestamp>) {
        let apart = sampled.iter().filter_map(|(pod, time)| {
            let apart = time.duration_since(*self.sampled.get(pod)?).unsigned_abs();
            (!apart.is_zero()).then_some(apart)
        });
        self.recorded_every = self.recorded_every.into_iter().chain(apart).min();
    }
}
