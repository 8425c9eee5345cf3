//! Looks for canaries where no config names them: an `HTTPRoute` with two backends, and the Deployments behind these.
//!
//! Invariant: where two things fit, neither is chosen; what is left out is named with the reason.

use super::decode;
use super::errors::{Attempt, Cause, ClusterError};
use super::objects::{DEPLOYMENTS, ROUTES, within};
use crate::config::guess::{Exposed, Guess, Side};
use crate::config::rules::is_label;
use crate::domain::cluster::{Backend, Route};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec, Service};
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Where is looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One namespace.
    Namespace(String),
    /// All of the cluster.
    Everywhere,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guessed {
    /// Canaries, by namespace and name.
    pub canaries: Vec<Guess>,
    /// `NAMESPACE/NAME: why it is not shown`.
    pub left_out: Vec<String>,
}

/// What was listed.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Deployments.
    pub deployments: Vec<Deployment>,
    /// Services.
    pub services: Vec<Service>,
    /// Routes.
    pub routes: Vec<DynamicObject>,
}

/// Lists what a guess is made from. A cluster without `HTTPRoute`s has none.
pub async fn list(client: &kube::Client, scope: &Scope) -> Result<Listed, ClusterError> {
    let kind = GroupVersionKind::gvk("gateway.networking.k8s.io", "v1", "HTTPRoute");
    let routes = ApiResource::from_gvk_with_plural(&kind, "httproutes");
    let (deployments, services, routes) = match scope {
        Scope::Namespace(namespace) => (
            Api::namespaced(client.clone(), namespace),
            Api::namespaced(client.clone(), namespace),
            Api::namespaced_with(client.clone(), namespace, &routes),
        ),
        Scope::Everywhere => (
            Api::all(client.clone()),
            Api::all(client.clone()),
            Api::all_with(client.clone(), &routes),
        ),
    };
    let (deployments, services, routes) = tokio::try_join!(
        all(deployments, DEPLOYMENTS, scope),
        all(services, "services", scope),
        async {
            match all(routes, ROUTES, scope).await {
                Err(ClusterError::Call {
                    source: Cause::Missing,
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
    })
}

async fn all<K>(api: Api<K>, resource: &'static str, scope: &Scope) -> Result<Vec<K>, ClusterError>
where
    K: Clone + DeserializeOwned + Debug,
{
    let answer = within(Box::pin(api.list(&ListParams::default()))).await;
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

/// Makes of `listed` what can be told without doubt.
pub fn guess(listed: &Listed, context: &str) -> Guessed {
    let mut guessed = Guessed::default();
    let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
    let routes: Vec<(String, Route)> = listed
        .routes
        .iter()
        .filter_map(|object| {
            Some((
                namespace(object.metadata.namespace.as_ref()),
                decode::route(object).ok()?,
            ))
        })
        .collect();
    for (namespace, route) in &routes {
        match canary(listed, &routes, (namespace, route), context) {
            Ok(Some(guess)) => {
                for side in [&guess.stable, &guess.canary] {
                    taken.insert((namespace.clone(), side.deployment.clone()));
                }
                guessed.canaries.push(guess);
            }
            Ok(None) => {}
            Err(why) => guessed
                .left_out
                .push(format!("{namespace}/{}: {why}", route.name)),
        }
    }
    let named = |deployment: &Deployment| {
        let meta = &deployment.metadata;
        Some((namespace_of(deployment), meta.name.clone()?))
    };
    let others = listed.deployments.iter().filter_map(named);
    guessed.left_out.extend(
        others
            .filter(|name| !taken.contains(name))
            .map(|(namespace, name)| format!("{namespace}/{name}: a Deployment without a canary")),
    );
    guessed
        .canaries
        .sort_by(|a, b| (&a.service, &a.environment).cmp(&(&b.service, &b.environment)));
    guessed
}

/// The canary of a route; `None` where the route splits nothing.
fn canary(
    listed: &Listed,
    routes: &[(String, Route)],
    (namespace, route): (&str, &Route),
    context: &str,
) -> Result<Option<Guess>, String> {
    let Some(backends) = pair(route)? else {
        return Ok(None);
    };
    let shared = routes.iter().any(|(other_namespace, other)| {
        other_namespace == namespace
            && other.name != route.name
            && other
                .rules
                .iter()
                .flatten()
                .any(|backend| backends.iter().any(|own| own.name == backend.name))
    });
    if shared {
        return Err("another HTTPRoute has the same backends".to_owned());
    }
    let (stable, canary, sides_by) = sides(&backends)?;
    let (stable, of_stable) = behind(listed, namespace, stable)?;
    let (canary, of_canary) = behind(listed, namespace, canary)?;
    if stable.deployment == canary.deployment {
        return Err(format!(
            "both backends lead to Deployment {}",
            stable.deployment
        ));
    }
    if !is_label(&stable.deployment) {
        return Err(format!(
            "the name of Deployment {} cannot be a service's",
            stable.deployment
        ));
    }
    let container = container(of_stable, of_canary, &stable.deployment)?;
    Ok(Some(Guess {
        service: stable.deployment.clone(),
        environment: namespace.to_owned(),
        context: context.to_owned(),
        namespace: namespace.to_owned(),
        route: route.name.clone(),
        metrics: exposed(of_stable, &container),
        container,
        stable,
        canary,
        sides_by,
    }))
}

/// The two backends between which a route splits the traffic, in every rule that has more than one.
fn pair(route: &Route) -> Result<Option<[Backend; 2]>, String> {
    let mut found: Option<[Backend; 2]> = None;
    for rule in &route.rules {
        let backends = match rule.as_slice() {
            [] | [_] => continue,
            [first, second] => [first.clone(), second.clone()],
            more => return Err(format!("a rule has {} backends", more.len())),
        };
        let names =
            |pair: &[Backend; 2]| BTreeSet::from([pair[0].name.clone(), pair[1].name.clone()]);
        match &found {
            Some(known) if names(known) != names(&backends) => {
                return Err("its rules split between different backends".to_owned());
            }
            Some(_) => {}
            None => found = Some(backends),
        }
    }
    Ok(found)
}

/// Stable's Service, the canary's, and what told them apart: the names first, a weight may be anything in a release.
fn sides(backends: &[Backend; 2]) -> Result<(&str, &str, &'static str), String> {
    let [first, second] = backends;
    let is_canary = |backend: &Backend| backend.name.split('-').any(|word| word == "canary");
    let weight = |backend: &Backend| backend.weight.unwrap_or(1);
    match (is_canary(first), is_canary(second)) {
        (false, true) => Ok((&first.name, &second.name, BY_NAME)),
        (true, false) => Ok((&second.name, &first.name, BY_NAME)),
        (false, false) | (true, true) if weight(first) > weight(second) => {
            Ok((&first.name, &second.name, BY_WEIGHT))
        }
        (false, false) | (true, true) if weight(first) < weight(second) => {
            Ok((&second.name, &first.name, BY_WEIGHT))
        }
        (false, false) | (true, true) => Err(format!(
            "neither name nor weight tells which of {} and {} is the canary",
            first.name, second.name
        )),
    }
}

const BY_NAME: &str = "the other one is named canary";
const BY_WEIGHT: &str = "it has the larger weight";

/// The one Deployment whose pods a Service selects.
fn behind<'l>(
    listed: &'l Listed,
    namespace: &str,
    service: &str,
) -> Result<(Side, &'l PodTemplateSpec), String> {
    let found = listed.services.iter().find(|candidate| {
        candidate.metadata.name.as_deref() == Some(service)
            && candidate.metadata.namespace.as_deref() == Some(namespace)
    });
    let selector = found
        .ok_or_else(|| format!("there is no Service {service}"))?
        .spec
        .as_ref()
        .and_then(|spec| spec.selector.clone())
        .filter(|selector| !selector.is_empty())
        .ok_or_else(|| format!("Service {service} has no selector"))?;
    let mut fitting = listed.deployments.iter().filter_map(|deployment| {
        let template = &deployment.spec.as_ref()?.template;
        let name = deployment.metadata.name.as_ref()?;
        (namespace_of(deployment) == namespace && selects(&selector, template))
            .then_some((name, template))
    });
    match (fitting.next(), fitting.next()) {
        (Some((name, template)), None) => Ok((
            Side {
                service: service.to_owned(),
                deployment: name.clone(),
            },
            template,
        )),
        (None, _) => Err(format!(
            "Service {service} selects the pods of no Deployment"
        )),
        (Some((first, _)), Some((second, _))) => Err(format!(
            "Service {service} selects the pods of several Deployments: {first}, {second}"
        )),
    }
}

fn selects(selector: &BTreeMap<String, String>, template: &PodTemplateSpec) -> bool {
    let labels = template
        .metadata
        .as_ref()
        .and_then(|meta| meta.labels.as_ref());
    labels.is_some_and(|labels| {
        selector
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
    })
}

/// The container that both have: the only one, else the one named like the service, else the one of the same repository.
fn container(
    stable: &PodTemplateSpec,
    canary: &PodTemplateSpec,
    service: &str,
) -> Result<String, String> {
    let both: Vec<&Container> = containers(stable)
        .iter()
        .filter(|one| {
            containers(canary)
                .iter()
                .any(|other| other.name == one.name)
        })
        .collect();
    match both.as_slice() {
        [only] => Ok(only.name.clone()),
        [] => Err("the two Deployments have no container of the same name".to_owned()),
        several => several
            .iter()
            .find(|container| container.name == service)
            .map(|container| container.name.clone())
            .ok_or_else(|| {
                let names: Vec<&str> = several.iter().map(|c| c.name.as_str()).collect();
                format!(
                    "which container bears the release is not clear: {}",
                    names.join(", ")
                )
            }),
    }
}

fn containers(template: &PodTemplateSpec) -> &[Container] {
    template
        .spec
        .as_ref()
        .map_or(&[], |spec| spec.containers.as_slice())
}

/// Where the pods serve metrics: by the annotations that Prometheus set-ups read, else by the container's ports.
fn exposed(template: &PodTemplateSpec, container: &str) -> Exposed {
    let annotation = |key: &str| {
        let annotations = template.metadata.as_ref()?.annotations.as_ref()?;
        annotations.get(key).cloned()
    };
    let path = annotation("prometheus.io/path")
        .filter(|path| path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()))
        .unwrap_or_else(|| "/metrics".to_owned());
    let port = |number: i32| u16::try_from(number).ok().filter(|port| *port > 0);
    let told = annotation("prometheus.io/port").and_then(|text| text.parse().ok());
    if let Some(port) = told.and_then(port) {
        return Exposed {
            port,
            path,
            by: "the annotations prometheus.io/port and path",
        };
    }
    let ports = containers(template)
        .iter()
        .filter(|found| found.name == container)
        .flat_map(|found| found.ports.as_deref().unwrap_or_default());
    let is_metrics =
        |name: &Option<String>| name.as_ref().is_some_and(|name| name.contains("metrics"));
    let named = ports.clone().find(|found| is_metrics(&found.name));
    let found = named.or_else(|| ports.clone().next());
    match found.and_then(|found| port(found.container_port)) {
        Some(port) => Exposed {
            port,
            path,
            by: "the container's ports",
        },
        None => Exposed {
            port: 8080,
            path,
            by: "default: the pods tell none",
        },
    }
}

fn namespace_of(deployment: &Deployment) -> String {
    namespace(deployment.metadata.namespace.as_ref())
}

fn namespace(name: Option<&String>) -> String {
    name.cloned().unwrap_or_default()
}
