//! Runs what the model wants watched, and nothing else.

use super::clock;
use super::drive::News;
use super::subs_ci::{self, PipelineSource};
use super::wire::{self, Clients};
use crate::app::subscription::{PipelineFocus, PodRef, Sub};
use crate::config::settings::{Environment, MetricsSource, Prometheus};
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::Target;
use crate::domain::pipeline::{JobId, RunId};
use crate::domain::who::Who;
use crate::sources::ci::watch::{self as ci_watch, Focus};
use crate::sources::cluster::watch::{Watched, watch};
use crate::sources::cluster::{Pace, access};
use crate::sources::drill;
use crate::sources::metrics::feed::{Pods, Scraping, scrape};
use crate::sources::metrics::pods::PodMetrics;
use crate::sources::metrics::prometheus::feed::{Following, follow};
use crate::sources::supervise::supervise;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::{mpsc, watch as latest};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::task::AbortOnDropHandle;

/// Between two looks at the rights, and after one that failed.
const RIGHTS_EVERY: Duration = Duration::from_secs(60);
const RIGHTS_RETRY: Duration = Duration::from_secs(10);

/// News that may wait for one source.
const WAITING: usize = 16;

/// The running sources of one environment.
pub struct Subs {
    clients: Clients,
    environment: Environment,
    out: mpsc::Sender<News>,
    wanted: BTreeSet<Sub>,
    running: BTreeMap<Feed, Running>,
    pipeline: Option<Result<PipelineSource, FeedFault>>,
}

/// A running source; what may change while it runs is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Feed {
    Cluster(Target),
    Metrics(Target),
    Rights(Target),
    GroundTruth(Target),
    Pipeline(Target),
    JobLog(Target, RunId, JobId),
    Clock,
}

/// Dropping it ends the source.
struct Running {
    _task: AbortOnDropHandle<()>,
    /// The pods that a scraping reads.
    pods: Option<latest::Sender<Pods>>,
    /// What a watch over a pipeline looks at closer.
    focus: Option<latest::Sender<Focus>>,
}

impl Subs {
    /// Nothing runs yet.
    pub fn new(clients: Clients, environment: Environment, out: mpsc::Sender<News>) -> Self {
        Self {
            clients,
            environment,
            out,
            wanted: BTreeSet::new(),
            running: BTreeMap::new(),
            pipeline: None,
        }
    }

    /// With the service's pipeline, where it has one.
    #[must_use]
    pub fn with_pipeline(mut self, pipeline: Option<Result<PipelineSource, FeedFault>>) -> Self {
        self.pipeline = pipeline;
        self
    }

    /// Ends what is not wanted any more and starts what is missing; a changed list of pods reaches the running source.
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
            Sub::Cluster(target) => self.watch_cluster(target),
            Sub::Metrics(target, pods) => self.read_metrics(target, pods),
            Sub::Rights(target) => self.ask_rights(target),
            Sub::GroundTruth(target, control) => self.follow_drill(target, control),
            Sub::Pipeline(target, focus) => self.watch_pipeline(target, focus),
            Sub::JobLog(target, run, job) => self.follow_log(target, run, job),
            Sub::Clock => Running::task(tick(self.out.clone())),
        }
    }

    fn watch_cluster(&self, target: &Target) -> Running {
        let watched = Watched {
            client: self.clients.watches.clone(),
            environment: self.environment.clone(),
            target: target.clone(),
            pace: Pace::default(),
            clock: clock::now,
        };
        self.supervised(target, FeedName::Cluster, move |out| {
            watch(watched.clone(), out)
        })
    }

    fn read_metrics(&self, target: &Target, pods: &[PodRef]) -> Running {
        let (list, pods) = latest::channel(named(pods));
        let running = match &self.environment.metrics.source {
            MetricsSource::Pods => self.scrape_pods(target, pods),
            MetricsSource::Prometheus(settings) => self.follow_prometheus(target, settings, pods),
        };
        Running {
            pods: Some(list),
            ..running
        }
    }

    fn scrape_pods(&self, target: &Target, pods: latest::Receiver<Pods>) -> Running {
        let metrics = &self.environment.metrics;
        let scraping = Scraping {
            metrics: PodMetrics {
                client: self.clients.calls.clone(),
                namespace: self.environment.namespace.clone(),
                port: metrics.port,
                path: metrics.path.clone(),
                names: metrics.names.clone(),
                deadline: metrics
                    .interval
                    .clamp(Duration::from_secs(1), Duration::from_secs(10)),
            },
            target: target.clone(),
            every: metrics.interval,
            clock: clock::now,
        };
        self.supervised(target, FeedName::Metrics, move |out| {
            scrape(scraping.clone(), pods.clone(), out)
        })
    }

    fn follow_prometheus(
        &self,
        target: &Target,
        settings: &Prometheus,
        pods: latest::Receiver<Pods>,
    ) -> Running {
        let prometheus =
            match wire::prometheus(settings, &self.environment, self.clients.calls.clone()) {
                Ok(prometheus) => prometheus,
                Err(error) => return self.failed(target, FeedName::Metrics, error.fault()),
            };
        let following = Following {
            prometheus,
            target: target.clone(),
            every: self.environment.metrics.interval,
            clock: clock::now,
        };
        self.supervised(target, FeedName::Metrics, move |out| {
            follow(following.clone(), pods.clone(), out)
        })
    }

    /// Without a client the result of the drill stays out; nothing else depends on it.
    fn follow_drill(&self, target: &Target, control: &str) -> Running {
        let (sender, news) = mpsc::channel(WAITING);
        let forward = forward(news, self.out.clone());
        let (target, control) = (target.clone(), control.to_owned());
        Running::task(async move {
            let Ok(http) = wire::loopback() else {
                return;
            };
            tokio::select! {
                () = drill::follow(http, control, target, sender) => {}
                () = forward => {}
            }
        })
    }

    fn watch_pipeline(&self, target: &Target, focus: &PipelineFocus) -> Running {
        let (sender, receiver) = latest::channel(subs_ci::focus(focus));
        let running = match &self.pipeline {
            None => Running::task(std::future::ready(())),
            Some(Err(fault)) => self.failed(target, FeedName::Ci, fault.clone()),
            Some(Ok(source)) => {
                let watched = source.watched(target);
                self.supervised(target, FeedName::Ci, move |out| {
                    ci_watch::watch(watched.clone(), receiver.clone(), out)
                })
            }
        };
        Running {
            focus: Some(sender),
            ..running
        }
    }

    fn follow_log(&self, target: &Target, run: &RunId, job: &JobId) -> Running {
        let Some(Ok(source)) = &self.pipeline else {
            return Running::task(std::future::ready(()));
        };
        let followed = source.followed(target, run, job);
        self.supervised(target, FeedName::Ci, move |out| {
            ci_watch::follow_log(followed.clone(), out)
        })
    }

    fn failed(&self, target: &Target, feed: FeedName, fault: FeedFault) -> Running {
        let failed = SourceEvent::FeedFailed(target.clone(), feed, fault);
        let out = self.out.clone();
        Running::task(async move {
            // Where the loop has gone there is nobody to tell.
            let _ = out.send(News::Source(failed)).await;
        })
    }

    fn ask_rights(&self, target: &Target) -> Running {
        let asking = ask_rights(
            self.clients.calls.clone(),
            self.environment.clone(),
            target.clone(),
            self.out.clone(),
        );
        Running::task(asking)
    }

    fn supervised<T>(
        &self,
        target: &Target,
        feed: FeedName,
        start: impl Fn(mpsc::Sender<SourceEvent>) -> T + Send + Sync + 'static,
    ) -> Running
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let target = target.clone();
        let (sender, news) = mpsc::channel(WAITING);
        let forward = forward(news, self.out.clone());
        Running::task(async move {
            tokio::select! {
                () = supervise(&target, feed, &sender, || start(sender.clone())) => {}
                () = forward => {}
            }
        })
    }
}

