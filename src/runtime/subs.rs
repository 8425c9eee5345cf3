//! Runs what the model wants watched, and nothing else.

use super::connections::Connections;
use super::drive::News;
use super::pod_log_feed::LogPods;
use super::source::{Source, follow_drill, follow_namespace, follow_recorded};
use super::subs_ci;
use crate::app::subscription::{PodRef, Sub};
use crate::domain::ids::Target;
use crate::domain::pipeline::{JobId, RunId};
use crate::domain::place::Place;
use crate::domain::pod_log::LogFocus;
use crate::sources::ci::watch::Focus;
use crate::sources::metrics::feed::Pods;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::{mpsc, watch as latest};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

/// The running sources.
pub struct Subs {
    connections: Connections,
    out: mpsc::Sender<News>,
    wanted: BTreeSet<Sub>,
    running: BTreeMap<Feed, Running>,
}

/// A running source; what may change while it runs is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Feed {
    Cluster(Target),
    Namespace(Place),
    Recorded(Place),
    Metrics(Target),
    Lease(Target),
    Rights(Target),
    GroundTruth(Target),
    Pipeline(Target),
    JobLog(Target, RunId, JobId),
    PodLogs(Target, LogFocus),
    Clock,
}

/// Dropping it ends the source.
struct Running {
    _task: AbortOnDropHandle<()>,
    changes: Changes,
}

/// What may change while a source runs.
enum Changes {
    Nothing,
    /// The pods that are read.
    Pods(latest::Sender<Pods>),
    /// The service that is told with all its history.
    Open(latest::Sender<Option<Target>>),
    /// The pods whose logs are read.
    LogPods(latest::Sender<LogPods>),
    /// What of a pipeline is looked at closer.
    Focus(latest::Sender<Focus>),
}

impl Subs {
    /// Nothing runs yet.
    pub fn new(connections: Connections, out: mpsc::Sender<News>) -> Self {
        Self {
            connections,
            out,
            wanted: BTreeSet::new(),
            running: BTreeMap::new(),
        }
    }

    /// Ends what is not wanted any more and starts what is missing; what may change reaches the running source.
    pub fn reconcile(&mut self, wanted: BTreeSet<Sub>) {
        self.wanted = wanted;
        self.match_wanted();
    }

    /// Starts everything that runs anew.
    pub fn refresh(&mut self) {
        self.running.clear();
        self.match_wanted();
    }

    fn match_wanted(&mut self) {
        let feeds: BTreeSet<Feed> = self.wanted.iter().map(feed).collect();
        self.running.retain(|feed, _| feeds.contains(feed));
        for sub in &self.wanted {
            let feed = feed(sub);
            if let Some(running) = self.running.get(&feed) {
                running.update(sub);
            } else {
                let running = self.start(sub);
                self.running.insert(feed, running);
            }
        }
    }

    fn start(&self, sub: &Sub) -> Running {
        match sub {
            Sub::Clock => Running::task(tick(self.out.clone())),
            Sub::Cluster(target) => self.of(target, Source::watch_cluster),
            Sub::Lease(target) => self.of(target, Source::watch_lease),
            Sub::Rights(target) => self.of(target, Source::ask_rights),
            Sub::GroundTruth(target, control) => Running::task(follow_drill(
                target.clone(),
                control.clone(),
                self.out.clone(),
            )),
            Sub::Metrics(target, pods) => {
                let (list, pods) = latest::channel(named(pods));
                let running = self.of(target, |source| source.read_metrics(pods));
                running.with(Changes::Pods(list))
            }
            Sub::Namespace(place, open) => {
                let (name, open) = latest::channel(open.clone());
                let following = follow_namespace(
                    self.connections.clone(),
                    place.clone(),
                    open,
                    self.out.clone(),
                );
                Running::task(following).with(Changes::Open(name))
            }
            Sub::Recorded(place) => Running::task(follow_recorded(
                self.connections.clone(),
                place.clone(),
                self.out.clone(),
            )),
            Sub::Pipeline(target, looked_at) => {
                let (sender, focus) = latest::channel(subs_ci::focus(looked_at));
                let running = self.of(target, |source| source.watch_pipeline(focus));
                running.with(Changes::Focus(sender))
            }
            Sub::JobLog(target, run, job) => {
                self.of(target, |source| source.follow_log(run.clone(), job.clone()))
            }
            Sub::PodLogs(target, focus, own, others) => {
                let (list, pods) = latest::channel(log_pods(own, others));
                let running = self.of(target, |source| source.follow_pod_logs(*focus, pods));
                running.with(Changes::LogPods(list))
            }
        }
    }

