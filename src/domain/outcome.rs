//! How a plan ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What became of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// Carried out.
    Done,
    /// Was already as wanted.
    Skipped,
    /// Failed; nothing after it was done.
    Failed,
    /// The world moved before it; nothing after it was done.
    GuardFailed,
}

impl StepResult {
    /// The words beside a step.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped, was so already",
            Self::Failed => "FAILED",
            Self::GuardFailed => "NOT DONE, the world moved",
        }
    }
}

/// A step with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// The step in words.
    pub text: String,
    /// What became of it.
    pub result: StepResult,
    /// When it ended.
    pub at: Timestamp,
}

/// A check of the effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// `weight`, `endpoints`, `pods`, `metrics`, `record`, `owner`.
    pub check: String,
    /// `None` where it could not be known.
    pub ok: Option<bool>,
    /// What was seen, with numbers.
    pub text: String,
}

/// How the plan as a whole ended; the exit code follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// All steps done; nothing contradicts the effect (exit 0).
    Done,
    /// A guard failed, or another plan took the claim (exit 5).
    WorldMoved(String),
    /// Refused by the server for want of a right (exit 6).
    Forbidden(String),
    /// The server was not reached, or the login expired (exit 7).
    Unreachable(String),
    /// A wait ran out, or the effect was contradicted by what was seen (exit 8).
    NotProven(String),
    /// The effect is there and the metrics are still bad (exit 9).
    Bad(String),
    /// Stopped by a person, or by a newer plan of this machine (exit 5).
    Stopped(String),
    /// A fault of the program's own (exit 1).
    Fault(String),
}

/// The outcome of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The goal's word.
    pub goal: String,
    /// Title of the plan.
    pub title: String,
    /// Every step that was begun.
    pub steps: Vec<StepOutcome>,
    /// Every check that was made.
    pub verified: Vec<Verified>,
    /// How it ended.
    pub end: End,
    /// Seconds from the confirmation to the end.
    pub took_s: f64,
    /// Seconds from the confirmation until the traffic was seen where it should be.
    pub full_effect_s: Option<f64>,
    /// Where it is recorded: `configmap NAMESPACE/NAME`, or the journal's path with the reason.
    pub record: String,
    /// The line that a person remembers: `recovered in 41 s: 0 requests on v2.42.0, errors 0.6 %`.
    pub sentence: String,
    /// What could not be done or known on the way.
    pub notices: Vec<String>,
}
