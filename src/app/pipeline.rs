//! The service's pipeline: what is known of it.

use crate::domain::feed::Feed;
use crate::domain::pipeline::Pipelines;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Older news than this are stale: three looks at the slow pace.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(200);

/// The service's pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The newest runs.
    pub feed: Feed<Pipelines>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            feed: Feed::new(STALE_AFTER),
        }
    }
}
