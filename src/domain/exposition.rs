//! Which series mean what, in a pod's `/metrics` and in a Prometheus that reads them.

use serde::{Deserialize, Serialize};

/// Names of the series that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricNames {
    /// Counter of requests.
    pub requests: String,
    /// Its label with the status code; 5xx are errors.
    pub code_label: String,
    /// Histogram of response times in seconds, without `_bucket`.
    pub duration: String,
    /// Counter of CPU seconds.
    pub cpu: String,
    /// Start of the process, in seconds since 1970.
    pub started: String,
}

impl Default for MetricNames {
    fn default() -> Self {
        Self {
            requests: "http_requests_total".to_owned(),
            code_label: "code".to_owned(),
            duration: "http_request_duration_seconds".to_owned(),
            cpu: "process_cpu_seconds_total".to_owned(),
            started: "process_start_time_seconds".to_owned(),
        }
    }
}

/// Query text for the pods of one environment: one query for each kind of series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricQueries {
    /// Answered requests, by pod and status code.
    pub requests: String,
    /// Response times, by pod and bucket bound (label `le`).
    pub buckets: String,
    /// CPU seconds, by pod.
    pub cpu: String,
    /// Start of the process in seconds since 1970, by pod.
    pub started: String,
    /// When the newest sample of the requests was taken, in seconds since 1970, by pod.
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
