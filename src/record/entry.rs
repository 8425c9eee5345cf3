//! What one line of the journal says.

use crate::domain::ids::PlanId;
use crate::domain::outcome::{Outcome, StepResult, Verified};
use crate::domain::record::Record;
use crate::strategy::plan::Plan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "flightdeck.journal/1";

/// One line: what happened to a plan, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// Which plan.
    pub plan: PlanId,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was confirmed; nothing was written to the cluster yet.
    PlanBegan(Box<Plan>),
    /// The cluster's record stands like this now: the claim was written, or the plan's end.
    RecordWritten(Box<Record>),
    /// A step, by its index in the plan, began.
    StepBegan(usize),
    /// A step ended.
    StepEnded(usize, StepResult),
    /// Something could not be done or known.
    Told(String),
    /// A check of the effect was answered.
    Checked(Verified),
    /// The plan ended.
    PlanEnded(Box<Outcome>),
}

impl Entry {
    /// An entry of this version.
    pub fn new(plan: &PlanId, at: Timestamp, what: What) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            at,
            plan: plan.clone(),
            what,
        }
    }
}
