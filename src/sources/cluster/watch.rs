//! Watches exactly what is shown of one environment, and tells it as whole snapshots.
//!
//! Invariants: no snapshot before every part was listed; bursts become one snapshot, the newest; while any part cannot be
//! followed the fault is what was told last.

use super::change::{Change, Picture, Seen};
use super::follow::{Collection, News, Pace, follow};
use super::objects::{self, Objects};
use super::observe::nothing_there;
use crate::config::settings::Environment;
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::Target;
use crate::domain::policy::Strategy;
use crate::domain::traffic::Track;
use crate::sources::Clock;
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Changes of all parts that may wait to be merged.
const WAITING: usize = 256;

/// What is watched, and how.
#[derive(Clone)]
pub struct Watched {
    /// Without a read timeout: watches are silent for long.
    pub client: kube::Client,
    /// The environment.
    pub environment: Environment,
    /// Its name.
    pub target: Target,
    /// How patient.
    pub pace: Pace,
    /// The time.
    pub clock: Clock,
}

/// Watches until `out` is closed.
pub async fn watch(watched: Watched, out: mpsc::Sender<SourceEvent>) {
    // A Deployment that was made anew with other labels has other pods: everything is followed anew.
    while let Ended::Reselected = Session::new(&watched).run(&out).await {}
}

enum Ended {
    Unheard,
    Reselected,
}

struct Session<'a> {
    watched: &'a Watched,
    objects: Objects,
    strategy: &'a Strategy,
    tasks: JoinSet<()>,
    changes: (mpsc::Sender<Change>, mpsc::Receiver<Change>),
    /// Selectors that are being followed.
    followed: [Option<String>; 2],
    picture: Picture,
    told: Told,
}

/// What was told, and what is still to be told.
struct Told {
    /// The fault that was told last and still stands.
    fault: Option<FeedFault>,
    /// That no Deployment exists, with what was found about it.
    nothing: Option<FeedFault>,
    news: bool,
    alive: bool,
    failed: bool,
    last_at: Option<Instant>,
}

impl<'a> Session<'a> {
    fn new(watched: &'a Watched) -> Self {
        let strategy = &watched.environment.policy.strategy;
        Self {
            watched,
            objects: Objects::new(&watched.client, &watched.environment),
            strategy,
            tasks: JoinSet::new(),
            changes: mpsc::channel(WAITING),
            followed: [None, None],
            picture: Picture::new(strategy),
            told: Told {
                fault: None,
                nothing: None,
                news: false,
                alive: false,
                failed: false,
                last_at: None,
            },
        }
    }

