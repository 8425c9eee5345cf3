//! How a run, stage, job or step stands, and what several together amount to.

use crate::domain::text::Text;
use serde::{Deserialize, Serialize};

/// The common form of every provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not begun.
    Queued,
    /// Under way.
    Running,
    /// Waits for a person.
    NeedsHuman,
    /// Done, and well.
    Passed,
    /// Failed and allowed to, or unstable.
    Warned,
    /// Failed.
    Failed,
    /// Stopped by somebody.
    Cancelled,
    /// Left out.
    Skipped,
    /// A word that is not known.
    Unknown(Text),
}

impl State {
    /// The word on the screen and in JSON; of an unknown one the provider's own.
    pub fn word(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::NeedsHuman => "waiting",
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Unknown(word) => word.shown(),
        }
    }

    /// Whether nothing more comes without somebody asking for it. An unknown word may mean anything: it is not over.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Passed | Self::Warned | Self::Failed | Self::Cancelled | Self::Skipped => true,
            Self::Queued | Self::Running | Self::NeedsHuman | Self::Unknown(_) => false,
        }
    }

    /// What the parts of a gate, stage or run amount to; `None` where there are none.
    ///
    /// The first row that fits counts:
    ///
    /// | parts | together |
    /// |---|---|
    /// | one failed | failed: nothing that still runs can undo it |
    /// | one waits for a person | waiting |
    /// | one runs | running |
    /// | one is queued, another is over and was not left out | running: between two of its parts |
    /// | one is queued | queued |
    /// | one was cancelled | cancelled |
    /// | one is unknown | that unknown word |
    /// | one failed and was allowed to | warned |
    /// | one passed | passed |
    /// | all were left out | skipped |
    pub fn fold<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let parts: Vec<&Self> = parts.into_iter().collect();
        let strongest = parts.iter().max_by_key(|state| state.strength())?;
        let begun = || {
            parts
                .iter()
                .any(|state| state.is_over() && **state != Self::Skipped)
        };
        match strongest {
            Self::Queued if begun() => Some(Self::Running),
            other => Some((**other).clone()),
        }
    }

    /// The row of the table, the first one highest.
    fn strength(&self) -> u8 {
        match self {
            Self::Failed => 8,
            Self::NeedsHuman => 7,
            Self::Running => 6,
            Self::Queued => 5,
            Self::Cancelled => 4,
            Self::Unknown(_) => 3,
            Self::Warned => 2,
            Self::Passed => 1,
            Self::Skipped => 0,
        }
    }
}
