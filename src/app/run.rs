//! A plan under way, and how it ended.

use crate::domain::outcome::{Outcome, StepResult};
use crate::domain::text::Text;
use crate::strategy::plan::Plan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A plan under way or just ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRun {
    /// The plan.
    pub plan: Plan,
    /// When it was confirmed.
    pub began_at: Timestamp,
    /// Whether journal and claim are written.
    pub claimed: bool,
    /// Per step of the plan.
    pub steps: Vec<Progress>,
    /// Per check of the plan: the answer and what was seen.
    pub checks: Vec<Option<(Option<bool>, Text)>>,
    /// What is being waited for.
    pub waiting: Option<Text>,
    /// What could not be done or known on the way.
    pub told: Vec<Text>,
    /// How it ended.
    pub outcome: Option<Box<Outcome>>,
    /// Esc took it off the screen; the plan goes on.
    pub hidden: bool,
}

/// How far one step is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// Not begun.
    Ahead,
    /// Under way since.
    Began(Timestamp),
    /// Ended, with its result and how many seconds it took.
    Ended(StepResult, f64),
}

impl PlanRun {
    /// A plan that was just confirmed.
    pub fn new(plan: Plan, began_at: Timestamp) -> Self {
        Self {
            steps: vec![Progress::Ahead; plan.steps.len()],
            checks: vec![None; plan.checks.len()],
            plan,
            began_at,
            claimed: false,
            waiting: None,
            told: Vec::new(),
            outcome: None,
            hidden: false,
        }
    }

    /// Whether it still goes on.
    pub fn is_running(&self) -> bool {
        self.outcome.is_none()
    }
}
