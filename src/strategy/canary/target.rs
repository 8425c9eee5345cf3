//! Where a roll back goes, and with which template.
//!
//! Invariant: a release that the record has as rolled back or aborted is never chosen unless a person names it.

use super::situation::Situation;
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::history;
use crate::domain::record::Release;
use crate::strategy::earlier::Destination;
use crate::strategy::goal::RollBackTo;
use crate::strategy::refusal::{Reason, Refusal};

/// Where a roll back goes.
pub(super) enum Target {
    /// Stable serves it still: only the candidate goes.
    ServingStable {
        /// Whether the record has it as good, or a person named it.
        known: bool,
    },
    /// Stable takes it.
    Taken(Destination, Vec<String>),
}

/// The release being left: the candidate while there is one, else the running one; `None` where the candidate's Deployment
/// is gone, so that only its traffic is known.
fn leaving<'s>(at: &'s Situation<'_>) -> Option<&'s Image> {
    if stable_serves(at) {
        at.canary.as_ref().map(|canary| &canary.image)
    } else {
        Some(&at.stable.image)
    }
}

pub(super) fn target(at: &Situation<'_>, to: &RollBackTo) -> Result<Target, Refusal> {
    match to {
        RollBackTo::LastKnownGood => last_known_good(at),
        RollBackTo::Named(name) => named(at, name),
    }
}

/// Whether stable still is the version that served before the candidate.
fn stable_serves(at: &Situation<'_>) -> bool {
    matches!(at.trial, Trial::UnderWay | Trial::Aborted)
}

fn last_known_good(at: &Situation<'_>) -> Result<Target, Refusal> {
    let Some(leaving) = leaving(at) else {
        let known = at.release_of(&at.stable.image);
        return Ok(Target::ServingStable {
            known: known.is_some_and(|release| release.good.is_some()),
        });
    };
    let good = at
        .record()
        .and_then(|record| history::rollback_target(record, leaving));
    match good {
        Some(good) => Ok(to_release(at, good)),
        None if stable_serves(at) => Ok(Target::ServingStable { known: false }),
        None => unproven(at),
    }
}

fn to_release(at: &Situation<'_>, release: &Release) -> Target {
    if stable_serves(at) && release.runs(&at.stable.image) {
        return Target::ServingStable { known: true };
    }
    let (destination, told) = at.earlier().of_release(release);
    Target::Taken(destination, told)
}

fn named(at: &Situation<'_>, name: &str) -> Result<Target, Refusal> {
    let known = at.record().and_then(|record| history::named(record, name));
    if let Some(release) = known {
        let is_left = leaving(at).is_some_and(|image| release.runs(image));
        refuse_left(at, is_left, release.tag())?;
        return Ok(to_release(at, release));
    }
    let earlier = at.earlier();
    let unknown = || earlier.unknown(name, leaving(at));
    let set = earlier
        .newest_set(|image| image.label() == name)
        .ok_or_else(unknown)?;
    let destination = earlier.of_set(set).ok_or_else(unknown)?;
    let image = &destination.image;
    let is_left = leaving(at).is_some_and(|leaving| image.same_build(leaving));
    refuse_left(at, is_left, image.label())?;
    if stable_serves(at) && image.same_build(&at.stable.image) {
        return Ok(Target::ServingStable { known: true });
    }
    let told = vec![format!(
        "{name} is not in the record: the template of {} is taken",
        set.name
    )];
    Ok(Target::Taken(destination, told))
}

fn refuse_left(at: &Situation<'_>, is_left: bool, tag: &str) -> Result<(), Refusal> {
    match (is_left, at.trial) {
        (false, _) => Ok(()),
        (true, Trial::None) => Err(Refusal::new(
            Reason::NothingToDo,
            format!("{tag} is what {} runs", at.stable.deployment.name),
        )),
        (true, Trial::UnderWay | Trial::Aborted | Trial::Finishing) => Err(Refusal::new(
            Reason::NothingToDo,
            format!("{tag} is what a roll back would leave"),
        )
        .hint("promote is what brings it further")),
    }
}

/// What stable ran when the release began, else its previous template; neither is known as good.
fn unproven(at: &Situation<'_>) -> Result<Target, Refusal> {
    let name = &at.stable.deployment.name;
    let before = at.record().and_then(|record| record.stable_before.as_ref());
    let before = before.filter(|version| {
        at.trial == Trial::Finishing && !version.image.same_build(&at.stable.image)
    });
    if let Some(version) = before {
        let (destination, mut told) = at.earlier().of_version(version);
        told.push(format!(
            "no release is marked good: {} is what {name} ran when the release began",
            version.image.label()
        ));
        return Ok(Target::Taken(destination, told));
    }
    let none = || at.earlier().none(leaving(at));
    let destination = at.earlier().previous().ok_or_else(none)?;
    let told = format!(
        "no release is marked good: {} is the previous template of {name}",
        destination.image.label()
    );
    Ok(Target::Taken(destination, vec![told]))
}
