//! A canary of `checkout` in production as values: what tests of pure parts begin from.

use flightdeck::analysis::canary::Canary;
use flightdeck::analysis::composed::{Numbers, judge_canary};
use flightdeck::analysis::counts::Totals;
use flightdeck::analysis::signals::Signals;
use flightdeck::analysis::verdict::Verdict;
use flightdeck::analysis::window::Freshness;
use flightdeck::config::settings::{
    ColorDepth, Environment, Glyphs, Metrics, MetricsSource, Notify, Origin, Service, Settings, Ui,
};
use flightdeck::domain::artifact::{Image, TagRule};
use flightdeck::domain::assurance::Assurance;
use flightdeck::domain::cluster::{
    Acceptance, Backend, Container, Deployment, Endpoints, Pod, Progress, Replacing, ReplicaCounts,
    ReplicaSet, Route, Snapshot, Template,
};
use flightdeck::domain::exposition::MetricNames;
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::ids::{EnvironmentName, ServiceName, Target};
use flightdeck::domain::pilot::PilotPolicy;
use flightdeck::domain::policy::{CanaryPolicy, CanaryStep, Policy, Strategy};
use flightdeck::domain::record::{Ended, Good, Record, RecordRead, Release, Version};
use flightdeck::domain::traffic::{Track, Weight};
use flightdeck::domain::who::Who;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// `checkout` in production.
pub fn target() -> Target {
    Target::new("checkout", "production")
}

/// The person at the keyboard.
pub fn who() -> Who {
    Who {
        cluster: Some("mira@corp".into()),
        os_user: Some("mira".into()),
        ssh: None,
    }
}

/// Limits of the fixture.
pub fn goals() -> Goals {
    Goals {
        error_share: 0.02,
        p95: Duration::from_millis(400),
        min_requests: 50,
        cpu_tolerance: None,
        guardrails: Guardrails::default(),
    }
}

/// The verdict of the plain limits alone: no evidence was gathered yet.
pub fn judge_limits(
    canary: &Totals,
    stable: &Totals,
    goals: &Goals,
    freshness: Freshness,
) -> Verdict {
    let numbers = Numbers {
        canary,
        stable,
        freshness,
        signals: &Signals::NONE,
    };
    judge_canary(&Canary::default(), &numbers, goals)
}

/// The canary's objects and steps.
pub fn canary_policy() -> CanaryPolicy {
    let step = |percent, seconds| CanaryStep {
        weight: Weight::saturating(percent),
        hold: Duration::from_secs(seconds),
    };
    CanaryPolicy {
        stable: "checkout".to_owned(),
        canary: "checkout-canary".to_owned(),
        container: "checkout".to_owned(),
        route: Some("checkout".to_owned()),
        stable_service: "checkout".to_owned(),
        canary_service: "checkout-canary".to_owned(),
        steps: vec![step(5, 600), step(50, 600), step(100, 600)],
        drain: Duration::from_secs(30),
        ready_within: Duration::from_secs(300),
    }
}

/// The rules of the environment.
pub fn policy() -> Policy {
    Policy {
        strategy: Strategy::Canary(canary_policy()),
        goals: goals(),
        extra_guardrails: Vec::new(),
        assurance: Assurance::default(),
        protected: false,
        tags: TagRule::default(),
        verify_for: Duration::from_secs(60),
        good_after: Duration::from_secs(600),
        freezes: Vec::new(),
        pilot: PilotPolicy::default(),
        smoke: None,
    }
}

/// One service in one environment.
pub fn settings() -> Settings {
    Settings {
        origin: Origin::File(PathBuf::from("/etc/flightdeck/config.toml")),
        services: vec![Service {
            name: ServiceName::new("checkout"),
            environments: vec![Environment {
                name: EnvironmentName::new("production"),
                kubeconfig: None,
                context: Some("prod-eu1".to_owned()),
                namespace: "production".to_owned(),
                policy: policy(),
                metrics: Metrics {
                    source: MetricsSource::Pods,
                    port: 8080,
                    path: "/metrics".to_owned(),
                    interval: Duration::from_secs(5),
                    names: MetricNames::default(),
                },
            }],
            ci: None,
        }],
        ci: Vec::new(),
        ui: Ui {
            theme: "default".to_owned(),
            glyphs: Glyphs::Unicode,
            color: ColorDepth::Sixteen,
            inline: false,
            low_bandwidth: false,
            mouse: true,
        },
        notify: Notify::default(),
        data_dir: PathBuf::from("/var/lib/flightdeck"),
        read_only: false,
    }
}

/// An image of the shop.
pub fn image(tag: &str) -> Image {
    Image::parse(&format!("registry.example.com/shop/checkout:{tag}")).unwrap()
}

