//! What stands around the workloads: endpoints and autoscalers.

use super::count;
use crate::domain::cluster::{Autoscaler, Endpoints};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use std::collections::BTreeSet;

/// Joins the slices of one Service; a pod with two addresses counts once.
pub fn endpoints(service: &str, slices: &[EndpointSlice]) -> Endpoints {
    let ready: BTreeSet<String> = slices
        .iter()
        .flat_map(|slice| &slice.endpoints)
        .filter_map(serving_pod)
        .collect();
    Endpoints {
        service: service.to_owned(),
        ready: ready.into_iter().collect(),
    }
}

/// The API says that an absent `ready` means ready.
fn serving_pod(endpoint: &Endpoint) -> Option<String> {
    let conditions = endpoint.conditions.as_ref();
    let ready = conditions
        .and_then(|conditions| conditions.ready)
        .unwrap_or(true);
    let terminating = conditions
        .and_then(|conditions| conditions.terminating)
        .unwrap_or(false);
    let pod = endpoint
        .target_ref
        .as_ref()
        .filter(|target| target.kind.as_deref() == Some("Pod"))?;
    if ready && !terminating {
        pod.name.clone()
    } else {
        None
    }
}

/// Decodes an autoscaler; `None` where it scales something other than a Deployment.
pub fn autoscaler(object: &HorizontalPodAutoscaler) -> Option<Autoscaler> {
    let spec = object.spec.as_ref()?;
    let scaled = &spec.scale_target_ref;
    (scaled.kind == "Deployment").then(|| Autoscaler {
        name: object.metadata.name.clone().unwrap_or_default(),
        deployment: scaled.name.clone(),
        min: count(spec.min_replicas.or(Some(1))),
        max: count(Some(spec.max_replicas)),
    })
}
