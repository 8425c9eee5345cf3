//! The tasks behind the feeds: each waits for the clients of its login, then runs its source.

use super::clock;
use super::connections::{self, Connections};
use super::drive::News;
use super::wire::{self, Clients};
use crate::config::settings::{Environment, MetricsSource, Prometheus};
use crate::domain::event::SourceEvent;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::Target;
use crate::domain::place::Place;
use crate::domain::who::Who;
use crate::sources::cluster::lease::watch_lease;
use crate::sources::cluster::namespace::{Member, Namespace, watch as watch_namespace};
use crate::sources::cluster::watch::{Watched, watch};
use crate::sources::cluster::{Pace, access};
use crate::sources::drill;
use crate::sources::metrics::feed::{Pods, Scraping, scrape};
use crate::sources::metrics::pods::PodMetrics;
use crate::sources::metrics::prometheus::extra::{Asking, ask};
use crate::sources::metrics::prometheus::feed::{Following, follow};
use crate::sources::metrics::prometheus::fleet;
use crate::sources::supervise::{Teller, supervise};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::sync::{mpsc, watch as latest};
use tokio::time::sleep;

/// Between two tries to get the clients of a login that gave none.
const LOGIN_AGAIN: Duration = Duration::from_secs(10);

/// Between two looks at the rights, and after one that failed.
const RIGHTS_EVERY: Duration = Duration::from_secs(60);
const RIGHTS_RETRY: Duration = Duration::from_secs(10);

/// News that may wait for one source.
const WAITING: usize = 16;

/// Where a source of one environment gets its clients, and where its news goes.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) connections: Connections,
    pub(super) environment: Environment,
    pub(super) target: Target,
    pub(super) out: mpsc::Sender<News>,
}

impl Source {
    /// Watches the environment's objects.
    pub(super) async fn watch_cluster(self) {
        let Some(clients) = self.clients(FeedName::Cluster).await else {
            return;
        };
        let watched = Watched {
            client: clients.watches,
            environment: self.environment.clone(),
            target: self.target.clone(),
            pace: Pace::default(),
            clock: clock::now,
        };
        let start = move |out| watch(watched.clone(), out);
        self.supervised(FeedName::Cluster, start).await;
    }

    /// Follows the Lease of the pilots. It is no feed of its own: what it cannot tell is not known, and the record's note
    /// stands in.
    pub(super) async fn watch_lease(self) {
        let client = self.clients_untold().await.watches;
        let watched = Watched {
            client,
            environment: self.environment.clone(),
            target: self.target.clone(),
            pace: Pace::default(),
            clock: clock::now,
        };
        let (sender, news) = mpsc::channel(WAITING);
        tokio::select! {
            () = watch_lease(watched, sender) => {}
            () = forward(news, self.out.clone()) => {}
        }
    }

    /// Reads the pods' counters, from them or from who recorded them.
    pub(super) async fn read_metrics(self, pods: latest::Receiver<Pods>) {
        let Some(clients) = self.clients(FeedName::Metrics).await else {
            return;
        };
        match self.environment.metrics.source.clone() {
            MetricsSource::Pods => self.scrape_pods(&clients, pods).await,
            MetricsSource::Prometheus(settings) => {
                self.follow_prometheus(&settings, &clients, pods).await;
            }
        }
    }

    async fn scrape_pods(self, clients: &Clients, pods: latest::Receiver<Pods>) {
        let metrics = &self.environment.metrics;
        let scraping = Scraping {
            metrics: PodMetrics {
                client: clients.calls.clone(),
                namespace: self.environment.namespace.clone(),
                port: metrics.port,
                path: metrics.path.clone(),
                names: metrics.names.clone(),
                deadline: metrics
                    .interval
                    .clamp(Duration::from_secs(1), Duration::from_secs(10)),
            },
            target: self.target.clone(),
            every: metrics.interval,
            clock: clock::now,
        };
        let start = move |out| scrape(scraping.clone(), pods.clone(), out);
        self.supervised(FeedName::Metrics, start).await;
    }

