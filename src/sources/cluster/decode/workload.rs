//! Deployments and ReplicaSets.

use super::{annotation, controller, count, label, owner};
use crate::domain::cluster::{
    Container, Deployment, Progress, Replacing, ReplicaCounts, ReplicaSet, Template,
};
use crate::domain::text::Text;
use k8s_openapi::api::apps::v1;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Annotation that bears the id of the plan that wrote last.
const PLAN: &str = "flightdeck.dev/plan";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// Decodes a Deployment.
pub fn deployment(object: &v1::Deployment) -> Deployment {
    let meta = &object.metadata;
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    Deployment {
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        generation: meta.generation.unwrap_or(0),
        observed_generation: status
            .and_then(|status| status.observed_generation)
            .unwrap_or(0),
        // The server fills in 1 where nothing was written.
        replicas: count(spec.and_then(|spec| spec.replicas).or(Some(1))),
        paused: spec.and_then(|spec| spec.paused).unwrap_or(false),
        replacing: replacing(spec),
        counted: status.map(counts).unwrap_or_default(),
        progress: progress(status),
        containers: spec
            .map(|spec| containers(&spec.template))
            .unwrap_or_default(),
        template: spec
            .map(|spec| template(&spec.template))
            .unwrap_or_default(),
        plan: annotation(meta, PLAN).map(str::to_owned),
        has_annotations: meta.annotations.is_some(),
        revision: annotation(meta, REVISION).and_then(|revision| revision.parse().ok()),
        owner: owner("apps/Deployment", meta),
    }
}

/// Decodes a ReplicaSet; `None` where no Deployment controls it.
pub fn replica_set(object: &v1::ReplicaSet) -> Option<ReplicaSet> {
    let meta = &object.metadata;
    let spec = object.spec.as_ref();
    let status = object.status.as_ref();
    let pods = spec.and_then(|spec| spec.template.as_ref());
    Some(ReplicaSet {
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        owner_uid: controller(meta, "Deployment")?,
        hash: label(meta, HASH).unwrap_or_default().to_owned(),
        revision: annotation(meta, REVISION).and_then(|revision| revision.parse().ok()),
        replicas: count(spec.and_then(|spec| spec.replicas).or(Some(1))),
        ready: count(status.and_then(|status| status.ready_replicas)),
        available: count(status.and_then(|status| status.available_replicas)),
        containers: pods.map(containers).unwrap_or_default(),
        template: pods.map(template_without_hash).unwrap_or_default(),
    })
}

/// As the controller counts it: a share of the wanted pods is rounded down for those that may be missing and up for those on
/// top, and where both come to nothing one may be missing.
fn replacing(spec: Option<&v1::DeploymentSpec>) -> Replacing {
    let strategy = spec.and_then(|spec| spec.strategy.as_ref());
    if strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("Recreate")) {
        return Replacing::AtOnce;
    }
    let wanted = count(spec.and_then(|spec| spec.replicas).or(Some(1)));
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let share = |value: Option<&IntOrString>, round: fn(u32, u32) -> u32| match value {
        Some(IntOrString::Int(pods)) => u32::try_from(*pods).unwrap_or(0),
        Some(IntOrString::String(text)) => {
            let percent = text.trim_end_matches('%').parse().unwrap_or(0);
            round(wanted.saturating_mul(percent), 100)
        }
        None => round(wanted.saturating_mul(25), 100),
    };
    let missing = share(rolling.and_then(|r| r.max_unavailable.as_ref()), |a, b| {
        a / b
    });
    let surge = share(rolling.and_then(|r| r.max_surge.as_ref()), u32::div_ceil);
    let missing = if missing == 0 && surge == 0 {
        1
    } else {
        missing
    };
    Replacing::InTurn {
        missing: missing.min(wanted),
    }
}

fn counts(status: &v1::DeploymentStatus) -> ReplicaCounts {
    ReplicaCounts {
        total: count(status.replicas),
        updated: count(status.updated_replicas),
        ready: count(status.ready_replicas),
        available: count(status.available_replicas),
    }
}

fn progress(status: Option<&v1::DeploymentStatus>) -> Progress {
    let conditions = status
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    match conditions
        .iter()
        .find(|condition| condition.type_ == "Progressing")
    {
        None => Progress::Unknown,
        Some(condition) if condition.reason.as_deref() == Some("ProgressDeadlineExceeded") => {
            Progress::DeadlineExceeded(Text::new(condition.message.clone().unwrap_or_default()))
        }
        Some(_) => Progress::Moving,
    }
}

fn containers(template: &PodTemplateSpec) -> Vec<Container> {
    let containers = template
        .spec
        .as_ref()
        .map(|spec| spec.containers.as_slice())
        .unwrap_or_default();
    containers
        .iter()
        .map(|container| Container {
            name: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
        })
        .collect()
}

fn template(template: &PodTemplateSpec) -> Template {
    Template(serde_json::to_value(template).unwrap_or_default())
}

/// The controller adds the hash to its ReplicaSets' templates; a Deployment must not get it back.
fn template_without_hash(pods: &PodTemplateSpec) -> Template {
    let mut pods = pods.clone();
    if let Some(labels) = pods.metadata.as_mut().and_then(|meta| meta.labels.as_mut()) {
        labels.remove(HASH);
    }
    template(&pods)
}