    async fn run(mut self, out: &mpsc::Sender<SourceEvent>) -> Ended {
        self.follow_named();
        loop {
            let due = self.due();
            tokio::select! {
                Some(change) = self.changes.1.recv() => {
                    if self.take(change).await == Followed::Otherwise {
                        return Ended::Reselected;
                    }
                }
                Some(Err(ended)) = self.tasks.join_next() => {
                    if let Ok(panic) = ended.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
                permit = permit_at(out, due), if due.is_some() => match permit {
                    Ok(permit) => {
                        if let Some(event) = self.next_event() {
                            permit.send(event);
                            self.told.last_at = Some(Instant::now());
                        }
                    }
                    Err(_) => return Ended::Unheard,
                },
                () = out.closed() => return Ended::Unheard,
            }
        }
    }

    /// Starts what is known by name.
    fn follow_named(&mut self) {
        let objects = self.objects.clone();
        let strategy = self.strategy;
        for (track, name) in strategy.deployments() {
            self.start_named(
                objects.deployments(),
                objects::DEPLOYMENTS,
                name,
                move |news| Change::Deployment(track, news),
            );
        }
        if let Some(route) = strategy.route() {
            self.start_named(objects.routes(), objects::ROUTES, route, Change::Route);
        }
        let record = self.watched.target.record_name();
        self.start_named(
            objects.config_maps(),
            objects::CONFIG_MAPS,
            &record,
            Change::Record,
        );
    }

    fn start_named<K, W>(&mut self, api: Api<K>, resource: &'static str, name: &str, wrap: W)
    where
        K: ResourceExt + Clone + DeserializeOwned + Debug + Send + 'static,
        W: Fn(News<K>) -> Change + Send + Sync + 'static,
    {
        let collection = Collection {
            api,
            labels: None,
            name: Some(name.to_owned()),
            page: None,
            keep: Some,
            attempt: self.objects.attempt("list", resource, Some(name)),
        };
        self.tasks.spawn(follow(
            collection,
            self.watched.pace,
            wrap,
            self.changes.0.clone(),
        ));
    }

    fn start_selected<K, W>(&mut self, api: Api<K>, resource: &'static str, labels: &str, wrap: W)
    where
        K: ResourceExt + Clone + DeserializeOwned + Debug + Send + 'static,
        W: Fn(News<K>) -> Change + Send + Sync + 'static,
    {
        let collection = Collection {
            api,
            labels: Some(labels.to_owned()),
            name: None,
            page: None,
            keep: Some,
            attempt: self.objects.attempt("list", resource, None),
        };
        self.tasks.spawn(follow(
            collection,
            self.watched.pace,
            wrap,
            self.changes.0.clone(),
        ));
    }

    async fn take(&mut self, change: Change) -> Followed {
        match self.picture.apply(change) {
            Seen::News => self.told.news = true,
            Seen::Alive => self.told.alive = true,
            Seen::Failed => {}
        }
        for track in Track::BOTH {
            if self.follow_selected(track) == Followed::Otherwise {
                return Followed::Otherwise;
            }
        }
        self.look_for_nothing().await;
        self.told.failed |= self.fault() != self.told.fault;
        Followed::Same
    }

    /// Starts following one side's ReplicaSets and pods once its Deployment tells their labels.
    fn follow_selected(&mut self, track: Track) -> Followed {
        let Some(labels) = self.picture.selector(track).map(str::to_owned) else {
            return Followed::Same;
        };
        let slot = &mut self.followed[track as usize];
        if let Some(known) = slot {
            return if *known == labels {
                Followed::Same
            } else {
                Followed::Otherwise
            };
        }
        *slot = Some(labels.clone());
        let objects = self.objects.clone();
        self.start_selected(
            objects.replica_sets(),
            objects::REPLICA_SETS,
            &labels,
            move |news| Change::ReplicaSets(track, news),
        );
        self.start_selected(objects.pods(), objects::PODS, &labels, move |news| {
            Change::Pods(track, news)
        });
        Followed::Same
    }

    async fn look_for_nothing(&mut self) {
        if !self.picture.is_empty() {
            self.told.nothing = None;
        } else if self.told.nothing.is_none() {
            self.told.nothing = Some(nothing_there(&self.objects, self.strategy).await.into());
        }
    }

    fn fault(&self) -> Option<FeedFault> {
        self.picture.fault().or(self.told.nothing.as_ref()).cloned()
    }

    /// When something is to be told next, if anything is.
    fn due(&self) -> Option<Instant> {
        let told = &self.told;
        let waits = told.news || told.alive || told.failed;
        waits.then(|| {
            told.last_at
                .map_or_else(Instant::now, |last| last + self.watched.pace.burst)
        })
    }

    /// The most urgent thing to tell, as things stand now. A snapshot takes a fault off the feed, so one that stands is told again.
    fn next_event(&mut self) -> Option<SourceEvent> {
        let target = self.watched.target.clone();
        if std::mem::take(&mut self.told.news)
            && let Some(snapshot) = self.picture.snapshot((self.watched.clock)())
        {
            self.told.alive = false;
            self.told.failed |= self.fault().is_some();
            self.told.fault = None;
            return Some(SourceEvent::ClusterRead(target, Box::new(snapshot)));
        }
        let failed = std::mem::take(&mut self.told.failed);
        let alive = std::mem::take(&mut self.told.alive);
        self.told.fault = self.fault();
        if let Some(fault) = self.told.fault.clone() {
            return failed.then_some(SourceEvent::FeedFailed(target, FeedName::Cluster, fault));
        }
        (alive && self.picture.is_known())
            .then_some(SourceEvent::FeedSeen(target, FeedName::Cluster))
    }
}

/// Whether what is followed is still what should be.
#[derive(PartialEq, Eq)]
enum Followed {
    Same,
    Otherwise,
}

async fn permit_at(
    out: &mpsc::Sender<SourceEvent>,
    due: Option<Instant>,
) -> Result<mpsc::Permit<'_, SourceEvent>, mpsc::error::SendError<()>> {
    if let Some(due) = due {
        sleep_until(due).await;
    }
    out.reserve().await
}
