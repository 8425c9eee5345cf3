//! Reading and watching a cluster that works, fails and comes back.

use crate::fixture;
use crate::world_kube::cluster::{Cluster, checkout};
use flightdeck::config::settings::Environment;
use flightdeck::demo::kube_api::{ExpiredShape, OutageMode, Part};
use flightdeck::domain::cluster::Snapshot;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::{FaultKind, FeedFault, FeedName};
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::domain::record::RecordRead;
use flightdeck::domain::rights::Right;
use flightdeck::domain::traffic::Track;
use flightdeck::runtime::{clock, wire};
use flightdeck::sources::cluster::watch::{Watched, watch};
use flightdeck::sources::cluster::{ClusterError, Pace, access, observe};
use flightdeck::sources::supervise::supervise;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

const PATIENCE: Duration = Duration::from_secs(20);

fn client(cluster: &Cluster) -> kube::Client {
    client_of(&cluster.url)
}

pub fn client_of(url: &str) -> kube::Client {
    wire::install_crypto();
    let mut config = kube::Config::new(url.parse().unwrap());
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

fn environment() -> Environment {
    fixture::settings()
        .environment(&fixture::target())
        .unwrap()
        .clone()
}

/// A feed under test.
pub struct Feed {
    events: mpsc::Receiver<SourceEvent>,
    _task: AbortOnDropHandle<()>,
}

impl Feed {
    fn of(cluster: &Cluster, pace: Pace) -> Self {
        Self::with(client(cluster), pace)
    }

    pub fn with(client: kube::Client, pace: Pace) -> Self {
        let watched = Watched {
            client,
            environment: environment(),
            target: fixture::target(),
            pace,
            clock: clock::now,
        };
        let (out, events) = mpsc::channel(16);
        let task = AbortOnDropHandle::new(tokio::spawn(watch(watched, out)));
        Self {
            events,
            _task: task,
        }
    }

    /// The first event that is as wanted.
    pub async fn until<T>(&mut self, what: &str, pick: impl Fn(SourceEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let Ok(event) = timeout_at(deadline, self.events.recv()).await else {
                panic!("waited in vain for {what}; came: {seen:#?}");
            };
            let event = event.unwrap();
            seen.push(format!("{event:?}").chars().take(160).collect::<String>());
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    pub async fn snapshot(&mut self, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let pick = |event| match event {
            SourceEvent::ClusterRead(_, snapshot) if wanted(&snapshot) => Some(*snapshot),
            _ => None,
        };
        self.until(what, pick).await
    }

    pub async fn fault(&mut self, kind: FaultKind) -> FeedFault {
        let pick = |event| match event {
            SourceEvent::FeedFailed(_, FeedName::Cluster, fault) if fault.kind == kind => {
                Some(fault)
            }
            _ => None,
        };
        self.until(&format!("{kind:?}"), pick).await
    }
}

pub fn pace() -> Pace {
    Pace {
        watch: Duration::from_secs(1),
        ..Pace::default()
    }
}

pub fn scale(cluster: &Cluster, replicas: u32) {
    cluster
        .store
        .edit(&checkout(), |object| {
            object["spec"]["replicas"] = replicas.into();
        })
        .unwrap();
}

pub fn ready_pods(snapshot: &Snapshot) -> usize {
    snapshot
        .pods
        .iter()
        .filter(|pod| pod.ready && !pod.deleting)
        .count()
}

#[tokio::test]
async fn one_reading_holds_everything_that_exists() {
    let cluster = Cluster::start().await;
    let at = clock::now();
    let seen = observe(&client(&cluster), &environment(), &fixture::target(), at)
        .await
        .unwrap();
    assert_eq!(seen.at, at);
    assert_eq!(
        seen.deployments.len(),
        1,
        "the canary's Deployment does not exist"
    );
    assert_eq!(ready_pods(&seen), 2);
    assert!(seen.pods.iter().all(|pod| pod.track == Track::Stable));
    assert_eq!(seen.replica_sets.len(), 1);
    assert_eq!(seen.pods_of(&seen.deployments[0]).count(), 2);
    assert!(seen.route.is_some());
    assert_eq!(seen.record, RecordRead::Absent);
    assert_eq!(seen.endpoints_of("checkout").unwrap().ready.len(), 2);
    assert_eq!(seen.autoscalers, Some(vec![]));
}

#[tokio::test]
async fn what_may_not_be_read_is_unknown_and_what_is_needed_is_refused_by_name() {
    let cluster = Cluster::start().await;
    let client = client(&cluster);
    cluster.faults.forbid("list", "horizontalpodautoscalers");
    cluster.faults.forbid("list", "endpointslices");
    cluster.faults.forbid("get", "configmaps");
    let seen = observe(&client, &environment(), &fixture::target(), clock::now())
        .await
        .unwrap();
    assert_eq!((seen.autoscalers, seen.endpoints), (None, None));
    assert!(
        matches!(seen.record, RecordRead::Failed(_)),
        "{:?}",
        seen.record
    );

    cluster.faults.forbid("list", "pods");
    let refused = observe(&client, &environment(), &fixture::target(), clock::now())
        .await
        .unwrap_err();
    let notice = Notice::from(&refused);
    assert_eq!(notice.kind, NoticeKind::Forbidden);
    assert_eq!(notice.summary, "cannot list pods in namespace `production`");
    assert!(
        notice
            .hint
            .unwrap()
            .contains("kubectl auth can-i list pods -n production")
    );
}

#[tokio::test]
async fn each_missing_thing_has_its_own_sentence_and_cure() {
    let cluster = Cluster::start().await;
    let client = client(&cluster);
    let mut environment = environment();
    let read = async |environment: &Environment| {
        observe(&client, environment, &fixture::target(), clock::now())
            .await
            .unwrap_err()
    };
    environment.namespace = "prodution".to_owned();
    let error = read(&environment).await;
    assert!(matches!(error, ClusterError::NoNamespace(_)), "{error}");
    assert_eq!(Notice::from(&error).kind, NoticeKind::Config);

    environment.namespace = "production".to_owned();
    let flightdeck::domain::policy::Strategy::Canary(canary) = &mut environment.policy.strategy
    else {
        panic!("{environment:#?}");
    };
    canary.stable = "chekout".to_owned();
    let error = read(&environment).await;
    assert!(
        matches!(error, ClusterError::NoDeployments { .. }),
        "{error}"
    );
    assert!(
        Notice::from(&error)
            .hint
            .unwrap()
            .contains("kubectl get deployments -n production")
    );
}

#[tokio::test]
async fn a_change_is_told_and_only_whole_pictures_are() {
    let cluster = Cluster::start().await;
    let mut feed = Feed::of(&cluster, Pace::default());
    let first = feed.snapshot("the first picture", |_| true).await;
    assert_eq!(
        (ready_pods(&first), first.record.clone()),
        (2, RecordRead::Absent)
    );
    assert!(
        first.route.is_some() && first.replica_sets.len() == 1,
        "the first picture is whole"
    );
    scale(&cluster, 5);
    feed.snapshot("five pods", |seen| ready_pods(seen) == 5)
        .await;
    scale(&cluster, 1);
    feed.snapshot("one pod", |seen| seen.pods.len() == 1).await;
}

#[tokio::test]
async fn a_quiet_cluster_proves_alive() {
    let cluster = Cluster::start().await;
    let mut feed = Feed::of(&cluster, pace());
    feed.snapshot("the first picture", |_| true).await;
    let seen = |event| matches!(event, SourceEvent::FeedSeen(_, FeedName::Cluster)).then_some(());
    for _ in 0..3 {
        feed.until("a sign of life", seen).await;
    }
}

#[tokio::test]
async fn an_outage_is_told_and_over_two_seconds_after_it_is_over() {
    for mode in [OutageMode::Refuse, OutageMode::Error] {
        let cluster = Cluster::start().await;
        let mut feed = Feed::of(&cluster, pace());
        feed.snapshot("the first picture", |_| true).await;
        let lasts = Duration::from_millis(3500);
        let over = Instant::now() + lasts;
        cluster.faults.outage(Part::Kube, mode, lasts);
        let fault = feed.fault(FaultKind::Unreachable).await;
        assert!(
            fault.text.shown().contains("in namespace `production`"),
            "{fault:?}"
        );
        scale(&cluster, 3);
        feed.snapshot("what changed meanwhile", |seen| ready_pods(seen) == 3)
            .await;
        let late = Instant::now().saturating_duration_since(over);
        assert!(late < Duration::from_secs(2), "{mode:?}: {late:?} late");
    }
}

#[tokio::test]
async fn history_that_is_gone_is_read_anew_in_both_shapes() {
    for shape in [ExpiredShape::Stream, ExpiredShape::Status] {
        let cluster = Cluster::start().await;
        cluster.faults.refuse_expired_as(shape);
        let mut feed = Feed::of(&cluster, pace());
        feed.snapshot("the first picture", |_| true).await;
        // Every watch has to be opened again, and none can go on from where it was.
        cluster
            .faults
            .outage(Part::Kube, OutageMode::Refuse, Duration::from_millis(300));
        scale(&cluster, 4);
        cluster.store.compact();
        feed.snapshot("four pods", |seen| ready_pods(seen) == 4)
            .await;
    }
}

#[tokio::test]
async fn an_expired_login_is_told_as_such_and_comes_back_by_itself() {
    let cluster = Cluster::start().await;
    let mut feed = Feed::of(&cluster, pace());
    feed.snapshot("the first picture", |_| true).await;
    cluster.faults.expire_login();
    let fault = feed.fault(FaultKind::LoginExpired).await;
    assert!(fault.hint.unwrap().shown().contains("log in again"));
    cluster.faults.restore_login();
    scale(&cluster, 3);
    feed.snapshot("three pods", |seen| ready_pods(seen) == 3)
        .await;
}

#[tokio::test]
async fn a_missing_right_is_named_with_verb_and_resource() {
    let cluster = Cluster::start().await;
    cluster.faults.forbid("list", "pods");
    let mut feed = Feed::of(&cluster, pace());
    let fault = feed.fault(FaultKind::Forbidden).await;
    assert!(
        fault
            .text
            .shown()
            .starts_with("cannot list pods in namespace `production`"),
        "{fault:?}"
    );
    cluster.faults.unforbid();
    feed.snapshot("the first picture", |seen| ready_pods(seen) == 2)
        .await;
}

#[tokio::test]
async fn who_may_not_read_the_record_still_sees_the_rollout() {
    let cluster = Cluster::start().await;
    cluster.faults.forbid("list", "configmaps");
    let mut feed = Feed::of(&cluster, pace());
    let seen = feed.snapshot("a picture", |_| true).await;
    assert!(
        matches!(seen.record, RecordRead::Failed(_)),
        "{:?}",
        seen.record
    );
    assert_eq!(ready_pods(&seen), 2);
}

#[tokio::test]
async fn a_server_that_hangs_tells_nothing_until_it_goes_on() {
    let cluster = Cluster::start().await;
    let silent = Pace {
        grace: Duration::from_millis(300),
        ..pace()
    };
    let mut feed = Feed::of(&cluster, silent);
    feed.snapshot("the first picture", |_| true).await;
    cluster
        .faults
        .outage(Part::Kube, OutageMode::Hang, Duration::from_secs(4));
    // What was on its way may still come.
    while timeout(Duration::from_millis(500), feed.events.recv())
        .await
        .is_ok()
    {}
    let quiet = timeout(Duration::from_secs(2), feed.events.recv()).await;
    assert!(
        quiet.is_err(),
        "a silent server is no sign of life: {quiet:?}"
    );
    scale(&cluster, 3);
    feed.snapshot("three pods", |seen| ready_pods(seen) == 3)
        .await;
}

#[tokio::test]
async fn nothing_there_is_told_as_missing() {
    let cluster = Cluster::empty().await;
    let mut feed = Feed::of(&cluster, pace());
    let fault = feed.fault(FaultKind::Missing).await;
    assert!(
        fault
            .text
            .shown()
            .contains("namespace `production` does not exist"),
        "{fault:?}"
    );
}

#[tokio::test]
async fn rights_and_identity_are_the_clusters_own_words() {
    let cluster = Cluster::start().await;
    let client = client(&cluster);
    let rights = access::rights(&client, &environment(), &fixture::target())
        .await
        .unwrap();
    assert_eq!(rights.refused(&Right::ALL).count(), 0);
    assert_eq!(rights.answers.len(), Right::ALL.len());
    cluster.faults.forbid("patch", "httproutes");
    let rights = access::rights(&client, &environment(), &fixture::target())
        .await
        .unwrap();
    assert_eq!(
        rights.refused(&Right::ALL).collect::<Vec<_>>(),
        [Right::PatchRoutes]
    );
    assert!(access::identity(&client).await.unwrap().is_some());
}

#[tokio::test]
async fn a_source_that_panics_or_ends_is_shown_and_started_again() {
    let (out, mut events) = mpsc::channel(4);
    let starts = Arc::new(AtomicU32::new(0));
    let counted = starts.clone();
    let failed: flightdeck::sources::supervise::Teller =
        Box::new(|fault| SourceEvent::FeedFailed(fixture::target(), FeedName::Metrics, fault));
    let supervised = supervise(failed, &out, || {
        let start = counted.fetch_add(1, Ordering::SeqCst);
        async move { assert!(start != 0, "the first one fails") }
    });
    let watched = async {
        let mut texts = Vec::new();
        while texts.len() < 2 {
            if let Some(SourceEvent::FeedFailed(_, FeedName::Metrics, fault)) = events.recv().await
            {
                texts.push(fault.text.shown().to_owned());
            }
        }
        drop(events);
        texts
    };
    let ((), texts) = timeout(PATIENCE, async { tokio::join!(supervised, watched) })
        .await
        .unwrap();
    assert_eq!(
        texts,
        [
            "the feed failed by a fault of its own and is started again",
            "the feed ended and is started again"
        ]
    );
    assert!(starts.load(Ordering::SeqCst) >= 2);
}
