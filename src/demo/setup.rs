//! Brings a new world to where its scenario begins, through the same store and controllers that act in it later.
//!
//! Releases that are past are really rolled out, with no replicas, one after the other, so that revisions, `ReplicaSet`s and
//! template hashes are the controllers' own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::image::image_of;
use super::kube_api::{Key, Resource, Store, StoreError};
use super::objects::{self, Role};
use super::record_text::{self, PlaceholderError};
use super::scenario::{Environment, Scenario, Strategy, Track};
use super::traffic::{NODE, ready_addresses};

/// How long the controllers and pods may take for anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Namespaces of the two environments.
pub(crate) const PRODUCTION: &str = "production";
pub(crate) const STAGING: &str = "staging";

/// Why a world could not be brought to its beginning.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// An object could not be made or changed.
    #[error("cannot set up {object}")]
    Object {
        /// What was to be written.
        object: String,
        /// The store's refusal.
        #[source]
        source: StoreError,
    },
    /// A Deployment is to run no version.
    #[error("the scenario names no tag for Deployment {0}")]
    NoTag(String),
    /// A service of the fleet could not be made.
    #[error("cannot set up the services of the fleet")]
    Fleet(#[source] StoreError),
    /// The record's text is not right.
    #[error("the scenario's record of {namespace} cannot be filled in")]
    Record {
        /// Whose record.
        namespace: &'static str,
        /// Which placeholder, and why.
        #[source]
        source: PlaceholderError,
    },
    /// Something did not come about.
    #[error("waited {} s in vain for {what}", PATIENCE.as_secs())]
    InVain {
        /// What was waited for.
        what: String,
    },
}

/// Makes everything the scenario begins with; returns when every wanted pod takes requests.
pub(crate) async fn set_up(store: &Store, scenario: &Scenario) -> Result<(), SetUpError> {
    create(store, Resource::Nodes, objects::node(NODE))?;
    tokio::try_join!(
        set_up_environment(store, PRODUCTION, &scenario.production),
        set_up_environment(store, STAGING, &scenario.staging),
    )?;
    Ok(())
}

async fn set_up_environment(
    store: &Store,
    namespace: &'static str,
    wanted: &Environment,
) -> Result<(), SetUpError> {
    create(store, Resource::Namespaces, objects::namespace(namespace))?;
    for role in services(wanted.strategy) {
        let service = objects::service(namespace, *role, wanted.strategy);
        create(store, Resource::Services, service)?;
    }
    let weight = (wanted.strategy == Strategy::Canary).then_some(wanted.weight);
    create(
        store,
        Resource::HttpRoutes,
        objects::route(namespace, weight),
    )?;
    try_join_all(tracks(wanted).map(|(role, track)| {
        let place = (namespace, role);
        set_up_track(store, place, track, wanted.progress_deadline_s)
    }))
    .await?;
    let hash_of = |deployment: &str, tag: &str| template_hash(store, namespace, deployment, tag);
    let text = record_text::fill(&wanted.record, Timestamp::now(), hash_of);
    let text = text.map_err(|source| SetUpError::Record { namespace, source })?;
    create(
        store,
        Resource::ConfigMaps,
        objects::record(namespace, text.trim()),
    )?;
    let serving = tracks(wanted).filter(|(role, _)| services(wanted.strategy).contains(role));
    try_join_all(serving.map(|(role, track)| endpoints_ready(store, namespace, role, track)))
        .await?;
    Ok(())
}

/// The Deployments of an environment.
fn tracks(wanted: &Environment) -> impl Iterator<Item = (Role, &Track)> {
    let canary = wanted.canary.iter().map(|track| (Role::Canary, track));
    std::iter::once((Role::Stable, &wanted.stable)).chain(canary)
}

/// The Services of an environment, by the Deployments they are named after.
fn services(strategy: Strategy) -> &'static [Role] {
    match strategy {
        Strategy::Canary => &Role::BOTH,
        Strategy::CanaryByPods | Strategy::Rolling => &[Role::Stable],
    }
}

