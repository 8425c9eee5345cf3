//! What is told to people who are not looking.

use crate::domain::ids::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// When.
    pub at: Timestamp,
    /// About what.
    pub target: Target,
    /// The release, where there is one.
    pub release: Option<String>,
    /// What happened, in one word: `asks`, `rolls_back`, `good` …
    pub what: String,
    /// The same as a sentence.
    pub text: String,
    /// How many messages before it were left out, because there were too many.
    pub left_out: u32,
}
