//! One namespace followed, from the first list to the end.

use super::change::{Change, Kind};
use super::index::{Depth, Faults, Index};
use super::{Namespace, held};
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::{SERVICE_LABEL, Target};
use crate::domain::record::RecordRead;
use crate::sources::cluster::errors::{Cause, ClusterError};
use crate::sources::cluster::follow::{Collection, News, follow};
use crate::sources::cluster::objects::{self, Objects};
use crate::sources::cluster::observe::failure;
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;
use tokio::sync::{mpsc, watch as latest};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Changes of all kinds that may wait to be merged.
const WAITING: usize = 256;

/// Objects in one answer: what is decoded at once is what memory has to hold at once.
const PAGE: u32 = 500;

/// A service that nobody has open is told at most once in this time.
const GATHERED: Duration = Duration::from_millis(200);

pub(super) struct Session {
    watched: Namespace,
    open: latest::Receiver<Option<Target>>,
    /// The member that `open` names.
    open_at: Option<usize>,
    tasks: JoinSet<()>,
    changes: (mpsc::Sender<Change>, mpsc::Receiver<Change>),
    kinds: BTreeSet<Kind>,
    listed: BTreeSet<Kind>,
    index: Index,
    faults: Faults,
    /// Members with news.
    dirty: BTreeSet<usize>,
    /// Members that were told to be missing.
    missing: BTreeSet<usize>,
    /// Signs of life and faults that are still to be told.
    alive: bool,
    told: Option<FeedFault>,
    last_at: Option<Instant>,
}

impl Session {
    pub(super) fn new(watched: Namespace, open: latest::Receiver<Option<Target>>) -> Self {
        let mut kinds = BTreeSet::from([
            Kind::Deployments,
            Kind::ReplicaSets,
            Kind::Pods,
            Kind::Records,
        ]);
        if watched.members.iter().any(|member| member.route.is_some()) {
            kinds.insert(Kind::Routes);
        }
        Self {
            index: Index::of(&watched.members),
            open_at: named(&watched, &open),
            watched,
            open,
            tasks: JoinSet::new(),
            changes: mpsc::channel(WAITING),
            kinds,
            listed: BTreeSet::new(),
            faults: Faults::new(),
            dirty: BTreeSet::new(),
            missing: BTreeSet::new(),
            alive: false,
            told: None,
            last_at: None,
        }
    }

