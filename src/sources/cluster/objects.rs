//! Which objects of an environment are read, and how each kind is asked for.

use super::errors::{Attempt, Cause, ClusterError};
use crate::config::settings::Environment;
use k8s_openapi::api::{apps, autoscaling, core, discovery};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::core::Selector;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::time::Duration;

/// A call that takes longer has failed.
pub(super) const CALL_WITHIN: Duration = Duration::from_secs(10);

/// A kind of object: how a message and an access review name it.
pub(super) const DEPLOYMENTS: &str = "deployments.apps";
pub(super) const REPLICA_SETS: &str = "replicasets.apps";
pub(super) const PODS: &str = "pods";
pub(super) const ROUTES: &str = "httproutes.gateway.networking.k8s.io";
pub(super) const CONFIG_MAPS: &str = "configmaps";
pub(super) const SLICES: &str = "endpointslices.discovery.k8s.io";
pub(super) const AUTOSCALERS: &str = "horizontalpodautoscalers.autoscaling";
pub(super) const NAMESPACES: &str = "namespaces";

/// The objects of one namespace.
#[derive(Clone)]
pub(super) struct Objects {
    client: kube::Client,
    namespace: String,
}

impl Objects {
    pub(super) fn new(client: &kube::Client, environment: &Environment) -> Self {
        Self {
            client: client.clone(),
            namespace: environment.namespace.clone(),
        }
    }

    pub(super) fn within(client: &kube::Client, namespace: &str) -> Self {
        Self {
            client: client.clone(),
            namespace: namespace.to_owned(),
        }
    }

    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(super) fn deployments(&self) -> Api<apps::v1::Deployment> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn replica_sets(&self) -> Api<apps::v1::ReplicaSet> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn pods(&self) -> Api<core::v1::Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn config_maps(&self) -> Api<core::v1::ConfigMap> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn slices(&self) -> Api<discovery::v1::EndpointSlice> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn autoscalers(&self) -> Api<autoscaling::v2::HorizontalPodAutoscaler> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub(super) fn routes(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("gateway.networking.k8s.io", "v1", "HTTPRoute");
        let resource = ApiResource::from_gvk_with_plural(&kind, "httproutes");
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    pub(super) fn namespaces(&self) -> Api<core::v1::Namespace> {
        Api::all(self.client.clone())
    }

    pub(super) fn attempt(
        &self,
        verb: &'static str,
        resource: &'static str,
        name: Option<&str>,
    ) -> Attempt {
        Attempt {
            verb,
            resource,
            name: name.map(str::to_owned),
            namespace: Some(self.namespace.clone()),
        }
    }

    /// Gets one object; `None` where it does not exist.
    pub(super) async fn get<K>(
        &self,
        api: Api<K>,
        resource: &'static str,
        name: &str,
    ) -> Result<Option<K>, ClusterError>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let answer = within(Box::pin(api.get_opt(name))).await;
        answer.map_err(|cause| ClusterError::call(self.attempt("get", resource, Some(name)), cause))
    }

    /// Lists the objects that a selector finds.
    pub(super) async fn list<K>(
        &self,
        api: Api<K>,
        resource: &'static str,
        labels: &str,
    ) -> Result<Vec<K>, ClusterError>
    where
        K: Clone + DeserializeOwned + Debug,
    {
        let wanted = ListParams::default().labels(labels);
        let answer = within(Box::pin(api.list(&wanted))).await;
        let listed = answer
            .map_err(|cause| ClusterError::call(self.attempt("list", resource, None), cause))?;
        Ok(listed.items)
    }
}

/// Waits for an answer no longer than [`CALL_WITHIN`].
pub(super) async fn within<T>(call: impl Future<Output = kube::Result<T>>) -> Result<T, Cause> {
    match tokio::time::timeout(CALL_WITHIN, call).await {
        Ok(answer) => answer.map_err(Cause::from),
        Err(_) => Err(Cause::Silent(CALL_WITHIN.as_secs())),
    }
}

/// A Deployment's selector as a query; one that cannot be read finds nothing rather than everything.
pub(super) fn selector(deployment: &apps::v1::Deployment) -> Option<String> {
    let labels: LabelSelector = deployment.spec.as_ref()?.selector.clone();
    let query = Selector::try_from(labels).ok()?.to_string();
    (!query.is_empty()).then_some(query)
}
