//! The running release on its way to the mark of a good one, and remarks on it.

use crate::analysis::good::Proof;
use crate::analysis::proving::Proving;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::smoke::SmokeReport;
use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How the release that serves alone stands to the mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Which release, as it was seen.
    pub proving: Proving,
    /// How far it is.
    pub proof: Proof,
    /// How its smoke test went, where one is configured.
    #[serde(default)]
    pub smoke: Smoke,
    /// Whether the mark is written.
    pub mark: Mark,
}

/// The smoke test at the end of the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Smoke {
    /// Not carried out yet.
    #[default]
    Ahead,
    /// Under way.
    Asked(RequestId),
    /// It went like this.
    Tested(SmokeReport),
    /// It could not be carried out then, and why.
    Failed(Timestamp, Text),
}

/// A mark on its way into the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    /// Not earned yet, or nobody here may write it.
    Unwritten,
    /// Being written.
    Asked(RequestId),
    /// The record bears it.
    Written,
    /// It could not be written then, and why.
    Failed(Timestamp, Text),
}

/// What could not be written, or carried out, is tried again after this.
const RETRY: SignedDuration = SignedDuration::from_secs(30);

impl Smoke {
    /// Whether it is to be carried out now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self {
            Self::Ahead => true,
            Self::Failed(at, _) => now.duration_since(*at) >= RETRY,
            Self::Asked(_) | Self::Tested(_) => false,
        }
    }
}

impl Mark {
    /// Whether it is to be written now, once it is earned.
    pub fn is_due(&self, now: Timestamp) -> bool {
        match self {
            Self::Unwritten => true,
            Self::Failed(at, _) => now.duration_since(*at) >= RETRY,
            Self::Asked(_) | Self::Written => false,
        }
    }
}

/// A release whose rollout nobody waited for, on its way to being recorded as complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settling {
    /// Its number in the record.
    pub revision: u64,
    /// What people call it.
    pub tag: String,
    /// Whether that is written.
    pub mark: Mark,
}

/// A remark on its way into the record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Remark {
    /// None.
    #[default]
    None,
    /// Being written, to the release with this tag.
    Asked(RequestId, String),
    /// The record bears it, at the release with this tag.
    Written(String),
    /// It could not be written.
    Failed(Notice),
}

/// Whether this run stays and watches, or only takes a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attention {
    /// It stays: it keeps a black box and writes a mark that was earned before its eyes.
    Watching,
    /// It looks and leaves: it writes nothing by itself.
    Glancing,
}
