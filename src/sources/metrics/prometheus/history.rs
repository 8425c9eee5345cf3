//! What a Prometheus recorded before it was first asked.

use super::door::When;
use super::moments::{Moment, moments};
use super::progress::Progress;
use super::{Prometheus, PrometheusError, reading};
use crate::domain::counters::{Scrape, Side};
use futures_util::try_join;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// What was recorded before.
pub(super) struct History {
    pub(super) scrapes: Vec<Scrape>,
    /// The shortest time between two samples of a pod, where they were looked at often enough to tell.
    pub(super) recorded_every: Option<Duration>,
}

impl Prometheus {
    /// What was recorded from `from` until `until`, `step` apart in whole seconds, oldest first. Moments at which not every
    /// pod had a new sample are left out. A pod is in it from its first to its last sample; those of `pods` have the side
    /// given, others that of the Deployment in their name.
    pub async fn backfill(
        &self,
        pods: &[(String, Side)],
        span: (Timestamp, Timestamp),
        step: Duration,
    ) -> Result<Vec<Scrape>, PrometheusError> {
        let history = self.history(pods, span, step).await?;
        Ok(history.scrapes)
    }

    pub(super) async fn history(
        &self,
        pods: &[(String, Side)],
        span: (Timestamp, Timestamp),
        step: Duration,
    ) -> Result<History, PrometheusError> {
        let step = step.as_secs().max(1);
        let when = When::Range(span.0, span.1, step);
        let (answers, places) = try_join!(self.ask_all(when), self.places())?;
        let moments = moments(&answers, &self.keys(&places), self.reckoning());
        let lives = lives(&moments);
        let mut progress = Progress::new(Duration::from_secs(step));
        let mut scrapes = Vec::new();
        for (at, moment) in &moments {
            if !progress.advance(*at, &moment.sampled) {
                continue;
            }
            let living = lives
                .iter()
                .filter(|(_, (first, last))| (first..=last).contains(&at));
            let readings =
                living.filter_map(|(pod, _)| Some(reading(moment, pod, self.side(pods, pod)?)));
            scrapes.push(Scrape {
                at: *at,
                pods: readings.collect(),
            });
        }
        Ok(History {
            scrapes,
            recorded_every: progress.recorded_every(),
        })
    }
}

/// From when until when each pod has samples.
fn lives(moments: &BTreeMap<Timestamp, Moment>) -> BTreeMap<String, (Timestamp, Timestamp)> {
    let mut lives: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
    for (at, moment) in moments {
        for pod in moment.pods.keys() {
            lives.entry(pod.clone()).or_insert((*at, *at)).1 = *at;
        }
    }
    lives
}

/// The time that is filled back to `until`, and how far apart its moments are: from a minute before `since`, at least half an
/// hour, at most a day, `every` or what keeps the answer small.
pub fn stretch(
    since: Option<Timestamp>,
    until: Timestamp,
    every: Duration,
) -> ((Timestamp, Timestamp), Duration) {
    const SHORTEST: SignedDuration = SignedDuration::from_mins(30);
    const LONGEST: SignedDuration = SignedDuration::from_hours(24);
    const MOST_MOMENTS: u64 = 600;
    let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
    let wanted = since.map_or(SHORTEST, |since| {
        until.duration_since(since) + SignedDuration::from_mins(1)
    });
    let length = wanted.clamp(SHORTEST, LONGEST).unsigned_abs().as_secs();
    let fine = every.as_secs() + u64::from(every.subsec_nanos() > 0);
    let step = fine.max(length.div_ceil(MOST_MOMENTS)).max(1);
    let length = i64::try_from(length / step * step).unwrap_or(0);
    let from = Timestamp::from_second(until.as_second() - length).unwrap_or(until);
    ((from, until), Duration::from_secs(step))
}