    async fn follow_prometheus(
        self,
        settings: &Prometheus,
        clients: &Clients,
        pods: latest::Receiver<Pods>,
    ) {
        let prometheus = wire::prometheus(settings, &self.environment, clients.calls.clone());
        let asking = Asking {
            prometheus: prometheus.clone(),
            queries: self.environment.policy.extra_guardrails.clone().into(),
            target: self.target.clone(),
            every: self.environment.metrics.interval,
            clock: clock::now,
        };
        let following = Following {
            prometheus,
            target: self.target.clone(),
            every: self.environment.metrics.interval,
            clock: clock::now,
        };
        let start = move |out: mpsc::Sender<SourceEvent>| {
            let asked = ask(asking.clone(), out.clone());
            let followed = follow(following.clone(), pods.clone(), out);
            async move {
                tokio::join!(followed, asked);
            }
        };
        self.supervised(FeedName::Metrics, start).await;
    }

    /// Asks now and then what may be done. What cannot be answered stays unknown: the server has the last word at each write,
    /// and the cluster's feed tells outages.
    pub(super) async fn ask_rights(self) {
        let client = self.clients_untold().await.calls;
        let mut told = false;
        loop {
            if !told && let Ok(cluster) = access::identity(&client).await {
                let who = Who {
                    cluster,
                    ..super::identity::person()
                };
                let read = SourceEvent::IdentityRead(self.target.clone(), who);
                told = self.out.send(News::Source(read)).await.is_ok();
            }
            let wait = match access::rights(&client, &self.environment, &self.target).await {
                Ok(rights) => {
                    let read = SourceEvent::RightsRead(self.target.clone(), rights);
                    if self.out.send(News::Source(read)).await.is_err() {
                        return;
                    }
                    RIGHTS_EVERY
                }
                Err(_) => RIGHTS_RETRY,
            };
            sleep(wait).await;
        }
    }

    /// Waits until the login gives clients, and says why it does not; `None` where nobody listens any more.
    async fn clients(&self, feed: FeedName) -> Option<Clients> {
        loop {
            match self.connections.of(&self.environment).await {
                Ok(clients) => return Some(clients),
                Err(error) => self.fail(feed, connections::fault(&error)).await,
            }
            if self.out.is_closed() {
                return None;
            }
            sleep(LOGIN_AGAIN).await;
        }
    }

    /// Waits until the login gives clients. Why it does not is told by the cluster's feed.
    async fn clients_untold(&self) -> Clients {
        loop {
            match self.connections.of(&self.environment).await {
                Ok(clients) => return clients,
                Err(_) => sleep(LOGIN_AGAIN).await,
            }
        }
    }

    pub(super) async fn fail(&self, feed: FeedName, fault: FeedFault) {
        let failed = SourceEvent::FeedFailed(self.target.clone(), feed, fault);
        // Where the loop has gone there is nobody to tell.
        let _ = self.out.send(News::Source(failed)).await;
    }

    pub(super) async fn supervised<T>(
        &self,
        feed: FeedName,
        start: impl Fn(mpsc::Sender<SourceEvent>) -> T + Send + Sync + 'static,
    ) where
        T: Future<Output = ()> + Send + 'static,
    {
        let target = self.target.clone();
        let failed: Teller =
            Box::new(move |fault| SourceEvent::FeedFailed(target.clone(), feed, fault));
        supervised(failed, self.out.clone(), start).await;
    }
}

/// Watches a namespace once for all of its services.
pub(super) async fn follow_namespace(
    connections: Connections,
    place: Place,
    open: latest::Receiver<Option<Target>>,
    out: mpsc::Sender<News>,
) {
    let here: Vec<(Target, &Environment)> = connections
        .settings()
        .environments()
        .filter(|(_, environment)| environment.place() == place)
        .collect();
    let Some((_, environment)) = here.first() else {
        return;
    };
    let environment = (*environment).clone();
    let members: Vec<Member> = here
        .into_iter()
        .map(|(target, environment)| Member::new(target, environment))
        .collect();
    let clients = loop {
        match connections.of(&environment).await {
            Ok(clients) => break clients,
            Err(error) => {
                let failed = SourceEvent::PlaceFailed(place.clone(), connections::fault(&error));
                if out.send(News::Source(failed)).await.is_err() {
                    return;
                }
            }
        }
        sleep(LOGIN_AGAIN).await;
    };
    let watched = Namespace {
        client: clients.watches,
        place: place.clone(),
        members: members.into(),
        pace: Pace::default(),
        clock: clock::now,
    };
    let failed: Teller = Box::new(move |fault| SourceEvent::PlaceFailed(place.clone(), fault));
    let start = move |out| watch_namespace(watched.clone(), open.clone(), out);
    supervised(failed, out, start).await;
}

