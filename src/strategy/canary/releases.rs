//! What plans say to the record about releases.

use super::draft::Draft;
use super::objects::Side;
use super::situation::Situation;
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::record::{Ended, Paused, Release, Version};
use crate::domain::text::Text;
use crate::strategy::plan::Began;
use std::collections::BTreeMap;

/// A release begins: it stands on top, and what stable runs now is kept.
pub(super) fn begins(draft: &mut Draft<'_, '_>, image: &Image) {
    let at = draft.at;
    draft.record.release = Some(new(at, image, Ended::Running));
    draft.record.began = Some(began(at));
}

/// The candidate goes on. One that the record does not know begins there now; a promote against the verdict is noted.
pub(super) fn goes_on(draft: &mut Draft<'_, '_>, canary: &Side<'_>) {
    let at = draft.at;
    if at.release_of(&canary.image).is_none() {
        draft.record.release = Some(new(at, &canary.image, Ended::Running));
        // What stable ran before can only be told while it still does.
        draft.record.began = Some(began(at)).filter(|_| at.trial != Trial::Finishing);
    }
    if let Some(sentence) = &at.request.against_verdict {
        let text = format!("promoted against the verdict: {sentence}");
        draft.record.notes.push((revision(at, &canary.image), text));
    }
}

/// The candidate has become the serving release; the one before is superseded and keeps its mark.
pub(super) fn finishes(draft: &mut Draft<'_, '_>, canary: &Side<'_>) {
    let at = draft.at;
    let own = revision(at, &canary.image);
    draft
        .record
        .ended
        .extend(serving(at, own).map(|other| (other, Ended::Superseded)));
    draft.record.ended.push((own, Ended::Promoted));
}

/// The candidate has lost its traffic.
pub(super) fn aborts(draft: &mut Draft<'_, '_>) {
    let at = draft.at;
    let candidate = at
        .canary
        .as_ref()
        .and_then(|side| at.release_of(&side.image));
    draft
        .record
        .ended
        .extend(candidate.map(|release| (release.revision, Ended::Aborted)));
    lift_pause(draft);
}

/// These releases are left by a roll back to `to`; one that was good loses its mark.
pub(super) fn are_left(draft: &mut Draft<'_, '_>, left: &[&Image], to: &str) {
    let at = draft.at;
    let reason = at.request.reason.as_deref();
    let why = reason.map_or_else(
        || format!("rolled back to {to}"),
        |reason| format!("rolled back to {to}: {reason}"),
    );
    for release in left.iter().filter_map(|image| at.release_of(image)) {
        let ended = (release.revision, Ended::RolledBack);
        if draft.record.ended.contains(&ended) {
            continue;
        }
        draft.record.ended.push(ended);
        if release.good.is_some() {
            draft.record.not_good.push((release.revision, why.clone()));
        }
    }
    lift_pause(draft);
}

/// A known release serves again.
pub(super) fn serves_again(draft: &mut Draft<'_, '_>, image: &Image) {
    let release = draft.at.release_of(image).map(|release| release.revision);
    draft
        .record
        .ended
        .extend(release.map(|revision| (revision, Ended::Promoted)));
}

/// A release as it enters the record now.
pub(super) fn new(at: &Situation<'_>, image: &Image, ended: Ended) -> Release {
    Release {
        revision: next(at),
        image: image.clone(),
        digest: image.digest.clone(),
        templates: BTreeMap::new(),
        commit: None,
        run: None,
        deployed_at: at.request.at,
        by: Text::new(at.request.by.line()),
        reason: at.request.reason.as_deref().map(Text::from),
        evidence: None,
        ended,
        alone_since: None,
        good: None,
        notes: Vec::new(),
        more: BTreeMap::new(),
    }
}

/// A pause by whoever asks.
pub(super) fn pause(at: &Situation<'_>) -> Paused {
    Paused {
        by: Text::new(at.request.by.line()),
        since: at.request.at,
        reason: at.request.reason.as_deref().map(Text::from),
    }
}

fn began(at: &Situation<'_>) -> Began {
    let set = at.stable.present_set(at.seen);
    Began {
        base: at.base,
        stable: Version {
            image: at.stable.image.clone(),
            template: set.map(|set| set.hash.clone()).unwrap_or_default(),
        },
    }
}

/// The revision that the record has, or will have, for this image.
fn revision(at: &Situation<'_>, image: &Image) -> u64 {
    at.release_of(image)
        .map_or_else(|| next(at), |release| release.revision)
}

fn next(at: &Situation<'_>) -> u64 {
    at.record()
        .map_or(1, crate::domain::record::Record::next_revision)
}

/// Releases other than `own` that the record has as serving.
fn serving<'a>(at: &Situation<'a>, own: u64) -> impl Iterator<Item = u64> + use<'a> {
    at.record()
        .into_iter()
        .flat_map(|record| &record.releases)
        .filter(move |release| release.revision != own)
        .filter(|release| matches!(release.ended, Ended::Running | Ended::Promoted))
        .map(|release| release.revision)
}

/// A pause speaks of the release that has ended now.
fn lift_pause(draft: &mut Draft<'_, '_>) {
    draft.record.paused = draft.at.rollout.paused.is_some().then_some(None);
}
