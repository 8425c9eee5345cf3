//! Whether a release is under trial, and how far it is.

use super::objects::Objects;
use crate::domain::cluster::Snapshot;
use crate::domain::record::{Ended, Record};
use crate::domain::traffic::Weight;
use crate::strategy::side::Side;

/// How a release under trial stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// There is none.
    None,
    /// It is under way; stable is still the old version.
    UnderWay,
    /// Its traffic was taken off for good; its pods stay for a look.
    Aborted,
    /// Stable has begun to take it, and the canary is not yet gone.
    Finishing,
}

/// Reads it from weights, replicas and images; the record only tells a release that has just begun from one that has ended.
pub(super) fn trial(seen: &Snapshot, objects: &Objects<'_>) -> Trial {
    let weight = objects.weight();
    let Ok(canary) = &objects.canary else {
        return if weight > Weight::ZERO {
            Trial::UnderWay
        } else {
            Trial::None
        };
    };
    let same = objects
        .stable
        .as_ref()
        .is_ok_and(|stable| stable.image.same_build(&canary.image));
    let there = canary.deployment.replicas > 0 || weight > Weight::ZERO;
    let record = seen.record.record();
    match (there, same) {
        (true, true) => Trial::Finishing,
        (true, false) if weight == Weight::ZERO && !has_begun(canary, record) => Trial::Aborted,
        (true, false) => Trial::UnderWay,
        (false, false) if has_begun(canary, record) => Trial::UnderWay,
        (false, _) => Trial::None,
    }
}

/// Whether the record knows the canary's release as one that has not ended.
fn has_begun(canary: &Side<'_>, record: Option<&Record>) -> bool {
    record
        .and_then(|record| record.release_of(&canary.image))
        .is_some_and(|release| release.ended == Ended::Running)
}
