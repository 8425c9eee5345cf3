//! The objects that every world has: namespaces, Services, the two Deployments, the route and the record's `ConfigMap`.

use serde_json::{Value, json};

use super::image::image_of;
use super::scenario::Strategy;

/// The one service of the world, and the name of its stable Deployment, its Service, its route and its container.
pub(crate) const SERVICE: &str = "checkout";
/// The canary's Deployment and Service.
pub(crate) const CANARY: &str = "checkout-canary";
/// The port on which every pod serves.
pub(crate) const PORT: u16 = 8080;

/// One of the two Deployments of a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Stable,
    Canary,
}

impl Role {
    pub(crate) const BOTH: [Self; 2] = [Self::Stable, Self::Canary];

    /// The name of its Deployment and of its Service.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stable => SERVICE,
            Self::Canary => CANARY,
        }
    }

    fn track(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
        }
    }

    fn labels(self) -> Value {
        json!({ "app": SERVICE, "flightdeck.dev/service": SERVICE, "flightdeck.dev/track": self.track() })
    }

    fn selector(self) -> Value {
        json!({ "app": SERVICE, "flightdeck.dev/track": self.track() })
    }
}

pub(crate) fn namespace(name: &str) -> Value {
    json!({ "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } }, "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" } })
}

pub(crate) fn node(name: &str) -> Value {
    json!({
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
        "spec": {},
        "status": {
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady" }],
            "addresses": [{ "type": "InternalIP", "address": "127.0.0.1" }],
            "nodeInfo": { "kubeletVersion": "v1.33.0" },
        },
    })
}

/// A Service of one Deployment's pods, or of everybody's.
pub(crate) fn service(namespace: &str, role: Role, strategy: Strategy) -> Value {
    let selector = match strategy {
        Strategy::Canary | Strategy::Rolling => role.selector(),
        Strategy::CanaryByPods => json!({ "app": SERVICE }),
    };
    json!({
        "metadata": { "namespace": namespace, "name": role.name(), "labels": role.labels() },
        "spec": {
            "type": "ClusterIP",
            "selector": selector,
            "ports": [{ "name": "http", "protocol": "TCP", "port": 80, "targetPort": PORT }],
        },
    })
}

pub(crate) fn deployment(namespace: &str, role: Role, tag: &str, deadline_s: u32) -> Value {
    json!({
        "metadata": { "namespace": namespace, "name": role.name(), "labels": role.labels(), "annotations": {} },
        "spec": {
            "replicas": 0,
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": deadline_s,
            "selector": { "matchLabels": role.selector() },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 0 } },
            "template": { "metadata": { "labels": role.labels() }, "spec": pod_spec(tag) },
        },
    })
}

fn pod_spec(tag: &str) -> Value {
    json!({
        "containers": [{
            "name": SERVICE,
            "image": image_of(tag),
            "imagePullPolicy": "IfNotPresent",
            "ports": [{ "name": "http", "containerPort": PORT, "protocol": "TCP" }],
            "readinessProbe": { "httpGet": { "path": "/healthz", "port": PORT, "scheme": "HTTP" }, "periodSeconds": 1 },
            "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
        }],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
    })
}

/// The route; without a weight everything goes to the one Service.
pub(crate) fn route(namespace: &str, canary_weight: Option<u8>) -> Value {
    let backend = |role: Role, weight: u8| json!({ "group": "", "kind": "Service", "name": role.name(), "port": 80, "weight": weight });
    let backends = match canary_weight {
        Some(weight) => json!([
            backend(Role::Stable, 100 - weight.min(100)),
            backend(Role::Canary, weight.min(100)),
        ]),
        None => json!([backend(Role::Stable, 1)]),
    };
    json!({
        "metadata": { "namespace": namespace, "name": SERVICE, "labels": { "flightdeck.dev/service": SERVICE } },
        "spec": {
            "parentRefs": [{ "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "shop" }],
            "hostnames": [format!("{SERVICE}.example.com")],
            "rules": [{
                "matches": [{ "path": { "type": "PathPrefix", "value": "/" } }],
                "backendRefs": backends,
            }],
        },
    })
}

pub(crate) fn record(namespace: &str, text: &str) -> Value {
    json!({
        "metadata": {
            "namespace": namespace,
            "name": format!("flightdeck-{SERVICE}-{namespace}"),
            "labels": { "flightdeck.dev/service": SERVICE },
        },
        "data": { "record.json": text },
    })
}
