//! The pods' counters as a Prometheus recorded them.
//!
//! Invariants: counters come raw and are subtracted here; all series of one reading are evaluated at one time; a pod that was
//! asked for and has no sample is unreadable; an answer with other series than were asked for is an error that names them.

mod answer;
mod door;
mod errors;
pub mod extra;
pub mod feed;
pub mod fleet;
mod moments;
mod progress;

pub use door::Door;
pub use errors::PrometheusError;

use crate::domain::counters::{PodReading, Reading, Scrape, Side};
use crate::domain::exposition::MetricQueries;
use crate::domain::text::Text;
use answer::{Answer, label_names};
use door::When;
use futures_util::try_join;
use jiff::{SignedDuration, Timestamp};
use moments::{Answers, Labels, Moment, moments};
use progress::Progress;
use std::collections::BTreeMap;
use std::time::Duration;

/// Why a pod that was asked for cannot be read.
const NO_SAMPLE: &str = "Prometheus has no sample of this pod";

/// One environment's pods in one Prometheus.
#[derive(Clone)]
pub struct Prometheus {
    /// The way to it.
    pub door: Door,
    /// What it is asked.
    pub queries: MetricQueries,
    /// Name of the counter of requests, for sentences.
    pub requests: String,
    /// The environment's Deployments and their sides: by them pods that are gone are known.
    pub workloads: Vec<(String, Side)>,
}

/// One reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The counters; its time is the evaluation's.
    pub scrape: Scrape,
    /// When the newest sample of each pod that was asked for was taken.
    pub sampled: BTreeMap<String, Timestamp>,
    /// What Prometheus warns of: its data may be partial.
    pub warnings: Vec<Text>,
}

impl Prometheus {
    /// The counters of `pods`, by name, as they were known at `at`: one reading each, in the order asked.
    pub async fn scrape(
        &self,
        pods: &[(String, Side)],
        at: Timestamp,
    ) -> Result<Recorded, PrometheusError> {
        // Prometheus keeps milliseconds; a scrape bears the time that was asked for.
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let mut answers = self.ask_all(When::At(at)).await?;
        self.check(&answers.requests).await?;
        let warnings = warnings(&mut answers);
        let mut moment = moments(&answers, self.labels())
            .remove(&at)
            .unwrap_or_default();
        if !pods.is_empty() && !pods.iter().any(|(pod, _)| moment.pods.contains_key(pod)) {
            return Err(self.other_series(&answers.requests, true));
        }
        moment
            .sampled
            .retain(|sampled, _| pods.iter().any(|(pod, _)| pod == sampled));
        Ok(Recorded {
            scrape: Scrape {
                at,
                pods: pods
                    .iter()
                    .map(|(pod, side)| reading(&moment, pod, *side))
                    .collect(),
            },
            sampled: moment.sampled,
            warnings,
        })
    }

    /// The counters of all pods of its Deployments, as they were known at `at`.
    pub async fn scrape_all(&self, at: Timestamp) -> Result<Recorded, PrometheusError> {
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let mut answers = self.ask_all(When::At(at)).await?;
        self.check(&answers.requests).await?;
        let warnings = warnings(&mut answers);
        let moment = moments(&answers, self.labels())
            .remove(&at)
            .unwrap_or_default();
        let own = moment.pods.keys().filter_map(|pod| {
            let side = self.side(&[], pod)?;
            Some(reading(&moment, pod, side))
        });
        Ok(Recorded {
            scrape: Scrape {
                at,
                pods: own.collect(),
            },
            sampled: moment.sampled,
            warnings,
        })
    }

    /// What was recorded from `from` until `until`, `step` apart in whole seconds, oldest first. Moments at which not every
    /// pod had a new sample are left out. A pod is in it from its first to its last sample; those of `pods` have the side
    /// given, others that of the Deployment in their name.
    pub async fn backfill(
        &self,
        pods: &[(String, Side)],
        span: (Timestamp, Timestamp),
        step: Duration,
    ) -> Result<Vec<Scrape>, PrometheusError> {
        let step = step.as_secs().max(1);
        let answers = self.ask_all(When::Range(span.0, span.1, step)).await?;
        let moments = moments(&answers, self.labels());
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
        Ok(scrapes)
    }

    async fn ask_all(&self, when: When) -> Result<Answers, PrometheusError> {
        let queries = &self.queries;
        let (requests, buckets, cpu, started, sampled) = try_join!(
            self.ask(&queries.requests, when),
            self.ask(&queries.buckets, when),
            self.ask(&queries.cpu, when),
            self.ask(&queries.started, when),
            self.ask(&queries.sampled, when),
        )?;
        Ok(Answers {
            requests,
            buckets,
            cpu,
            started,
            sampled,
        })
    }

