//! How long things take, by experience: first guesses for a question, not promises.

use std::time::Duration;

/// Until a batch of pods is available.
pub(super) const BATCH: Duration = Duration::from_secs(20);

/// A few requests one after the other.
pub(super) const SMOKE_TEST: Duration = Duration::from_secs(5);

/// Batches of a rolling update that replaces a quarter of the pods at a time.
pub(super) fn batches(pods: u32) -> u32 {
    pods.div_ceil(pods.div_ceil(4).max(1))
}
