//! Revisions: the number of each pod template's latest turn, on its replica set and on the Deployment.
//!
//! A template that comes back takes its old replica set and the next number; the old number goes into the set's history.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::conditions::{self, Progress};
use super::replica_sets::{DESIRED, MAX, ReplicaSets, revision_of, tell_scaled, wished_of};
use super::rolling::first_size;
use super::template::{self, HASH_LABEL};
use crate::demo::controllers::object::{name, namespace, number, owned_by};
use crate::demo::kube_api::{Key, Resource, Store, StoreError};

/// The annotation that has the number.
pub(crate) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// What a replica set does not take over from its Deployment's annotations.
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
    "deprecated.deployment.rollback.to",
];

/// Makes sure that the Deployment's template has its replica set, with the newest revision.
pub(crate) fn ensure(store: &Store, deployment: &Value, sets: &mut ReplicaSets) {
    if sets.new.is_some() {
        sync_existing(store, deployment, sets);
    } else {
        create(store, deployment, sets);
    }
}

fn next(sets: &ReplicaSets) -> u64 {
    sets.old
        .iter()
        .map(|set| revision_of(set))
        .max()
        .unwrap_or(0)
        + 1
}

/// Gives the template's replica set, if there is one, the newest revision and the Deployment's annotations.
pub(crate) fn sync_existing(store: &Store, deployment: &Value, sets: &mut ReplicaSets) {
    let Some(set) = sets.new.clone() else { return };
    let number = next(sets).max(revision_of(&set));
    let edited = store.edit(&Key::of(Resource::ReplicaSets, &set), |set| {
        let annotations = &mut set["metadata"]["annotations"];
        for (name, value) in copied(deployment) {
            annotations[name] = value;
        }
        let before = annotations[REVISION].as_str().map(str::to_owned);
        if let Some(before) = before.filter(|before| *before != number.to_string()) {
            let history = annotations[HISTORY]
                .as_str()
                .filter(|history| !history.is_empty());
            annotations[HISTORY] = json!(
                history.map_or_else(|| before.clone(), |history| format!("{history},{before}"))
            );
        }
        annotations[REVISION] = json!(number.to_string());
        set["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"].clone();
        drop_null(&mut set["spec"], "minReadySeconds");
    });
    if let Ok(edited) = edited {
        sets.new = Some(edited);
    }
    write_number(store, deployment, number);
    conditions::tell(store, deployment, &Progress::Found(name(&set).to_owned()));
}

fn drop_null(map: &mut Value, field: &str) {
    if map[field].is_null()
        && let Some(map) = map.as_object_mut()
    {
        map.remove(field);
    }
}

fn copied(deployment: &Value) -> Map<String, Value> {
    let annotations = deployment["metadata"]["annotations"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    annotations
        .into_iter()
        .filter(|(name, _)| !NOT_COPIED.contains(&name.as_str()))
        .collect()
}

fn write_number(store: &Store, deployment: &Value, number: u64) {
    // A Deployment that went in the meantime needs no number.
    let _gone = store.edit(&Key::of(Resource::Deployments, deployment), |deployment| {
        deployment["metadata"]["annotations"][REVISION] = json!(number.to_string());
    });
}

fn create(store: &Store, deployment: &Value, sets: &mut ReplicaSets) {
    let (number, size) = (next(sets), first_size(store, sets));
    for collisions in 0..16 {
        let wanted = new_set(deployment, sets, number, Turn { size, collisions });
        match store.create(Resource::ReplicaSets, wanted) {
            Ok(set) => {
                write_number(store, deployment, number);
                conditions::tell(store, deployment, &Progress::Created(name(&set).to_owned()));
                if wished_of(&set) > 0 {
                    tell_scaled(store, deployment, name(&set), 0, wished_of(&set));
                }
                sets.new = Some(set);
                return;
            }
            // Another template has the same hash, or a set of that name belongs to somebody else.
            Err(StoreError::AlreadyExists(_)) => {}
            Err(StoreError::NotFound(_) | StoreError::Nameless) => return,
        }
    }
}

/// With how many pods a new set begins, and how often its hash was taken already.
#[derive(Clone, Copy)]
struct Turn {
    size: i64,
    collisions: u32,
}

fn new_set(deployment: &Value, sets: &ReplicaSets, number: u64, turn: Turn) -> Value {
    let spec = &deployment["spec"];
    let hash = template::hash(&spec["template"], turn.collisions);
    let mut pods = spec["template"].clone();
    pods["metadata"]["labels"][HASH_LABEL] = json!(hash);
    let mut selector = spec["selector"].clone();
    selector["matchLabels"][HASH_LABEL] = json!(hash);
    let mut annotations = copied(deployment);
    annotations.insert(REVISION.to_owned(), json!(number.to_string()));
    annotations.insert(DESIRED.to_owned(), json!(sets.bounds.replicas.to_string()));
    annotations.insert(MAX.to_owned(), json!(sets.bounds.most.to_string()));
    let mut set = json!({
        "metadata": { "name": format!("{}-{hash}", name(deployment)), "namespace": namespace(deployment),
            "labels": pods["metadata"]["labels"], "annotations": annotations, "ownerReferences": owned_by(deployment) },
        "spec": { "replicas": turn.size, "selector": selector, "template": pods },
    });
    if !spec["minReadySeconds"].is_null() {
        set["spec"]["minReadySeconds"] = spec["minReadySeconds"].clone();
    }
    set
}

/// Removes the oldest empty replica sets of a finished Deployment beyond its history limit.
pub(crate) fn forget_old(store: &Store, key: &Key) {
    let Some(deployment) = store.get(key) else {
        return;
    };
    if !conditions::is_complete(&deployment, &deployment["status"]) {
        return;
    }
    let sets = ReplicaSets::read(store, &deployment);
    let mut empty: Vec<&Arc<Value>> = sets
        .old
        .iter()
        .filter(|set| wished_of(set) == 0 && number(&set["status"], "replicas") == 0)
        .collect();
    empty.sort_by_key(|set| revision_of(set));
    let limit =
        usize::try_from(number(&deployment["spec"], "revisionHistoryLimit")).unwrap_or(usize::MAX);
    let surplus = sets.old.len().saturating_sub(limit);
    for set in empty.into_iter().take(surplus) {
        // One that went in the meantime is what was wanted.
        drop(store.delete(&Key::of(Resource::ReplicaSets, set)));
    }
}
