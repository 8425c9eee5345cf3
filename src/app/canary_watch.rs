//! The evidence on the candidate, and what it is judged by.

use super::proof::Mark;
use crate::analysis::canary::{Canary, Watched};
use serde::{Deserialize, Serialize};

/// The candidate as this run of the program sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryWatch {
    /// What its intervals say.
    pub evidence: Canary,
    /// What was fixed when its release began: the record's, else as this run saw it first.
    pub watched: Option<Watched>,
    /// Whether the record bears it.
    pub mark: Mark,
    /// The weight in effect when it appeared, as a place among the weights that were seen.
    pub begun: usize,
}

impl Default for CanaryWatch {
    fn default() -> Self {
        Self {
            evidence: Canary::default(),
            watched: None,
            mark: Mark::Unwritten,
            begun: 0,
        }
    }
}
