//! A goal with what its plan must know besides the objects.

use super::goal::Goal;
use crate::domain::ids::{PlanId, Target};
use crate::domain::who::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A question to an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What is asked for.
    pub goal: Goal,
    /// In which environment.
    pub target: Target,
    /// Id of the plan to be made.
    pub plan: PlanId,
    /// Who asks.
    pub by: Who,
    /// Why, in the asker's words or the verdict's sentence.
    pub reason: Option<String>,
    /// Sentence of a verdict other than promote; a promote against it is confirmed by name and recorded as such.
    pub against_verdict: Option<String>,
    /// Metrics are stale or missing: promote and deploy are confirmed by name.
    pub blind: bool,
    /// When it was asked.
    pub at: Timestamp,
}
