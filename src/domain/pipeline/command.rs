//! What can be asked of a pipeline.

use super::ability::{Ability, Capabilities};
use super::ids::{ApprovalId, JobId, RunId};
use crate::domain::text::Text;
use serde::{Deserialize, Serialize};

/// Something to be done to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Let what waits go on.
    Approve {
        /// The run.
        run: RunId,
        /// What waits; all of one run are decided together.
        what: Vec<ApprovalId>,
        /// Why; may be empty.
        comment: String,
    },
    /// Let what waits not go on.
    Reject {
        /// The run.
        run: RunId,
        /// What waits.
        what: Vec<ApprovalId>,
        /// Why; may be empty.
        comment: String,
    },
    /// Run all its jobs again.
    Rerun(RunId),
    /// Run again the jobs that failed, and what needs them.
    RerunFailed(RunId),
    /// Run one job again, and what needs it.
    RerunJob(RunId, JobId),
    /// Stop it.
    Cancel(RunId),
}

impl Command {
    /// The run it is about.
    pub fn run(&self) -> &RunId {
        match self {
            Self::Approve { run, .. }
            | Self::Reject { run, .. }
            | Self::Rerun(run)
            | Self::RerunFailed(run)
            | Self::RerunJob(run, _)
            | Self::Cancel(run) => run,
        }
    }

    /// What it does, as in "cannot …".
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Rerun(_) => "rerun",
            Self::RerunFailed(_) => "rerun the failed jobs of",
            Self::RerunJob(..) => "rerun a job of",
            Self::Cancel(_) => "cancel",
        }
    }

    /// Whether a provider can do it.
    pub fn ability<'c>(&self, capabilities: &'c Capabilities) -> &'c Ability {
        match self {
            Self::Approve { .. } | Self::Reject { .. } => &capabilities.approve,
            Self::Rerun(_) => &capabilities.rerun,
            Self::RerunFailed(_) => &capabilities.rerun_failed,
            Self::RerunJob(..) => &capabilities.rerun_job,
            Self::Cancel(_) => &capabilities.cancel,
        }
    }
}

/// What the provider said to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What became of it, as one sentence.
    pub text: Text,
    /// The run to look at now: a new one where the provider starts one to run something again.
    pub run: RunId,
}
