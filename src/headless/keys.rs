//! `keys list` and `keys check`.

use super::exit;
use super::output::Output;
use crate::app::chord::Chord;
use crate::app::keymap::{Keymap, Scope};
use crate::runtime::keys::KeysFault;
use serde::Serialize;
use std::io;

/// `flightdeck.keys/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeysDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// Every action on every screen; of `keys check`: none.
    pub keys: Vec<KeyEntry>,
    /// What is wrong in `keys.toml`, with its line.
    pub mistakes: Vec<String>,
}

/// An action's keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// The table of `keys.toml`.
    pub screen: &'static str,
    /// Its name there.
    pub action: &'static str,
    /// Its keys.
    pub keys: Vec<String>,
    /// What it does.
    pub does: &'static str,
}

/// Prints every action with its keys: those for all screens, and where a screen has others, these.
pub fn list(keymap: Result<Keymap, KeysFault>, output: &mut Output<'_>) -> io::Result<u8> {
    let keymap = match keymap {
        Ok(keymap) => keymap,
        Err(fault) => return wrong(&fault, output),
    };
    let document = document(entries(&keymap), Vec::new());
    output.print(&document, |document| {
        document
            .keys
            .chunk_by(|one, next| one.screen == next.screen)
            .flat_map(table)
            .collect()
    })?;
    Ok(exit::DONE)
}

/// One table as it would stand in `keys.toml`.
fn table(entries: &[KeyEntry]) -> Vec<String> {
    let line = |entry: &KeyEntry| {
        let keys = format!("{:?}", entry.keys);
        format!("{:<15} = {keys:<14} # {}", entry.action, entry.does)
    };
    let head = entries.first().map(|entry| format!("[{}]", entry.screen));
    head.into_iter().chain(entries.iter().map(line)).collect()
}

fn entries(keymap: &Keymap) -> Vec<KeyEntry> {
    let mut entries = Vec::new();
    for scope in Scope::ALL {
        for (action, chords) in keymap.on(scope) {
            if scope != Scope::Global && chords == keymap.chords(Scope::Global, action) {
                continue;
            }
            entries.push(KeyEntry {
                screen: scope.name(),
                action: action.name(),
                keys: chords.iter().map(Chord::label).collect(),
                does: action.does(),
            });
        }
    }
    entries
}

/// Tells every mistake; exit code 3 where there is one.
pub fn check(keymap: &Result<Keymap, KeysFault>, output: &mut Output<'_>) -> io::Result<u8> {
    if let Err(fault) = keymap {
        return wrong(fault, output);
    }
    output.print(&document(Vec::new(), Vec::new()), |_| {
        vec!["the keys have no mistake".to_owned()]
    })?;
    Ok(exit::DONE)
}

fn wrong(fault: &KeysFault, output: &mut Output<'_>) -> io::Result<u8> {
    let lines = fault
        .lines
        .iter()
        .map(|line| format!("{}: {line}", fault.place))
        .collect();
    output.print(&document(Vec::new(), lines), |document| {
        document.mistakes.clone()
    })?;
    Ok(exit::CONFIG)
}

fn document(keys: Vec<KeyEntry>, mistakes: Vec<String>) -> KeysDocument {
    KeysDocument {
        schema: "flightdeck.keys/1",
        keys,
        mistakes,
    }
}
