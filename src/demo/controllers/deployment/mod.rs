//! Deployments: one replica set per pod template, replaced one by another as the strategy allows.

mod conditions;
mod proportion;
mod replica_sets;
mod revision;
mod rolling;
mod status;
mod template;

use std::time::Duration;

use serde_json::Value;

use self::replica_sets::ReplicaSets;
use super::drive::Controller;
use super::object::{is_going, owner_key};
use crate::demo::kube_api::{Key, Resource, Store};

/// Who is named in events.
const TELLS: &str = "deployment-controller";

/// The hash that names the replica set of a template.
pub(crate) fn template_hash(template: &Value) -> String {
    template::hash(template, 0)
}

/// Keeps each Deployment's replica sets.
pub(crate) struct DeploymentController;

impl Controller for DeploymentController {
    const WATCHES: &'static [Resource] =
        &[Resource::Deployments, Resource::ReplicaSets, Resource::Pods];

    fn affected(&self, store: &Store, resource: Resource, object: &Value) -> Vec<Key> {
        match resource {
            Resource::Deployments => vec![Key::of(resource, object)],
            Resource::Pods => waiting_for(store, object).into_iter().collect(),
            _ => owner_key(object, Resource::Deployments)
                .into_iter()
                .collect(),
        }
    }

    fn reconcile(&self, store: &Store, key: &Key) -> Option<Duration> {
        let deployment = store.get(key).filter(|deployment| !is_going(deployment))?;
        let paused = deployment["spec"]["paused"] == true;
        conditions::tell_paused(store, key, &deployment);
        let mut sets = ReplicaSets::read(store, &deployment);
        if paused || (!sets.bounds.recreates && sets.is_scaling()) {
            // Neither a new revision nor progress: only the number of pods follows.
            revision::sync_existing(store, &deployment, &mut sets);
            proportion::scale(store, &deployment, &mut sets);
        } else {
            revision::ensure(store, &deployment, &mut sets);
            rolling::step(store, &deployment, &mut sets);
        }
        let wait = status::write(store, key, &deployment);
        if !paused {
            revision::forget_old(store, key);
        }
        wait
    }
}

/// The Deployment that waits for this very pod to end: one that recreates.
fn waiting_for(store: &Store, pod: &Value) -> Option<Key> {
    let set = store.get(&owner_key(pod, Resource::ReplicaSets)?)?;
    let key = owner_key(&set, Resource::Deployments)?;
    store
        .get(&key)
        .filter(|deployment| deployment["spec"]["strategy"]["type"] == "Recreate")
        .map(|_| key)
}
