//! Tables: the columns that `kubectl get` prints, made by the server.

use serde_json::{Value, json};

use super::present::metadata;
use super::resource::Resource;

/// A column: its name, its priority (above 0: only for `-o wide`) and its cell.
type Column = (&'static str, u8, fn(&Value) -> Value);

const NAME: Column = ("Name", 0, |object| object["metadata"]["name"].clone());
const AGE: Column = ("Age", 0, |object| {
    json!(age(&object["metadata"]["creationTimestamp"]))
});

fn columns(resource: Resource) -> Vec<Column> {
    match resource {
        Resource::Deployments => vec![
            NAME,
            ("Ready", 0, |o| {
                json!(format!(
                    "{}/{}",
                    count(&o["status"]["readyReplicas"]),
                    count(&o["spec"]["replicas"])
                ))
            }),
            ("Up-to-date", 0, |o| {
                json!(count(&o["status"]["updatedReplicas"]))
            }),
            ("Available", 0, |o| {
                json!(count(&o["status"]["availableReplicas"]))
            }),
            AGE,
            ("Containers", 1, containers),
            ("Images", 1, images),
            ("Selector", 1, |o| {
                json!(pairs(&o["spec"]["selector"]["matchLabels"]))
            }),
        ],
        Resource::ReplicaSets => vec![
            NAME,
            ("Desired", 0, |o| json!(count(&o["spec"]["replicas"]))),
            ("Current", 0, |o| json!(count(&o["status"]["replicas"]))),
            ("Ready", 0, |o| json!(count(&o["status"]["readyReplicas"]))),
            AGE,
            ("Containers", 1, containers),
            ("Images", 1, images),
            ("Selector", 1, |o| {
                json!(pairs(&o["spec"]["selector"]["matchLabels"]))
            }),
        ],
        Resource::Pods => vec![
            NAME,
            ("Ready", 0, pod_ready),
            ("Status", 0, pod_status),
            ("Restarts", 0, |o| {
                json!(sum(&o["status"]["containerStatuses"], "restartCount"))
            }),
            AGE,
            ("IP", 1, |o| or(&o["status"]["podIP"], "<none>")),
            ("Node", 1, |o| or(&o["spec"]["nodeName"], "<none>")),
            ("Nominated Node", 1, |_| json!("<none>")),
            ("Readiness Gates", 1, |_| json!("<none>")),
        ],
        Resource::Services => vec![
            NAME,
            ("Type", 0, |o| o["spec"]["type"].clone()),
            ("Cluster-IP", 0, |o| or(&o["spec"]["clusterIP"], "<none>")),
            ("External-IP", 0, |_| json!("<none>")),
            ("Port(s)", 0, service_ports),
            AGE,
            ("Selector", 1, |o| json!(pairs(&o["spec"]["selector"]))),
        ],
        Resource::EndpointSlices => vec![
            NAME,
            ("AddressType", 0, |o| o["addressType"].clone()),
            ("Ports", 0, |o| {
                json!(joined(&o["ports"], |port| port["port"].to_string()))
            }),
            ("Endpoints", 0, |o| {
                json!(joined(&o["endpoints"], |e| e["addresses"][0]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()))
            }),
            AGE,
        ],
        _ => more_columns(resource),
    }
}

fn more_columns(resource: Resource) -> Vec<Column> {
    match resource {
        Resource::Namespaces => vec![
            NAME,
            ("Status", 0, |o| or(&o["status"]["phase"], "Active")),
            AGE,
        ],
        Resource::ConfigMaps => vec![NAME, ("Data", 0, data), AGE],
        Resource::Secrets => vec![
            NAME,
            ("Type", 0, |o| or(&o["type"], "Opaque")),
            ("Data", 0, data),
            AGE,
        ],
        Resource::Nodes => vec![
            NAME,
            ("Status", 0, node_status),
            ("Roles", 0, |_| json!("<none>")),
            AGE,
            ("Version", 0, |o| {
                o["status"]["nodeInfo"]["kubeletVersion"].clone()
            }),
        ],
        Resource::Events => vec![
            ("Last Seen", 0, |o| json!(age(event_time(o)))),
            ("Type", 0, |o| o["type"].clone()),
            ("Reason", 0, |o| o["reason"].clone()),
            ("Object", 0, |o| json!(event_object(o))),
            ("Message", 0, |o| o["message"].clone()),
            ("Count", 1, |o| json!(count(&o["count"]).max(1))),
            ("Name", 1, |o| o["metadata"]["name"].clone()),
        ],
        Resource::HorizontalPodAutoscalers => vec![
            NAME,
            ("Reference", 0, |o| {
                json!(format!(
                    "{}/{}",
                    plain(&o["spec"]["scaleTargetRef"]["kind"]),
                    plain(&o["spec"]["scaleTargetRef"]["name"])
                ))
            }),
            ("Targets", 0, autoscaler_targets),
            ("MinPods", 0, |o| {
                json!(count(&o["spec"]["minReplicas"]).max(1).to_string())
            }),
            ("MaxPods", 0, |o| json!(count(&o["spec"]["maxReplicas"]))),
            ("Replicas", 0, |o| {
                json!(count(&o["status"]["currentReplicas"]))
            }),
            AGE,
        ],
        Resource::Leases => vec![
            NAME,
            ("Holder", 0, |o| or(&o["spec"]["holderIdentity"], "")),
            AGE,
        ],
        Resource::HttpRoutes => vec![
            NAME,
            ("Hostnames", 0, |o| {
                if o["spec"]["hostnames"].is_array() {
                    json!(o["spec"]["hostnames"].to_string())
                } else {
                    json!("")
                }
            }),
            AGE,
        ],
        _ => vec![NAME, AGE],
    }
}

/// The objects as a `Table` at `version`.
pub(crate) fn table(resource: Resource, objects: &[&Value], version: &Value) -> Value {
    let columns = columns(resource);
    let definition = |column: &Column| {
        let format = if column.0 == "Name" { "name" } else { "" };
        json!({ "name": column.0, "type": "string", "format": format, "description": "", "priority": column.1 })
    };
    let row = |object: &&Value| {
        let cells: Vec<Value> = columns.iter().map(|column| (column.2)(object)).collect();
        json!({ "cells": cells, "object": metadata(object) })
    };
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": { "resourceVersion": version },
        "columnDefinitions": columns.iter().map(definition).collect::<Vec<_>>(),
        "rows": objects.iter().map(row).collect::<Vec<_>>() })
}

fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn or(value: &Value, otherwise: &str) -> Value {
    json!(value.as_str().unwrap_or(otherwise))
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn sum(list: &Value, field: &str) -> i64 {
    items(list)
        .iter()
        .map(|item| count(&item[field]))
        .fold(0, i64::saturating_add)
}

fn joined(list: &Value, text: impl Fn(&Value) -> String) -> String {
    let texts: Vec<String> = items(list).iter().map(text).collect();
    let more = texts.len().saturating_sub(3);
    let mut out = texts.iter().take(3).cloned().collect::<Vec<_>>().join(",");
    if more > 0 {
        out = format!("{out} + {more} more...");
    }
    if out.is_empty() {
        "<unset>".to_owned()
    } else {
        out
    }
}

fn pairs(labels: &Value) -> String {
    let pairs = labels.as_object().into_iter().flatten();
    let text = pairs
        .map(|(name, value)| format!("{name}={}", plain(value)))
        .collect::<Vec<_>>()
        .join(",");
    if text.is_empty() {
        "<none>".to_owned()
    } else {
        text
    }
}

fn container_field(object: &Value, field: &str) -> Value {
    let containers = items(&object["spec"]["template"]["spec"]["containers"]);
    json!(
        containers
            .iter()
            .map(|container| plain(&container[field]))
            .collect::<Vec<_>>()
            .join(",")
    )
}

fn containers(object: &Value) -> Value {
    container_field(object, "name")
}

fn images(object: &Value) -> Value {
    container_field(object, "image")
}

fn data(object: &Value) -> Value {
    json!(object["data"].as_object().map_or(0, serde_json::Map::len))
}

fn pod_ready(pod: &Value) -> Value {
    let ready = items(&pod["status"]["containerStatuses"])
        .iter()
        .filter(|status| status["ready"] == true)
        .count();
    json!(format!(
        "{ready}/{}",
        items(&pod["spec"]["containers"]).len()
    ))
}

fn pod_status(pod: &Value) -> Value {
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return json!("Terminating");
    }
    let states = items(&pod["status"]["containerStatuses"])
        .iter()
        .map(|status| &status["state"]);
    let reason = states.map(|state| [&state["waiting"]["reason"], &state["terminated"]["reason"]]);
    let reason = reason.flatten().find_map(Value::as_str);
    reason.map_or_else(
        || or(&pod["status"]["phase"], "Unknown"),
        |reason| json!(reason),
    )
}

fn service_ports(service: &Value) -> Value {
    let port = |port: &Value| {
        format!(
            "{}/{}",
            port["port"],
            port["protocol"].as_str().unwrap_or("TCP")
        )
    };
    json!(
        items(&service["spec"]["ports"])
            .iter()
            .map(port)
            .collect::<Vec<_>>()
            .join(",")
    )
}

fn node_status(node: &Value) -> Value {
    let ready = items(&node["status"]["conditions"])
        .iter()
        .find(|condition| condition["type"] == "Ready");
    json!(if ready.is_some_and(|ready| ready["status"] == "True") {
        "Ready"
    } else {
        "NotReady"
    })
}

fn autoscaler_targets(autoscaler: &Value) -> Value {
    let metrics = items(&autoscaler["spec"]["metrics"]).iter().map(|metric| {
        let resource = &metric["resource"];
        let current = items(&autoscaler["status"]["currentMetrics"])
            .iter()
            .find(|current| current["resource"]["name"] == resource["name"])
            .and_then(|current| current["resource"]["current"]["averageUtilization"].as_i64());
        let current =
            current.map_or_else(|| "<unknown>".to_owned(), |current| format!("{current}%"));
        format!(
            "{}: {current}/{}%",
            plain(&resource["name"]),
            count(&resource["target"]["averageUtilization"])
        )
    });
    let text = metrics.collect::<Vec<_>>().join(", ");
    json!(if text.is_empty() {
        "<none>".to_owned()
    } else {
        text
    })
}

fn event_time(event: &Value) -> &Value {
    let times = [
        &event["series"]["lastObservedTime"],
        &event["lastTimestamp"],
        &event["eventTime"],
    ];
    times
        .into_iter()
        .find(|time| time.is_string())
        .unwrap_or(&event["metadata"]["creationTimestamp"])
}

fn event_object(event: &Value) -> String {
    let object = &event["involvedObject"];
    format!(
        "{}/{}",
        plain(&object["kind"]).to_lowercase(),
        plain(&object["name"])
    )
}

/// How long ago a time was, as `kubectl` writes it.
fn age(time: &Value) -> String {
    let Some(time) = time
        .as_str()
        .and_then(|time| time.parse::<jiff::Timestamp>().ok())
    else {
        return "<unknown>".to_owned();
    };
    duration(jiff::Timestamp::now().duration_since(time).as_secs().max(0))
}

fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large}{unit}")
        } else {
            format!("{large}{unit}{small}{small_unit}")
        }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}
