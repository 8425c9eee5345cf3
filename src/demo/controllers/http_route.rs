//! HTTP routes: the status a gateway writes when it has taken a route up, or cannot.

use std::time::Duration;

use serde_json::{Value, json};

use super::drive::Controller;
use crate::demo::kube_api::{Key, Resource, Store, now};

/// The name under which the world's gateway answers.
const GATEWAY: &str = "flightdeck.dev/demo-gateway";

/// Answers each route for all of its gateways.
pub(crate) struct RouteController;

impl Controller for RouteController {
    const WATCHES: &'static [Resource] = &[Resource::HttpRoutes, Resource::Services];

    fn affected(&self, store: &Store, resource: Resource, object: &Value) -> Vec<Key> {
        if resource == Resource::HttpRoutes {
            return vec![Key::of(resource, object)];
        }
        let routes = store.list(
            Resource::HttpRoutes,
            object["metadata"]["namespace"].as_str(),
        );
        routes
            .iter()
            .map(|route| Key::of(Resource::HttpRoutes, route))
            .collect()
    }

    fn reconcile(&self, store: &Store, key: &Key) -> Option<Duration> {
        let route = store.get(key)?;
        let missing = missing_backend(store, &route);
        // The status is of the route as it was read; one that moved on since then is answered at its own change.
        let parents = route["spec"]["parentRefs"].as_array().into_iter().flatten();
        let parents: Vec<Value> = parents
            .map(|parent| answer(&route, parent, missing.as_deref()))
            .collect();
        // A route that went in the meantime needs no status.
        let _gone = store.edit(key, |route| route["status"] = json!({ "parents": parents }));
        None
    }
}

/// The first backend that is no Service here.
fn missing_backend(store: &Store, route: &Value) -> Option<String> {
    let rules = route["spec"]["rules"].as_array().into_iter().flatten();
    let backends = rules.flat_map(|rule| rule["backendRefs"].as_array().into_iter().flatten());
    let own = route["metadata"]["namespace"].as_str().unwrap_or_default();
    let mut names = backends.map(|backend| {
        let namespace = backend["namespace"].as_str().unwrap_or(own);
        Key::new(
            Resource::Services,
            namespace,
            backend["name"].as_str().unwrap_or_default(),
        )
    });
    names
        .find(|key| store.get(key).is_none())
        .map(|key| key.name)
}

fn answer(route: &Value, parent: &Value, missing: Option<&str>) -> Value {
    let before = route["status"]["parents"].as_array().into_iter().flatten();
    let before = before
        .into_iter()
        .find(|known| known["parentRef"] == *parent)
        .unwrap_or(&Value::Null);
    let resolved = match missing {
        None => (
            "ResolvedRefs",
            "True",
            "ResolvedRefs",
            "All references are resolved".to_owned(),
        ),
        Some(name) => (
            "ResolvedRefs",
            "False",
            "BackendNotFound",
            format!("Service \"{name}\" not found"),
        ),
    };
    let accepted = (
        "Accepted",
        "True",
        "Accepted",
        "Route is accepted".to_owned(),
    );
    let conditions = [accepted, resolved].map(|(kind, status, reason, message)| {
        let known = before["conditions"].as_array().into_iter().flatten();
        let known = known
            .into_iter()
            .find(|known| known["type"] == kind && known["status"] == status);
        let since = known.map_or_else(|| json!(now()), |known| known["lastTransitionTime"].clone());
        json!({ "type": kind, "status": status, "reason": reason, "message": message,
            "observedGeneration": route["metadata"]["generation"], "lastTransitionTime": since })
    });
    json!({ "parentRef": parent, "controllerName": GATEWAY, "conditions": conditions })
}
