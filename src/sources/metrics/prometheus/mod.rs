//! The pods' counters as a Prometheus recorded them.
//!
//! Invariants: counters come raw and are subtracted here; all series of one reading are evaluated at one time; a pod that was
//! asked for and has no sample is unreadable; an answer with other series than were asked for is an error that names them.

mod answer;
mod base;
mod door;
mod errors;
mod examine;
pub mod extra;
pub mod feed;
pub mod fleet;
mod history;
mod keys;
mod login;
mod moments;
mod progress;
mod routes;
mod sides;
mod skew;

pub use door::Door;
pub use errors::PrometheusError;
pub use examine::{Examined, Found};
pub use history::stretch;
pub use keys::Backends;
pub use login::{Dial, DialError, Login, Trust};
pub use routes::Routes;
pub use skew::Skew;

use crate::domain::counters::{PodReading, Reading, Scrape, Side};
use crate::domain::exposition::{CountedBy, MetricNames, MetricProbe, MetricQueries};
use crate::domain::text::Text;
use answer::{Answer, label_names};
use door::When;
use futures_util::try_join;
use jiff::Timestamp;
use keys::{Keys, Places, pod_of_cpu};
use moments::{Answers, Moment, Reckoning, moments};
use sides::owner_of;
use std::collections::BTreeMap;

/// Why a pod that was asked for cannot be read.
const NO_SAMPLE: &str = "Prometheus has no sample of this pod";

/// One environment's pods in one Prometheus.
#[derive(Clone)]
pub struct Prometheus {
    /// The way to it.
    pub door: Door,
    /// What it is asked.
    pub queries: MetricQueries,
    /// What tells of each query what came of it.
    pub probes: Vec<MetricProbe>,
    /// What its series are called, and who counts.
    pub names: MetricNames,
    /// The environment's Deployments and their sides: by them pods that are gone are known.
    pub workloads: Vec<(String, Side)>,
    /// Its Services, where a gateway counts.
    pub backends: Backends,
    /// Its routes, where a gateway tells a Service by its place in one.
    pub routes: Option<Routes>,
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
    /// The counters of `pods`, by name, as they were known at `at`: one reading each, in the order asked. Where a gateway
    /// counts, one of each Service in each of the gateway's pods instead.
    pub async fn scrape(
        &self,
        pods: &[(String, Side)],
        at: Timestamp,
    ) -> Result<Recorded, PrometheusError> {
        let (at, mut moment, warnings, other) = self.read(at).await?;
        let readings = match &self.names.counted_by {
            CountedBy::Pods => of_pods(pods, &moment),
            CountedBy::Sidecars => with_cpu(of_pods(pods, &moment), pods, &moment),
            CountedBy::Gateway(_) => with_cpu(self.of_services(&moment), pods, &moment),
        };
        let counts = |reading: &PodReading| {
            moment.pods.contains_key(&reading.pod) && pod_of_cpu(&reading.pod).is_none()
        };
        if !pods.is_empty() && !readings.iter().any(counts) {
            return Err(other);
        }
        moment
            .sampled
            .retain(|sampled, _| readings.iter().any(|reading| reading.pod == *sampled));
        Ok(Recorded {
            scrape: Scrape { at, pods: readings },
            sampled: moment.sampled,
            warnings,
        })
    }

