//! The keys a person chose, laid over those as shipped, and what is wrong with them.

use super::action::Action;
use super::chord::{Chord, label};
use super::key::{Key, KeyCode};
use super::keymap::{Bound, Keymap, Scope};
use crate::config::fault::nearest;
use crate::config::keys::{self, Written};
use std::fmt;

/// One thing that is wrong in a `keys.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFault {
    /// The line, from 1; `None` where no line of the file is to blame.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub what: String,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Single keys that the end, or the start, of a split escape sequence can look like.
const ENDS_OF_SEQUENCES: &str = "ABCDEFGHIMOPQRSZcmntuy";

/// A binding with the line that asked for it.
struct Chosen {
    bound: Bound,
    line: usize,
}

/// The keys as shipped with the written ones in their place. All faults are told at once; a wrong file changes nothing.
pub fn remap(written: &[Written]) -> Result<Keymap, Vec<KeyFault>> {
    let mut faults = Vec::new();
    let chosen: Vec<Chosen> = written
        .iter()
        .filter_map(|one| read(one, &mut faults))
        .collect();
    let mut keymap = Keymap::default();
    for one in chosen.iter().filter(|one| one.bound.scope == Scope::Global) {
        keymap.forget_shipped(one.bound.action);
    }
    for one in &chosen {
        keymap.rebind(one.bound.clone());
    }
    let line = |scope, action| {
        let of = |scope| {
            chosen
                .iter()
                .find(|one| one.bound.scope == scope && one.bound.action == action)
        };
        of(scope).or_else(|| of(Scope::Global)).map(|one| one.line)
    };
    for scope in Scope::ALL {
        clashes(&keymap, scope, &line, &mut faults);
    }
    for one in &chosen {
        dangerous(one, &mut faults);
    }
    faults.sort_by(|a, b| (a.line, &a.what).cmp(&(b.line, &b.what)));
    faults.dedup_by(|a, b| a.what == b.what);
    if faults.is_empty() {
        Ok(keymap)
    } else {
        Err(faults)
    }
}

fn read(written: &Written, faults: &mut Vec<KeyFault>) -> Option<Chosen> {
    let mut fault = |what| {
        faults.push(KeyFault {
            line: Some(written.line),
            what,
        });
    };
    let Some(scope) = Scope::ALL
        .into_iter()
        .find(|scope| scope.name() == written.table)
    else {
        let hint = meant(&written.table, Scope::ALL.map(Scope::name));
        fault(format!(
            "unknown screen `{}`{hint}; tables are {}",
            written.table,
            Scope::ALL.map(Scope::name).join(", ")
        ));
        return None;
    };
    let Some(action) = Action::parse(&written.action) else {
        let hint = meant(
            &written.action,
            Action::ALL.iter().map(|action| action.name()),
        );
        fault(format!("unknown action `{}`{hint}", written.action));
        return None;
    };
    let mut chords = Vec::new();
    for keys in &written.keys {
        match Chord::parse(keys) {
            Ok(chord) => chords.push(chord),
            Err(what) => fault(format!("{}: {what}", action.name())),
        }
    }
    let bound = Bound {
        scope,
        action,
        chords,
    };
    Some(Chosen {
        bound,
        line: written.line,
    })
}

fn meant<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(word, known).map_or(String::new(), |near| format!(", did you mean `{near}`?"))
}

/// Two actions on one key, and chords behind a key that already means something.
fn clashes(
    keymap: &Keymap,
    scope: Scope,
    line: &impl Fn(Scope, Action) -> Option<usize>,
    faults: &mut Vec<KeyFault>,
) {
    let all: Vec<(Action, &Chord)> = keymap
        .on(scope)
        .flat_map(|(action, chords)| chords.iter().map(move |chord| (action, chord)))
        .collect();
    for (index, (one, chord)) in all.iter().enumerate() {
        for (other, against) in &all[index + 1..] {
            let what = match (chord.then, against.then) {
                _ if one == other || chord.first != against.first => continue,
                (None, Some(_)) => behind(*other, against, *one),
                (Some(_), None) => behind(*one, chord, *other),
                (Some(one), Some(other)) if one != other => continue,
                (Some(_), Some(_)) | (None, None) => {
                    format!(
                        "`{}` is bound to both {} and {}",
                        chord.label(),
                        one.name(),
                        other.name()
                    )
                }
            };
            let line = line(scope, *one).max(line(scope, *other));
            faults.push(KeyFault { line, what });
        }
    }
}

fn behind(action: Action, chord: &Chord, first: Action) -> String {
    format!(
        "`{}` of {} begins with `{}`, which is bound to {}",
        chord.label(),
        action.name(),
        label(chord.first),
        first.name()
    )
}

/// A split arrow key must not act: what changes the world never sits on one of those letters alone.
fn dangerous(one: &Chosen, faults: &mut Vec<KeyFault>) {
    let Bound { action, chords, .. } = &one.bound;
    if action.goal().is_none() {
        return;
    }
    for chord in chords
        .iter()
        .filter(|chord| chord.then.is_none() && ends_a_sequence(chord.first))
    {
        let what = format!(
            "{} changes the cluster and cannot be on `{}` alone: a split arrow or function key sends the same letter; \
             put it behind another key, such as \"a {}\"",
            action.name(),
            chord.label(),
            chord.label()
        );
        faults.push(KeyFault {
            line: Some(one.line),
            what,
        });
    }
}

fn ends_a_sequence(key: Key) -> bool {
    !key.ctrl && matches!(key.code, KeyCode::Char(c) if ENDS_OF_SEQUENCES.contains(c))
}

/// Reads the text of a `keys.toml`; every mistake with its line.
pub fn parse(text: &str) -> Result<Keymap, Vec<KeyFault>> {
    let misshapen = |wrong: Vec<keys::Misshapen>| {
        let fault = |one: keys::Misshapen| KeyFault {
            line: Some(one.line),
            what: one.what,
        };
        wrong.into_iter().map(fault).collect::<Vec<_>>()
    };
    remap(&keys::parse(text).map_err(misshapen)?)
}