    pub(super) async fn run(mut self, out: &mpsc::Sender<SourceEvent>) {
        self.start_all();
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                () = out.closed() => return,
                Ok(()) = self.open.changed() => self.opened(),
                Some(Err(ended)) = self.tasks.join_next() => {
                    if let Ok(panic) = ended.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if self.tell(out).await.is_err() {
                        return;
                    }
                    self.last_at = Some(Instant::now());
                }
                Some(change) = self.changes.1.recv() => self.take(change),
            }
        }
    }

    fn start_all(&mut self) {
        let objects = Objects::within(&self.watched.client, &self.watched.place.namespace);
        for kind in self.kinds.clone() {
            match kind {
                Kind::Deployments => self.start(
                    (objects.deployments(), objects::DEPLOYMENTS),
                    held::deployment,
                    Change::Deployments,
                ),
                Kind::ReplicaSets => self.start(
                    (objects.replica_sets(), objects::REPLICA_SETS),
                    held::replica_set,
                    Change::ReplicaSets,
                ),
                Kind::Pods => {
                    self.start((objects.pods(), objects::PODS), held::pod, Change::Pods);
                }
                Kind::Routes => self.start(
                    (objects.routes(), objects::ROUTES),
                    held::route,
                    Change::Routes,
                ),
                Kind::Records => self.start(
                    (objects.config_maps(), objects::CONFIG_MAPS),
                    held::record,
                    Change::Records,
                ),
            }
        }
    }

    fn start<K, T>(
        &mut self,
        (api, resource): (Api<K>, &'static str),
        keep: fn(K) -> Option<T>,
        wrap: fn(News<T>) -> Change,
    ) where
        K: ResourceExt + Clone + DeserializeOwned + Debug + Send + 'static,
        T: Send + 'static,
    {
        let objects = Objects::within(&self.watched.client, &self.watched.place.namespace);
        let labels = (resource == objects::CONFIG_MAPS).then(|| SERVICE_LABEL.to_owned());
        let collection = Collection {
            api,
            labels,
            name: None,
            page: Some(PAGE),
            keep,
            attempt: objects.attempt("list", resource, None),
        };
        let out = self.changes.0.clone();
        self.tasks
            .spawn(follow(collection, self.watched.pace, wrap, out));
    }

    /// The service that was opened is told anew, with all its history.
    fn opened(&mut self) {
        self.open_at = named(&self.watched, &self.open);
        self.dirty.extend(self.open_at);
    }

    fn take(&mut self, change: Change) {
        let (kind, heard) = heard(&change);
        self.faults.remove(&kind);
        match heard {
            Heard::All => {
                self.listed.insert(kind);
                self.dirty = (0..self.watched.members.len()).collect();
                if kind == Kind::Records {
                    self.index.no_records = None;
                }
            }
            Heard::One => {}
            Heard::Alive => self.alive = true,
            Heard::Failed(failed) => {
                if !(kind == Kind::Records && self.do_without_records(&failed)) {
                    self.faults.insert(kind, failed.fault);
                }
            }
        }
        self.index.apply(change, &mut self.dirty);
    }

    /// Who may not read the records still sees the rollouts, and is told in their place.
    fn do_without_records(&mut self, failed: &Failed) -> bool {
        let Some(failure) = &failed.forbidden else {
            return false;
        };
        if self.index.no_records.as_ref() != Some(failure) {
            self.index.no_records = Some(failure.clone());
            self.dirty = (0..self.watched.members.len()).collect();
        }
        self.listed.insert(Kind::Records);
        true
    }

    fn is_known(&self) -> bool {
        self.listed == self.kinds
    }

    fn fault(&self) -> Option<&FeedFault> {
        self.faults.values().next()
    }

    /// When something is to be told next, if anything is.
    fn due(&self) -> Option<Instant> {
        let fault = self.fault() != self.told.as_ref();
        let news = self.is_known() && (!self.dirty.is_empty() || self.alive);
        if !(fault || news) {
            return None;
        }
        let open = self.open_at.is_some_and(|at| self.dirty.contains(&at));
        let pause = if open || fault {
            self.watched.pace.burst
        } else {
            GATHERED
        };
        Some(self.last_at.map_or_else(Instant::now, |last| last + pause))
    }

    async fn tell(
        &mut self,
        out: &mpsc::Sender<SourceEvent>,
    ) -> Result<(), mpsc::error::SendError<SourceEvent>> {
        if self.is_known() {
            let open = self.open_at;
            // Who is looked at is told first.
            let first = open.filter(|at| self.dirty.remove(at));
            let dirty: Vec<usize> = first
                .into_iter()
                .chain(std::mem::take(&mut self.dirty))
                .collect();
            for at in dirty {
                let depth = if open == Some(at) {
                    Depth::History
                } else {
                    Depth::Present
                };
                if let Some(event) = self.member_event(at, depth) {
                    out.send(event).await?;
                }
            }
        }
        let place = self.watched.place.clone();
        let fault = self.fault().cloned();
        let alive = std::mem::take(&mut self.alive);
        let event = match (&fault, &self.told) {
            (Some(fault), told) if told.as_ref() != Some(fault) => {
                Some(SourceEvent::PlaceFailed(place, fault.clone()))
            }
            (None, told) if (alive || told.is_some()) && self.is_known() => {
                Some(SourceEvent::PlaceSeen(place))
            }
            (Some(_) | None, _) => None,
        };
        self.told = fault;
        match event {
            Some(event) => out.send(event).await,
            None => Ok(()),
        }
    }

    fn member_event(&mut self, at: usize, depth: Depth) -> Option<SourceEvent> {
        let member = self.watched.members.get(at)?;
        let target = member.target.clone();
        let failed = |fault| SourceEvent::FeedFailed(target.clone(), FeedName::Cluster, fault);
        if self.index.is_absent(member) {
            let names = member.deployments.iter().map(|(_, name)| name.clone());
            let error = ClusterError::NoDeployments {
                namespace: self.watched.place.namespace.clone(),
                names: names.collect(),
            };
            return self
                .missing
                .insert(at)
                .then(|| failed(FeedFault::from(&error)));
        }
        self.missing.remove(&at);
        if let Some(fault) = self.index.fault(member) {
            return Some(failed(fault.clone()));
        }
        let now = (self.watched.clock)();
        let snapshot = self.index.snapshot(member, depth, now);
        Some(SourceEvent::ClusterRead(target, Box::new(snapshot)))
    }
}

/// The member that `open` names.
fn named(watched: &Namespace, open: &latest::Receiver<Option<Target>>) -> Option<usize> {
    let open = open.borrow();
    let target = open.as_ref()?;
    let mut members = watched.members.iter();
    members.position(|member| member.target == *target)
}

/// What a change amounts to.
enum Heard {
    All,
    One,
    Alive,
    Failed(Box<Failed>),
}

struct Failed {
    fault: FeedFault,
    /// How a record reads that may not be read.
    forbidden: Option<RecordRead>,
}

fn heard(change: &Change) -> (Kind, Heard) {
    match change {
        Change::Deployments(news) => (Kind::Deployments, of(news)),
        Change::ReplicaSets(news) => (Kind::ReplicaSets, of(news)),
        Change::Pods(news) => (Kind::Pods, of(news)),
        Change::Routes(news) => (Kind::Routes, of(news)),
        Change::Records(news) => (Kind::Records, of(news)),
    }
}

fn of<T>(news: &News<T>) -> Heard {
    match news {
        News::Listed(_) => Heard::All,
        News::Applied(_) | News::Deleted(_) => Heard::One,
        News::Alive => Heard::Alive,
        News::Failed(error) => Heard::Failed(Box::new(Failed {
            fault: FeedFault::from(error),
            forbidden: match error.cause() {
                Some(Cause::Forbidden(_)) => Some(RecordRead::Failed(failure(error))),
                Some(_) | None => None,
            },
        })),
    }
}
