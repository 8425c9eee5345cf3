//! Puts together what a slow line took apart.
//!
//! A key like an arrow is sent as several bytes beginning with Esc. Where they arrive apart, the terminal library reports Esc
//! and then letters. A letter must never act as a key because a line was slow, so a bare Esc is held for a moment, what
//! follows it is joined again, and late answers of the terminal are swallowed wherever they were cut. No I/O, no clock: the
//! time is an argument.

use crate::app::key::{Key, KeyCode};
use std::time::Duration;
use tokio::time::Instant;

/// A bare Esc is held for this long.
pub const HELD: Duration = Duration::from_millis(50);
/// A sequence that has begun is waited for this long between two of its bytes, and swallowed.
pub const BETWEEN: Duration = Duration::from_millis(500);
/// Longest sequence; more is no sequence.
const LONGEST: usize = 256;

/// A key as the terminal library reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// The key.
    pub key: Key,
    /// An Esc came right before it, in the same piece.
    pub alt: bool,
}

/// Where a sequence stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is held.
    Plain,
    /// An Esc is held.
    Esc,
    /// That Esc was told as a key; a sequence may still follow on a very slow line.
    Late,
    /// After `Esc [`: parameters so far. What came late only gets swallowed.
    Csi { parameters: String, late: bool },
    /// After `Esc O`.
    Ss3 { late: bool },
    /// Within a string that ends with BEL or `Esc \`: how many characters so far, and whether its Esc was seen.
    Text { length: usize, esc: bool },
    /// Within a report of the mouse in its old form: so many of its three characters are still to come.
    Report { left: u8 },
    /// Within a paste that came in pieces.
    Paste,
}

/// Joins keys.
#[derive(Debug)]
pub struct Joiner {
    state: State,
    since: Option<Instant>,
}

impl Default for Joiner {
    fn default() -> Self {
        Self {
            state: State::Plain,
            since: None,
        }
    }
}

impl Joiner {
    /// When [`Self::expire`] is to be called, if nothing comes before.
    pub fn deadline(&self) -> Option<Instant> {
        let wait = match self.state {
            State::Plain => return None,
            State::Esc => HELD,
            State::Late
            | State::Csi { .. }
            | State::Ss3 { .. }
            | State::Text { .. }
            | State::Report { .. }
            | State::Paste => BETWEEN,
        };
        self.since.map(|since| since + wait)
    }

