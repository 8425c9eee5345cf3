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
    /// Lines ever added.
    added: usize,
}

impl Log {
    /// Adds a line; the oldest goes when the log is full.
    pub fn push(&mut self, at: Timestamp, kind: NoteKind, text: impl Into<Text>) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        let text = text.into();
        self.added += 1;
        self.lines.push_back(Line { at, kind, text });
    }

    /// Oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// How many lines were ever added.
    pub fn added(&self) -> usize {
        self.added
    }

    /// The lines that came after the first `seen` ones and are still kept, oldest first.
    pub fn since(&self, seen: usize) -> impl Iterator<Item = &Line> {
        let new = self.added.saturating_sub(seen).min(self.lines.len());
        self.lines.range(self.lines.len() - new..)
    }
}
