//! What lies between two commits.

use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `head` has that `base` has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// How many commits `head` has that `base` has not; `commits` may hold fewer.
    pub ahead: u64,
    /// How many `base` has that `head` has not: above 0 the release also takes something back.
    pub behind: u64,
    /// The newest commits, newest first.
    pub commits: Vec<Commit>,
    /// Files changed, where told.
    pub files: Option<u64>,
    /// Lines added, where told.
    pub added: Option<u64>,
    /// Lines removed, where told.
    pub removed: Option<u64>,
    /// Its page.
    pub url: Option<Text>,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// All its hex digits.
    pub id: Text,
    /// The first line of its message.
    pub subject: Text,
    /// Who wrote it.
    pub author: Text,
    /// When.
    pub at: Option<Timestamp>,
    /// The number of the pull or merge request that brought it.
    pub request: Option<u64>,
}
