//! What a person should know before anything else: what is wrong, who is waited for, what changed since the last look.

use super::risk::{Risk, risk};
use super::{Fleet, Row};
use crate::domain::feed::FeedState;
use crate::domain::rollout::Phase;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A line of the attention pane.
#[derive(Clone, Debug, PartialEq)]
pub struct Notable<'f> {
    /// The class of its row; `None` for what only changed.
    pub risk: Option<Risk>,
    /// The row.
    pub row: &'f Row,
    /// What about it.
    pub text: String,
}

/// The lines, the most urgent first.
pub fn attention(fleet: &Fleet, now: Timestamp) -> Vec<Notable<'_>> {
    let mut urgent: Vec<Notable<'_>> = Vec::new();
    let mut changed = Vec::new();
    let marks: BTreeMap<_, _> = fleet
        .looked
        .marks
        .iter()
        .map(|mark| (&mark.target, mark))
        .collect();
    for row in &fleet.rows {
        let risk = risk(fleet, row, now);
        if let Some(text) = why(fleet, risk, row, now) {
            urgent.push(Notable {
                risk: Some(risk),
                row,
                text,
            });
        }
        if let Some(text) = marks.get(&row.target).and_then(|mark| mark.changed(row)) {
            changed.push(Notable {
                risk: None,
                row,
                text,
            });
        }
    }
    urgent.sort_by_key(|notable| notable.risk);
    urgent.extend(changed);
    urgent
}

/// Why a row wants a person; `None` where it does not.
fn why(fleet: &Fleet, risk: Risk, row: &Row, now: Timestamp) -> Option<String> {
    let rollout = row.rollout.as_ref();
    match risk {
        Risk::Failing => {
            let trouble = rollout.and_then(|rollout| rollout.troubles.first());
            Some(trouble.map_or_else(
                || "pods are missing".to_owned(),
                |trouble| trouble.shown().to_owned(),
            ))
        }
        Risk::RollBack | Risk::Hold => row.verdict.as_ref().map(|verdict| verdict.sentence.clone()),
        Risk::Waiting => rollout.map(|rollout| match (rollout.phase, &rollout.paused) {
            (Phase::Paused, Some(paused)) => format!("paused by {}", paused.by.shown()),
            (Phase::Aborted, _) => "aborted: its pods are kept for a look".to_owned(),
            (_, _) => "its step's time is over: it waits for a promote".to_owned(),
        }),
        Risk::Unknown => match fleet.state(row, now) {
            // Told once for the namespace, by the title and the rows themselves.
            FeedState::Starting | FeedState::Stale | FeedState::LoginExpired => None,
            FeedState::Down => row
                .fault
                .as_ref()
                .map(|fault| fault.text.shown().to_owned()),
            FeedState::Live => rollout
                .and_then(|rollout| rollout.troubles.first())
                .map(|trouble| trouble.shown().to_owned()),
        },
        Risk::UnderWay | Risk::Healthy => None,
    }
}
