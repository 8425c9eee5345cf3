//! The releases of the record, as the history screen lists them.

use super::fleet;
use super::model::Model;
use crate::domain::artifact::Image;
use crate::domain::record::{Record, Release};
use crate::domain::rollout::Rollout;

/// The releases that fit the filter, newest first.
pub fn releases(model: &Model) -> Vec<&Release> {
    let filter = model.ui.list.typed.to_lowercase();
    let mut all: Vec<&Release> =
        record(model).map_or(Vec::new(), |record| record.releases.iter().collect());
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

/// The record, where it could be read.
pub fn record(model: &Model) -> Option<&Record> {
    if model.ui.screen == super::screen::Screen::Fleet {
        return None;
    }
    model.feeds.cluster.value.as_ref()?.record.record()
}

/// The image that is looked at: of the chosen release on the history screen, of the chosen service in the fleet, else the candidate's, else stable's.
pub fn looked_at<'a>(model: &'a Model) -> Option<&'a Image> {
    let of = |rollout: Option<&'a Rollout>| {
        rollout
            .and_then(|rollout| rollout.candidate.as_ref().or(rollout.stable.as_ref()))
            .map(|side| &side.image)
    };
    match super::keymap::Scope::of(model.ui.screen) {
        super::keymap::Scope::Fleet => {
            let rows = fleet::listed(&model.fleet, model.now);
            of(fleet::chosen(&model.fleet, &rows)?.1.rollout.as_ref())
        }
        super::keymap::Scope::History => chosen(model).map(|release| &release.image),
        super::keymap::Scope::Global
        | super::keymap::Scope::Service
        | super::keymap::Scope::Messages
        | super::keymap::Scope::Pipeline => of(model.reading.rollout.as_ref()),
    }
}
