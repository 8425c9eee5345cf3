//! What pods print.

use super::text::Text;
use super::traffic::Track;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of one pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodLine {
    /// The pod.
    pub pod: String,
    /// When it was written, where the log tells.
    pub at: Option<Timestamp>,
    /// The line, cleaned.
    pub text: String,
}

/// Which process of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// The one that runs.
    #[default]
    Present,
    /// The one before its last restart.
    Previous,
}

/// Whose logs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogFocus {
    /// The side.
    pub track: Track,
    /// Which process of its containers.
    pub process: Process,
}

/// What came of the pods' logs with one look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodLogPiece {
    /// New lines of the pods looked at, in the order of their times.
    pub lines: Vec<PodLine>,
    /// New lines of the pods that they are compared with.
    pub others: Vec<PodLine>,
    /// Pods of which more was printed between two looks than one look reads: lines are missing.
    pub gaps: Vec<String>,
    /// Pods that could not be read, and why.
    pub unread: Vec<(String, Text)>,
    /// The first look: what was shown is of no use.
    pub restarted: bool,
}