impl Running {
    fn task(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
            pods: None,
            focus: None,
        }
    }

    fn update(&self, sub: &Sub) {
        if let (Sub::Pipeline(_, focus), Some(sender)) = (sub, &self.focus) {
            let focus = subs_ci::focus(focus);
            sender.send_if_modified(|known| {
                let changed = *known != focus;
                *known = focus;
                changed
            });
        }
        match (sub, &self.pods) {
            (Sub::Metrics(_, pods), Some(list)) => {
                let pods = named(pods);
                list.send_if_modified(|known| {
                    let changed = *known != pods;
                    *known = pods;
                    changed
                });
            }
            (
                Sub::Metrics(..)
                | Sub::Cluster(_)
                | Sub::Rights(_)
                | Sub::GroundTruth(..)
                | Sub::Pipeline(..)
                | Sub::JobLog(..)
                | Sub::Clock,
                _,
            ) => {}
        }
    }
}

fn feed(sub: &Sub) -> Feed {
    match sub {
        Sub::Cluster(target) => Feed::Cluster(target.clone()),
        Sub::Metrics(target, _) => Feed::Metrics(target.clone()),
        Sub::Rights(target) => Feed::Rights(target.clone()),
        Sub::GroundTruth(target, _) => Feed::GroundTruth(target.clone()),
        Sub::Pipeline(target, _) => Feed::Pipeline(target.clone()),
        Sub::JobLog(target, run, job) => Feed::JobLog(target.clone(), run.clone(), job.clone()),
        Sub::Clock => Feed::Clock,
    }
}

fn named(pods: &[PodRef]) -> Pods {
    pods.iter()
        .map(|pod| (pod.name.clone(), pod.track))
        .collect()
}

async fn forward(mut news: mpsc::Receiver<SourceEvent>, out: mpsc::Sender<News>) {
    while let Some(event) = news.recv().await {
        if out.send(News::Source(event)).await.is_err() {
            return;
        }
    }
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

/// What cannot be answered stays unknown: the server has the last word at each write, and the cluster's feed tells outages.
async fn ask_rights(
    client: kube::Client,
    environment: Environment,
    target: Target,
    out: mpsc::Sender<News>,
) {
    let mut told = false;
    loop {
        if !told && let Ok(cluster) = access::identity(&client).await {
            let who = Who {
                cluster,
                ..super::identity::person()
            };
            told = out
                .send(News::Source(SourceEvent::IdentityRead(target.clone(), who)))
                .await
                .is_ok();
        }
        let wait = match access::rights(&client, &environment, &target).await {
            Ok(rights) => {
                let read = SourceEvent::RightsRead(target.clone(), rights);
                if out.send(News::Source(read)).await.is_err() {
                    return;
                }
                RIGHTS_EVERY
            }
            Err(_) => RIGHTS_RETRY,
        };
        sleep(wait).await;
    }
}
