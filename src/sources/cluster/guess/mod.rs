//! Looks for services where no config names them: an `HTTPRoute` with two backends and the Deployments behind these are a
//! canary, any other Deployment is a service by itself.
//!
//! Invariants: where two things fit, neither is chosen; what is left out is named with the reason; a Deployment behind a route
//! that was not understood is not taken for a plain one.

mod behind;
mod list;
mod plain;

pub use list::{is_absent, list};

use super::decode;
use crate::config::guess::{Guess, Layout, Pair};
use crate::config::rules::is_label;
use crate::domain::cluster::{Backend, Route};
use crate::domain::ids::SERVICE_LABEL;
use behind::{behind, container, exposed};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Service};
use kube::api::DynamicObject;
use std::collections::BTreeSet;

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
    /// Services, by name and environment.
    pub services: Vec<Guess>,
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
    /// Records that others, who have a config, keep there.
    pub records: Vec<ConfigMap>,
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
                taken.extend(behind_route(listed, namespace, route));
                guessed.add(guess, &route.name);
            }
            Ok(None) => {}
            Err(why) => {
                taken.extend(behind_route(listed, namespace, route));
                guessed
                    .left_out
                    .push(format!("{namespace}/{}: {why}", route.name));
            }
        }
    }
    for deployment in &listed.deployments {
        let name = deployment.metadata.name.clone().unwrap_or_default();
        let namespace = namespace_of(deployment);
        if taken.contains(&(namespace.clone(), name.clone())) {
            continue;
        }
        match plain::service(listed, deployment, context) {
            Ok(guess) => guessed.add(guess, &name),
            Err(why) => guessed.left_out.push(format!("{namespace}/{name}: {why}")),
        }
    }
    guessed
        .services
        .sort_by(|a, b| (&a.service, &a.environment).cmp(&(&b.service, &b.environment)));
    guessed
}

impl Guessed {
    /// Adds a guess, unless another namespace has one of the same name; `object` is what it was made from.
    fn add(&mut self, guess: Guess, object: &str) {
        if is_known(&self.services, &guess) {
            self.left_out.push(format!(
                "{}/{object}: another namespace has {} in {} too; look at one with -n",
                guess.namespace, guess.service, guess.environment
            ));
        } else {
            self.services.push(guess);
        }
    }
}

/// The Deployments that a route is about: those whose pods its backends select, and those that are named like them.
fn behind_route(listed: &Listed, namespace: &str, route: &Route) -> Vec<(String, String)> {
    let backends = route.rules.iter().flatten();
    backends
        .flat_map(|backend| {
            let selected = behind::all(listed, namespace, &backend.name);
            selected.into_iter().chain([backend.name.clone()])
        })
        .map(|name| (namespace.to_owned(), name))
        .collect()
}

fn is_known(services: &[Guess], guess: &Guess) -> bool {
    services
        .iter()
        .any(|known| known.service == guess.service && known.environment == guess.environment)
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
    let environment = environment(listed, namespace, &stable.deployment)?;
    Ok(Some(Guess {
        service: stable.deployment.clone(),
        environment,
        context: context.to_owned(),
        namespace: namespace.to_owned(),
        metrics: exposed(of_stable, &container),
        container,
        layout: Layout::Canary(Pair {
            route: route.name.clone(),
            stable,
            canary,
            sides_by,
        }),
    }))
}

/// The environment's name: that of the record which is kept already, so that all act on the same one; else the namespace's.
fn environment(listed: &Listed, namespace: &str, service: &str) -> Result<String, String> {
    let prefix = format!("flightdeck-{service}-");
    let mut kept = listed.records.iter().filter_map(|record| {
        let meta = &record.metadata;
        let labels = meta.labels.as_ref()?;
        let ours = meta.namespace.as_deref() == Some(namespace)
            && labels
                .get(SERVICE_LABEL)
                .is_some_and(|name| name == service);
        let name = meta.name.as_ref()?.strip_prefix(&prefix)?;
        (ours && is_label(name)).then(|| name.to_owned())
    });
    match (kept.next(), kept.next()) {
        (None, _) => Ok(namespace.to_owned()),
        (Some(environment), None) => Ok(environment),
        (Some(first), Some(second)) => Err(format!(
            "there are records of several environments: {first}, {second}"
        )),
    }
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

fn namespace_of(deployment: &Deployment) -> String {
    namespace(deployment.metadata.namespace.as_ref())
}

fn namespace(name: Option<&String>) -> String {
    name.cloned().unwrap_or_default()
}
