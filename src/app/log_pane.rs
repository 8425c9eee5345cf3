//! A log that is looked at: a ring of lines, where one looks, what is folded.
//!
//! Invariant: never more lines than the ring has; what is gone is counted.

use crate::app::intent::{LogWish, Motion};
use crate::domain::feed::FeedFault;
use crate::domain::pipeline::{Job, LineKind, LogLine, LogPiece};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Lines that are kept.
pub const KEPT: usize = 20_000;
/// Lines of a page.
const PAGE: usize = 15;

/// Whether the end is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tail {
    /// New lines come into view.
    Followed,
    /// The view stays.
    Left,
}

/// A log that is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPane {
    /// Its last lines.
    pub lines: VecDeque<LogLine>,
    /// Lines that the ring has let go.
    pub dropped: u64,
    /// Bytes before them that were never read.
    pub skipped_bytes: u64,
    /// It is whole.
    pub ended: bool,
    /// Why it cannot be read.
    pub fault: Option<FeedFault>,
    /// The line looked at, counted from the log's first read line.
    pub at: u64,
    /// Whether the end is followed.
    pub tail: Tail,
    /// Whether long lines are broken.
    pub wraps: bool,
    /// Groups, by their first lines' numbers, that a person opened or closed against the default.
    pub turned: BTreeSet<u64>,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            dropped: 0,
            skipped_bytes: 0,
            ended: false,
            fault: None,
            at: 0,
            tail: Tail::Followed,
            wraps: false,
            turned: BTreeSet::new(),
        }
    }
}

/// A line that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'l> {
    /// Its number, counted from the log's first read line.
    pub number: u64,
    /// The line.
    pub line: &'l LogLine,
    /// Lines folded below it.
    pub folded: usize,
}

