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
    /// The row; `None` for what is wrong with a whole namespace.
    pub row: Option<&'f Row>,
    /// What it is about.
    pub name: String,
    /// What about it.
    pub text: String,
}

/// The lines, the most urgent first.
pub fn attention(fleet: &Fleet, now: Timestamp) -> Vec<Notable<'_>> {
    let mut urgent: Vec<Notable<'_>> = places(fleet, now);
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
            urgent.push(of(row, Some(risk), text));
        }
        if let Some(text) = marks.get(&row.target).and_then(|mark| mark.changed(row)) {
            changed.push(of(row, None, text));
        }
    }
    urgent.sort_by_key(|notable| notable.risk);
    urgent.extend(changed);
    urgent
}

fn of(row: &Row, risk: Option<Risk>, text: String) -> Notable<'_> {
    Notable {
        risk,
        row: Some(row),
        name: format!("{} {}", row.target.service, row.target.environment),
        text,
    }
}

/// Namespaces that cannot be followed: what their rows say is of earlier.
fn places(fleet: &Fleet, now: Timestamp) -> Vec<Notable<'static>> {
    let failed = fleet.places.iter().filter_map(|(place, feed)| {
        let text = match (feed.state(now), &feed.fault) {
            (FeedState::Down | FeedState::LoginExpired, Some(fault)) => {
                let cure = fault
                    .hint
                    .as_ref()
                    .map(|hint| format!("; {}", hint.shown()));
                format!("{}{}", fault.text.shown(), cure.unwrap_or_default())
            }
            (FeedState::Stale, _) => "its watches tell nothing any more".to_owned(),
            (_, _) => return None,
        };
        Some(Notable {
            risk: Some(Risk::Unknown),
            row: None,
            name: place.context().to_owned(),
            text,
        })
    });
    failed.collect()
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
