//! Everything that can happen to the core, each with its time.

use super::intent::Intent;
use super::key::Key;
use crate::domain::event::{EffectEvent, SourceEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Time went on.
    Ticked,
    /// A key was pressed.
    KeyPressed(Key),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has this size now: columns, rows.
    Resized(u16, u16),
    /// The program came back from suspension, or the screen was spoilt.
    ScreenSpoilt,
    /// A person or a command wants something.
    Wanted(Intent),
    /// News from a source.
    Source(SourceEvent),
    /// The answer to an effect.
    Effect(EffectEvent),
}

impl Event {
    /// Stamps it.
    pub fn at(self, at: Timestamp) -> Stamped {
        Stamped { at, event: self }
    }
}
