//! What the core wants done in the world.

use super::intent::Export;
use crate::analysis::black_box::Line;
use crate::domain::amendment::Amendment;
use crate::domain::ids::{PlanId, RequestId, Target};
use crate::domain::notification::Notification;
use crate::domain::pilot::{LeaseWrite, PilotNote};
use crate::domain::pipeline::Command;
use crate::domain::smoke::SmokeTest;
use crate::strategy::plan::Plan;
use serde::{Deserialize, Serialize};

/// An effect; each that can fail is answered by an event with its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Read the environment's objects afresh, once, autoscalers and endpoints included.
    Observe(RequestId, Target),
    /// Carry a plan out: journal, claim, steps, checks, record.
    CarryOut(Box<Plan>),
    /// Look whether a plan's program, by the plan's id, is one of this machine and lives.
    AskHolder(RequestId, String),
    /// Stop a plan of this process after the step in hand.
    StopPlan(PlanId),
    /// Write a mark that was earned, or a remark, into the record as it stands then.
    Amend(RequestId, Amendment),
    /// Append lines to this machine's black box.
    JournalLines(RequestId, Vec<Line>),
    /// Add lines to the black box in the cluster's record.
    PublishLines(RequestId, Vec<Line>),
    /// Read the black box in the cluster's record.
    ReadBlackBox(RequestId),
    /// Ask the pipeline's provider to do this.
    AskPipeline(RequestId, Target, Command),
    /// Ask the pipeline's provider which commits the last one named has that the one before has not.
    Compare(RequestId, Target, String, String),
    /// Write the Lease of the pilots, where it is still as it was seen.
    WriteLease(RequestId, LeaseWrite),
    /// Write what the pilot does into the record.
    NotePilot(RequestId, PilotNote),
    /// Send a message by the configured webhook.
    Notify(RequestId, Notification),
    /// Ring the terminal's bell.
    Ring,
    /// Carry a smoke test out.
    RunSmokeTest(RequestId, Box<SmokeTest>),
    /// Restart the feeds now instead of when their waiting time ends.
    RefreshFeeds,
    /// Write the recent events and the model they began from.
    SaveRecording(RequestId),
    /// Hand this text to the terminal's clipboard: cleaned, of one line, short.
    Copy(String),
    /// Write the view to a file in the data directory.
    Export(RequestId, Export),
    /// An effect of a service that is not the open one.
    Of(Target, Box<Effect>),
    /// Draw everything anew.
    Redraw,
    /// Stop like a job under a shell, and come back.
    Suspend,
    /// End with this exit code.
    Quit(u8),
}
