//! Earlier versions of a Deployment: their templates, as far as they are still there.
//!
//! Invariant: a version that the record has as rolled back or aborted is never offered unasked.

use super::refusal::{Reason, Refusal};
use super::side::Side;
use crate::domain::artifact::Image;
use crate::domain::cluster::{Container, ReplicaSet, Snapshot, Template};
use crate::domain::record::{Ended, Record, Release, Version};
use serde_json::Value;

/// A version that a Deployment is to take.
pub(super) struct Destination {
    pub(super) image: Image,
    pub(super) template: Template,
    pub(super) revision: Option<u64>,
}

/// What a Deployment ran before, by its ReplicaSets and the record.
#[derive(Clone, Copy)]
pub(super) struct Earlier<'s, 'a> {
    pub(super) seen: &'a Snapshot,
    pub(super) side: &'s Side<'a>,
    pub(super) record: Option<&'a Record>,
}

impl<'a> Earlier<'_, 'a> {
    /// By the recorded hash; where none was recorded by the newest ReplicaSet that runs it; else the image alone. With what
    /// a person should know of it.
    pub(super) fn of_release(&self, release: &Release) -> (Destination, Vec<String>) {
        let set = match release.templates.get(&self.side.deployment.name) {
            Some(hash) => self.set_with_hash(hash),
            None => self.newest_set(|image| release.runs(image)),
        };
        let mut image = release.image.clone();
        if image.digest.is_none() {
            image.digest.clone_from(&release.digest);
        }
        self.of_image(&image, set)
    }

    /// By its hash; else the image alone.
    pub(super) fn of_version(&self, version: &Version) -> (Destination, Vec<String>) {
        self.of_image(&version.image, self.set_with_hash(&version.template))
    }

    /// The template of a ReplicaSet.
    pub(super) fn of_set(&self, set: &ReplicaSet) -> Option<Destination> {
        Some(Destination {
            image: self.image_of(set)?,
            template: set.template.clone(),
            revision: set.revision,
        })
    }

    fn of_image(&self, image: &Image, set: Option<&ReplicaSet>) -> (Destination, Vec<String>) {
        if let Some(destination) = set.and_then(|set| self.of_set(set)) {
            return (destination, Vec::new());
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
            template: self.with_image(image),
            image: image.clone(),
            revision: None,
        };
        (destination, told)
    }

    /// The present template with another image.
    pub(super) fn with_image(&self, image: &Image) -> Template {
        let mut template = self.side.deployment.template.clone();
        let container = template.0.pointer_mut(&format!(
            "/spec/containers/{}/image",
            self.side.container_index
        ));
        if let Some(place) = container {
            *place = Value::String(image.to_string());
        }
        template
    }

    fn set_with_hash(&self, hash: &str) -> Option<&'a ReplicaSet> {
        self.seen
            .replica_sets_of(self.side.deployment)
            .find(|set| set.hash == hash)
    }

    /// The newest ReplicaSet whose image fits.
    pub(super) fn newest_set(&self, fits: impl Fn(&Image) -> bool) -> Option<&'a ReplicaSet> {
        self.seen
            .replica_sets_of(self.side.deployment)
            .filter(|set| self.image_of(set).is_some_and(|image| fits(&image)))
            .max_by_key(|set| set.revision)
    }

    /// The newest earlier template that is not known as bad.
    pub(super) fn previous(&self) -> Option<Destination> {
        let present = self.side.present_set(self.seen).map(|set| &set.uid);
        let set = self
            .seen
            .replica_sets_of(self.side.deployment)
            .filter(|set| set.revision.is_some() && Some(&set.uid) != present)
            .filter(|set| {
                self.image_of(set)
                    .is_some_and(|image| !self.is_known_bad(&image))
            })
            .max_by_key(|set| set.revision)?;
        self.of_set(set)
    }

    fn is_known_bad(&self, image: &Image) -> bool {
        self.record
            .and_then(|record| record.release_of(image))
            .is_some_and(|release| matches!(release.ended, Ended::RolledBack | Ended::Aborted))
    }

    /// The release's image in a ReplicaSet's template.
    pub(super) fn image_of(&self, set: &ReplicaSet) -> Option<Image> {
        let named = |container: &&Container| container.name == self.side.container;
        Image::parse(&set.containers.iter().find(named)?.image).ok()
    }

    /// No release bears that name.
    pub(super) fn unknown(&self, name: &str, leaving: Option<&Image>) -> Refusal {
        Refusal::new(
            Reason::UnknownRelease,
            format!("no release `{name}` is known"),
        )
        .hint(self.accepted(leaving))
    }

    /// Neither a good release nor an earlier template.
    pub(super) fn none(&self, leaving: Option<&Image>) -> Refusal {
        Refusal::new(
            Reason::NoLastKnownGood,
            format!(
                "no release is marked good, and {} has no earlier template",
                self.side.deployment.name
            ),
        )
        .hint(self.accepted(leaving))
    }

    fn accepted(&self, leaving: Option<&Image>) -> String {
        let releases = self.record.into_iter().flat_map(|record| &record.releases);
        let tags: Vec<&str> = releases
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
}