    /// Time went by without a key: a held Esc was one.
    pub fn expire(&mut self, now: Instant) -> Option<Key> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        match self.state {
            State::Esc => {
                self.go(State::Late, now);
                Some(Key::plain(KeyCode::Esc))
            }
            State::Plain
            | State::Late
            | State::Csi { .. }
            | State::Ss3 { .. }
            | State::Text { .. }
            | State::Report { .. }
            | State::Paste => {
                self.state = State::Plain;
                None
            }
        }
    }

    /// Takes a key; answers those that are keys for certain now.
    pub fn press(&mut self, pressed: Pressed, now: Instant) -> Vec<Key> {
        let mut keys: Vec<Key> = self.expire(now).into_iter().collect();
        let state = std::mem::replace(&mut self.state, State::Plain);
        keys.extend(self.join(state, pressed, now));
        keys
    }

    fn go(&mut self, state: State, now: Instant) {
        self.state = state;
        self.since = Some(now);
    }

    fn join(&mut self, state: State, pressed: Pressed, now: Instant) -> Vec<Key> {
        match state {
            State::Esc if self.introduced(pressed.key, false, now) => Vec::new(),
            State::Esc => {
                let mut keys = vec![Key::plain(KeyCode::Esc)];
                keys.extend(self.begin(pressed, now));
                keys
            }
            State::Late if self.introduced(pressed.key, true, now) => Vec::new(),
            State::Plain | State::Late => self.begin(pressed, now),
            State::Csi { parameters, late } => self.csi(parameters, late, pressed, now),
            State::Ss3 { late } => joined(final_of("", character(pressed.key)), late),
            State::Text { length, esc } => self.text(length, esc, pressed, now),
            State::Report { left } => {
                if left > 1 {
                    self.go(State::Report { left: left - 1 }, now);
                }
                Vec::new()
            }
            State::Paste => {
                self.paste(pressed, now);
                Vec::new()
            }
        }
    }

    fn begin(&mut self, pressed: Pressed, now: Instant) -> Vec<Key> {
        match pressed.key.code {
            KeyCode::Esc => {
                self.go(State::Esc, now);
                Vec::new()
            }
            // Esc and an introducer in one piece, the rest of it on its way.
            KeyCode::Char(_) if pressed.alt && self.introduced(pressed.key, false, now) => {
                Vec::new()
            }
            // Esc and a letter that arrived together: to cancel is always safe, the letter may be the end of anything.
            KeyCode::Char(_) if pressed.alt => vec![Key::plain(KeyCode::Esc)],
            _ => vec![pressed.key],
        }
    }

    fn introduced(&mut self, key: Key, late: bool, now: Instant) -> bool {
        let parameters = String::new();
        match character(key) {
            Some('[') => self.go(State::Csi { parameters, late }, now),
            Some('O') => self.go(State::Ss3 { late }, now),
            Some(']' | 'P' | '^' | '_') => self.go(
                State::Text {
                    length: 0,
                    esc: false,
                },
                now,
            ),
            _ => return false,
        }
        true
    }

    fn csi(
        &mut self,
        mut parameters: String,
        late: bool,
        pressed: Pressed,
        now: Instant,
    ) -> Vec<Key> {
        match character(pressed.key) {
            Some(c @ ' '..='?') if parameters.len() < LONGEST => {
                parameters.push(c);
                self.go(State::Csi { parameters, late }, now);
                Vec::new()
            }
            Some('~') if parameters == "200" => {
                self.go(State::Paste, now);
                Vec::new()
            }
            // Button, column and row follow as characters: they may be any letters.
            Some('M') if parameters.is_empty() => {
                self.go(State::Report { left: 3 }, now);
                Vec::new()
            }
            Some(c @ '@'..='~') => joined(final_of(&parameters, Some(c)), late),
            // Not a sequence after all: what was collected is dropped, the new key counts.
            _ => self.begin(pressed, now),
        }
    }

    fn text(&mut self, length: usize, esc: bool, pressed: Pressed, now: Instant) -> Vec<Key> {
        let ends = pressed.key == Key::ctrl('g')
            || (character(pressed.key) == Some('\\') && (esc || pressed.alt));
        if !ends && length < LONGEST {
            let esc = pressed.key.code == KeyCode::Esc;
            self.go(
                State::Text {
                    length: length + 1,
                    esc,
                },
                now,
            );
        }
        Vec::new()
    }

    /// The end mark is swallowed by the terminal library when it arrives whole; else it is seen here as Esc and letters.
    fn paste(&mut self, pressed: Pressed, now: Instant) {
        match pressed.key.code {
            KeyCode::Char('~') => self.go(State::Late, now),
            _ => self.go(State::Paste, now),
        }
    }
}

fn joined(key: Option<KeyCode>, late: bool) -> Vec<Key> {
    match key {
        Some(code) if !late => vec![Key::plain(code)],
        Some(_) | None => Vec::new(),
    }
}

fn character(key: Key) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if !key.ctrl => Some(c),
        _ => None,
    }
}

/// The key that a sequence with these parameters and this last character stands for; `None` for answers of the terminal.
fn final_of(parameters: &str, last: Option<char>) -> Option<KeyCode> {
    let number = parameters.split(';').next().unwrap_or_default();
    if !parameters.chars().all(|c| c.is_ascii_digit() || c == ';') {
        return None;
    }
    match (last?, number) {
        ('A', _) => Some(KeyCode::Up),
        ('B', _) => Some(KeyCode::Down),
        ('C', _) => Some(KeyCode::Right),
        ('D', _) => Some(KeyCode::Left),
        ('H', _) | ('~', "1" | "7") => Some(KeyCode::Home),
        ('F', _) | ('~', "4" | "8") => Some(KeyCode::End),
        ('Z', _) => Some(KeyCode::BackTab),
        ('~', "3") => Some(KeyCode::Delete),
        ('~', "5") => Some(KeyCode::PageUp),
        ('~', "6") => Some(KeyCode::PageDown),
        _ => None,
    }
}
