//! Which series mean what, in a pod's `/metrics` and in a Prometheus that reads them.

use serde::{Deserialize, Serialize};

/// Names of the series that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricNames {
    /// Counter of requests.
    pub requests: String,
    /// Its label with the status code, in full (`503`) or by its class (`5xx`); those that begin with 5 are errors.
    pub code_label: String,
    /// Histogram of response times, without `_bucket`.
    pub duration: String,
    /// Counter of CPU time. Empty: there is none.
    pub cpu: String,
    /// Start of the process, in seconds since 1970. Empty: there is none.
    pub started: String,
    /// What the histogram's bounds are in.
    #[serde(default)]
    pub duration_unit: Unit,
    /// What CPU time is in.
    #[serde(default)]
    pub cpu_unit: Unit,
    /// How the histogram is kept.
    #[serde(default)]
    pub histogram: Histogram,
    /// Labels, and the values that requests and response times must have in them: a proxy counts both directions.
    #[serde(default)]
    pub only: Vec<(String, String)>,
    /// Who counts.
    #[serde(default)]
    pub counted_by: CountedBy,
}

impl Default for MetricNames {
    fn default() -> Self {
        Self {
            requests: "http_requests_total".to_owned(),
            code_label: "code".to_owned(),
            duration: "http_request_duration_seconds".to_owned(),
            cpu: "process_cpu_seconds_total".to_owned(),
            started: "process_start_time_seconds".to_owned(),
            duration_unit: Unit::Seconds,
            cpu_unit: Unit::Seconds,
            histogram: Histogram::Classic,
            only: Vec::new(),
            counted_by: CountedBy::Pods,
        }
    }
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    #[default]
    Seconds,
    /// Thousandths of a second.
    Milliseconds,
    /// Thousand-millionths of a second.
    Nanoseconds,
}

impl Unit {
    /// How many of it are a second.
    pub fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Nanoseconds => 1e9,
        }
    }
}

/// How a Prometheus keeps a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Histogram {
    /// A series for each bound, in the label `le`.
    #[default]
    Classic,
    /// One series whose samples are whole histograms.
    Native,
}

/// Who counts requests and response times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedBy {
    /// The service's own process in each pod.
    #[default]
    Pods,
    /// A proxy beside it in each pod: it lives and counts on when the service's own process restarts.
    Sidecars,
    /// The gateway before all pods, by the Service that it sent a request to. The labels that tell the Service; the first
    /// one that a series has is taken.
    Gateway(Vec<BackendLabel>),
}

/// A gateway's label that tells the Service behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendLabel {
    /// Its name.
    pub label: String,
    /// How the Service is told in it.
    pub form: BackendForm,
}

/// How a gateway names a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendForm {
    /// By its name; the namespace has a label of its own.
    Name,
    /// As `NAMESPACE-NAME-PORT`, with something before it or, after `@`, behind it.
    Joined,
    /// By its place in an `HTTPRoute`: `httproute/NAMESPACE/ROUTE/rule/N/backend/M`.
    Placed,
}

/// Query text for the pods of one environment: one query for each kind of series. An empty one is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricQueries {
    /// Answered requests, by who counted them and status code.
    pub requests: String,
    /// Response times, by who counted them and bucket bound (label `le`); see [`Histogram`].
    pub buckets: String,
    /// CPU seconds, by pod.
    pub cpu: String,
    /// Start of the counting process in seconds since 1970, by pod.
    pub started: String,
    /// When the newest sample of the requests was taken, in seconds since 1970, by who counted them.
    pub sampled: String,
    /// How many series of the requests' name there are at all, whoever's they are.
    pub count: String,
    /// One of them, with all its labels.
    pub example: String,
    /// The answers' label with the pod's name.
    pub pod_label: String,
    /// The answers' label with the status code.
    pub code_label: String,
}

/// Queries written out in the config, each in place of the one that is made from names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenQueries {
    /// Answered requests.
    pub requests: Option<String>,
    /// Response times.
    pub duration: Option<String>,
    /// CPU seconds.
    pub cpu: Option<String>,
    /// Start of the process.
    pub started: Option<String>,
}

/// Queries that tell of one kind of series what came of it, or what is there instead. An empty one cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricProbe {
    /// The key of the config that names the series: `requests`, `duration`, `cpu` or `started`.
    pub key: &'static str,
    /// The query.
    pub asked: String,
    /// The name of the series in it.
    pub series: String,
    /// When the newest of its samples was taken, in seconds since 1970.
    pub sampled: String,
    /// How many series of that name there are, whoever's they are.
    pub count: String,
    /// One of them.
    pub example: String,
}
