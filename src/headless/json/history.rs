//! Releases.

use super::raw;
use crate::domain::record::{Ended, Note, Record, Release, TAKEN_AWAY};
use jiff::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;

/// `flightdeck.history/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// Where it was read: `cluster` or `journal`.
    pub source: &'static str,
    /// Newest first.
    pub releases: Vec<ReleaseEntry>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseEntry {
    /// Running number.
    pub revision: u64,
    /// What people call it.
    pub tag: String,
    /// Its image.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The pipeline run.
    pub run: Option<String>,
    /// When.
    pub deployed_at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// How it ended.
    pub ended: &'static str,
    /// Whether it bears the mark.
    pub good: bool,
    /// `good`, `taken_away` where it has lost its mark, `unproven` where it served and nobody saw it earn one; `null`
    /// where it never served alone.
    pub mark: Option<&'static str>,
    /// Since when.
    pub good_since: Option<Timestamp>,
    /// Who said so: a person, or the window.
    pub good_by: Option<String>,
    /// What speaks for it: the numbers, or the reason given.
    pub evidence: Option<String>,
    /// Marks that were taken away, and remarks.
    pub notes: Vec<Note>,
}

impl HistoryDocument {
    /// The releases of a record that was read from `source`.
    pub fn of(record: &Record, source: &'static str) -> Self {
        let mut releases: Vec<ReleaseEntry> =
            record.releases.iter().map(ReleaseEntry::of).collect();
        releases.sort_by_key(|release| Reverse(release.revision));
        Self {
            schema: "flightdeck.history/1",
            source,
            releases,
        }
    }
}

impl ReleaseEntry {
    fn of(release: &Release) -> Self {
        let mark = release.good.as_ref();
        Self {
            revision: release.revision,
            tag: release.tag().to_owned(),
            image: release.image.to_string(),
            digest: release.known_digest().cloned(),
            commit: release.commit.as_ref().map(raw),
            run: release.run.as_ref().map(raw),
            deployed_at: release.deployed_at,
            by: raw(&release.by),
            reason: release.reason.as_ref().map(raw),
            ended: release.ended.word(),
            good: mark.is_some(),
            mark: mark_word(release),
            good_since: mark.map(|mark| mark.since),
            good_by: mark.map(|mark| raw(&mark.by)),
            evidence: evidence(release),
            notes: release.notes.clone(),
        }
    }
}

fn mark_word(release: &Release) -> Option<&'static str> {
    let was_taken = |note: &Note| note.text.shown().starts_with(TAKEN_AWAY);
    match release.ended {
        _ if release.good.is_some() => Some("good"),
        _ if release.notes.iter().any(was_taken) => Some("taken_away"),
        Ended::Promoted | Ended::Superseded => Some("unproven"),
        Ended::Running | Ended::RolledBack | Ended::Aborted => None,
    }
}

/// What speaks for a good release: the numbers, else the reason given.
pub(super) fn evidence(release: &Release) -> Option<String> {
    let mark = release.good.as_ref();
    mark.and_then(|mark| mark.evidence.as_ref())
        .or(release.evidence.as_ref())
        .or_else(|| mark.and_then(|mark| mark.why.as_ref()))
        .map(raw)
}
