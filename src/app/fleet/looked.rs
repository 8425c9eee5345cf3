//! What was seen at the last look, so that what changed since can be told.

use super::{Fleet, Row};
use crate::analysis::verdict::Call;
use crate::domain::ids::Target;
use crate::domain::rollout::{Phase, Rollout};
use crate::domain::traffic::Weight;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last look at the fleet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// When it ended; `None` before the first.
    pub at: Option<Timestamp>,
    /// What it showed.
    pub marks: Vec<Mark>,
}

/// What a row showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Whose.
    pub target: Target,
    /// The phase.
    pub phase: Phase,
    /// Stable's tag.
    pub stable: Option<String>,
    /// The candidate's.
    pub candidate: Option<String>,
    /// The candidate's share, where something divides the traffic.
    pub weight: Option<Weight>,
    /// What the numbers said.
    pub call: Option<Call>,
}

impl Mark {
    fn of(row: &Row) -> Option<Self> {
        let rollout: &Rollout = row.rollout.as_ref()?;
        let tag = |side: Option<&crate::domain::rollout::TrackState>| {
            side.map(|side| side.tag().to_owned())
        };
        Some(Self {
            target: row.target.clone(),
            phase: rollout.phase,
            stable: tag(rollout.stable.as_ref()),
            candidate: tag(rollout.candidate.as_ref()),
            weight: rollout.split.map(|split| split.canary),
            call: row.verdict.as_ref().map(|verdict| verdict.call),
        })
    }

    /// What its row shows that it did not then.
    pub(super) fn changed(&self, row: &Row) -> Option<String> {
        self.change(&Self::of(row)?)
    }

    /// What is different now, in words; `None` where nothing is that matters.
    fn change(&self, now: &Self) -> Option<String> {
        let tag = |tag: &Option<String>| tag.clone().unwrap_or_else(|| "nothing".to_owned());
        let mut parts = Vec::new();
        if self.stable != now.stable {
            parts.push(format!("{} to {}", tag(&self.stable), tag(&now.stable)));
        }
        match (&self.candidate, &now.candidate) {
            (old, new) if old == new => {
                if let (Some(old), Some(new), true) = (self.weight, now.weight, new.is_some())
                    && old != new
                {
                    parts.push(format!("{old} to {new} of the traffic"));
                }
            }
            (_, Some(new)) => parts.push(format!("{new} is under way")),
            (Some(old), None) => parts.push(format!("{old} is no longer under way")),
            (None, None) => {}
        }
        if self.phase != now.phase {
            parts.push(format!("{} to {}", self.phase.word(), now.phase.word()));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl Looked {
    /// The look that ends now. What could not be read keeps what was seen of it before.
    pub(in crate::app) fn end(fleet: &Fleet, now: Timestamp) -> Self {
        let known: BTreeMap<&Target, &Mark> = fleet
            .looked
            .marks
            .iter()
            .map(|mark| (&mark.target, mark))
            .collect();
        let before = |row: &Row| known.get(&row.target).map(|mark| (*mark).clone());
        let marks = fleet
            .rows
            .iter()
            .filter_map(|row| Mark::of(row).or_else(|| before(row)));
        Self {
            at: Some(now),
            marks: marks.collect(),
        }
    }
}
