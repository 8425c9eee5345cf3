//! Endpoint slices: for each Service with a selector, the addresses of its pods and which of them take requests.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::drive::Controller;
use super::object::{is_going, is_ready, name, namespace, owned, owned_by, uid};
use crate::demo::kube_api::{Key, Resource, Store};

/// Keeps one slice per Service.
pub(crate) struct EndpointSliceController;

impl Controller for EndpointSliceController {
    const WATCHES: &'static [Resource] = &[Resource::Services, Resource::Pods];

    fn affected(&self, store: &Store, resource: Resource, object: &Value) -> Vec<Key> {
        if resource == Resource::Services {
            return vec![Key::of(resource, object)];
        }
        let services = store.list(Resource::Services, Some(namespace(object)));
        let selecting = services.iter().filter(|service| selects(service, object));
        selecting
            .map(|service| Key::of(Resource::Services, service))
            .collect()
    }

    fn reconcile(&self, store: &Store, key: &Key) -> Option<Duration> {
        let service = store.get(key)?;
        let selector = service["spec"]["selector"].as_object()?;
        let mut pods = store.labelled(Resource::Pods, &key.namespace, selector);
        pods.retain(|pod| has_address(pod));
        let endpoints: Vec<Value> = pods.iter().map(|pod| endpoint(pod)).collect();
        write(store, &service, &endpoints, &ports(&service, pods.first()));
        None
    }
}

fn selects(service: &Value, pod: &Value) -> bool {
    let Some(selector) = service["spec"]["selector"]
        .as_object()
        .filter(|selector| !selector.is_empty())
    else {
        return false;
    };
    selector
        .iter()
        .all(|(label, value)| pod["metadata"]["labels"][label] == *value)
}

fn has_address(pod: &Value) -> bool {
    let ended = matches!(
        pod["status"]["phase"].as_str(),
        Some("Succeeded" | "Failed")
    );
    !ended
        && pod["status"]["podIP"]
            .as_str()
            .is_some_and(|address| !address.is_empty())
}

fn endpoint(pod: &Value) -> Value {
    let (serving, terminating) = (is_ready(pod), is_going(pod));
    json!({ "addresses": [pod["status"]["podIP"]],
        "conditions": { "ready": serving && !terminating, "serving": serving, "terminating": terminating },
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": { "kind": "Pod", "namespace": namespace(pod), "name": name(pod), "uid": uid(pod) } })
}

/// The service's ports as the pods have them; a port's name is looked up in the first pod.
fn ports(service: &Value, pod: Option<&Arc<Value>>) -> Vec<Value> {
    let port = |port: &Value| {
        let target = match port["targetPort"].as_str() {
            Some(named) => pod.map_or(Value::Null, |pod| named_port(pod, named)),
            None => port["targetPort"].clone(),
        };
        json!({ "name": port["name"].as_str().unwrap_or_default(), "port": target,
            "protocol": port["protocol"].as_str().unwrap_or("TCP") })
    };
    service["spec"]["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .map(port)
        .filter(|port| port["port"].is_u64())
        .collect()
}

fn named_port(pod: &Value, name: &str) -> Value {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let mut ports =
        containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    ports
        .find(|port| port["name"] == name)
        .map_or(Value::Null, |port| port["containerPort"].clone())
}

fn write(store: &Store, service: &Value, endpoints: &[Value], ports: &[Value]) {
    let existing = owned(store, Resource::EndpointSlices, service);
    if let Some(slice) = existing.first() {
        // A slice that went in the meantime is made again at the next change.
        let _gone = store.edit(&Key::of(Resource::EndpointSlices, slice), |slice| {
            slice["endpoints"] = json!(endpoints);
            slice["ports"] = json!(ports);
        });
        return;
    }
    let slice = json!({
        "metadata": { "generateName": format!("{}-", name(service)), "namespace": namespace(service),
            "labels": { "kubernetes.io/service-name": name(service),
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
            "ownerReferences": owned_by(service) },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    // The name is generated, so nothing can be refused.
    drop(store.create(Resource::EndpointSlices, slice));
}
