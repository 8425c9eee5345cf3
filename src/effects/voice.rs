//! How a plan under way makes itself heard.

use crate::domain::event::{EffectEvent, PlanEvent};
use crate::domain::ids::PlanId;
use crate::domain::text::Text;
use std::time::Duration;
use tokio::sync::mpsc;

/// A listener that takes nothing for so long does not hold up a plan: the journal has it all.
const LISTENER_LIMIT: Duration = Duration::from_secs(2);

/// Tells one plan's progress.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) plan: PlanId,
    pub(super) out: mpsc::Sender<EffectEvent>,
}

impl Voice {
    /// Tells something that must not be missed.
    pub(super) async fn tell(&self, event: PlanEvent) {
        let event = EffectEvent::PlanMoved(self.plan.clone(), event);
        if self.out.send_timeout(event, LISTENER_LIMIT).await.is_err() {
            tracing::warn!(plan = %self.plan, "nobody took the plan's news");
        }
    }

    /// Tells what is waited for; the next such line replaces it, so one may be lost.
    pub(super) fn waited(&self, text: impl Into<Text>) {
        let event = EffectEvent::PlanMoved(self.plan.clone(), PlanEvent::Waited(text.into()));
        if self.out.try_send(event).is_err() {
            tracing::debug!(plan = %self.plan, "a line about waiting was dropped");
        }
    }
}
