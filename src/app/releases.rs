//! The releases of the record, as the history screen lists them.

use super::fleet;
use super::keymap::Scope;
use super::model::Model;
use super::screen::Subject;
use crate::domain::artifact::Image;
use crate::domain::record::{Record, Release};
use crate::domain::rollout::Rollout;

/// The releases that fit the filter, newest first.
pub fn releases(model: &Model) -> Vec<&Release> {
    let filter = model.ui.list.typed.to_lowercase();
    let mut all: Vec<&Release> =
        record_seen(model).map_or(Vec::new(), |record| record.releases.iter().collect());
    all.retain(|release| {
        let line = format!(
            "{} {} {}",
            release.tag(),
            release.by.shown(),
            release.ended.word()
        );
        line.to_lowercase().contains(&filter)
    });
    all.sort_by_key(|release| std::cmp::Reverse(release.revision));
    all
}

/// The chosen release.
pub fn chosen(model: &Model) -> Option<&Release> {
    let releases = releases(model);
    releases
        .get(model.ui.list.at.min(releases.len().saturating_sub(1)))
        .copied()
}

/// The open service's record, where it could be read.
pub fn record(model: &Model) -> Option<&Record> {
    model.feeds.cluster.value.as_ref()?.record.record()
}

/// The record of what is looked at: that of a row of the fleet is not kept.
pub(super) fn record_seen(model: &Model) -> Option<&Record> {
    match model.ui.screen.subject() {
        Subject::Fleet => None,
        Subject::Service => record(model),
    }
}

/// The rollout that is looked at: of the chosen service in the fleet, else of the open one.
pub(super) fn rollout_seen(model: &Model) -> Option<&Rollout> {
    match model.ui.screen.subject() {
        Subject::Fleet => {
            let rows = fleet::listed(&model.fleet, model.now);
            fleet::chosen(&model.fleet, &rows)?.1.rollout.as_ref()
        }
        Subject::Service => model.reading.rollout.as_ref(),
    }
}

/// The image that is looked at: of the chosen release on the history screen, of the chosen service in the fleet, else the candidate's, else stable's.
pub fn looked_at(model: &Model) -> Option<&Image> {
    match Scope::of(model.ui.screen) {
        Scope::History => chosen(model).map(|release| &release.image),
        Scope::Fleet
        | Scope::Global
        | Scope::Service
        | Scope::Messages
        | Scope::Pipeline
        | Scope::Changes
        | Scope::Logs => {
            let rollout = rollout_seen(model)?;
            let side = rollout.candidate.as_ref().or(rollout.stable.as_ref())?;
            Some(&side.image)
        }
    }
}
