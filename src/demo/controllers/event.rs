//! Events: what controllers tell about the objects they act on, for people to read.

use serde_json::{Value, json};

use super::object::{name, namespace, uid};
use crate::demo::kube_api::{Key, Resource, Store, now};

/// How many events are kept; when there are more, the oldest go.
const KEPT: usize = 2000;

/// What happened, and who tells it.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Who tells it, such as `deployment-controller`.
    pub component: &'a str,
    /// `Normal` or `Warning`.
    pub kind: &'a str,
    /// One word, such as `Scalingreplica set`.
    pub reason: &'a str,
}

/// Writes an event about `object`.
pub fn note(store: &Store, object: &Value, cause: Cause<'_>, message: &str) {
    prune(store);
    let now = now();
    let event = json!({
        "metadata": { "generateName": format!("{}.", name(object)), "namespace": namespace(object) },
        "involvedObject": { "apiVersion": object["apiVersion"], "kind": object["kind"], "name": name(object),
            "namespace": namespace(object), "uid": uid(object), "resourceVersion": object["metadata"]["resourceVersion"] },
        "reason": cause.reason, "message": message, "type": cause.kind, "count": 1,
        "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
        "source": { "component": cause.component }, "reportingComponent": cause.component, "reportingInstance": "",
    });
    // The name is generated and the namespace need not exist, so nothing can be refused.
    drop(store.create(Resource::Events, event));
}

fn prune(store: &Store) {
    if store.count(Resource::Events) <= KEPT {
        return;
    }
    let mut events = store.list(Resource::Events, None);
    events.sort_by_key(|event| {
        event["metadata"]["resourceVersion"]
            .as_str()
            .and_then(|version| version.parse::<u64>().ok())
    });
    for event in events.iter().take(KEPT / 4) {
        // One that went in the meantime is what was wanted.
        drop(store.delete(&Key::of(Resource::Events, event)));
    }
}
