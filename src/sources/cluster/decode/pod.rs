//! Pods: the word for their state is the one that `kubectl get pods` prints, for the same reasons in the same order.

use super::{controller, count, label};
use crate::domain::cluster::Pod;
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    self, ContainerState, ContainerStateTerminated, ContainerStatus, PodStatus,
};

/// Decodes a pod; `None` where no ReplicaSet controls it. `track` is the side whose selector found it, `container` the one that
/// bears the release's image.
pub fn pod(object: &v1::Pod, track: Track, container: &str) -> Option<Pod> {
    let nothing = PodStatus::default();
    let status = object.status.as_ref().unwrap_or(&nothing);
    let mut pod = bare_pod(object)?;
    pod.track = track;
    pod.digest = digest(status, container);
    Some(pod)
}

/// Digests of a pod's images as the node reports them, by container.
pub fn digests(object: &v1::Pod) -> Vec<(String, String)> {
    let nothing = PodStatus::default();
    let status = object.status.as_ref().unwrap_or(&nothing);
    containers(status)
        .filter_map(|found| Some((found.name.clone(), digest(status, &found.name)?)))
        .collect()
}

/// Decodes a pod of which it is not known yet whose it is: without its side and its release's digest.
pub fn bare_pod(object: &v1::Pod) -> Option<Pod> {
    let meta = &object.metadata;
    let nothing = PodStatus::default();
    let status = object.status.as_ref().unwrap_or(&nothing);
    let deleting = meta.deletion_timestamp.is_some();
    Some(Pod {
        name: meta.name.clone().unwrap_or_default(),
        owner_uid: controller(meta, "ReplicaSet")?,
        hash: label(meta, "pod-template-hash")
            .unwrap_or_default()
            .to_owned(),
        track: Track::Stable,
        state: state(status, deleting),
        ready: condition(status, "Ready").is_some_and(|ready| ready.status == "True"),
        deleting,
        restarts: containers(status)
            .map(|container| count(Some(container.restart_count)))
            .sum(),
        last_end: last_end(status),
        started_at: status.start_time.as_ref().map(|time| time.0),
        digest: None,
    })
}

fn state(status: &PodStatus, deleting: bool) -> Text {
    if deleting {
        return Text::from("Terminating");
    }
    let unschedulable = || {
        let scheduled = condition(status, "PodScheduled")?;
        (scheduled.status == "False")
            .then(|| scheduled.reason.clone())
            .flatten()
    };
    let reason = containers_reason(status)
        .or_else(|| init_reason(status))
        .or_else(|| status.reason.clone())
        .or_else(unschedulable)
        .or_else(|| status.phase.clone());
    Text::new(reason.unwrap_or_else(|| "Unknown".to_owned()))
}

fn containers(status: &PodStatus) -> impl Iterator<Item = &ContainerStatus> {
    status.container_statuses.iter().flatten()
}

fn condition<'a>(status: &'a PodStatus, name: &str) -> Option<&'a v1::PodCondition> {
    status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == name)
}

/// What holds a container up, or ended it. `PodInitializing` is what containers wait for while an init container is the cause.
fn containers_reason(status: &PodStatus) -> Option<String> {
    containers(status)
        .filter_map(|container| trouble(container.state.as_ref()?))
        .find(|reason| reason != "PodInitializing")
}

fn init_reason(status: &PodStatus) -> Option<String> {
    let failed = |container: &ContainerStatus| {
        let state = container.state.as_ref()?;
        let ended_well = state
            .terminated
            .as_ref()
            .is_some_and(|end| end.exit_code == 0);
        if ended_well { None } else { trouble(state) }
    };
    let reason = status
        .init_container_statuses
        .iter()
        .flatten()
        .find_map(failed)?;
    Some(format!("Init:{reason}"))
}

fn trouble(state: &ContainerState) -> Option<String> {
    match (&state.waiting, &state.terminated) {
        (Some(waiting), _) => waiting.reason.clone(),
        (None, Some(end)) => Some(end_reason(end)),
        (None, None) => None,
    }
}

fn end_reason(end: &ContainerStateTerminated) -> String {
    match end.reason.as_deref() {
        None | Some("") => format!("ExitCode:{}", end.exit_code),
        Some(reason) => reason.to_owned(),
    }
}

/// The newest end of any of its containers.
fn last_end(status: &PodStatus) -> Option<(Text, Option<Timestamp>)> {
    containers(status)
        .filter_map(|container| container.last_state.as_ref()?.terminated.as_ref())
        .map(|end| (end.finished_at.as_ref().map(|time| time.0), end_reason(end)))
        .max()
        .map(|(at, reason)| (Text::new(reason), at))
}

/// Only what stands behind `@` is the digest that a registry knows; a bare `sha256:` is the node's own id of the image.
fn digest(status: &PodStatus, container: &str) -> Option<String> {
    let found = containers(status).find(|status| status.name == container)?;
    let (_, digest) = found.image_id.rsplit_once('@')?;
    let hex = digest.strip_prefix("sha256:")?;
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| digest.to_owned())
}