    async fn ask(&self, query: &str, when: When) -> Result<Answer, PrometheusError> {
        let raw = self.door.ask(query, when).await?;
        answer::read(self.door.place(), query, &raw)
    }

    fn labels(&self) -> Labels<'_> {
        Labels {
            pod: &self.queries.pod_label,
            code: &self.queries.code_label,
        }
    }

    /// Whether these are the series that were asked for.
    async fn check(&self, requests: &Answer) -> Result<(), PrometheusError> {
        let Some(first) = requests.series.first() else {
            return Err(self.diagnose().await?);
        };
        let (pod, code) = (&self.queries.pod_label, &self.queries.code_label);
        if requests
            .series
            .iter()
            .all(|series| series.label(pod).is_none())
        {
            return Err(self.other_series(requests, false));
        }
        if requests
            .series
            .iter()
            .any(|series| series.label(code).is_none())
        {
            return Err(PrometheusError::NoCode {
                asked: self.queries.requests.clone(),
                count: requests.series.len(),
                label: code.clone(),
                labels: label_names(first),
            });
        }
        Ok(())
    }

    /// Nothing came: what is there instead.
    async fn diagnose(&self) -> Result<PrometheusError, PrometheusError> {
        let now = When::Now;
        let (count, example) = try_join!(
            self.ask(&self.queries.count, now),
            self.ask(&self.queries.example, now)
        )?;
        let Some(example) = example.series.first() else {
            return Ok(PrometheusError::NoSuchMetric {
                place: self.door.place().to_owned(),
                name: self.requests.clone(),
            });
        };
        let count = count
            .series
            .first()
            .and_then(|series| series.values.first());
        Ok(PrometheusError::OtherSeries {
            name: self.requests.clone(),
            asked: self.queries.requests.clone(),
            count: count.map_or(0.0, |(_, count)| *count),
            labels: label_names(example),
            has_pod: example.label(&self.queries.pod_label).is_some(),
            pod_label: self.queries.pod_label.clone(),
        })
    }

    fn other_series(&self, requests: &Answer, has_pod: bool) -> PrometheusError {
        let labels = requests.series.first().map(label_names).unwrap_or_default();
        PrometheusError::OtherSeries {
            name: self.requests.clone(),
            asked: self.queries.requests.clone(),
            count: f64::from(u32::try_from(requests.series.len()).unwrap_or(u32::MAX)),
            labels,
            has_pod,
            pod_label: self.queries.pod_label.clone(),
        }
    }

    fn side(&self, pods: &[(String, Side)], pod: &str) -> Option<Side> {
        let given = pods
            .iter()
            .find(|(known, _)| known == pod)
            .map(|(_, side)| *side);
        // A pod that is gone belongs to the version whose ReplicaSet made it: one Deployment may run two.
        let of_set = || {
            let sibling = pods.iter().find(|(known, _)| is_same_set(known, pod));
            sibling.map(|(_, side)| *side)
        };
        given.or_else(of_set).or_else(|| {
            let owner = self
                .workloads
                .iter()
                .find(|(workload, _)| is_pod_of(workload, pod));
            owner.map(|(_, side)| *side)
        })
    }
}

/// Whether a pod's name is a Deployment's, its template's hash and a suffix.
pub(super) fn is_pod_of(workload: &str, pod: &str) -> bool {
    let rest = pod
        .strip_prefix(workload)
        .and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.split_once('-'))
        .is_some_and(|(hash, suffix)| {
            !hash.is_empty() && !suffix.is_empty() && !suffix.contains('-')
        })
}

/// Whether two pods' names differ in their last part only.
fn is_same_set(one: &str, other: &str) -> bool {
    let set = |pod: &str| pod.rsplit_once('-').map(|(set, _)| set.to_owned());
    set(one).is_some() && set(one) == set(other)
}

fn reading(moment: &Moment, pod: &str, side: Side) -> PodReading {
    let reading = match moment.pods.get(pod) {
        Some(Ok(counters)) => Reading::Counted(counters.clone()),
        Some(Err(reason)) => Reading::Unreadable(Text::new(reason.as_str())),
        None => Reading::Unreadable(Text::new(NO_SAMPLE)),
    };
    PodReading {
        pod: pod.to_owned(),
        side,
        reading,
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

/// What the answers warn of, each warning once.
fn warnings(answers: &mut Answers) -> Vec<Text> {
    let all = [
        &mut answers.requests,
        &mut answers.buckets,
        &mut answers.cpu,
        &mut answers.started,
        &mut answers.sampled,
    ];
    let mut warnings: Vec<Text> = all
        .into_iter()
        .flat_map(|answer| std::mem::take(&mut answer.warnings))
        .collect();
    warnings.sort();
    warnings.dedup();
    warnings
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
