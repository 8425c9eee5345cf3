//! Writes beside others' writes: tried again while that may help.

use super::errors::EffectError;
use super::record_object::TRIES;
use std::time::Duration;
use tokio::time::sleep;

const TRY_PAUSE: Duration = Duration::from_millis(200);

/// How often one write may still be tried.
pub(super) struct Tries {
    left: u32,
}

impl Tries {
    pub(super) const ALL: Self = Self { left: TRIES };

    /// Pauses after a try that failed; its error is answered where another would not help, or was the last. A try reads and
    /// writes anew: where the answer to a write was lost, the next one sees for itself whether it is in effect.
    pub(super) async fn failed(&mut self, error: EffectError) -> Result<(), EffectError> {
        self.left = self.left.saturating_sub(1);
        let may_help = error.is_conflict() || error.is_passing() || error.is_lost();
        if self.left == 0 || !may_help {
            return Err(error);
        }
        sleep(TRY_PAUSE).await;
        Ok(())
    }
}