    fn of<T>(&self, target: &Target, run: impl FnOnce(Source) -> T) -> Running
    where
        T: Future<Output = ()> + Send + 'static,
    {
        match self.connections.settings().environment(target) {
            Some(environment) => Running::task(run(Source {
                connections: self.connections.clone(),
                environment: environment.clone(),
                target: target.clone(),
                out: self.out.clone(),
            })),
            None => Running::task(async {}),
        }
    }
}

impl Running {
    fn task(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
            changes: Changes::Nothing,
        }
    }

    fn with(self, changes: Changes) -> Self {
        Self { changes, ..self }
    }

    fn update(&self, sub: &Sub) {
        match (sub, &self.changes) {
            (Sub::Metrics(_, pods), Changes::Pods(list)) => change(list, named(pods)),
            (Sub::Namespace(_, open), Changes::Open(name)) => change(name, open.clone()),
            (Sub::PodLogs(_, _, own, others), Changes::LogPods(list)) => {
                change(list, log_pods(own, others));
            }
            (Sub::Pipeline(_, focus), Changes::Focus(sender)) => {
                change(sender, subs_ci::focus(focus));
            }
            (
                Sub::Metrics(..)
                | Sub::Namespace(..)
                | Sub::Cluster(_)
                | Sub::Recorded(_)
                | Sub::Lease(_)
                | Sub::Rights(_)
                | Sub::GroundTruth(..)
                | Sub::Pipeline(..)
                | Sub::JobLog(..)
                | Sub::PodLogs(..)
                | Sub::Clock,
                _,
            ) => {}
        }
    }
}

fn change<T: PartialEq>(sender: &latest::Sender<T>, value: T) {
    sender.send_if_modified(|known| {
        let changed = *known != value;
        *known = value;
        changed
    });
}

fn feed(sub: &Sub) -> Feed {
    match sub {
        Sub::Cluster(target) => Feed::Cluster(target.clone()),
        Sub::Namespace(place, _) => Feed::Namespace(place.clone()),
        Sub::Recorded(place) => Feed::Recorded(place.clone()),
        Sub::Metrics(target, _) => Feed::Metrics(target.clone()),
        Sub::Lease(target) => Feed::Lease(target.clone()),
        Sub::Rights(target) => Feed::Rights(target.clone()),
        Sub::GroundTruth(target, _) => Feed::GroundTruth(target.clone()),
        Sub::Pipeline(target, _) => Feed::Pipeline(target.clone()),
        Sub::JobLog(target, run, job) => Feed::JobLog(target.clone(), run.clone(), job.clone()),
        Sub::PodLogs(target, focus, ..) => Feed::PodLogs(target.clone(), *focus),
        Sub::Clock => Feed::Clock,
    }
}

fn log_pods(own: &[String], others: &[String]) -> LogPods {
    LogPods {
        own: own.to_vec(),
        others: others.to_vec(),
    }
}

fn named(pods: &[PodRef]) -> Pods {
    pods.iter()
        .map(|pod| (pod.name.clone(), pod.track))
        .collect()
}

async fn tick(out: mpsc::Sender<News>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if out.send(News::Ticked).await.is_err() {
            return;
        }
    }
}
