//! Which rows are listed, in which order, and which one is chosen.

use super::risk::{Risk, risk};
use super::{Fleet, Row};
use crate::app::intent::Motion;
use crate::app::pick::stepped;
use crate::domain::ids::Target;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// What needs a person first; the order of the config within.
    Risk,
    /// By service and environment.
    Name,
}

impl Sort {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 2] = [Self::Risk, Self::Name];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Name => "name",
        }
    }
}

/// The rows that fit the filter, in their order, each with its class.
pub fn listed(fleet: &Fleet, now: Timestamp) -> Vec<(Risk, &Row)> {
    let wanted = Wanted::of(&fleet.filter.typed);
    let mut rows: Vec<(Risk, &Row)> = fleet
        .rows
        .iter()
        .map(|row| (risk(fleet, row, now), row))
        .filter(|(risk, row)| wanted.fits(fleet, *risk, row))
        .collect();
    // Stable: what is equal stays in the order of the config.
    match fleet.sort {
        Sort::Risk => rows.sort_by_key(|(risk, _)| *risk),
        Sort::Name => rows.sort_by(|(_, a), (_, b)| a.target.cmp(&b.target)),
    }
    rows
}

/// What was typed: words that all have to fit, `!` before one that must not.
struct Wanted(Vec<(bool, String)>);

impl Wanted {
    fn of(typed: &str) -> Self {
        let word = |word: &str| {
            let (wanted, text) = match word.strip_prefix('!') {
                Some(text) => (false, text),
                None => (true, word),
            };
            (wanted, text.to_lowercase())
        };
        let words = typed.split_whitespace().map(word);
        Self(words.filter(|(_, text)| !text.is_empty()).collect())
    }

    fn fits(&self, fleet: &Fleet, risk: Risk, row: &Row) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let text = searched(fleet, risk, row);
        self.0
            .iter()
            .all(|(wanted, word)| text.contains(word.as_str()) == *wanted)
    }
}

/// Everything of a row that can be searched for.
fn searched(fleet: &Fleet, risk: Risk, row: &Row) -> String {
    let rollout = row.rollout.as_ref();
    let tag = |side: Option<&crate::domain::rollout::TrackState>| {
        side.map(|side| side.tag().to_owned()).unwrap_or_default()
    };
    let place = fleet.place(row).map(|(place, _)| place.to_string());
    let words = [
        row.target.service.to_string(),
        row.target.environment.to_string(),
        place.unwrap_or_default(),
        rollout
            .map_or("unknown", |rollout| rollout.phase.word())
            .to_owned(),
        tag(rollout.and_then(|rollout| rollout.stable.as_ref())),
        tag(rollout.and_then(|rollout| rollout.candidate.as_ref())),
        format!("{risk:?}"),
    ];
    words.join(" ").to_lowercase()
}

/// The chosen row among those listed: the one that was chosen where it is still there, else the first.
pub fn chosen<'r>(fleet: &Fleet, rows: &[(Risk, &'r Row)]) -> Option<(usize, &'r Row)> {
    let wanted = fleet.chosen.as_ref();
    let at = rows
        .iter()
        .position(|(_, row)| wanted == Some(&row.target))
        .unwrap_or(0);
    rows.get(at).map(|(_, row)| (at, *row))
}

/// What is chosen after a motion among `rows`: it follows its row, wherever that is sorted to. `None` where none is listed.
pub(in crate::app) fn step(fleet: &Fleet, rows: &[(Risk, &Row)], motion: Motion) -> Option<Target> {
    let (at, _) = chosen(fleet, rows)?;
    let at = stepped(at, motion, rows.len());
    rows.get(at).map(|(_, row)| row.target.clone())
}

/// How many rows are in each class, in the order of the classes.
pub fn tally(fleet: &Fleet, now: Timestamp) -> [(Risk, usize); 7] {
    let mut counts = [
        Risk::Failing,
        Risk::RollBack,
        Risk::Hold,
        Risk::Waiting,
        Risk::UnderWay,
        Risk::Unknown,
        Risk::Healthy,
    ]
    .map(|risk| (risk, 0));
    for row in &fleet.rows {
        let class = risk(fleet, row, now);
        for (known, count) in &mut counts {
            *count += usize::from(*known == class);
        }
    }
    counts
}
