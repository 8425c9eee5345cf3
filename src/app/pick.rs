//! Choosing from a list: which line, and what was typed to narrow it.

use super::intent::Motion;
use serde::{Deserialize, Serialize};

/// Longest text that can be typed into the field.
const FIELD: usize = 60;
/// Lines of a page.
const PAGE: usize = 10;

/// A choice under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// What was typed.
    pub typed: String,
    /// Where keys go.
    pub field: Field,
    /// The chosen line among those that fit, from 0.
    pub at: usize,
    /// How many steps back in what was typed earlier it is, where that was asked for.
    #[serde(default)]
    pub recalled: usize,
}

/// Where keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// They move.
    #[default]
    Left,
    /// They are typed.
    Typed,
}

impl Pick {
    /// A choice that begins with typing.
    pub fn typing() -> Self {
        Self {
            field: Field::Typed,
            ..Self::default()
        }
    }

    /// Takes a character, if there is room.
    pub fn push(&mut self, c: char) {
        if self.typed.chars().count() < FIELD && !c.is_control() {
            self.typed.push(c);
            self.at = 0;
            self.recalled = 0;
        }
    }

    /// Takes the last character back.
    pub fn pop(&mut self) {
        self.typed.pop();
        self.at = 0;
        self.recalled = 0;
    }

    /// Moves within `count` lines.
    pub fn step(&mut self, motion: Motion, count: usize) {
        self.at = stepped(self.at, motion, count);
    }
}

/// Where a motion from line `at` of `count` leads to.
pub(super) fn stepped(at: usize, motion: Motion, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match motion {
        Motion::Up | Motion::Left => at.saturating_sub(1),
        Motion::Down | Motion::Right => at + 1,
        Motion::First => 0,
        Motion::Last => last,
        Motion::PageUp => at.saturating_sub(PAGE),
        Motion::PageDown => at + PAGE,
    }
    .min(last)
}
