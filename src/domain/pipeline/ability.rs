//! What a provider can do, so that the screen can grey what it cannot and say why.

use serde::{Deserialize, Serialize};

/// Whether something can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// It can.
    Yes,
    /// It cannot, for this reason: a fragment that follows "because".
    No(String),
}

impl Ability {
    /// It cannot, because of `reason`.
    pub fn no(reason: impl Into<String>) -> Self {
        Self::No(reason.into())
    }

    /// Why it cannot; `None` where it can.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::Yes => None,
            Self::No(reason) => Some(reason),
        }
    }
}

/// When a job's log can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// While it grows.
    Live,
    /// When the job has ended.
    AtTheEnd,
}

/// What a provider can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What people call the provider: `GitHub Actions`.
    pub provider: String,
    /// When logs can be read.
    pub logs: Delivery,
    /// Approve and reject.
    pub approve: Ability,
    /// A comment goes with a decision.
    pub comment: Ability,
    /// Run everything again.
    pub rerun: Ability,
    /// Run again what failed.
    pub rerun_failed: Ability,
    /// Run one job again.
    pub rerun_job: Ability,
    /// Stop a run.
    pub cancel: Ability,
    /// Tell how the tests went.
    pub tests: Ability,
    /// Tell the commits between two.
    pub compare: Ability,
}
