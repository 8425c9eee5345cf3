//! What was said and what happened, as one list.

use super::model::Model;
use super::screen::Level;
use crate::domain::event::NoteKind;
use jiff::Timestamp;

/// A line of the messages screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// Where it comes from.
    pub from: From,
    /// The line, cleaned.
    pub text: String,
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The program said it.
    Said(Level),
    /// It happened.
    Happened(NoteKind),
}

impl From {
    /// The word in front of the line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Said(Level::Info) => "SAID",
            Self::Said(Level::Warn) => "WARNING",
            Self::Said(Level::Error) => "ERROR",
            Self::Happened(kind) => kind.word(),
        }
    }
}

/// Everything that fits the filter, newest first. A filter that begins with `!` leaves out what fits.
pub fn messages(model: &Model) -> Vec<Message> {
    let happened = model.log.lines().map(|line| Message {
        at: line.at,
        from: From::Happened(line.kind),
        text: line.text.shown().to_owned(),
    });
    let said = model.ui.said.iter().map(|said| Message {
        at: said.at,
        from: From::Said(said.level),
        text: crate::domain::text::Text::new(said.text.as_str())
            .shown()
            .to_owned(),
    });
    let mut all: Vec<Message> = happened
        .chain(said)
        .filter(|one| fits(&model.ui.list.typed, one))
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.at));
    all
}

fn fits(filter: &str, message: &Message) -> bool {
    let line = format!("{} {}", message.from.word(), message.text).to_lowercase();
    match filter.strip_prefix('!') {
        Some("") => true,
        Some(unwanted) => !line.contains(&unwanted.to_lowercase()),
        None => line.contains(&filter.to_lowercase()),
    }
}
