//! What the Deployments run when a plan has ended: the templates and digests that the record remembers.

use super::context::Context;
use crate::domain::artifact::Image;
use crate::domain::cluster::{Deployment, Snapshot};
use crate::strategy::record_change::Ran;
use std::collections::BTreeMap;

/// Per Deployment; empty where the environment could not be read.
pub(super) fn ran(context: &Context, seen: Option<&Snapshot>) -> BTreeMap<String, Ran> {
    let Some(seen) = seen else {
        return BTreeMap::new();
    };
    let strategy = context.strategy();
    strategy
        .deployments()
        .into_iter()
        .filter_map(|(_, name)| seen.deployment(name))
        .filter_map(|deployment| {
            Some((
                deployment.name.clone(),
                one(seen, deployment, strategy.container())?,
            ))
        })
        .collect()
}

fn one(seen: &Snapshot, deployment: &Deployment, container: &str) -> Option<Ran> {
    let found = deployment
        .containers
        .iter()
        .find(|found| found.name == container)?;
    let image = Image::parse(&found.image).ok()?;
    let is_seen = deployment.observed_generation >= deployment.generation;
    let set = seen.replica_sets_of(deployment).find(|set| {
        is_seen && deployment.revision.is_some() && set.revision == deployment.revision
    });
    let digest = set.and_then(|set| {
        let mut pods = seen.pods.iter().filter(|pod| pod.owner_uid == set.uid);
        pods.find_map(|pod| pod.digest.clone())
    });
    Some(Ran {
        image,
        template: set.map(|set| set.hash.clone()),
        digest,
    })
}