/// Follows what harm a drill's world really did. Without a client the result of the drill stays out; nothing else depends on it.
pub(super) async fn follow_drill(target: Target, control: String, out: mpsc::Sender<News>) {
    let Ok(http) = wire::loopback() else {
        return;
    };
    let (sender, news) = mpsc::channel(WAITING);
    tokio::select! {
        () = drill::follow(http, control, target, sender) => {}
        () = forward(news, out) => {}
    }
}

/// Reads the numbers of all services of a namespace that a Prometheus records; those with the same settings in one go.
pub(super) async fn follow_recorded(
    connections: Connections,
    place: Place,
    out: mpsc::Sender<News>,
) {
    let mut groups: Vec<Group> = Vec::new();
    for (target, environment) in connections.settings().environments() {
        let MetricsSource::Prometheus(settings) = &environment.metrics.source else {
            continue;
        };
        if environment.place() != place {
            continue;
        }
        let known = groups.iter_mut().find(|group| {
            let alike = |(_, first): &(Target, Environment)| {
                first.metrics.names == environment.metrics.names
                    && first.metrics.interval == environment.metrics.interval
            };
            group.settings == **settings && group.members.first().is_some_and(alike)
        });
        let member = (target, environment.clone());
        match known {
            Some(group) => group.members.push(member),
            None => groups.push(Group {
                settings: (**settings).clone(),
                members: vec![member],
            }),
        }
    }
    join_all(
        groups
            .into_iter()
            .map(|group| group.follow(&connections, &out)),
    )
    .await;
}

/// Services that one query answers for.
struct Group {
    settings: Prometheus,
    members: Vec<(Target, Environment)>,
}

impl Group {
    async fn follow(self, connections: &Connections, out: &mpsc::Sender<News>) {
        let Some((target, first)) = self.members.first().cloned() else {
            return;
        };
        let source = Source {
            connections: connections.clone(),
            environment: first.clone(),
            target: target.clone(),
            out: out.clone(),
        };
        let Some(clients) = source.clients(FeedName::Metrics).await else {
            return;
        };
        let environments: Vec<&Environment> = self
            .members
            .iter()
            .map(|(_, environment)| environment)
            .collect();
        let made = wire::prometheus_of_all(&self.settings, &environments, clients.calls);
        let Some(prometheus) = made else {
            return;
        };
        let members = self.members.iter();
        let members =
            members.map(|(target, environment)| (target.clone(), wire::owners(environment)));
        let following = fleet::Following {
            prometheus,
            members: members.collect(),
            every: first.metrics.interval,
            clock: clock::now,
        };
        let start = move |out| fleet::follow(following.clone(), out);
        source.supervised(FeedName::Metrics, start).await;
    }
}

async fn supervised<T>(
    failed: Teller,
    out: mpsc::Sender<News>,
    start: impl Fn(mpsc::Sender<SourceEvent>) -> T + Send + Sync + 'static,
) where
    T: Future<Output = ()> + Send + 'static,
{
    let (sender, news) = mpsc::channel(WAITING);
    tokio::select! {
        () = supervise(failed, &sender, || start(sender.clone())) => {}
        () = forward(news, out) => {}
    }
}

async fn forward(mut news: mpsc::Receiver<SourceEvent>, out: mpsc::Sender<News>) {
    while let Some(event) = news.recv().await {
        if out.send(News::Source(event)).await.is_err() {
            return;
        }
    }
}
