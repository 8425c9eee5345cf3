//! What a kubelet writes into a pod's status.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::demo::image::ImageRef;
use crate::demo::kube_api::seconds;

/// The node on which everything runs.
pub(crate) const NODE: &str = "demo-node-1";

/// How far the container of a pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its process is not there yet.
    Creating,
    /// The process ended by itself and will be started again.
    Restarting,
    /// The process runs and its readiness probe fails.
    Unready,
    /// The process runs and takes requests.
    Ready,
}

/// What is known of the container beside its stage.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) restarts: u32,
    pub(crate) last_ended: Option<Ended>,
}

/// A process that ended by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
}

/// Writes the status for a stage into a pod.
pub(crate) fn write(pod: &mut Value, stage: Stage, facts: &Facts) {
    let now = seconds(Timestamp::now());
    if pod["spec"]["nodeName"].is_null() {
        pod["spec"]["nodeName"] = json!(NODE);
    }
    let before = pod["status"].take();
    let mut status = json!({
        "phase": if stage == Stage::Creating { "Pending" } else { "Running" },
        "hostIP": "127.0.0.1",
        "qosClass": "BestEffort",
        "startTime": before["startTime"].as_str().unwrap_or(&now),
        "conditions": conditions(&before, stage, &now),
        "containerStatuses": containers(pod, stage, facts),
    });
    if let Some(address) = facts.address {
        status["podIP"] = json!(address.to_string());
        status["podIPs"] = json!([{ "ip": address.to_string() }]);
    }
    pod["status"] = status;
}

fn conditions(before: &Value, stage: Stage, now: &str) -> Vec<Value> {
    let ready = stage == Stage::Ready;
    let wanted = [
        ("PodReadyToStartContainers", stage != Stage::Creating),
        ("Initialized", true),
        ("Ready", ready),
        ("ContainersReady", ready),
        ("PodScheduled", true),
    ];
    wanted
        .iter()
        .map(|(kind, holds)| condition(before, kind, if *holds { "True" } else { "False" }, now))
        .collect()
}

fn condition(before: &Value, kind: &str, status: &str, now: &str) -> Value {
    let conditions = before["conditions"].as_array().into_iter().flatten();
    let same = conditions
        .into_iter()
        .find(|old| old["type"] == *kind && old["status"] == *status);
    let since = same
        .and_then(|old| old["lastTransitionTime"].as_str())
        .unwrap_or(now);
    let mut condition = json!({ "type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since });
    if status == "False" && kind != "PodReadyToStartContainers" {
        condition["reason"] = json!("ContainersNotReady");
        condition["message"] = json!("containers with unready status");
    }
    condition
}

fn containers(pod: &Value, stage: Stage, facts: &Facts) -> Vec<Value> {
    let specified = pod["spec"]["containers"].as_array().into_iter().flatten();
    specified
        .map(|container| container_status(container, stage, facts))
        .collect()
}

fn container_status(container: &Value, stage: Stage, facts: &Facts) -> Value {
    let image = container["image"].as_str().unwrap_or_default();
    let started = facts.started.map(seconds);
    let present = match stage {
        Stage::Creating => json!({ "waiting": { "reason": "ContainerCreating" } }),
        Stage::Restarting => json!({ "waiting": { "reason": "CrashLoopBackOff" } }),
        Stage::Unready | Stage::Ready => json!({ "running": { "startedAt": started } }),
    };
    let runs = matches!(stage, Stage::Unready | Stage::Ready);
    let last = facts.last_ended.map_or_else(|| json!({}), last_state);
    json!({
        "name": container["name"],
        "image": image,
        "imageID": if stage == Stage::Creating { String::new() } else { ImageRef::parse(image).id() },
        "ready": stage == Stage::Ready,
        "started": runs,
        "restartCount": facts.restarts,
        "state": present,
        "lastState": last,
    })
}

fn last_state(ended: Ended) -> Value {
    let (started, finished) = (seconds(ended.started), seconds(ended.finished));
    json!({ "terminated": { "exitCode": 137, "reason": "Error", "startedAt": started, "finishedAt": finished } })
}
