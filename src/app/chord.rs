//! Keys as people write them: `a p`, `C-d`, `PgUp`, `space`.

use super::key::{Key, KeyCode};
use serde::{Deserialize, Serialize};

/// One key, or two pressed one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chord {
    /// The first key.
    pub first: Key,
    /// The second one of a chord.
    pub then: Option<Key>,
}

/// Keys with names, the name first that is shown.
const NAMED: [(&str, KeyCode); 17] = [
    ("spc", KeyCode::Char(' ')),
    ("space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("S-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Del", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Delete", KeyCode::Delete),
];

/// Letters that the terminal sends as another key when Ctrl is held.
const SAME_AS_OTHERS: [(char, &str); 4] = [
    ('i', "Tab"),
    ('m', "Enter"),
    ('h', "Backspace"),
    ('j', "Enter"),
];

impl Chord {
    /// Reads one key, or two with a blank between them; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let first = words
            .next()
            .ok_or("an empty key; to take all keys away write []")?;
        let then = words.next().map(key).transpose()?;
        if words.next().is_some() {
            return Err(format!("`{text}` has more than two keys"));
        }
        Ok(Self {
            first: key(first)?,
            then,
        })
    }

    /// As it is written on the screen.
    pub fn label(&self) -> String {
        match self.then {
            None => label(self.first),
            Some(then) => format!("{} {}", label(self.first), label(then)),
        }
    }
}

/// A key as it is written on the screen.
pub fn label(key: Key) -> String {
    let named = NAMED
        .iter()
        .find(|(_, code)| *code == key.code)
        .map(|(name, _)| (*name).to_owned());
    let plain = named.unwrap_or_else(|| match key.code {
        KeyCode::Char(c) => c.to_string(),
        _ => "?".to_owned(),
    });
    if key.ctrl {
        format!("C-{plain}")
    } else {
        plain
    }
}

fn key(word: &str) -> Result<Key, String> {
    if let Some((_, code)) = NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        return Ok(Key::plain(*code));
    }
    if let Some(rest) = word.strip_prefix("C-") {
        return ctrl(word, rest);
    }
    match single(word) {
        Some(c) if !c.is_control() => Ok(Key::char(c)),
        _ => Err(format!(
            "no key `{word}`; a character, C- with a letter, or one of {}",
            names()
        )),
    }
}

fn ctrl(word: &str, rest: &str) -> Result<Key, String> {
    let Some(letter) = single(rest).filter(char::is_ascii_lowercase) else {
        return Err(format!(
            "`{word}`: terminals send Ctrl with a small letter only"
        ));
    };
    if let Some((_, other)) = SAME_AS_OTHERS.iter().find(|(c, _)| *c == letter) {
        return Err(format!("`{word}`: terminals cannot tell it from {other}"));
    }
    if letter == 'c' {
        return Err("`C-c` always quits".to_owned());
    }
    Ok(Key::ctrl(letter))
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn names() -> String {
    NAMED
        .iter()
        .skip(1)
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}
