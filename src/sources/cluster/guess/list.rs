//! Lists what a guess is made from.

use super::{Listed, Scope};
use crate::domain::ids::SERVICE_LABEL;
use crate::sources::cluster::errors::{Attempt, Cause, ClusterError};
use crate::sources::cluster::objects::{CONFIG_MAPS, DEPLOYMENTS, ROUTES, within};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::{ApiResource, GroupVersionKind, ListParams};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Lists what a guess is made from. A cluster without `HTTPRoute`s has none.
pub async fn list(client: &kube::Client, scope: &Scope) -> Result<Listed, ClusterError> {
    let kind = GroupVersionKind::gvk("gateway.networking.k8s.io", "v1", "HTTPRoute");
    let routes = ApiResource::from_gvk_with_plural(&kind, "httproutes");
    let (deployments, services, routes, records) = match scope {
        Scope::Namespace(namespace) => (
            Api::namespaced(client.clone(), namespace),
            Api::namespaced(client.clone(), namespace),
            Api::namespaced_with(client.clone(), namespace, &routes),
            Api::namespaced(client.clone(), namespace),
        ),
        Scope::Everywhere => (
            Api::all(client.clone()),
            Api::all(client.clone()),
            Api::all_with(client.clone(), &routes),
            Api::all(client.clone()),
        ),
    };
    let everything = ListParams::default();
    let labelled = ListParams::default().labels(SERVICE_LABEL);
    let (deployments, services, routes, records) = tokio::try_join!(
        all(deployments, DEPLOYMENTS, (scope, &everything)),
        all(services, "services", (scope, &everything)),
        async {
            match all(routes, ROUTES, (scope, &everything)).await {
                Err(ClusterError::Call {
                    source: Cause::Missing,
                    ..
                }) => Ok(Vec::new()),
                answer => answer,
            }
        },
        async {
            match all(records, CONFIG_MAPS, (scope, &labelled)).await {
                // Then the record itself cannot be read either, and the feed says so.
                Err(ClusterError::Call {
                    source: Cause::Forbidden(_),
                    ..
                }) => Ok(Vec::new()),
                answer => answer,
            }
        },
    )?;
    Ok(Listed {
        deployments,
        services,
        routes,
        records,
    })
}

/// Whether the cluster says that there is no such namespace; who may not ask is not told so.
pub async fn is_absent(client: &kube::Client, namespace: &str) -> bool {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    matches!(
        within(Box::pin(namespaces.get_opt(namespace))).await,
        Ok(None)
    )
}

async fn all<K>(
    api: Api<K>,
    resource: &'static str,
    (scope, wanted): (&Scope, &ListParams),
) -> Result<Vec<K>, ClusterError>
where
    K: Clone + DeserializeOwned + Debug,
{
    let answer = within(Box::pin(api.list(wanted))).await;
    let listed = answer.map_err(|cause| {
        let namespace = match scope {
            Scope::Namespace(namespace) => Some(namespace.clone()),
            Scope::Everywhere => None,
        };
        let attempt = Attempt {
            verb: "list",
            resource,
            name: None,
            namespace,
        };
        ClusterError::call(attempt, cause)
    })?;
    Ok(listed.items)
}