/// v2.42.0 on the canary at this weight, v2.41.0 on stable (good), v2.40.3 before it (good).
pub fn canary_at(percent: u32, at: Timestamp) -> Snapshot {
    let canary_pods = (4 * percent).div_ceil(100).max(1);
    let mut pods = pods_of("checkout", "7c9d4", Track::Stable, 4, at);
    pods.extend(pods_of(
        "checkout-canary",
        "5b6f8",
        Track::Canary,
        canary_pods,
        at,
    ));
    let names = |track| {
        pods.iter()
            .filter(|pod| pod.track == track)
            .map(|pod| pod.name.clone())
            .collect()
    };
    let endpoints = vec![
        Endpoints {
            service: "checkout".to_owned(),
            ready: names(Track::Stable),
        },
        Endpoints {
            service: "checkout-canary".to_owned(),
            ready: names(Track::Canary),
        },
    ];
    Snapshot {
        at,
        deployments: vec![
            deployment("checkout", "v2.41.0", 4),
            deployment("checkout-canary", "v2.42.0", canary_pods),
        ],
        replica_sets: vec![
            replica_set("checkout", "7c9d4", "v2.41.0", 4, 2),
            replica_set("checkout", "66aa1", "v2.40.3", 0, 1),
            replica_set("checkout-canary", "5b6f8", "v2.42.0", canary_pods, 1),
        ],
        pods,
        route: Some(route(percent)),
        endpoints: Some(endpoints),
        autoscalers: Some(Vec::new()),
        record: RecordRead::Read {
            record: Box::new(record(percent, at)),
            version: "100".to_owned(),
            uid: "uid-record".to_owned(),
        },
    }
}

fn route(percent: u32) -> Route {
    let backend = |name: &str, weight| Backend {
        name: name.to_owned(),
        weight: Some(weight),
    };
    Route {
        name: "checkout".to_owned(),
        uid: "uid-route".to_owned(),
        generation: 7,
        rules: vec![vec![
            backend("checkout", 100 - percent),
            backend("checkout-canary", percent),
        ]],
        acceptance: Acceptance::Accepted,
        manager: Some("flightdeck".into()),
    }
}

fn containers(tag: &str) -> Vec<Container> {
    vec![Container {
        name: "checkout".to_owned(),
        image: image(tag).to_string(),
    }]
}

fn template(tag: &str) -> Template {
    Template(serde_json::json!({
        "metadata": { "labels": { "app": "checkout" } },
        "spec": { "containers": [{ "name": "checkout", "image": image(tag).to_string() }] },
    }))
}

fn deployment(name: &str, tag: &str, replicas: u32) -> Deployment {
    Deployment {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        generation: 3,
        observed_generation: 3,
        replicas,
        paused: false,
        replacing: Replacing::default(),
        counted: ReplicaCounts {
            total: replicas,
            updated: replicas,
            ready: replicas,
            available: replicas,
        },
        progress: Progress::Moving,
        containers: containers(tag),
        template: template(tag),
        plan: None,
        has_annotations: true,
        revision: Some(2),
        owner: None,
    }
}

fn replica_set(owner: &str, hash: &str, tag: &str, replicas: u32, revision: u64) -> ReplicaSet {
    ReplicaSet {
        name: format!("{owner}-{hash}"),
        uid: format!("uid-{owner}-{hash}"),
        owner_uid: format!("uid-{owner}"),
        hash: hash.to_owned(),
        revision: Some(revision),
        replicas,
        ready: replicas,
        available: replicas,
        containers: containers(tag),
        template: template(tag),
    }
}

fn pods_of(owner: &str, hash: &str, track: Track, count: u32, at: Timestamp) -> Vec<Pod> {
    let pod = |index| Pod {
        name: format!("{owner}-{hash}-{index}"),
        owner_uid: format!("uid-{owner}-{hash}"),
        hash: hash.to_owned(),
        track,
        state: "Running".into(),
        ready: true,
        deleting: false,
        restarts: 0,
        last_end: None,
        started_at: Some(at - SignedDuration::from_mins(30)),
        digest: None,
    };
    (0..count).map(pod).collect()
}

/// The record that goes with [`canary_at`].
pub fn record(percent: u32, at: Timestamp) -> Record {
    let good = |since: Timestamp| {
        Some(Good {
            since,
            by: "the window".into(),
            why: None,
            evidence: Some("errors 0.6 %, p95 181 ms".into()),
        })
    };
    let hours = |n| at - SignedDuration::from_hours(n);
    Record {
        releases: vec![
            release(
                42,
                "v2.42.0",
                "5b6f8",
                hours(0) - SignedDuration::from_mins(10),
                Ended::Running,
                None,
            ),
            release(
                41,
                "v2.41.0",
                "7c9d4",
                hours(20),
                Ended::Promoted,
                good(hours(19)),
            ),
            release(
                40,
                "v2.40.3",
                "66aa1",
                hours(44),
                Ended::Superseded,
                good(hours(43)),
            ),
        ],
        step_started_at: Some(at - SignedDuration::from_mins(10)),
        base: Some(4),
        set_weight: Some(Weight::saturating(percent)),
        stable_before: Some(Version {
            image: image("v2.41.0"),
            template: "7c9d4".to_owned(),
        }),
        ..Record::default()
    }
}

fn release(
    revision: u64,
    tag: &str,
    hash: &str,
    at: Timestamp,
    ended: Ended,
    good: Option<Good>,
) -> Release {
    let deployment = if revision == 42 {
        "checkout-canary"
    } else {
        "checkout"
    };
    Release {
        revision,
        image: image(tag),
        digest: None,
        templates: BTreeMap::from([(deployment.to_owned(), hash.to_owned())]),
        commit: Some("a1b9c3e".into()),
        run: None,
        deployed_at: at,
        by: "mira".into(),
        reason: None,
        evidence: None,
        ended,
        alone_since: None,
        good,
        notes: Vec::new(),
        more: BTreeMap::new(),
    }
}
