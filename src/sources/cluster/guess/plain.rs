//! A Deployment that is a service by itself.

use super::behind::{container, exposed, is_alone, is_owned};
use super::{Listed, environment, namespace_of};
use crate::config::guess::{Guess, Layout, Side};
use crate::config::rules::is_label;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::PodTemplateSpec;

/// The service that `deployment` is; or why it is not taken for one.
pub(super) fn service(
    listed: &Listed,
    deployment: &Deployment,
    context: &str,
) -> Result<Guess, String> {
    let name = deployment.metadata.name.clone().unwrap_or_default();
    let namespace = namespace_of(deployment);
    if is_owned(deployment) {
        return Err("it belongs to another controller, which would fight over it".to_owned());
    }
    if !is_label(&name) {
        return Err("its name cannot be a service's".to_owned());
    }
    let template = deployment.spec.as_ref().map(|spec| &spec.template);
    let template = template.ok_or_else(|| "it has no pod template".to_owned())?;
    let container = container(template, template, &name)?;
    Ok(Guess {
        environment: environment(listed, &namespace, &name)?,
        context: context.to_owned(),
        layout: Layout::Rolling(Side {
            service: only(listed, (&namespace, &name), template),
            deployment: name.clone(),
        }),
        service: name,
        namespace,
        metrics: exposed(template, &container),
        container,
    })
}

/// The one Service that selects its pods and no others; of several the one that is named like it.
fn only(
    listed: &Listed,
    (namespace, deployment): (&str, &str),
    template: &PodTemplateSpec,
) -> Option<String> {
    let names = listed.services.iter().filter_map(|service| {
        let meta = &service.metadata;
        let name = meta.name.as_deref()?;
        let is_own = meta.namespace.as_deref() == Some(namespace)
            && is_alone(listed, namespace, service, template);
        is_own.then_some(name)
    });
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [only] => Some((*only).to_owned()),
        several => several
            .iter()
            .find(|name| **name == deployment)
            .map(|name| (*name).to_owned()),
    }
}
