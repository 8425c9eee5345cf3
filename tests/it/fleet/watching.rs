//! A namespace watched once for all of its services.

use crate::fixture;
use crate::support::until;
use crate::world_kube::cluster::{Cluster, checkout};
use flightdeck::config::settings::Environment;
use flightdeck::demo::kube_api::{OutageMode, Part};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::FeedName;
use flightdeck::domain::ids::Target;
use flightdeck::domain::policy::{RollingPolicy, Strategy};
use flightdeck::domain::record::RecordRead;
use flightdeck::runtime::{clock, wire};
use flightdeck::sources::cluster::Pace;
use flightdeck::sources::cluster::namespace::{Member, Namespace, watch};
use flightdeck::strategy::engine;
use std::time::Duration;
use tokio::sync::{mpsc, watch as latest};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

const PATIENCE: Duration = Duration::from_secs(30);

/// A service that is the cluster's one Deployment, or one that is not there.
fn environment(deployment: &str) -> Environment {
    let mut environment = fixture::settings()
        .environment(&fixture::target())
        .unwrap()
        .clone();
    environment.policy.strategy = Strategy::Rolling(RollingPolicy {
        deployment: deployment.to_owned(),
        container: "app".to_owned(),
        service: None,
        ready_within: Duration::from_secs(60),
    });
    environment
}

struct Feed {
    events: mpsc::Receiver<SourceEvent>,
    open: latest::Sender<Option<Target>>,
    _task: AbortOnDropHandle<()>,
}

impl Feed {
    /// Three services that share one Deployment, and one whose Deployment is not there.
    fn of(cluster: &Cluster) -> Self {
        wire::install_crypto();
        let mut config = kube::Config::new(cluster.url.parse().unwrap());
        config.default_retry = false;
        let member = |name: &str, deployment: &str| {
            Member::new(Target::new(name, "production"), &environment(deployment))
        };
        let watched = Namespace {
            client: kube::Client::try_from(config).unwrap(),
            place: environment("checkout").place(),
            members: [
                member("one", "checkout"),
                member("two", "checkout"),
                member("three", "checkout"),
                member("none", "nowhere"),
            ]
            .into(),
            pace: Pace::default(),
            clock: clock::now,
        };
        let (out, events) = mpsc::channel(64);
        let (open, named) = latest::channel(None);
        let task = AbortOnDropHandle::new(tokio::spawn(watch(watched, named, out)));
        Self {
            events,
            open,
            _task: task,
        }
    }

    async fn until<T>(&mut self, what: &str, pick: impl Fn(&SourceEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let Ok(event) = timeout_at(deadline, self.events.recv()).await else {
                panic!("waited in vain for {what}; came: {seen:#?}");
            };
            let event = event.unwrap();
            seen.push(format!("{event:?}").chars().take(160).collect::<String>());
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    }
}

fn is_of(target: &Target, name: &str) -> bool {
    target.service.as_str() == name
}

#[tokio::test]
async fn many_services_cost_one_list_and_one_watch_a_kind_and_each_is_told_by_itself() {
    let cluster = Cluster::start().await;
    let mut feed = Feed::of(&cluster);
    for name in ["one", "two", "three"] {
        let snapshot = feed
            .until(name, |event| match event {
                SourceEvent::ClusterRead(target, snapshot) if is_of(target, name) => {
                    Some(snapshot.clone())
                }
                _ => None,
            })
            .await;
        assert_eq!(snapshot.pods.len(), 2);
        assert_eq!(snapshot.record, RecordRead::Absent);
        let policy = environment("checkout").policy;
        assert_eq!(engine(&policy).read(&snapshot).phase.word(), "healthy");
    }
    let absent = feed
        .until("what is not there", |event| match event {
            SourceEvent::FeedFailed(target, FeedName::Cluster, fault) if is_of(target, "none") => {
                Some(fault.text.shown().to_owned())
            }
            _ => None,
        })
        .await;
    assert!(absent.contains("no Deployment `nowhere`"), "{absent}");
    for kind in ["deployments", "replicasets", "pods", "configmaps"] {
        for verb in ["list", "watch"] {
            let what = format!("{verb} {kind}/production");
            let counted = async || cluster.faults.reads().get(&what).copied();
            // A watch is opened behind its listing.
            let count = until("the request", counted, Option::is_some).await;
            assert_eq!(count, Some(1), "{what}");
        }
    }
    // A change reaches every service that it concerns.
    let key = checkout();
    let image = serde_json::json!("registry.example.com/shop/checkout:v9.9.9");
    cluster
        .store
        .edit(&key, |deployment| {
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image;
        })
        .unwrap();
    feed.until("the new image", |event| match event {
        SourceEvent::ClusterRead(target, snapshot) if is_of(target, "three") => {
            snapshot.deployments[0].containers[0]
                .image
                .ends_with("v9.9.9")
                .then_some(())
        }
        _ => None,
    })
    .await;
    // The one that is opened is told with the templates of its earlier versions.
    let templates = |event: &SourceEvent, name: &str| match event {
        SourceEvent::ClusterRead(target, snapshot) if is_of(target, name) => {
            let sets = snapshot.replica_sets.iter();
            Some(sets.filter(|set| !set.template.0.is_null()).count())
        }
        _ => None,
    };
    feed.open
        .send(Some(Target::new("two", "production")))
        .unwrap();
    feed.until("both templates", |event| {
        templates(event, "two").filter(|count| *count == 2)
    })
    .await;
}

#[tokio::test]
async fn an_outage_is_told_once_for_all_and_its_end_too() {
    let cluster = Cluster::start().await;
    let mut feed = Feed::of(&cluster);
    feed.until("a reading", |event| {
        matches!(event, SourceEvent::ClusterRead(..)).then_some(())
    })
    .await;
    cluster
        .faults
        .outage(Part::Kube, OutageMode::Error, Duration::from_secs(600));
    let place = feed
        .until("the outage", |event| match event {
            SourceEvent::PlaceFailed(place, _) => Some(place.clone()),
            _ => None,
        })
        .await;
    assert_eq!(place.namespace, "production");
    cluster
        .faults
        .outage(Part::Kube, OutageMode::Error, Duration::ZERO);
    // Until then it is told for no service by itself.
    feed.until("its end", |event| match event {
        SourceEvent::PlaceSeen(seen) => {
            assert_eq!(*seen, place);
            Some(())
        }
        SourceEvent::FeedFailed(of, _, fault) => panic!("told for {of:?} alone: {fault:?}"),
        _ => None,
    })
    .await;
}
