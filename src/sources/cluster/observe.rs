//! One fresh reading of an environment's objects, taken for a plan.

use super::decode;
use super::errors::{Attempt, Cause, ClusterError};
use super::merge::{Found, assemble};
use super::objects::{self, Objects};
use crate::config::settings::Environment;
use crate::domain::cluster::{Autoscaler, Endpoints, Route, Snapshot};
use crate::domain::ids::Target;
use crate::domain::policy::Strategy;
use crate::domain::record::RecordRead;
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;

/// Reads the strategy's Deployments with their ReplicaSets and pods, the route, the record, and the endpoints and autoscalers where
/// they may be read. `now` is the moment at which the caller began to ask: the reading is no older.
pub async fn observe(
    client: &kube::Client,
    environment: &Environment,
    target: &Target,
    now: Timestamp,
) -> Result<Snapshot, ClusterError> {
    let objects = Objects::new(client, environment);
    let strategy = &environment.policy.strategy;
    let (sides, route, record, endpoints, autoscalers) = tokio::try_join!(
        sides(&objects, strategy),
        route(&objects, strategy.route()),
        record(&objects, target),
        endpoints(&objects, strategy),
        autoscalers(&objects, strategy),
    )?;
    if sides.iter().all(|found| found.deployment.is_none()) {
        return Err(nothing_there(&objects, strategy).await);
    }
    let mut snapshot = assemble(sides, route, record, now);
    snapshot.endpoints = endpoints;
    snapshot.autoscalers = autoscalers;
    Ok(snapshot)
}

async fn sides(objects: &Objects, strategy: &Strategy) -> Result<Vec<Found>, ClusterError> {
    let deployments = strategy.deployments().into_iter();
    try_join_all(deployments.map(|(track, name)| side(objects, strategy.container(), track, name)))
        .await
}

async fn side(
    objects: &Objects,
    container: &str,
    track: Track,
    name: &str,
) -> Result<Found, ClusterError> {
    let object: Option<Deployment> = objects
        .get(objects.deployments(), objects::DEPLOYMENTS, name)
        .await?;
    let Some(labels) = object.as_ref().and_then(objects::selector) else {
        return Ok(Found::default());
    };
    let (sets, pods) = tokio::try_join!(
        objects.list(objects.replica_sets(), objects::REPLICA_SETS, &labels),
        objects.list(objects.pods(), objects::PODS, &labels),
    )?;
    Ok(Found {
        deployment: object.as_ref().map(decode::deployment),
        replica_sets: sets.iter().filter_map(decode::replica_set).collect(),
        pods: pods
            .iter()
            .filter_map(|pod| decode::pod(pod, track, container))
            .collect(),
    })
}

async fn route(objects: &Objects, name: Option<&str>) -> Result<Option<Route>, ClusterError> {
    let Some(name) = name else { return Ok(None) };
    let object = objects.get(objects.routes(), objects::ROUTES, name).await?;
    let route = object.as_ref().map(decode::route).transpose();
    route.map_err(|fault| {
        let attempt = objects.attempt("read", objects::ROUTES, Some(name));
        ClusterError::call(attempt, Cause::Garbled(Text::new(fault.to_string())))
    })
}

/// A record that cannot be read is said, and does not stop the reading: abort and roll back go on without it.
async fn record(objects: &Objects, target: &Target) -> Result<RecordRead, ClusterError> {
    let name = target.record_name();
    match objects
        .get(objects.config_maps(), objects::CONFIG_MAPS, &name)
        .await
    {
        Ok(object) => Ok(decode::record(object.as_ref())),
        Err(error) => Ok(RecordRead::Failed(failure(&error))),
    }
}

/// A call's failure with its cause in one line.
pub(super) fn failure(error: &ClusterError) -> Text {
    match error.cause() {
        Some(cause) => Text::new(format!("{error}: {cause}")),
        None => Text::new(error.to_string()),
    }
}

async fn endpoints(
    objects: &Objects,
    strategy: &Strategy,
) -> Result<Option<Vec<Endpoints>>, ClusterError> {
    let mut found = Vec::new();
    for service in strategy.services() {
        let labels = format!("kubernetes.io/service-name={service}");
        let listed = objects
            .list(objects.slices(), objects::SLICES, &labels)
            .await;
        match may_be_forbidden(listed)? {
            Some(slices) => found.push(decode::endpoints(service, &slices)),
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

async fn autoscalers(
    objects: &Objects,
    strategy: &Strategy,
) -> Result<Option<Vec<Autoscaler>>, ClusterError> {
    let listed = objects
        .list(objects.autoscalers(), objects::AUTOSCALERS, "")
        .await;
    let deployments = strategy.deployments();
    let ours = |scaler: &Autoscaler| {
        deployments
            .iter()
            .any(|(_, name)| scaler.deployment == *name)
    };
    let decoded = may_be_forbidden(listed)?.map(|listed| {
        listed
            .iter()
            .filter_map(decode::autoscaler)
            .filter(ours)
            .collect()
    });
    Ok(decoded)
}

/// What may not be read, or is not served, is not known.
fn may_be_forbidden<T>(answer: Result<T, ClusterError>) -> Result<Option<T>, ClusterError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ClusterError::Call {
            source: Cause::Forbidden(_) | Cause::Missing,
            ..
        }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Tells a missing namespace from missing Deployments, where that may be asked.
pub(super) async fn nothing_there(objects: &Objects, strategy: &Strategy) -> ClusterError {
    let namespace = objects.namespace().to_owned();
    match objects::within(Box::pin(objects.namespaces().get_opt(&namespace))).await {
        Ok(None) => ClusterError::NoNamespace(namespace),
        Err(Cause::LoginExpired) => ClusterError::call(
            Attempt {
                verb: "get",
                resource: objects::NAMESPACES,
                name: Some(namespace),
                namespace: None,
            },
            Cause::LoginExpired,
        ),
        Ok(Some(_)) | Err(_) => ClusterError::NoDeployments {
            namespace,
            names: strategy
                .deployments()
                .into_iter()
                .map(|(_, name)| name.to_owned())
                .collect(),
        },
    }
}
