//! What stands behind a Service: its Deployment, the release's container, the metrics of its pods.

use super::{Listed, namespace_of};
use crate::config::guess::{Exposed, Side};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, PodTemplateSpec, Service};
use std::collections::BTreeMap;

/// The one Deployment whose pods a Service selects.
pub(super) fn behind<'l>(
    listed: &'l Listed,
    namespace: &str,
    service: &str,
) -> Result<(Side, &'l PodTemplateSpec), String> {
    let found = named(listed, namespace, service);
    let selector = found
        .ok_or_else(|| format!("there is no Service {service}"))
        .map(selector)?
        .ok_or_else(|| format!("Service {service} has no selector"))?;
    let mut fitting = selected(listed, namespace, selector);
    match (fitting.next(), fitting.next()) {
        (Some((name, _, deployment)), None) if is_owned(deployment) => Err(format!(
            "Deployment {name} belongs to another controller, which would fight over it"
        )),
        (Some((name, template, _)), None) => Ok((
            Side {
                service: Some(service.to_owned()),
                deployment: name.clone(),
            },
            template,
        )),
        (None, _) => Err(format!(
            "Service {service} selects the pods of no Deployment"
        )),
        (Some((first, ..)), Some((second, ..))) => Err(format!(
            "Service {service} selects the pods of several Deployments: {first}, {second}"
        )),
    }
}

/// The names of all Deployments whose pods a Service selects; of none where it is not there.
pub(super) fn all(listed: &Listed, namespace: &str, service: &str) -> Vec<String> {
    let selector = named(listed, namespace, service).and_then(selector);
    selector.map_or_else(Vec::new, |selector| {
        selected(listed, namespace, selector)
            .map(|(name, ..)| name.clone())
            .collect()
    })
}

/// Whether `service` selects the pods of `template`, which is one of a listed Deployment, and those of no other Deployment.
pub(super) fn is_alone(
    listed: &Listed,
    namespace: &str,
    service: &Service,
    template: &PodTemplateSpec,
) -> bool {
    // Few Services select it at all: the others are not worth the counting.
    selector(service)
        .filter(|selector| selects(selector, template))
        .is_some_and(|selector| selected(listed, namespace, selector).nth(1).is_none())
}

fn named<'l>(listed: &'l Listed, namespace: &str, service: &str) -> Option<&'l Service> {
    listed.services.iter().find(|candidate| {
        candidate.metadata.name.as_deref() == Some(service)
            && candidate.metadata.namespace.as_deref() == Some(namespace)
    })
}

fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    let selector = service.spec.as_ref()?.selector.as_ref()?;
    (!selector.is_empty()).then_some(selector)
}

fn selected<'l>(
    listed: &'l Listed,
    namespace: &str,
    selector: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'l String, &'l PodTemplateSpec, &'l Deployment)> {
    listed.deployments.iter().filter_map(move |deployment| {
        let template = &deployment.spec.as_ref()?.template;
        let name = deployment.metadata.name.as_ref()?;
        (namespace_of(deployment) == namespace && selects(selector, template))
            .then_some((name, template, deployment))
    })
}

pub(super) fn is_owned(deployment: &Deployment) -> bool {
    let owners = deployment.metadata.owner_references.as_deref();
    owners
        .unwrap_or_default()
        .iter()
        .any(|owner| owner.controller == Some(true))
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
pub(super) fn container(
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
        [] => Err("there is no container that both Deployments have".to_owned()),
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
pub(super) fn exposed(template: &PodTemplateSpec, container: &str) -> Exposed {
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