    /// The counters of all pods of its Deployments, as they were known at `at`.
    pub async fn scrape_all(&self, at: Timestamp) -> Result<Recorded, PrometheusError> {
        let (at, moment, warnings, _) = self.read(at).await?;
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

    /// Everything at one time; the time to the millisecond, as Prometheus keeps it, and the error that it is where nothing
    /// of it is about the pods in question.
    async fn read(
        &self,
        at: Timestamp,
    ) -> Result<(Timestamp, Moment, Vec<Text>, PrometheusError), PrometheusError> {
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let (mut answers, places) = try_join!(self.ask_all(When::At(at)), self.places())?;
        self.check(&answers.requests, &places).await?;
        let warnings = warnings(&mut answers);
        let moment = moments(&answers, &self.keys(&places), self.reckoning())
            .remove(&at)
            .unwrap_or_default();
        Ok((
            at,
            moment,
            warnings,
            self.other_series(&answers.requests, true),
        ))
    }

    /// What each Service's requests come to at each of the gateway's pods.
    fn of_services(&self, moment: &Moment) -> Vec<PodReading> {
        let keys = |unit: &String| Some((unit.clone(), self.backends.side_of(unit)?));
        let units = moment.pods.keys().filter_map(keys);
        units
            .map(|(unit, side)| reading(moment, &unit, side))
            .collect()
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
        if query.is_empty() {
            return Ok(Answer::default());
        }
        let raw = self.door.ask(query, when).await?;
        answer::read(self.door.place(), query, &raw)
    }

    fn keys<'a>(&'a self, places: &'a Places) -> Keys<'a> {
        Keys {
            pod: &self.queries.pod_label,
            code: &self.queries.code_label,
            counted_by: &self.names.counted_by,
            backends: &self.backends,
            places,
        }
    }

    fn reckoning(&self) -> Reckoning {
        Reckoning {
            per_second: self.names.duration_unit.per_second(),
            histogram: self.names.histogram,
        }
    }

    /// The Services at each place of its routes.
    async fn places(&self) -> Result<Places, PrometheusError> {
        match &self.routes {
            Some(routes) => routes.places().await,
            None => Ok(Places::new()),
        }
    }

    /// Whether these are the series that were asked for.
    async fn check(&self, requests: &Answer, places: &Places) -> Result<(), PrometheusError> {
        let Some(first) = requests.series.first() else {
            return Err(self.diagnose().await?);
        };
        let (keys, code) = (self.keys(places), &self.queries.code_label);
        let mut series = requests.series.iter();
        if !self.counts_by_service() && series.all(|series| keys.pod(series).is_none()) {
            return Err(self.other_series(requests, false));
        }
        let mut together = requests.series.iter().filter_map(|one| keys.together(one));
        if let Some((cluster, services)) = together.next() {
            return Err(PrometheusError::Together {
                cluster: Text::new(cluster),
                services,
            });
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
                name: self.names.requests.clone(),
            });
        };
        let count = count
            .series
            .first()
            .and_then(|series| series.values.first());
        Ok(PrometheusError::OtherSeries {
            name: self.names.requests.clone(),
            asked: self.queries.requests.clone(),
            count: count.map_or(0.0, |(_, count)| *count),
            labels: label_names(example),
            has_pod: example.label(&self.queries.pod_label).is_some(),
            pod_label: self.queries.pod_label.clone(),
            by_service: self.counts_by_service(),
        })
    }

    fn other_series(&self, requests: &Answer, has_pod: bool) -> PrometheusError {
        let labels = requests.series.first().map(label_names).unwrap_or_default();
        PrometheusError::OtherSeries {
            name: self.names.requests.clone(),
            asked: self.queries.requests.clone(),
            count: f64::from(u32::try_from(requests.series.len()).unwrap_or(u32::MAX)),
            labels,
            has_pod,
            pod_label: self.queries.pod_label.clone(),
            by_service: self.counts_by_service(),
        }
    }

    /// Whether a gateway counts.
    fn counts_by_service(&self) -> bool {
        match self.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => false,
            CountedBy::Gateway(_) => true,
        }
    }
}

/// One reading of each pod, in the order asked.
fn of_pods(pods: &[(String, Side)], moment: &Moment) -> Vec<PodReading> {
    pods.iter()
        .map(|(pod, side)| reading(moment, pod, *side))
        .collect()
}

/// With the CPU of the pods, where it is counted apart.
fn with_cpu(
    mut readings: Vec<PodReading>,
    pods: &[(String, Side)],
    moment: &Moment,
) -> Vec<PodReading> {
    for name in moment.pods.keys() {
        let asked = pod_of_cpu(name).and_then(|pod| pods.iter().find(|(known, _)| known == pod));
        readings.extend(asked.map(|(_, side)| reading(moment, name, *side)));
    }
    readings
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
