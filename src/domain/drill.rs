//! What a drill knows for certain: the harm that was really done, as the demo world counted it where requests are answered.

use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The harm that a version does, by the world's own count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundTruth {
    /// The version.
    pub tag: Text,
    /// Since when it behaves worse than it did.
    pub began_at: Timestamp,
    /// Requests that it answered with an error since then.
    pub harmed: u64,
}
