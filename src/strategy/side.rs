//! One Deployment as an engine sees it: what it runs, how far its controller is, and what a write to it is guarded with.

use super::refusal::{Reason, Refusal};
use super::step::Workload;
use crate::domain::artifact::Image;
use crate::domain::cluster::{Deployment, Pod, ReplicaSet, Snapshot};
use crate::domain::record::Version;
use crate::domain::rollout::TrackState;

/// A Deployment whose release container was found.
#[derive(Clone)]
pub(super) struct Side<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) container_index: usize,
    pub(super) container: &'a str,
    pub(super) image: Image,
}

impl<'a> Side<'a> {
    /// The guard of a write to it.
    pub(super) fn workload(&self) -> Workload {
        Workload {
            deployment: self.deployment.name.clone(),
            uid: self.deployment.uid.clone(),
            generation: self.deployment.generation,
            container_index: self.container_index,
            container: self.container.to_owned(),
            plan: self.deployment.plan.clone(),
            has_annotations: self.deployment.has_annotations,
        }
    }

    /// The ReplicaSet with its present template, once its controller has made it.
    pub(super) fn present_set(&self, seen: &'a Snapshot) -> Option<&'a ReplicaSet> {
        let own = |set: &&ReplicaSet| set.template == self.deployment.template;
        seen.replica_sets_of(self.deployment)
            .find(own)
            .or_else(|| self.set_of_revision(seen))
    }

    /// Pods available that run its present template.
    pub(super) fn available(&self, seen: &'a Snapshot) -> u32 {
        match self.present_set(seen) {
            Some(set) => set.available,
            None if seen.replica_sets_of(self.deployment).next().is_some() => 0,
            None => self.deployment.counted.available,
        }
    }

    /// Whether its controller is still putting the present template in.
    pub(super) fn is_rolling(&self) -> bool {
        let Deployment {
            counted,
            replicas,
            generation,
            observed_generation,
            ..
        } = self.deployment;
        observed_generation < generation
            || counted.updated < *replicas
            || counted.total > counted.updated
    }

    fn set_of_revision(&self, seen: &'a Snapshot) -> Option<&'a ReplicaSet> {
        let deployment = self.deployment;
        if deployment.observed_generation < deployment.generation {
            return None;
        }
        seen.replica_sets_of(deployment).find(|set| {
            set.revision.is_some()
                && set.revision == deployment.revision
                && set.containers == deployment.containers
        })
    }

    /// What it runs, as the record keeps it.
    pub(super) fn version(&self, seen: &'a Snapshot) -> Version {
        let set = self.present_set(seen);
        Version {
            image: self.image.clone(),
            template: set.map(|set| set.hash.clone()).unwrap_or_default(),
        }
    }

    /// A Deployment whose `spec.paused` is set takes a template and rolls nothing out.
    pub(super) fn is_not_halted(&self, cure: &str) -> Result<(), Refusal> {
        let name = &self.deployment.name;
        if self.deployment.paused {
            Err(Refusal::new(
                Reason::Paused,
                format!("deployment {name} is paused itself: it would roll nothing out"),
            )
            .hint(cure))
        } else {
            Ok(())
        }
    }
}

/// The Deployment of that name with its release's container; what is missing, in words.
pub(super) fn side<'a>(
    seen: &'a Snapshot,
    name: &str,
    container: &'a str,
) -> Result<Side<'a>, String> {
    let deployment = seen
        .deployment(name)
        .ok_or_else(|| format!("deployment {name} is not there"))?;
    let (container_index, found) = deployment
        .containers
        .iter()
        .enumerate()
        .find(|(_, candidate)| candidate.name == container)
        .ok_or_else(|| format!("deployment {name} has no container {container}"))?;
    let image = Image::parse(&found.image)
        .map_err(|fault| format!("container {container} of deployment {name}: {fault}"))?;
    Ok(Side {
        deployment,
        container_index,
        container,
        image,
    })
}

/// What a side runs, and how many pods of it.
pub(super) fn track_state(side: &Side<'_>, seen: &Snapshot) -> TrackState {
    let set = side.present_set(seen);
    let pods: Vec<&Pod> = seen.pods_of(side.deployment).collect();
    TrackState {
        deployment: side.deployment.name.clone(),
        image: side.image.clone(),
        digest: digest(&side.image, set, seen),
        hash: set.map(|set| set.hash.clone()),
        desired: side.deployment.replicas,
        ready: side.deployment.counted.ready,
        available: side.deployment.counted.available,
        restarts: pods.iter().map(|pod| pod.restarts).sum(),
    }
}

/// The digest of an image: its own, or what the pods of its ReplicaSet report.
pub(super) fn digest(image: &Image, set: Option<&ReplicaSet>, seen: &Snapshot) -> Option<String> {
    let own = |pod: &&Pod| set.is_some_and(|set| set.uid == pod.owner_uid);
    let reported = || one_digest(seen.pods.iter().filter(own));
    image.digest.clone().or_else(reported)
}

/// The digest that all these pods report, where they agree.
fn one_digest<'a>(mut pods: impl Iterator<Item = &'a Pod>) -> Option<String> {
    let first = pods.find_map(|pod| pod.digest.as_ref())?;
    pods.all(|pod| pod.digest.as_ref().is_none_or(|digest| digest == first))
        .then(|| first.clone())
}
