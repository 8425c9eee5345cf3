//! Which version is being rolled out, and which one it replaces.
//!
//! Invariant: a version alone on all pods is no candidate, however its pods do; only what still has an older version beside
//! it, or never got a pod of its own, is under way.

use super::status::{Status, status};
use crate::domain::artifact::Image;
use crate::domain::cluster::{ReplicaSet, Snapshot};
use crate::domain::record::{Ended, Record, Version};
use crate::strategy::earlier::{Destination, Earlier};
use crate::strategy::side::Side;

/// The Deployment as a rollout.
pub(super) struct State<'a> {
    pub(super) side: Side<'a>,
    pub(super) status: Status,
    /// The version that serves while another is rolled out; `None` where the present one is alone.
    pub(super) before: Option<Before<'a>>,
}

/// A version that is being replaced.
pub(super) struct Before<'a> {
    pub(super) image: Image,
    /// Its ReplicaSet, where it is still there.
    pub(super) set: Option<&'a ReplicaSet>,
    /// As the record kept it when the release began.
    pub(super) recorded: Option<&'a Version>,
}

impl<'a> State<'a> {
    pub(super) fn of(seen: &'a Snapshot, side: Side<'a>) -> Self {
        let status = status(side.deployment);
        let before = match status {
            Status::Complete => None,
            Status::Unseen
            | Status::Exceeded
            | Status::Updating
            | Status::Terminating
            | Status::Unavailable => before(seen, &side, status),
        };
        Self {
            side,
            status,
            before,
        }
    }

    /// The version that serves between releases, by its image.
    pub(super) fn stable_image(&self) -> &Image {
        self.before
            .as_ref()
            .map_or(&self.side.image, |before| &before.image)
    }
}

impl Before<'_> {
    /// Its template, with what a person should know of it.
    pub(super) fn destination(&self, earlier: Earlier<'_, '_>) -> (Destination, Vec<String>) {
        match self.set.and_then(|set| earlier.of_set(set)) {
            Some(destination) => (destination, Vec::new()),
            None => earlier.of_version(&Version {
                image: self.image.clone(),
                template: self
                    .recorded
                    .map(|version| version.template.clone())
                    .unwrap_or_default(),
            }),
        }
    }
}

/// The version beside the present one: the one that the record kept, else the older one with the most available pods.
fn before<'a>(seen: &'a Snapshot, side: &Side<'a>, status: Status) -> Option<Before<'a>> {
    let earlier = Earlier {
        seen,
        side,
        record: seen.record.record(),
    };
    let recorded = earlier.record.and_then(|record| began_after(record, side));
    let beside = older_with_pods(seen, side);
    let kept = recorded.and_then(|version| {
        let set = seen
            .replica_sets_of(side.deployment)
            .find(|set| set.hash == version.template);
        let still_there = beside.is_some() || status == Status::Exceeded || is_unmade(seen, side);
        still_there.then(|| Before {
            image: version.image.clone(),
            set,
            recorded,
        })
    });
    kept.or_else(|| {
        let set = beside?;
        Some(Before {
            image: earlier.image_of(set)?,
            set: Some(set),
            recorded: None,
        })
    })
}

/// What ran when the release began that is being rolled out.
fn began_after<'a>(record: &'a Record, side: &Side<'_>) -> Option<&'a Version> {
    let release = record.release_of(&side.image)?;
    let version = record.stable_before.as_ref()?;
    let is_running = release.ended == Ended::Running && !version.image.same_build(&side.image);
    is_running.then_some(version)
}

fn older_with_pods<'a>(seen: &'a Snapshot, side: &Side<'a>) -> Option<&'a ReplicaSet> {
    let present = side.present_set(seen).map(|set| &set.uid);
    seen.replica_sets_of(side.deployment)
        .filter(|set| Some(&set.uid) != present && set.replicas > 0)
        .max_by_key(|set| (set.available, set.revision))
}

/// Whether the controller has not made a ReplicaSet of the present template yet.
fn is_unmade(seen: &Snapshot, side: &Side<'_>) -> bool {
    side.present_set(seen).is_none()
}
