//! Which series of a pod's `/metrics` mean what.

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
