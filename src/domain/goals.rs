//! What a service promises while a release is judged.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guardrails::Guardrails;

/// Limits that both versions are held to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Goals {
    /// Highest share of failed requests, 0 to 1.
    pub error_share: f64,
    /// Highest 95th percentile of the response time.
    pub p95: Duration,
    /// Fewest requests of a version from which anything is concluded.
    pub min_requests: u64,
    /// How much more CPU per request than stable the canary may use (0.2 is 20 %). `None`: not watched.
    pub cpu_tolerance: Option<f64>,
    /// What a finding comes to.
    #[serde(default)]
    pub guardrails: Guardrails,
}
