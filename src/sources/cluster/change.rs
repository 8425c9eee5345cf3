//! The parts of an environment as the watches tell them, until they make one picture.

use super::decode;
use super::errors::{Cause, ClusterError};
use super::follow::News;
use super::merge::{Found, assemble};
use super::objects;
use super::observe::failure;
use crate::domain::cluster::{Deployment, Pod, ReplicaSet, Route, Snapshot};
use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::policy::Strategy;
use crate::domain::record::RecordRead;
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use jiff::Timestamp;
use k8s_openapi::api::{apps, core};
use kube::ResourceExt;
use kube::api::DynamicObject;
use std::collections::BTreeMap;

/// News of one part.
#[derive(Debug)]
pub(super) enum Change {
    Deployment(Track, News<apps::v1::Deployment>),
    ReplicaSets(Track, News<apps::v1::ReplicaSet>),
    Pods(Track, News<core::v1::Pod>),
    Route(News<DynamicObject>),
    Record(News<core::v1::ConfigMap>),
}

/// What a change amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    News,
    Alive,
    Failed,
}

/// One followed collection.
struct Part<T> {
    /// By name; `None` until it was listed.
    items: Option<BTreeMap<String, T>>,
    fault: Option<FeedFault>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self {
            items: None,
            fault: None,
        }
    }
}

impl<T> Part<T> {
    fn take<K: ResourceExt>(&mut self, news: News<K>, decode: impl Fn(&K) -> Option<T>) -> Seen {
        let item = |object: &K| Some((object.name_any(), decode(object)?));
        let recovered = self.fault.take().is_some();
        match news {
            News::Listed(objects) => self.items = Some(objects.iter().filter_map(item).collect()),
            News::Applied(object) => {
                if let Some((name, value)) = item(&object) {
                    self.items.get_or_insert_default().insert(name, value);
                }
            }
            News::Deleted(object) => {
                self.items
                    .get_or_insert_default()
                    .remove(&object.name_any());
            }
            News::Alive if recovered => return Seen::News,
            News::Alive => return Seen::Alive,
            News::Failed(error) => {
                self.fault = Some(FeedFault::from(&error));
                return Seen::Failed;
            }
        }
        Seen::News
    }

    fn values(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flat_map(BTreeMap::values)
    }
}

/// One side's parts.
#[derive(Default)]
struct Side {
    deployment: Part<(Deployment, Option<String>)>,
    replica_sets: Part<ReplicaSet>,
    pods: Part<Pod>,
}

impl Side {
    /// Whether all of it is known: where there is no Deployment there is nothing else to know.
    fn is_known(&self) -> bool {
        let followed = self.replica_sets.items.is_some() && self.pods.items.is_some();
        self.deployment.items.is_some() && (self.selector().is_none() || followed)
    }

    fn selector(&self) -> Option<&str> {
        self.deployment.values().next()?.1.as_deref()
    }

    fn found(&self) -> Found {
        Found {
            deployment: self
                .deployment
                .values()
                .next()
                .map(|(deployment, _)| deployment.clone()),
            replica_sets: self.replica_sets.values().cloned().collect(),
            pods: self.pods.values().cloned().collect(),
        }
    }

    fn faults(&self) -> impl Iterator<Item = &FeedFault> {
        let parts = [
            &self.deployment.fault,
            &self.replica_sets.fault,
            &self.pods.fault,
        ];
        parts.into_iter().flatten()
    }
}

/// All parts of one environment.
pub(super) struct Picture {
    container: String,
    /// The strategy's Deployments, the serving one first.
    sides: BTreeMap<Track, Side>,
    /// `None` where no route divides the traffic.
    route: Option<Part<Result<Route, FeedFault>>>,
    record: Part<RecordRead>,
}

