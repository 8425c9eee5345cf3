//! What is wrong in a config, and where: every mistake of a file in one answer.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the text, for the order.
    pub at: usize,
    /// The key's path: `services.checkout.environments.production.goals.p95`. Empty: the text itself is not TOML.
    pub key: String,
    /// What is wrong and what was expected.
    pub text: String,
}

/// Every mistake of one file, by their place in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults {
    path: PathBuf,
    lines: Vec<String>,
}

impl Faults {
    /// Places `faults` in `text`, the content of `path`.
    pub(super) fn new(path: &Path, text: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.at);
        let lines = faults.iter().map(|fault| line(path, text, fault)).collect();
        Self {
            path: path.to_owned(),
            lines,
        }
    }

    /// One line each: `FILE:LINE:COLUMN: KEY: what is wrong`.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.lines.len() {
            1 => write!(f, "there is a mistake in {path}"),
            many => write!(f, "there are {many} mistakes in {path}"),
        }
    }
}

fn line(path: &Path, text: &str, fault: &Fault) -> String {
    let (line, column) = position(text, fault.at);
    let what = match fault.key.as_str() {
        "" => fault.text.clone(),
        key => format!("{key}: {}", fault.text),
    };
    format!("{}:{line}:{column}: {what}", path.display())
}

/// Line and column, both from 1; columns count characters.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The word of `known` that was most likely meant by `word`, if one is near enough.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, take out, replace, or swap with their neighbour to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = at(&row, j) + usize::from(from != to);
            let mut best = replaced.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    at(&row, b.len())
}
