//! The numbers of checks.

use crate::strategy::plan::Ppm;

/// A share of 0 to 1 in parts per million.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the share is held between 0 and 1 first"
)]
pub(super) fn ppm(share: f64) -> Ppm {
    Ppm((share.clamp(0.0, 1.0) * 1_000_000.0).round() as u32)
}