impl Picture {
    pub(super) fn new(strategy: &Strategy) -> Self {
        let tracks = strategy.deployments().into_iter().map(|(track, _)| track);
        Self {
            container: strategy.container().to_owned(),
            sides: tracks.map(|track| (track, Side::default())).collect(),
            route: strategy.route().map(|_| Part::default()),
            record: Part::default(),
        }
    }

    pub(super) fn apply(&mut self, change: Change) -> Seen {
        let container = self.container.clone();
        match change {
            Change::Deployment(track, news) => {
                self.side_mut(track).deployment.take(news, |object| {
                    Some((decode::deployment(object), objects::selector(object)))
                })
            }
            Change::ReplicaSets(track, news) => self
                .side_mut(track)
                .replica_sets
                .take(news, decode::replica_set),
            Change::Pods(track, news) => self
                .side_mut(track)
                .pods
                .take(news, |object| decode::pod(object, track, &container)),
            Change::Route(news) => self.route.get_or_insert_default().take(news, |object| {
                Some(decode::route(object).map_err(|e| garbled(&e)))
            }),
            Change::Record(news) => self.apply_record(news),
        }
    }

    /// Who may not read the record still sees the rollout, and is told in its place.
    fn apply_record(&mut self, news: News<core::v1::ConfigMap>) -> Seen {
        match news {
            News::Failed(error) if matches!(error.cause(), Some(Cause::Forbidden(_))) => {
                let failed = RecordRead::Failed(failure(&error));
                let told = self.record.values().any(|known| *known == failed);
                self.record.items = Some(BTreeMap::from([(String::new(), failed)]));
                if told { Seen::Alive } else { Seen::News }
            }
            news => self
                .record
                .take(news, |object| Some(decode::record(Some(object)))),
        }
    }

    fn side_mut(&mut self, track: Track) -> &mut Side {
        self.sides.entry(track).or_default()
    }

    /// Selector of one side's pods, once its Deployment is known.
    pub(super) fn selector(&self, track: Track) -> Option<&str> {
        self.sides.get(&track)?.selector()
    }

    /// Whether every part was listed.
    pub(super) fn is_known(&self) -> bool {
        let route = self
            .route
            .as_ref()
            .is_none_or(|route| route.items.is_some());
        self.sides.values().all(Side::is_known) && route && self.record.items.is_some()
    }

    /// Whether it is known that no Deployment exists.
    pub(super) fn is_empty(&self) -> bool {
        let none = |side: &Side| {
            side.deployment
                .items
                .as_ref()
                .is_some_and(BTreeMap::is_empty)
        };
        self.sides.values().all(none)
    }

    /// The picture, once all of it is known.
    pub(super) fn snapshot(&self, at: Timestamp) -> Option<Snapshot> {
        self.is_known().then(|| {
            let route = self.routes().find_map(|route| route.as_ref().ok()).cloned();
            let record = self
                .record
                .values()
                .next()
                .cloned()
                .unwrap_or(RecordRead::Absent);
            assemble(self.sides.values().map(Side::found), route, record, at)
        })
    }

    /// What stands in the way of seeing all of it.
    pub(super) fn fault(&self) -> Option<&FeedFault> {
        let garbled = self.routes().filter_map(|route| route.as_ref().err());
        let route = self.route.iter().filter_map(|route| route.fault.as_ref());
        let sides = self.sides.values().flat_map(Side::faults);
        sides
            .chain(route)
            .chain(&self.record.fault)
            .chain(garbled)
            .next()
    }

    fn routes(&self) -> impl Iterator<Item = &Result<Route, FeedFault>> {
        self.route.iter().flat_map(Part::values)
    }
}

pub(super) fn garbled(fault: &serde_json::Error) -> FeedFault {
    FeedFault {
        kind: FaultKind::Garbled,
        text: Text::new(format!("the route makes no sense: {fault}")),
        hint: None,
    }
}

impl From<ClusterError> for FeedFault {
    fn from(error: ClusterError) -> Self {
        Self::from(&error)
    }
}
