//! What a removed object owned goes with it.

use std::sync::Arc;

use futures_util::FutureExt;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::object::{is_going, number, owned};
use crate::demo::kube_api::{Change, ChangeKind, Key, Resource, Store, Subscription};

/// Owners, and the kind of what they own.
const OWNERS: [(Resource, Resource); 3] = [
    (Resource::Deployments, Resource::ReplicaSets),
    (Resource::ReplicaSets, Resource::Pods),
    (Resource::Services, Resource::EndpointSlices),
];

/// Removes what removed objects owned, until `stop`.
pub(crate) async fn collect(store: Store, stop: CancellationToken) {
    let tasks = OWNERS.map(|(owner, kind)| collect_from(store.clone(), owner, kind).boxed());
    tokio::select! {
        () = stop.cancelled() => {}
        _ = futures_util::future::join_all(tasks) => {}
    }
}

async fn collect_from(store: Store, owner: Resource, kind: Resource) {
    let mut subscription = subscribe(&store, owner);
    loop {
        // Where history was cut, the removals in it are lost: what they owned stays.
        let Ok(changes) = subscription.next().await else {
            subscription = subscribe(&store, owner);
            continue;
        };
        for gone in changes
            .iter()
            .filter(|change| change.kind == ChangeKind::Deleted)
        {
            remove_owned(&store, kind, gone);
        }
    }
}

fn subscribe(store: &Store, owner: Resource) -> Subscription {
    store.list_and_subscribe(owner, None).1
}

fn remove_owned(store: &Store, kind: Resource, gone: &Arc<Change>) {
    for object in owned(store, kind, &gone.object) {
        let key = Key::of(kind, &object);
        // An object that went in the meantime is what was wanted.
        drop(if kind == Resource::Pods {
            end(store, &key, &object)
        } else {
            store.delete(&key).ok()
        });
    }
}

fn end(store: &Store, key: &Key, pod: &Value) -> Option<Arc<Value>> {
    let grace = u32::try_from(number(&pod["spec"], "terminationGracePeriodSeconds")).unwrap_or(30);
    if is_going(pod) {
        None
    } else {
        store.terminate(key, grace).ok()
    }
}