async fn set_up_track(
    store: &Store,
    (namespace, role): (&str, Role),
    track: &Track,
    deadline_s: u32,
) -> Result<(), SetUpError> {
    let (first, later) = track
        .tags
        .split_first()
        .ok_or_else(|| SetUpError::NoTag(role.name().to_owned()))?;
    create(
        store,
        Resource::Deployments,
        objects::deployment(namespace, role, first, deadline_s),
    )?;
    replica_set_exists(store, namespace, role, first).await?;
    let key = Key::new(Resource::Deployments, namespace, role.name());
    for tag in later {
        edit(store, &key, |deployment| {
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image_of(tag));
        })?;
        replica_set_exists(store, namespace, role, tag).await?;
    }
    edit(store, &key, |deployment| {
        deployment["spec"]["replicas"] = json!(track.replicas);
    })
}

async fn replica_set_exists(
    store: &Store,
    namespace: &str,
    role: Role,
    tag: &str,
) -> Result<(), SetUpError> {
    let what = format!("the ReplicaSet of {namespace}/{} for {tag}", role.name());
    until(store, Resource::ReplicaSets, what, || {
        template_hash(store, namespace, role.name(), tag).is_some()
    })
    .await
}

async fn endpoints_ready(
    store: &Store,
    namespace: &str,
    role: Role,
    track: &Track,
) -> Result<(), SetUpError> {
    let what = format!(
        "{} ready endpoints of {namespace}/{}",
        track.replicas,
        role.name()
    );
    until(store, Resource::EndpointSlices, what, || {
        let count = endpoint_count(&store.list(Resource::EndpointSlices, Some(namespace)), role);
        u32::try_from(count).is_ok_and(|count| count >= track.replicas)
    })
    .await
}

fn endpoint_count(slices: &[Arc<Value>], role: Role) -> usize {
    let own = slices
        .iter()
        .filter(|slice| slice["metadata"]["labels"]["kubernetes.io/service-name"] == role.name());
    own.flat_map(|slice| ready_addresses(slice)).count()
}

/// The hash that the Deployment's controller gave the template with which it ran a tag.
fn template_hash(store: &Store, namespace: &str, deployment: &str, tag: &str) -> Option<String> {
    let image = image_of(tag);
    let sets = store.list(Resource::ReplicaSets, Some(namespace));
    let set = sets.iter().find(|set| {
        set["metadata"]["ownerReferences"][0]["name"] == deployment
            && set["spec"]["template"]["spec"]["containers"][0]["image"] == image.as_str()
    })?;
    set["metadata"]["labels"]["pod-template-hash"]
        .as_str()
        .map(str::to_owned)
}

async fn until(
    store: &Store,
    resource: Resource,
    what: String,
    holds: impl Fn() -> bool,
) -> Result<(), SetUpError> {
    let mut changes = store.changes_of(resource);
    let wait = async {
        loop {
            changes.mark_unchanged();
            if holds() || changes.changed().await.is_err() {
                return;
            }
        }
    };
    timeout(PATIENCE, wait)
        .await
        .map_err(|_| SetUpError::InVain { what })
}

fn create(store: &Store, resource: Resource, object: Value) -> Result<(), SetUpError> {
    let name = Key::of(resource, &object).name;
    let failed = |source| SetUpError::Object {
        object: format!("{} {name}", resource.facts().kind),
        source,
    };
    store.create(resource, object).map(drop).map_err(failed)
}

fn edit(store: &Store, key: &Key, change: impl FnOnce(&mut Value)) -> Result<(), SetUpError> {
    let failed = |source| SetUpError::Object {
        object: format!("{} {}", key.resource.facts().kind, key.name),
        source,
    };
    store.edit(key, change).map(drop).map_err(failed)
}
