//! What the pilot sees when it decides.

use crate::domain::feed::FeedState;
use crate::domain::record::RecordRead;
use crate::domain::rollout::Rollout;
use crate::domain::text::Text;
use serde::{Deserialize, Serialize};

/// One look at everything that a decision is made from, besides the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Who holds the Lease.
    pub lease: &'a Held,
    /// How the cluster's feed stands.
    pub cluster: FeedState,
    /// How the metrics' feed stands.
    pub metrics: FeedState,
    /// The rollout; `None` before the first reading.
    pub rollout: Option<&'a Rollout>,
    /// What reading the record gave.
    pub record: &'a RecordRead,
    /// How the claim in the record stands.
    pub claim: Claimed,
    /// A right that the pilot lacks, in words.
    pub missing_right: Option<&'a str>,
}

/// Who holds the Lease, as this pilot knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// This pilot, renewed not long ago.
    Here,
    /// Another.
    By(Text),
    /// Nobody: it is being asked for.
    NotYet,
    /// Nobody that is known: it was lost, or cannot be had; in words.
    Nobody(String),
}

/// How the claim in the record stands, by local watching of its heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claimed {
    /// There is none, or it is this pilot's own.
    Free,
    /// Another plan's, whose heart may beat.
    Living,
    /// Another plan's, whose heart has stood still for long enough.
    CutOff,
}
