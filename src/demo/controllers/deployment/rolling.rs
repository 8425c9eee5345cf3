//! The rolling update: new pods as the surge allows, old pods as far as enough stay available. And its blunt sister, Recreate.

use std::sync::Arc;

use serde_json::Value;

use super::replica_sets::{ReplicaSets, wished_of};
use crate::demo::controllers::object::number;
use crate::demo::kube_api::Store;

/// The number of pods a new replica set begins with.
pub(crate) fn first_size(store: &Store, sets: &ReplicaSets) -> i64 {
    if sets.bounds.recreates {
        return if sets.has_old_pods(store) {
            0
        } else {
            sets.bounds.replicas
        };
    }
    (sets.bounds.most - sets.wished()).clamp(0, sets.bounds.replicas)
}

/// One step: the new set grows, or else the old ones shrink.
pub(crate) fn step(store: &Store, deployment: &Value, sets: &mut ReplicaSets) {
    let Some(new) = sets.new.clone() else { return };
    if sets.bounds.recreates {
        recreate(store, deployment, sets, &new);
        return;
    }
    let size = new_size(sets, &new);
    if size != wished_of(&new) {
        sets.scale(store, deployment, &new, size);
        return;
    }
    shrink_old(store, deployment, sets, &new);
}

fn new_size(sets: &ReplicaSets, new: &Value) -> i64 {
    let (wished, bounds) = (wished_of(new), sets.bounds);
    if wished >= bounds.replicas {
        return bounds.replicas;
    }
    let room = bounds.most - sets.wished();
    wished + room.clamp(0, bounds.replicas - wished)
}

fn recreate(store: &Store, deployment: &Value, sets: &ReplicaSets, new: &Arc<Value>) {
    for set in sets.old.iter().filter(|set| wished_of(set) > 0) {
        sets.scale(store, deployment, set, 0);
    }
    if !sets.has_old_pods(store) && wished_of(new) != sets.bounds.replicas {
        sets.scale(store, deployment, new, sets.bounds.replicas);
    }
}

/// Old pods that are not available go first, of whichever set; then as many as those that are available can spare.
fn shrink_old(store: &Store, deployment: &Value, sets: &ReplicaSets, new: &Value) {
    let new_missing = wished_of(new) - number(&new["status"], "availableReplicas");
    let most = sets.wished() - sets.bounds.least_available - new_missing;
    if most <= 0 || sets.old.iter().all(|set| wished_of(set) == 0) {
        return;
    }
    let mut sizes: Vec<i64> = sets.old.iter().map(|set| wished_of(set)).collect();
    let mut left = most;
    for (size, set) in sizes.iter_mut().zip(&sets.old) {
        let unavailable = (*size - number(&set["status"], "availableReplicas")).clamp(0, left);
        *size -= unavailable;
        left -= unavailable;
    }
    let mut spare = sets.available() - sets.bounds.least_available;
    for size in &mut sizes {
        let taken = spare.clamp(0, *size);
        *size -= taken;
        spare -= taken;
    }
    for (size, set) in sizes
        .into_iter()
        .zip(&sets.old)
        .filter(|(size, set)| *size != wished_of(set))
    {
        sets.scale(store, deployment, set, size);
    }
}
