//! What the API server fills in where an object says nothing. Filling in twice changes nothing.

use serde_json::{Value, json};

use super::resource::Resource;

/// Fills in the defaults of an object's kind.
pub(crate) fn fill(resource: Resource, object: &mut Value) {
    match resource {
        Resource::Deployments => deployment(object),
        Resource::ReplicaSets => {
            absent(&mut object["spec"], "replicas", &json!(1));
            pod_spec(&mut object["spec"]["template"]["spec"]);
        }
        Resource::Pods => pod_spec(&mut object["spec"]),
        Resource::Services => service(object),
        Resource::HttpRoutes => http_route(object),
        Resource::Namespaces => absent(&mut object["status"], "phase", &json!("Active")),
        Resource::ConfigMaps
        | Resource::Secrets
        | Resource::EndpointSlices
        | Resource::Nodes
        | Resource::Events
        | Resource::HorizontalPodAutoscalers
        | Resource::Leases => {}
    }
}

fn absent(parent: &mut Value, field: &str, value: &Value) {
    if parent.is_null() || parent.is_object() && parent.get(field).is_none_or(Value::is_null) {
        parent[field] = value.clone();
    }
}

fn each(list: &mut Value, fill: impl FnMut(&mut Value)) {
    list.as_array_mut()
        .into_iter()
        .flatten()
        .filter(|item| item.is_object())
        .for_each(fill);
}

fn deployment(object: &mut Value) {
    let spec = &mut object["spec"];
    absent(spec, "replicas", &json!(1));
    absent(spec, "revisionHistoryLimit", &json!(10));
    absent(spec, "progressDeadlineSeconds", &json!(600));
    absent(spec, "strategy", &json!({}));
    absent(&mut spec["strategy"], "type", &json!("RollingUpdate"));
    if spec["strategy"]["type"] == "RollingUpdate" {
        absent(&mut spec["strategy"], "rollingUpdate", &json!({}));
        absent(
            &mut spec["strategy"]["rollingUpdate"],
            "maxUnavailable",
            &json!("25%"),
        );
        absent(
            &mut spec["strategy"]["rollingUpdate"],
            "maxSurge",
            &json!("25%"),
        );
    }
    pod_spec(&mut spec["template"]["spec"]);
}

fn pod_spec(spec: &mut Value) {
    for (field, value) in [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("schedulerName", json!("default-scheduler")),
        ("securityContext", json!({})),
    ] {
        absent(spec, field, &value);
    }
    if let Some(containers) = spec.get_mut("containers") {
        each(containers, container);
    }
}

fn container(container: &mut Value) {
    absent(
        container,
        "terminationMessagePath",
        &json!("/dev/termination-log"),
    );
    absent(container, "terminationMessagePolicy", &json!("File"));
    absent(container, "imagePullPolicy", &json!("IfNotPresent"));
    absent(container, "resources", &json!({}));
    if let Some(ports) = container.get_mut("ports") {
        each(ports, |port| absent(port, "protocol", &json!("TCP")));
    }
}

fn service(object: &mut Value) {
    let digits = object["metadata"]["uid"]
        .as_str()
        .unwrap_or_default()
        .bytes();
    let number = digits.fold(7_u16, |number, byte| {
        number.wrapping_mul(31).wrapping_add(u16::from(byte))
    });
    let spec = &mut object["spec"];
    absent(spec, "type", &json!("ClusterIP"));
    absent(spec, "sessionAffinity", &json!("None"));
    absent(
        spec,
        "clusterIP",
        &json!(format!("10.96.{}.{}", number >> 8, (number & 0xff).max(1))),
    );
    if let Some(ports) = spec.get_mut("ports") {
        each(ports, |port| {
            absent(port, "protocol", &json!("TCP"));
            let target = port["port"].clone();
            absent(port, "targetPort", &target);
        });
    }
}

fn http_route(object: &mut Value) {
    if let Some(parents) = object["spec"].get_mut("parentRefs") {
        each(parents, |parent| {
            absent(parent, "group", &json!("gateway.networking.k8s.io"));
            absent(parent, "kind", &json!("Gateway"));
        });
    }
    let Some(rules) = object["spec"].get_mut("rules") else {
        return;
    };
    each(rules, |rule| {
        absent(
            rule,
            "matches",
            &json!([{ "path": { "type": "PathPrefix", "value": "/" } }]),
        );
        if let Some(backends) = rule.get_mut("backendRefs") {
            each(backends, |backend| {
                absent(backend, "group", &json!(""));
                absent(backend, "kind", &json!("Service"));
                absent(backend, "weight", &json!(1));
            });
        }
    });
}
