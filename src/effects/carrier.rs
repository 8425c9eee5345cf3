//! What carrying out a step needs, and how it waits.

use super::claim::Hold;
use super::context::Context;
use super::errors::EffectError;
use super::voice::Voice;
use crate::domain::cluster::Snapshot;
use crate::domain::ids::PlanId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a reading is tried for while the API server does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same after a write whose answer was lost: the plan must not end without knowing.
pub(super) const LONG_PATIENCE: Duration = Duration::from_secs(30);
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Carries out the steps of one plan.
#[derive(Clone)]
pub(super) struct Carrier {
    pub(super) context: Arc<Context>,
    pub(super) plan: PlanId,
    pub(super) hold: Hold,
    pub(super) voice: Voice,
}

impl Carrier {
    /// One fresh reading, asked for again while the API server does not answer.
    pub(super) async fn look(&self) -> Result<Snapshot, EffectError> {
        self.patiently(PATIENCE, || self.context.observe()).await
    }

    /// Asks again while the API server does not answer.
    pub(super) async fn patiently<T, F>(
        &self,
        limit: Duration,
        ask: impl Fn() -> F,
    ) -> Result<T, EffectError>
    where
        F: Future<Output = Result<T, EffectError>>,
    {
        let deadline = Instant::now() + limit;
        loop {
            match ask().await {
                Err(error) if error.is_passing() && Instant::now() < deadline => {
                    self.voice
                        .waited(format!("{}; asking again", error.sentence()));
                    sleep(RETRY_PAUSE).await;
                }
                answer => return answer,
            }
        }
    }
}
