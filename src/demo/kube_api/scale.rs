//! The scale subresource: how many replicas a workload wants and has.

use serde_json::{Value, json};

/// A workload's `autoscaling/v1` `Scale`.
pub(crate) fn of(workload: &Value) -> Value {
    let metadata = &workload["metadata"];
    let labels = workload["spec"]["selector"]["matchLabels"]
        .as_object()
        .into_iter()
        .flatten();
    let selector: Vec<String> = labels
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    json!({ "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": { "name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"], "creationTimestamp": metadata["creationTimestamp"] },
        "spec": { "replicas": workload["spec"]["replicas"].as_i64().unwrap_or(0) },
        "status": { "replicas": workload["status"]["replicas"].as_i64().unwrap_or(0), "selector": selector.join(",") } })
}

/// The workload with the replicas that `scale` asks for; a version in `scale` comes along, to be checked.
pub(crate) fn applied(workload: &Value, scale: &Value) -> Value {
    let mut out = workload.clone();
    out["spec"]["replicas"] = scale["spec"]["replicas"].clone();
    if scale["spec"]["replicas"].is_null() {
        out["spec"]["replicas"] = json!(0);
    }
    if let Some(version) = scale["metadata"]
        .get("resourceVersion")
        .filter(|version| version.is_string())
    {
        out["metadata"]["resourceVersion"] = version.clone();
    }
    out
}
