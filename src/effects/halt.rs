//! Why a plan goes no further.

use super::errors::EffectError;
use crate::domain::outcome::{End, StepResult};

/// Why a plan goes no further; each holds the sentence for it.
#[derive(Debug)]
pub(super) enum Halt {
    /// A guard failed, or another plan took the claim.
    Moved(String),
    /// A call failed.
    Failed(EffectError),
    /// A wait ran out, or the effect was contradicted.
    NotProven(String),
    /// The effect is there and the metrics are still bad.
    Bad(String),
    /// It was asked to stop.
    Stopped(String),
    /// It must not begin.
    Refused(String),
}

impl Halt {
    pub(super) fn end(&self) -> End {
        match self {
            Self::Moved(text) => End::WorldMoved(text.clone()),
            Self::Failed(error) => error.end(),
            Self::NotProven(text) => End::NotProven(text.clone()),
            Self::Bad(text) => End::Bad(text.clone()),
            Self::Stopped(text) => End::Stopped(text.clone()),
            Self::Refused(text) => End::Fault(text.clone()),
        }
    }

    /// What it makes of the step in which it happened.
    pub(super) fn step_result(&self) -> StepResult {
        match self {
            Self::Moved(_) => StepResult::GuardFailed,
            Self::Failed(_)
            | Self::NotProven(_)
            | Self::Bad(_)
            | Self::Stopped(_)
            | Self::Refused(_) => StepResult::Failed,
        }
    }
}

impl From<EffectError> for Halt {
    fn from(error: EffectError) -> Self {
        Self::Failed(error)
    }
}