impl LogPane {
    /// Another log, of which nothing is known, looked at in the same way.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            wraps: self.wraps,
            ..Self::default()
        }
    }

    /// Takes what came.
    pub fn take(&mut self, piece: LogPiece) {
        if piece.restarted {
            *self = self.anew();
        }
        self.fault = None;
        self.skipped_bytes += piece.skipped_bytes;
        self.ended = piece.ended;
        self.lines.extend(piece.lines);
        let over = self.lines.len().saturating_sub(KEPT);
        self.lines.drain(..over);
        self.dropped += over as u64;
        let (dropped, last) = (self.dropped, self.last());
        self.turned.retain(|number| *number >= dropped);
        self.at = match self.tail {
            Tail::Followed => last,
            Tail::Left => self.at.clamp(dropped, last),
        };
    }

    /// The line looked at.
    pub fn line(&self) -> Option<&str> {
        let at = usize::try_from(self.at.checked_sub(self.dropped)?).ok()?;
        self.lines.get(at).map(|line| line.text.as_str())
    }

    fn last(&self) -> u64 {
        (self.dropped + self.lines.len() as u64).saturating_sub(1)
    }

    /// The lines that are not folded away. A group is folded unless a fault is marked in it, or a person turned it.
    pub fn shown(&self) -> Vec<Shown<'_>> {
        let mut shown: Vec<Shown<'_>> = Vec::new();
        let mut hidden_below: Option<usize> = None;
        for (number, line) in (self.dropped..).zip(&self.lines) {
            match (line.kind, hidden_below) {
                (LineKind::GroupEnd, _) => hidden_below = None,
                (LineKind::GroupBegin, _) => {
                    hidden_below = self.is_folded(number).then_some(shown.len());
                    shown.push(Shown {
                        number,
                        line,
                        folded: 0,
                    });
                }
                (_, Some(group)) => {
                    if let Some(group) = shown.get_mut(group) {
                        group.folded += 1;
                    }
                }
                (_, None) => shown.push(Shown {
                    number,
                    line,
                    folded: 0,
                }),
            }
        }
        shown
    }

    fn group(&self, number: u64) -> impl Iterator<Item = &LogLine> {
        let from = usize::try_from(number.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        self.lines
            .iter()
            .skip(from + 1)
            .take_while(|line| !matches!(line.kind, LineKind::GroupEnd | LineKind::GroupBegin))
    }

    fn is_folded(&self, number: u64) -> bool {
        let wants_a_look = self
            .group(number)
            .any(|line| matches!(line.kind, LineKind::Error | LineKind::Warning));
        wants_a_look == self.turned.contains(&number)
    }

    /// Opens or closes the group of the line looked at.
    pub fn turn(&mut self) {
        if let Some(group) = self.group_of(self.at) {
            if !self.turned.remove(&group) {
                self.turned.insert(group);
            }
            self.at = group;
            self.tail = Tail::Left;
        }
    }

    fn group_of(&self, number: u64) -> Option<u64> {
        let from = usize::try_from(number.saturating_sub(self.dropped)).ok()?;
        for at in (0..=from.min(self.lines.len().saturating_sub(1))).rev() {
            match self.lines.get(at)?.kind {
                LineKind::GroupBegin => return Some(self.dropped + at as u64),
                LineKind::GroupEnd if at != from => return None,
                _ => {}
            }
        }
        None
    }

    /// Moves among the shown lines; to the end means to follow it.
    pub fn step(&mut self, motion: Motion) {
        let shown: Vec<u64> = self.shown().iter().map(|one| one.number).collect();
        let Some(last) = shown.len().checked_sub(1) else {
            return;
        };
        let here = shown.partition_point(|number| *number < self.at).min(last);
        let to = match motion {
            Motion::Up | Motion::Left => here.saturating_sub(1),
            Motion::Down | Motion::Right => here + 1,
            Motion::First => 0,
            Motion::Last => last,
            Motion::PageUp => here.saturating_sub(PAGE),
            Motion::PageDown => here + PAGE,
        }
        .min(last);
        self.tail = if motion == Motion::Last {
            Tail::Followed
        } else {
            Tail::Left
        };
        self.at = shown.get(to).copied().unwrap_or(self.at);
    }

    /// Looks at a line, its group opened.
    fn look_at(&mut self, number: u64) {
        if let Some(group) = self.group_of(number)
            && self.is_folded(group)
            && group != number
        {
            let turned = self.turned.remove(&group);
            if !turned {
                self.turned.insert(group);
            }
        }
        self.at = number;
        self.tail = Tail::Left;
    }

    /// The lines, by their numbers, that hold a text, upper or lower case.
    pub fn matches(&self, wanted: &str) -> Vec<u64> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let wanted = wanted.to_lowercase();
        (self.dropped..)
            .zip(&self.lines)
            .filter(|(_, line)| line.text.to_lowercase().contains(&wanted))
            .map(|(number, _)| number)
            .collect()
    }

    /// Does what is wished; `fault` looks for the first fault. Errors: what was not found, for a person.
    pub fn look(
        &mut self,
        wish: LogWish,
        typed: &str,
        fault: impl FnOnce(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), String> {
        let found = match wish {
            LogWish::Follow => {
                self.step(Motion::Last);
                true
            }
            LogWish::Wrap => {
                self.wraps = !self.wraps;
                true
            }
            LogWish::Next => self.seek(typed, true),
            LogWish::Previous => self.seek(typed, false),
            LogWish::Fault => return fault(self).map_err(str::to_owned),
        };
        if found {
            Ok(())
        } else if typed.is_empty() {
            Err("type / and a text to search for".to_owned())
        } else {
            Err(format!("no line with {typed:?}"))
        }
    }

    /// To the next match after the line looked at, or before it, around the end. Says whether there is one.
    pub fn seek(&mut self, wanted: &str, forward: bool) -> bool {
        let matches = self.matches(wanted);
        let next = if forward {
            matches
                .iter()
                .find(|number| **number > self.at)
                .or_else(|| matches.first())
        } else {
            matches
                .iter()
                .rev()
                .find(|number| **number < self.at)
                .or_else(|| matches.last())
        };
        let Some(next) = next.copied() else {
            return false;
        };
        self.look_at(next);
        true
    }

    /// To the next line after the one looked at that is marked as a warning or an error, around the end. Says whether there is
    /// one.
    pub fn seek_marked(&mut self) -> bool {
        let marked = |line: &LogLine| matches!(line.kind, LineKind::Error | LineKind::Warning);
        let all = (self.dropped..).zip(&self.lines);
        let mut numbers = all.filter(|(_, line)| marked(line)).map(|(at, _)| at);
        let first = numbers.next();
        let next = first
            .filter(|at| *at > self.at)
            .or_else(|| numbers.find(|at| *at > self.at));
        let Some(number) = next.or(first) else {
            return false;
        };
        self.look_at(number);
        true
    }

    /// To the first fault: the first line marked as an error, else the start of the step that failed.
    pub fn seek_fault(&mut self, job: &Job) -> bool {
        let numbered = || (self.dropped..).zip(&self.lines);
        let marked = numbered().find(|(_, line)| line.kind == LineKind::Error);
        let step = job.failing_step().and_then(|step| step.span.started);
        let begun = || numbered().find(|(_, line)| step.is_some() && line.at >= step);
        let Some((number, _)) = marked.or_else(begun) else {
            return false;
        };
        self.look_at(number);
        true
    }
}
