//! Text from outside: kept as received, shown only in its cleaned form.
//!
//! Every string that other people or machines can write (names, tags, subjects, error bodies, annotations) becomes a
//! [`Text`] where it enters. Widgets and text output get [`Text::shown`]; only JSON, effects and the record get
//! [`Text::raw`], which is also what serde writes and reads.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cleaning::{self, Form};

pub use super::cleaning::{LINE_BYTES, NAME_CELLS};

/// One value received from outside, at most [`NAME_CELLS`] cells wide when shown.
///
/// Equality, order and hash are those of the received string.
#[derive(Clone, Default)]
pub struct Text {
    raw: Box<str>,
    /// The cleaned form where it differs from what was received.
    cleaned: Option<Box<str>>,
}

impl Text {
    /// Takes a received string and cleans it once.
    pub fn new(received: impl Into<String>) -> Self {
        let raw: Box<str> = received.into().into_boxed_str();
        let cleaned = match cleaning::clean(&raw, Form::Name) {
            Cow::Owned(cleaned) if *cleaned != *raw => Some(cleaned.into_boxed_str()),
            Cow::Owned(_) | Cow::Borrowed(_) => None,
        };
        Self { raw, cleaned }
    }

    /// The cleaned form: no control, no invisible and no reordering character, one line, bounded width.
    pub fn shown(&self) -> &str {
        self.cleaned.as_deref().unwrap_or(&self.raw)
    }

    /// The string as received. For JSON, effects and the record; never for a terminal.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether an empty string was received.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }
}

/// Cleans one log line: plain colour codes are dropped, tabs expanded, a line end at its end taken off, everything else that
/// a terminal would act on made visible. The answer has at most [`LINE_BYTES`] bytes, its cut end marked with `…`.
pub fn clean_line(received: &str) -> Cow<'_, str> {
    let line = received.strip_suffix('\n').unwrap_or(received);
    cleaning::clean(line.strip_suffix('\r').unwrap_or(line), Form::Line)
}

impl From<String> for Text {
    fn from(received: String) -> Self {
        Self::new(received)
    }
}

impl From<&str> for Text {
    fn from(received: &str) -> Self {
        Self::new(received)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.shown())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.shown()).finish()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw.cmp(&other.raw)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.raw)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
