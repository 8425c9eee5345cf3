//! What one watch knows of a project's pipelines.

use super::ability::Capabilities;
use super::run::Run;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The newest runs of a project as they were known at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipelines {
    /// When they were read.
    pub at: Timestamp,
    /// What the provider can do.
    pub capabilities: Capabilities,
    /// The runs, newest first.
    pub runs: Vec<Run>,
    /// What may still be asked, where the provider tells.
    pub quota: Option<Quota>,
}

/// How many calls may still be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// In all, in one period.
    pub limit: u64,
    /// Left in this period.
    pub remaining: u64,
    /// When the next period begins.
    pub resets_at: Option<Timestamp>,
}
