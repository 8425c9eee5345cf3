//! Replica sets: as many pods as wished, each named after its set, and a status that counts them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::drive::Controller;
use super::event::{Cause, note};
use super::object::{
    condition, is_going, is_ready, name, namespace, number, owned, owned_by, owner_key,
    seconds_since,
};
use crate::demo::kube_api::{Key, Resource, Store, now};

/// Where pods run in a world without nodes.
const NODE: &str = "demo-node";
/// The most pods one set gets, as a quota would have it: a world on one machine.
const MOST: usize = 1000;
const TELLS: &str = "replicaset-controller";

/// Keeps each replica set's pods.
pub(crate) struct ReplicaSetController;

impl Controller for ReplicaSetController {
    const WATCHES: &'static [Resource] = &[Resource::ReplicaSets, Resource::Pods];

    fn affected(&self, _store: &Store, resource: Resource, object: &Value) -> Vec<Key> {
        match resource {
            Resource::ReplicaSets => vec![Key::of(resource, object)],
            _ => owner_key(object, Resource::ReplicaSets)
                .into_iter()
                .collect(),
        }
    }

    fn reconcile(&self, store: &Store, key: &Key) -> Option<Duration> {
        let set = store.get(key).filter(|set| !is_going(set))?;
        let pods = active(store, &set);
        let wished = wished(&set).min(MOST);
        for _ in pods.len()..wished {
            create_pod(store, &set);
        }
        if pods.len() > wished {
            delete_pods(store, &set, pods.clone(), pods.len() - wished);
        }
        write_status(store, key, &set)
    }
}

fn wished(set: &Value) -> usize {
    usize::try_from(number(&set["spec"], "replicas")).unwrap_or(0)
}

/// The pods that count: neither ended nor being deleted.
fn active(store: &Store, set: &Value) -> Vec<Arc<Value>> {
    let mut pods = owned(store, Resource::Pods, set);
    pods.retain(|pod| {
        !is_going(pod)
            && !matches!(
                pod["status"]["phase"].as_str(),
                Some("Succeeded" | "Failed")
            )
    });
    pods
}

fn node(store: &Store) -> String {
    let nodes = store.list(Resource::Nodes, None);
    let pods = store.list(Resource::Pods, None);
    let load = |node: &str| {
        pods.iter()
            .filter(|pod| pod["spec"]["nodeName"] == node)
            .count()
    };
    let least = nodes
        .iter()
        .map(|node| name(node))
        .min_by_key(|node| load(node));
    least.unwrap_or(NODE).to_owned()
}

fn create_pod(store: &Store, set: &Value) {
    let template = &set["spec"]["template"];
    let now = now();
    let mut pod = json!({
        "metadata": { "generateName": format!("{}-", name(set)), "namespace": namespace(set),
            "labels": template["metadata"]["labels"], "ownerReferences": owned_by(set) },
        "spec": template["spec"],
        "status": { "phase": "Pending", "qosClass": "BestEffort", "conditions": [
            { "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now }] },
    });
    if template["metadata"]["annotations"].is_object() {
        pod["metadata"]["annotations"] = template["metadata"]["annotations"].clone();
    }
    if pod["spec"]["nodeName"].is_null() {
        pod["spec"]["nodeName"] = json!(node(store));
    }
    if let Ok(pod) = store.create(Resource::Pods, pod) {
        let cause = Cause {
            component: TELLS,
            kind: "Normal",
            reason: "SuccessfulCreate",
        };
        note(store, set, cause, &format!("Created pod: {}", name(&pod)));
    }
}

/// Marks `count` of the pods as being deleted: those that are not ready first, then the youngest.
fn delete_pods(store: &Store, set: &Value, mut pods: Vec<Arc<Value>>, count: usize) {
    pods.sort_by_key(|pod| {
        let age = seconds_since(&pod["metadata"]["creationTimestamp"]);
        (
            is_ready(pod),
            pod["status"]["phase"] == "Running",
            age,
            name(pod).to_owned(),
        )
    });
    for pod in pods.iter().take(count) {
        let grace =
            u32::try_from(number(&pod["spec"], "terminationGracePeriodSeconds")).unwrap_or(30);
        if store
            .terminate(&Key::of(Resource::Pods, pod), grace)
            .is_ok()
        {
            let cause = Cause {
                component: TELLS,
                kind: "Normal",
                reason: "SuccessfulDelete",
            };
            note(store, set, cause, &format!("Deleted pod: {}", name(pod)));
        }
    }
}

/// Counts the pods; gives the time until a ready pod will be available.
fn write_status(store: &Store, key: &Key, set: &Value) -> Option<Duration> {
    let pods = active(store, set);
    let wait = number(&set["spec"], "minReadySeconds");
    let ready: Vec<_> = pods.iter().filter(|pod| is_ready(pod)).collect();
    let missing =
        |pod: &Value| wait - seconds_since(&condition(pod, "Ready")["lastTransitionTime"]);
    let soon = if wait > 0 {
        ready
            .iter()
            .map(|pod| missing(pod))
            .filter(|missing| *missing > 0)
            .min()
    } else {
        None
    };
    let available = ready
        .iter()
        .filter(|pod| wait == 0 || missing(pod) <= 0)
        .count();
    // The set is read again under the store's lock: only its status is written.
    let _gone = store.edit(key, |object| {
        let mut status =
            json!({ "replicas": pods.len(), "observedGeneration": set["metadata"]["generation"] });
        for (field, count) in [
            ("fullyLabeledReplicas", pods.len()),
            ("readyReplicas", ready.len()),
            ("availableReplicas", available),
        ] {
            if count > 0 {
                status[field] = json!(count);
            }
        }
        if wished(set) > MOST {
            status["conditions"] = json!([{ "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
                "message": format!("pods is forbidden: exceeded quota: demo, limited: pods={MOST}") }]);
        }
        object["status"] = status;
    });
    soon.and_then(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
}
