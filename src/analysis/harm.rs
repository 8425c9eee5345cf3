//! What a canary has cost: failed requests that would not have failed on stable.

use serde::{Deserialize, Serialize};

use super::counts::Totals;

/// Requests harmed by the canary.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Harm {
    /// Canary errors above what stable's error share would have given, at least 0.
    pub requests: f64,
    /// The same a minute. `None` where the length of the span is not known.
    pub per_minute: Option<f64>,
}

/// The harm in the span of `canary`, measured by stable's share in the span of `stable`. `None` where stable answered
/// nothing to measure by; no harm where the canary answered nothing.
pub fn harm(canary: &Totals, stable: &Totals) -> Option<Harm> {
    let requests = match stable.counts.error_share() {
        Some(share) => (canary.counts.errors - canary.counts.requests * share).max(0.0),
        None if canary.counts.requests > 0.0 => return None,
        None => 0.0,
    };
    let seconds = canary
        .span
        .map(super::counts::Span::seconds)
        .filter(|seconds| *seconds > 0.0);
    Some(Harm {
        requests,
        per_minute: seconds.map(|seconds| requests * 60.0 / seconds),
    })
}
