//! Why a goal cannot be planned.

use serde::{Deserialize, Serialize};

/// The reason, in JSON's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No candidate, or no further step.
    NothingToPromote,
    /// Nothing that the goal would change.
    NothingToDo,
    /// The tag moves.
    MutableTag,
    /// A candidate is already there.
    CandidateThere,
    /// No release is marked good and there is no previous one.
    NoLastKnownGood,
    /// The named release is not known, or its template is gone.
    UnknownRelease,
    /// A Deployment, Service or route that the strategy names is not there, or not laid out as it must be.
    MissingObject,
    /// An autoscaler would fight over the canary's replicas.
    Autoscaler,
    /// Stable has begun to take the release: only a roll back changes it.
    FinishBegun,
    /// Another plan holds the claim.
    ClaimHeld,
    /// The record cannot be read, so it cannot be kept.
    RecordUnreadable,
    /// The acting identity lacks a right that the goal needs.
    Forbidden,
    /// There is no config: what belongs together is only guessed.
    Guessed,
    /// The program runs read-only.
    ReadOnly,
    /// The rollout is paused by a person.
    Paused,
    /// The weight was not set by a plan of the record.
    ForeignWeight,
    /// What a plan that was cut off had reached was changed by somebody else.
    WorldMoved,
    /// The reading is too old or incomplete.
    NotFresh,
}

/// Why a goal cannot be planned, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason's word.
    pub reason: Reason,
    /// One sentence with the facts.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
            hint: None,
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
