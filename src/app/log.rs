//! The event log: what happened, newest last, bounded.

use crate::domain::event::NoteKind;
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Lines kept.
const KEPT: usize = 500;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What it is about.
    pub kind: NoteKind,
    /// What happened.
    pub text: Text,
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    lines: VecDeque<Line>,
}

impl Log {
    /// Adds a line; the oldest goes when the log is full.
    pub fn push(&mut self, at: Timestamp, kind: NoteKind, text: impl Into<Text>) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        let text = text.into();
        self.lines.push_back(Line { at, kind, text });
    }

    /// Oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }
}
