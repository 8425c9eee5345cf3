//! Where a replay stands: the model after so many events, and how fast it goes on. No terminal, no clock.

use crate::app::event::Stamped;
use crate::app::key::{Key, KeyCode};
use crate::app::model::Model;
use crate::app::update::update;
use crate::runtime::recording::Recording;
use std::ops::ControlFlow;
use std::time::Duration;

/// Times the recorded speed.
const SPEEDS: [u32; 7] = [1, 2, 5, 10, 30, 100, 1000];

/// Events of a long step.
const FAR: usize = 10;

/// Whether it goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    /// It does.
    Plays,
    /// It waits for keys.
    Stands,
}

/// A recording and a place in it.
#[derive(Debug)]
pub struct Player {
    start: Model,
    events: Vec<Stamped>,
    version: String,
    model: Model,
    folded: usize,
    speed: usize,
    going: Going,
}

impl Player {
    /// Before the first event, standing.
    pub fn new(recording: Recording) -> Self {
        Self {
            model: recording.model.clone(),
            start: recording.model,
            events: recording.events,
            version: recording.version,
            folded: 0,
            speed: 0,
            going: Going::Stands,
        }
    }

    /// The model as it was here.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The version that recorded it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many events were folded, and how many there are.
    pub fn place(&self) -> (usize, usize) {
        (self.folded, self.events.len())
    }

    /// Times the recorded speed.
    pub fn speed(&self) -> u32 {
        SPEEDS[self.speed]
    }

    /// Whether it goes on by itself.
    pub fn going(&self) -> Going {
        self.going
    }

    /// The event that was folded last.
    pub fn last(&self) -> Option<&Stamped> {
        self.events.get(self.folded.checked_sub(1)?)
    }

    /// The first and the last event's time.
    pub fn span(&self) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
        Some((self.events.first()?.at, self.events.last()?.at))
    }

    /// How long until the next event at this speed; `None` where it stands.
    pub fn pause(&self) -> Option<Duration> {
        if self.going == Going::Stands {
            return None;
        }
        let next = self.events.get(self.folded)?;
        let since = next.at.duration_since(self.model.now);
        Some(Duration::try_from(since).unwrap_or_default() / self.speed())
    }

    /// Folds the next event; answers whether there was one. At the end it stands.
    pub fn step(&mut self) -> bool {
        let Some(event) = self.events.get(self.folded) else {
            return false;
        };
        // What the core wanted of the world then is not wanted again.
        drop(update(&mut self.model, event.clone()));
        self.folded += 1;
        if self.folded == self.events.len() {
            self.going = Going::Stands;
        }
        true
    }

    /// Goes to where so many events were folded. Back is forth from the beginning: an event cannot be unfolded.
    pub fn go(&mut self, folded: usize) {
        let wanted = folded.min(self.events.len());
        if wanted < self.folded {
            self.model = self.start.clone();
            self.folded = 0;
        }
        while self.folded < wanted && self.step() {}
    }

    /// A key; breaks where it ends the replay.
    pub fn press(&mut self, key: Key) -> ControlFlow<()> {
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return ControlFlow::Break(()),
            KeyCode::Char('c') if key.ctrl => return ControlFlow::Break(()),
            KeyCode::Char(' ') => self.toggle(),
            KeyCode::Char('+') => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            KeyCode::Char('-') => self.speed = self.speed.saturating_sub(1),
            KeyCode::Char('l' | '.') | KeyCode::Right => self.by_hand(self.folded + 1),
            KeyCode::Char('h' | ',') | KeyCode::Left => {
                self.by_hand(self.folded.saturating_sub(1));
            }
            KeyCode::PageDown => self.by_hand(self.folded + FAR),
            KeyCode::PageUp => self.by_hand(self.folded.saturating_sub(FAR)),
            KeyCode::Char('g') | KeyCode::Home => self.by_hand(0),
            KeyCode::Char('G') | KeyCode::End => self.by_hand(self.events.len()),
            KeyCode::Char(_)
            | KeyCode::Enter
            | KeyCode::Tab
            | KeyCode::BackTab
            | KeyCode::Backspace
            | KeyCode::Delete
            | KeyCode::Up
            | KeyCode::Down
            | KeyCode::Other => {}
        }
        ControlFlow::Continue(())
    }

    fn by_hand(&mut self, folded: usize) {
        self.going = Going::Stands;
        self.go(folded);
    }

    /// Plays on; at the end from the beginning.
    fn toggle(&mut self) {
        self.going = match self.going {
            Going::Plays => Going::Stands,
            Going::Stands => {
                if self.folded == self.events.len() {
                    self.go(0);
                }
                if self.events.is_empty() {
                    Going::Stands
                } else {
                    Going::Plays
                }
            }
        };
    }
}
