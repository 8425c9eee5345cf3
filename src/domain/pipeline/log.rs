//! A job's log, read piece by piece.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line, cleaned when it came: nothing in it acts on a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written, where the log tells.
    pub at: Option<Timestamp>,
    /// What it is.
    pub kind: LineKind,
    /// Its text, without time and marker.
    pub text: String,
}

/// What a line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Output.
    Plain,
    /// A command that was run.
    Command,
    /// Marked as an error.
    Error,
    /// Marked as a warning.
    Warning,
    /// Marked as of interest to those who search for faults.
    Debug,
    /// A group begins: its title.
    GroupBegin,
    /// A group ends; its text is empty.
    GroupEnd,
}

/// Where to go on reading: what the provider gave with the piece before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Bytes of the log that were seen or passed over.
    pub offset: u64,
    /// What the provider needs to know the place again; 0 where it needs nothing.
    pub mark: u64,
}

/// What came of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPiece {
    /// Whole lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Bytes before them that were left out.
    pub skipped_bytes: u64,
    /// Where to go on.
    pub next: Cursor,
    /// The log is whole: nothing more comes.
    pub ended: bool,
    /// The log began anew: what was shown is of no use.
    pub restarted: bool,
}
