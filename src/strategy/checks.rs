//! Checks that every strategy makes alike.

use super::plan::{Check, Ppm};
use crate::domain::policy::Policy;

/// What serves must be well again.
pub(super) fn metrics(policy: &Policy) -> Check {
    Check::Metrics {
        error_share: ppm(policy.goals.error_share),
        p95: policy.goals.p95,
        within: policy.verify_for,
    }
}

/// A share of 0 to 1 in parts per million.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the share is held between 0 and 1 first"
)]
fn ppm(share: f64) -> Ppm {
    Ppm((share.clamp(0.0, 1.0) * 1_000_000.0).round() as u32)
}
