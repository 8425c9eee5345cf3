//! Where a roll back goes, and with which template.
//!
//! Invariant: a release that the record has as rolled back or aborted is never chosen unless a person names it.

use super::draft::Destination;
use super::situation::Situation;
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::cluster::{Container, ReplicaSet, Template};
use crate::domain::history;
use crate::domain::record::{Ended, Release};
use crate::strategy::goal::RollBackTo;
use crate::strategy::refusal::{Reason, Refusal};
use serde_json::Value;

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
    let (destination, told) = of_release(at, release);
    Target::Taken(destination, told)
}

fn named(at: &Situation<'_>, name: &str) -> Result<Target, Refusal> {
    let known = at.record().and_then(|record| history::named(record, name));
    if let Some(release) = known {
        let is_left = leaving(at).is_some_and(|image| release.runs(image));
        refuse_left(at, is_left, release.tag())?;
        return Ok(to_release(at, release));
    }
    let set = newest_set(at, |image| image.label() == name).ok_or_else(|| unknown(at, name))?;
    let image = image_of(at, set).ok_or_else(|| unknown(at, name))?;
    let is_left = leaving(at).is_some_and(|leaving| image.same_build(leaving));
    refuse_left(at, is_left, image.label())?;
    if stable_serves(at) && image.same_build(&at.stable.image) {
        return Ok(Target::ServingStable { known: true });
    }
    let told = vec![format!(
        "{name} is not in the record: the template of {} is taken",
        set.name
    )];
    Ok(Target::Taken(of_set(set, image), told))
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

fn unknown(at: &Situation<'_>, name: &str) -> Refusal {
    Refusal::new(
        Reason::UnknownRelease,
        format!("no release `{name}` is known"),
    )
    .hint(accepted(at))
}

/// What stable ran when the release began, else its previous template; neither is known as good.
fn unproven(at: &Situation<'_>) -> Result<Target, Refusal> {
    let before = at.record().and_then(|record| record.stable_before.as_ref());
    let before = before.filter(|version| {
        at.trial == Trial::Finishing && !version.image.same_build(&at.stable.image)
    });
    if let Some(version) = before {
        let set = set_with_hash(at, &version.template);
        let (destination, mut told) = of_image(at, &version.image, set);
        told.push(format!(
            "no release is marked good: {} is what {} ran when the release began",
            version.image.label(),
            at.stable.deployment.name
        ));
        return Ok(Target::Taken(destination, told));
    }
    let previous = previous_set(at).and_then(|set| Some((set, image_of(at, set)?)));
    let (set, image) = previous.ok_or_else(|| {
        Refusal::new(
            Reason::NoLastKnownGood,
            format!(
                "no release is marked good, and {} has no earlier template",
                at.stable.deployment.name
            ),
        )
        .hint(accepted(at))
    })?;
    let told = format!(
        "no release is marked good: {} is the previous template of {}",
        image.label(),
        at.stable.deployment.name
    );
    Ok(Target::Taken(of_set(set, image), vec![told]))
}

fn accepted(at: &Situation<'_>) -> String {
    let leaving = leaving(at);
    let tags: Vec<&str> = at
        .record()
        .into_iter()
        .flat_map(|record| &record.releases)
        .filter(|release| !leaving.is_some_and(|image| release.runs(image)))
        .map(Release::tag)
        .take(5)
        .collect();
    if tags.is_empty() {
        "--to takes a tag or a revision of the record, which has none to go to".to_owned()
    } else {
        format!(
            "--to takes a tag or a revision of the record: {}",
            tags.join(", ")
        )
    }
}

/// By the recorded hash; where none was recorded by the newest ReplicaSet that runs it; else the image alone.
fn of_release(at: &Situation<'_>, release: &Release) -> (Destination, Vec<String>) {
    let set = match release.templates.get(&at.stable.deployment.name) {
        Some(hash) => set_with_hash(at, hash),
        None => newest_set(at, |image| release.runs(image)),
    };
    let mut image = release.image.clone();
    if image.digest.is_none() {
        image.digest.clone_from(&release.digest);
    }
    of_image(at, &image, set)
}

fn of_image(
    at: &Situation<'_>,
    image: &Image,
    set: Option<&ReplicaSet>,
) -> (Destination, Vec<String>) {
    if let Some((set, own)) = set.and_then(|set| Some((set, image_of(at, set)?))) {
        return (of_set(set, own), Vec::new());
    }
    let mut told = vec![format!(
        "configuration is not rolled back: the template of {} is gone, only its image is taken",
        image.label()
    )];
    if image.digest.is_none() {
        told.push(format!(
            "the digest of {} was not recorded: its tag is trusted",
            image.label()
        ));
    }
    let destination = Destination {
        template: with_image(at, image),
        image: image.clone(),
        revision: None,
    };
    (destination, told)
}

fn of_set(set: &ReplicaSet, image: Image) -> Destination {
    Destination {
        image,
        template: set.template.clone(),
        revision: set.revision,
    }
}

/// The present template with the release's image.
fn with_image(at: &Situation<'_>, image: &Image) -> Template {
    let mut template = at.stable.deployment.template.clone();
    let container = template.0.pointer_mut(&format!(
        "/spec/containers/{}/image",
        at.stable.container_index
    ));
    if let Some(place) = container {
        *place = Value::String(image.to_string());
    }
    template
}

fn set_with_hash<'a>(at: &Situation<'a>, hash: &str) -> Option<&'a ReplicaSet> {
    at.seen
        .replica_sets_of(at.stable.deployment)
        .find(|set| set.hash == hash)
}

fn newest_set<'a>(at: &Situation<'a>, runs: impl Fn(&Image) -> bool) -> Option<&'a ReplicaSet> {
    at.seen
        .replica_sets_of(at.stable.deployment)
        .filter(|set| image_of(at, set).is_some_and(|image| runs(&image)))
        .max_by_key(|set| set.revision)
}

/// The newest earlier template of stable that is not known as bad.
fn previous_set<'a>(at: &Situation<'a>) -> Option<&'a ReplicaSet> {
    let present = at.stable.present_set(at.seen).map(|set| set.uid.as_str());
    at.seen
        .replica_sets_of(at.stable.deployment)
        .filter(|set| set.revision.is_some() && Some(set.uid.as_str()) != present)
        .filter(|set| image_of(at, set).is_some_and(|image| !is_known_bad(at, &image)))
        .max_by_key(|set| set.revision)
}

fn is_known_bad(at: &Situation<'_>, image: &Image) -> bool {
    at.release_of(image)
        .is_some_and(|release| matches!(release.ended, Ended::RolledBack | Ended::Aborted))
}

fn image_of(at: &Situation<'_>, set: &ReplicaSet) -> Option<Image> {
    let named = |container: &&Container| container.name == at.stable.container;
    Image::parse(&set.containers.iter().find(named)?.image).ok()
}
