//! Lines of pods' logs: merged, and those that only one side prints.
//!
//! Two lines are alike when they differ only in numbers and ids: these are masked before lines are counted.

pub use crate::domain::pod_log::PodLine;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// From so many letters and digits on, a word that holds a digit is an id and not a name.
const ID_LENGTH: usize = 8;
/// Patterns that are told; a log that never says the same twice has no more to tell.
const TOLD: usize = 50;
/// Kinds of a side that are kept; what never says the same twice has no kinds.
const MOST: usize = 10_000;

/// Lines of one kind that the other side does not print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlike {
    /// The line with numbers and ids masked as `#`.
    pub pattern: String,
    /// How many there are.
    pub count: u64,
    /// How many pods print it.
    pub pods: usize,
    /// The newest of them.
    pub newest: PodLine,
}

/// The line with every number and every id as `#`.
pub fn mask(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        if end == 0 {
            masked.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (word, after) = rest.split_at(end);
        mask_word(word, &mut masked);
        rest = after;
    }
    // An id of several parts, or a number with a point, is one.
    for joint in ["#-#", "#.#", "#:#", "##"] {
        while masked.contains(joint) {
            masked = masked.replace(joint, "#");
        }
    }
    masked
}

fn mask_word(word: &str, masked: &mut String) {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let is_hex = word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_long_hex = is_hex && word.len() > ID_LENGTH;
    if is_long_hex || has_digit && (word.len() >= ID_LENGTH || is_hex) {
        masked.push('#');
        return;
    }
    let mut in_number = false;
    for letter in word.chars() {
        if !letter.is_ascii_digit() {
            masked.push(letter);
        } else if !in_number {
            masked.push('#');
        }
        in_number = letter.is_ascii_digit();
    }
}

/// The kinds of lines that two sides print, counted as the lines come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kinds {
    others: BTreeSet<String>,
    own: BTreeMap<String, Kind>,
}

/// Lines that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kind {
    count: u64,
    pods: BTreeSet<String>,
    newest: PodLine,
}

impl Kinds {
    /// Takes lines of the side that is looked at.
    pub fn take(&mut self, lines: &[PodLine]) {
        for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
            let pattern = mask(&line.text);
            if let Some(kind) = self.own.get_mut(&pattern) {
                kind.count += 1;
                if !kind.pods.contains(&line.pod) {
                    kind.pods.insert(line.pod.clone());
                }
                if line.at >= kind.newest.at {
                    kind.newest = line.clone();
                }
            } else if self.own.len() < MOST {
                let kind = Kind {
                    count: 1,
                    pods: BTreeSet::from([line.pod.clone()]),
                    newest: line.clone(),
                };
                self.own.insert(pattern, kind);
            }
        }
    }

    /// Takes lines of the side that it is compared with.
    pub fn take_others(&mut self, lines: &[PodLine]) {
        for line in lines {
            if self.others.len() < MOST {
                self.others.insert(mask(&line.text));
            }
        }
    }

    /// Whether there is anything to compare with.
    pub fn can_compare(&self) -> bool {
        !self.others.is_empty()
    }

    /// Whether the other side prints such a line too; of nothing to compare with, nothing is unusual.
    pub fn is_usual(&self, pattern: &str) -> bool {
        !self.can_compare() || self.others.contains(pattern)
    }

    /// The kinds that the other side does not print, the most frequent first; none where there is nothing to compare with.
    pub fn unlike(&self) -> Vec<Unlike> {
        let unusual = self
            .own
            .iter()
            .filter(|(pattern, _)| !self.is_usual(pattern));
        let mut found: Vec<Unlike> = unusual
            .map(|(pattern, kind)| Unlike {
                pattern: pattern.clone(),
                count: kind.count,
                pods: kind.pods.len(),
                newest: kind.newest.clone(),
            })
            .collect();
        // Stable: what is as frequent stays in the order of its pattern.
        found.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        found.truncate(TOLD);
        found
    }
}

/// Lines of `looked_at` whose kind `other` has not, the most frequent first; none where `other` is empty.
pub fn unlike(looked_at: &[PodLine], other: &[PodLine]) -> Vec<Unlike> {
    let mut kinds = Kinds::default();
    kinds.take_others(other);
    kinds.take(looked_at);
    kinds.unlike()
}

/// All lines in the order of their times; a line without one follows the line before it.
pub fn merged(pods: Vec<Vec<PodLine>>) -> Vec<PodLine> {
    let mut timed: Vec<(Option<Timestamp>, PodLine)> = Vec::new();
    for lines in pods {
        let mut last = None;
        for line in lines {
            last = line.at.or(last);
            timed.push((last, line));
        }
    }
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, line)| line).collect()
}
