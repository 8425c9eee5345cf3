//! Lines of pods' logs: merged, and those that only one side prints.
//!
//! Two lines are alike when they differ only in numbers and ids: these are masked before lines are counted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// From so many letters and digits on, a word that holds a digit is an id and not a name.
const ID_LENGTH: usize = 8;
/// Patterns that are told; a log that never says the same twice has no more to tell.
const TOLD: usize = 50;

/// One line of one pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodLine {
    /// The pod.
    pub pod: String,
    /// When it was written, where the log tells.
    pub at: Option<Timestamp>,
    /// The line, cleaned.
    pub text: String,
}

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

/// Lines of `looked_at` whose kind `other` has not, the most frequent first.
pub fn unlike(looked_at: &[PodLine], other: &[PodLine]) -> Vec<Unlike> {
    let usual: BTreeSet<String> = other.iter().map(|line| mask(&line.text)).collect();
    let mut kinds: HashMap<String, (u64, BTreeSet<&str>, &PodLine)> = HashMap::new();
    for line in looked_at.iter().filter(|line| !line.text.trim().is_empty()) {
        let pattern = mask(&line.text);
        if usual.contains(&pattern) {
            continue;
        }
        let kind = kinds
            .entry(pattern)
            .or_insert_with(|| (0, BTreeSet::new(), line));
        kind.0 += 1;
        kind.1.insert(&line.pod);
        if line.at >= kind.2.at {
            kind.2 = line;
        }
    }
    let mut found: Vec<Unlike> = kinds
        .into_iter()
        .map(|(pattern, (count, pods, newest))| Unlike {
            pattern,
            count,
            pods: pods.len(),
            newest: newest.clone(),
        })
        .collect();
    found.sort_by(|a, b| {
        b.count
            .cmp(&a.count)
            .then_with(|| a.pattern.cmp(&b.pattern))
    });
    found.truncate(TOLD);
    found
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
