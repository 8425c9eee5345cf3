//! A change of the wished number while a Deployment is paused or between two templates: all sets share it.

use std::sync::Arc;

use serde_json::Value;

use super::replica_sets::{DESIRED, MAX, ReplicaSets, wished_of};
use crate::demo::controllers::object::number;
use crate::demo::kube_api::Store;

/// Scales the sets to the wished number: the only active one alone, otherwise each by its share.
pub(crate) fn scale(store: &Store, deployment: &Value, sets: &mut ReplicaSets) {
    let active: Vec<Arc<Value>> = sets
        .all()
        .filter(|set| wished_of(set) > 0)
        .cloned()
        .collect();
    if active.len() <= 1 {
        let only = active
            .first()
            .or(sets.new.as_ref())
            .or(sets.old.last())
            .cloned();
        if let Some(only) = only {
            sets.scale(store, deployment, &only, sets.bounds.replicas);
        }
        return;
    }
    if sets
        .new
        .as_ref()
        .is_some_and(|new| is_saturated(new, sets.bounds.replicas))
    {
        for set in sets.old.iter().filter(|set| wished_of(set) > 0) {
            sets.scale(store, deployment, set, 0);
        }
        return;
    }
    if !sets.bounds.recreates {
        share(store, deployment, sets, active);
    }
}

fn is_saturated(set: &Value, replicas: i64) -> bool {
    let scaled_for = set["metadata"]["annotations"][DESIRED].as_str();
    wished_of(set) == replicas
        && scaled_for == Some(replicas.to_string().as_str())
        && number(&set["status"], "availableReplicas") == replicas
}

/// Spreads what is to be added or taken over the sets by their sizes, the largest first; the rest goes to the largest.
fn share(store: &Store, deployment: &Value, sets: &ReplicaSets, mut active: Vec<Arc<Value>>) {
    active.sort_by_key(|set| std::cmp::Reverse(wished_of(set)));
    let allowed = if sets.bounds.replicas > 0 {
        sets.bounds.most
    } else {
        0
    };
    let mut left = allowed - sets.wished();
    let mut sizes = Vec::with_capacity(active.len());
    for set in &active {
        let wished = wished_of(set);
        let before = set["metadata"]["annotations"][MAX]
            .as_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or(wished);
        let fair = rounded(
            wished.saturating_mul(sets.bounds.most),
            before.clamp(1, i64::from(i32::MAX)),
        ) - wished;
        let part = if left >= 0 {
            fair.clamp(0, left)
        } else {
            fair.clamp(left, 0)
        };
        left -= part;
        sizes.push(wished + part);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + left).max(0);
    }
    for (set, size) in active.iter().zip(sizes) {
        sets.scale(store, deployment, set, size);
    }
}

fn rounded(dividend: i64, divisor: i64) -> i64 {
    dividend.saturating_mul(2).saturating_add(divisor) / (2 * divisor)
}
