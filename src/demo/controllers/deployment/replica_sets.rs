//! A Deployment's replica sets as they are now, and the bounds its strategy sets.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::event::{Cause, note};
use super::super::object::{is_going, name, number, owned};
use super::{TELLS, template};
use crate::demo::kube_api::{Key, Resource, Store};

/// On a replica set: how many replicas its Deployment wished when it was last scaled.
pub(crate) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// On a replica set: how many pods its Deployment could have at most.
pub(crate) const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// How many pods a Deployment wishes, and how far it may stray from that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The wished number.
    pub(crate) replicas: i64,
    /// How many there may be at most.
    pub(crate) most: i64,
    /// How many must be available at least.
    pub(crate) least_available: i64,
    /// Whether all old pods go before the first new one comes.
    pub(crate) recreates: bool,
}

impl Bounds {
    /// Those of a Deployment: shares round up for surge and down for unavailability, and one of them is never 0.
    pub(crate) fn of(deployment: &Value) -> Self {
        let replicas = number(&deployment["spec"], "replicas");
        let strategy = &deployment["spec"]["strategy"];
        if strategy["type"] == "Recreate" {
            return Self {
                replicas,
                most: replicas,
                least_available: 0,
                recreates: true,
            };
        }
        let surge = share(
            &strategy["rollingUpdate"]["maxSurge"],
            replicas,
            Rounding::Up,
        );
        let mut unavailable = share(
            &strategy["rollingUpdate"]["maxUnavailable"],
            replicas,
            Rounding::Down,
        );
        if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let least_available = replicas - unavailable.min(replicas);
        Self {
            replicas,
            most: replicas + surge,
            least_available,
            recreates: false,
        }
    }
}

#[derive(Clone, Copy)]
enum Rounding {
    Up,
    Down,
}

fn share(value: &Value, of: i64, rounding: Rounding) -> i64 {
    let percent = value
        .as_str()
        .and_then(|text| text.strip_suffix('%'))
        .and_then(|text| text.parse::<i64>().ok());
    let percent = percent.map(|percent| percent.clamp(0, 1000));
    match (percent, rounding) {
        (Some(percent), Rounding::Up) => (of * percent + 99) / 100,
        (Some(percent), Rounding::Down) => of * percent / 100,
        (None, _) => value.as_i64().unwrap_or(0).clamp(0, i64::from(i32::MAX)),
    }
}

/// A Deployment's replica sets.
#[derive(Debug)]
pub(crate) struct ReplicaSets {
    /// The one with the Deployment's template.
    pub(crate) new: Option<Arc<Value>>,
    /// All others, oldest first.
    pub(crate) old: Vec<Arc<Value>>,
    /// The Deployment's bounds.
    pub(crate) bounds: Bounds,
}

impl ReplicaSets {
    /// Reads them from the store.
    pub(crate) fn read(store: &Store, deployment: &Value) -> Self {
        let mut all = owned(store, Resource::ReplicaSets, deployment);
        all.retain(|set| !is_going(set));
        all.sort_by_key(|set| {
            let created = set["metadata"]["creationTimestamp"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            (created, revision_of(set), name(set).to_owned())
        });
        let wanted = &deployment["spec"]["template"];
        let place = all
            .iter()
            .position(|set| template::same(&set["spec"]["template"], wanted));
        let new = place.map(|place| all.remove(place));
        Self {
            new,
            old: all,
            bounds: Bounds::of(deployment),
        }
    }

    /// All of them, the new one last.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.old.iter().chain(self.new.iter())
    }

    /// Whether the wished number changed since the sets were last scaled.
    pub(crate) fn is_scaling(&self) -> bool {
        let wished = self.bounds.replicas.to_string();
        let scaled = |set: &Value| {
            set["metadata"]["annotations"][DESIRED]
                .as_str()
                .is_none_or(|desired| desired == wished)
        };
        self.all().any(|set| wished_of(set) > 0 && !scaled(set))
    }

    /// How many pods all sets wish.
    pub(crate) fn wished(&self) -> i64 {
        self.all().map(|set| wished_of(set)).sum()
    }

    /// How many pods of all sets are available.
    pub(crate) fn available(&self) -> i64 {
        self.all()
            .map(|set| number(&set["status"], "availableReplicas"))
            .sum()
    }

    /// Whether any pod of the old sets is still there, even if it is being deleted.
    pub(crate) fn has_old_pods(&self, store: &Store) -> bool {
        self.old
            .iter()
            .any(|set| !owned(store, Resource::Pods, set).is_empty())
    }

    /// Scales one set, writes down for which number of replicas, and tells it.
    pub(crate) fn scale(&self, store: &Store, deployment: &Value, set: &Arc<Value>, to: i64) {
        let from = wished_of(set);
        let bounds = self.bounds;
        // A set that went in the meantime shows at the next change.
        let _gone = store.edit(&Key::of(Resource::ReplicaSets, set), |set| {
            set["spec"]["replicas"] = json!(to);
            set["metadata"]["annotations"][DESIRED] = json!(bounds.replicas.to_string());
            set["metadata"]["annotations"][MAX] = json!(bounds.most.to_string());
        });
        if from != to {
            tell_scaled(store, deployment, name(set), from, to);
        }
    }
}

/// Writes the event of a scaling.
pub(crate) fn tell_scaled(store: &Store, deployment: &Value, set: &str, from: i64, to: i64) {
    let way = if to > from { "up" } else { "down" };
    let cause = Cause {
        component: TELLS,
        kind: "Normal",
        reason: "ScalingReplicaSet",
    };
    note(
        store,
        deployment,
        cause,
        &format!("Scaled {way} replica set {set} from {from} to {to}"),
    );
}

/// How many pods a set wishes.
pub(crate) fn wished_of(set: &Value) -> i64 {
    number(&set["spec"], "replicas")
}

/// A set's revision; 0 where it has none.
pub(crate) fn revision_of(set: &Value) -> u64 {
    let text = set["metadata"]["annotations"][super::revision::REVISION].as_str();
    text.and_then(|text| text.parse::<u32>().ok())
        .map_or(0, u64::from)
}
