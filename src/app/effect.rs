//! What the core wants done in the world.

use super::intent::Export;
use crate::domain::ids::{PlanId, RequestId, Target};
use crate::strategy::plan::Plan;
use serde::{Deserialize, Serialize};

/// An effect; each that can fail is answered by an event with its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Read the environment's objects afresh, once, autoscalers and endpoints included.
    Observe(RequestId, Target),
    /// Carry a plan out: journal, claim, steps, checks, record.
    CarryOut(Box<Plan>),
    /// Stop a plan of this process after the step in hand.
    StopPlan(PlanId),
    /// Restart the feeds now instead of when their waiting time ends.
    RefreshFeeds,
    /// Write the recent events and the model they began from.
    SaveRecording(RequestId),
    /// Hand this text to the terminal's clipboard: cleaned, of one line, short.
    Copy(String),
    /// Write the view to a file in the data directory.
    Export(RequestId, Export),
    /// Draw everything anew.
    Redraw,
    /// Stop like a job under a shell, and come back.
    Suspend,
    /// End with this exit code.
    Quit(u8),
}
