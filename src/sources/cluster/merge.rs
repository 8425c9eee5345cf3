//! Joins the parts of an environment into one snapshot.

use crate::domain::cluster::{Deployment, Pod, ReplicaSet, Route, Snapshot};
use crate::domain::record::RecordRead;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What was found of one side.
#[derive(Default)]
pub(super) struct Found {
    pub(super) deployment: Option<Deployment>,
    pub(super) replica_sets: Vec<ReplicaSet>,
    pub(super) pods: Vec<Pod>,
}

/// Joins all sides. Selectors may overlap: what is kept is what the Deployments own, each once, under its owner's side.
pub(super) fn assemble(
    sides: impl IntoIterator<Item = Found>,
    route: Option<Route>,
    record: RecordRead,
    at: Timestamp,
) -> Snapshot {
    let mut snapshot = Snapshot {
        at,
        deployments: Vec::new(),
        replica_sets: Vec::new(),
        pods: Vec::new(),
        route,
        endpoints: None,
        autoscalers: None,
        record,
    };
    for found in sides {
        let Some(deployment) = found.deployment else {
            continue;
        };
        let owned = found
            .replica_sets
            .into_iter()
            .filter(|set| set.owner_uid == deployment.uid);
        let sets: BTreeMap<String, ReplicaSet> = owned.map(|set| (set.uid.clone(), set)).collect();
        let pods = found
            .pods
            .into_iter()
            .filter(|pod| sets.contains_key(&pod.owner_uid));
        snapshot.pods.extend(pods);
        snapshot.replica_sets.extend(sets.into_values());
        snapshot.deployments.push(deployment);
    }
    snapshot.pods.sort_by(|a, b| a.name.cmp(&b.name));
    snapshot.replica_sets.sort_by(|a, b| a.name.cmp(&b.name));
    snapshot
}
