//! What all controllers share: changes of the kinds they watch become keys, and each key is reconciled once per batch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, BoxStream, SelectAll, StreamExt};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::demo::kube_api::{Change, Key, Resource, Store};

/// One controller.
pub(crate) trait Controller: Send {
    /// The kinds whose changes matter.
    const WATCHES: &'static [Resource];

    /// The objects to reconcile because `object`, of kind `resource`, is or was like this.
    fn affected(&self, store: &Store, resource: Resource, object: &Value) -> Vec<Key>;

    /// Brings the world nearer to what the object wishes; says when to look again without a change.
    fn reconcile(&self, store: &Store, key: &Key) -> Option<Duration>;
}

/// An object as it is or was, and its kind.
pub(crate) type Seen = (Resource, Vec<Arc<Value>>);

/// Runs a controller until `stop`.
pub(crate) async fn drive<C: Controller>(store: Store, controller: C, stop: CancellationToken) {
    let mut inbox: SelectAll<BoxStream<'static, Seen>> = C::WATCHES
        .iter()
        .map(|resource| objects(store.clone(), *resource))
        .collect();
    let mut later: BTreeMap<Key, Instant> = BTreeMap::new();
    loop {
        let next = later.values().min().copied();
        let seen = tokio::select! {
            () = stop.cancelled() => return,
            seen = inbox.next() => seen,
            () = at(next) => None,
        };
        let mut keys: BTreeSet<Key> = due(&mut later);
        if let Some((resource, objects)) = seen {
            keys.extend(
                objects
                    .iter()
                    .flat_map(|object| controller.affected(&store, resource, object)),
            );
        }
        for key in keys {
            later.remove(&key);
            if let Some(delay) = controller.reconcile(&store, &key) {
                later.insert(key, Instant::now() + delay);
            }
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn due(later: &mut BTreeMap<Key, Instant>) -> BTreeSet<Key> {
    let now = Instant::now();
    let keys: BTreeSet<Key> = later
        .iter()
        .filter(|(_, time)| **time <= now)
        .map(|(key, _)| key.clone())
        .collect();
    later.retain(|key, _| !keys.contains(key));
    keys
}

/// All objects of a kind, then each as it was and as it became; all again where history was cut.
fn objects(store: Store, resource: Resource) -> BoxStream<'static, Seen> {
    let start = None;
    let batches = stream::unfold((store, start), move |(store, subscription)| async move {
        if let Some(mut subscription) = subscription {
            let subscribed: &mut crate::demo::kube_api::Subscription = &mut subscription;
            if let Ok(changes) = subscribed.next().await {
                return Some((
                    (resource, both_sides(&changes)),
                    (store, Some(subscription)),
                ));
            }
        }
        let (snapshot, subscription) = store.list_and_subscribe(resource, None);
        Some(((resource, snapshot.items), (store, Some(subscription))))
    });
    batches.boxed()
}

/// Each object as it became, and as it was where that may concern others: where its labels or owners moved.
fn both_sides(changes: &[Arc<Change>]) -> Vec<Arc<Value>> {
    let moved = |old: &Value, new: &Value| {
        let (old, new) = (&old["metadata"], &new["metadata"]);
        old["labels"] != new["labels"] || old["ownerReferences"] != new["ownerReferences"]
    };
    let before = |change: &Arc<Change>| {
        change
            .previous
            .clone()
            .filter(|previous| moved(previous, &change.object))
    };
    changes
        .iter()
        .flat_map(|change| {
            before(change)
                .into_iter()
                .chain([Arc::clone(&change.object)])
        })
        .collect()
}
