//! A real Prometheus that finds and scrapes the demo world's pods by its own discovery.
//!
//! By the list of targets that the world serves; and by its Kubernetes discovery, as in a cluster, where the build has it
//! (Debian's has not; `FLIGHTDECK_PROMETHEUS` names another one).

use super::server::{self, PROGRAM, Server};
use super::setup;
use crate::support::{DemoWorld, Part, ROUTE, part, until};
use flightdeck::config::settings::{Environment, PrometheusBase};
use flightdeck::config::{layer, places};
use flightdeck::domain::counters::{Scrape, Side};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::guardrails::{Beyond, Consequence, ExtraGuardrail};
use flightdeck::domain::ids::Target;
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::pods::PodMetrics;
use flightdeck::sources::metrics::prometheus::Prometheus;
use flightdeck::sources::metrics::prometheus::extra::{Asking, ask};
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;

const CANDIDATE: &str = "v2.42.0";
/// How it finds the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Discovery {
    /// The world's list of targets.
    Targets,
    /// The API server, as in a cluster.
    Kubernetes,
}

/// `None`, said loudly, where it is not installed, or cannot find pods that way.
async fn start(world: &DemoWorld, discovery: Discovery) -> Option<Server> {
    let log = match server::start(&configuration(world, discovery), &[]).await? {
        Ok(server) => return Some(server),
        Err(log) => log,
    };
    assert!(
        discovery == Discovery::Kubernetes
            && log.contains("kubernetes_sd_configs not found")
            && std::env::var_os(PROGRAM).is_none(),
        "{log}"
    );
    eprintln!(
        "SKIPPED: this build of prometheus has no Kubernetes discovery; name one that has in {PROGRAM}"
    );
    part("prometheus", Part::Skipped);
    None
}

/// What a team writes to scrape every pod of a cluster.
fn configuration(world: &DemoWorld, discovery: Discovery) -> String {
    let info = world.world.info();
    let found = match discovery {
        Discovery::Targets => format!(
            "
    http_sd_configs:
      - url: {}
        refresh_interval: 1s
",
            info.prometheus_targets
        ),
        Discovery::Kubernetes => format!(
            "
    kubernetes_sd_configs:
      - role: pod
        api_server: {}
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_container_port_name]
        regex: http
        action: keep
      - source_labels: [__meta_kubernetes_namespace]
        target_label: namespace
      - source_labels: [__meta_kubernetes_pod_name]
        target_label: pod
",
            info.kube
        ),
    };
    // Its own log of what it was asked, where somebody wants to count that.
    let log = std::env::var("FLIGHTDECK_QUERY_LOG").map_or_else(
        |_| String::new(),
        |file| format!("  query_log_file: {file}\n"),
    );
    format!(
        "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n{log}scrape_configs:\n  - job_name: pods{found}"
    )
}

/// The healthy targets as (namespace, pod).
async fn healthy(world: &DemoWorld, server: &Server) -> Vec<(String, String)> {
    let url = format!("{}/api/v1/targets?state=active", server.url);
    let Some(answer) = world.try_get(&url).await else {
        return Vec::new();
    };
    let targets = answer.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut up: Vec<_> = targets["data"]["activeTargets"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|target| target["health"] == "up")
        .map(|target| {
            (
                text(&target["labels"]["namespace"]),
                text(&target["labels"]["pod"]),
            )
        })
        .collect();
    up.sort();
    up
}

/// The ready pods as (namespace, name), with their track.
async fn ready(world: &DemoWorld) -> Vec<((String, String), Side)> {
    let pods = world.kube(Method::GET, "/api/v1/pods", Value::Null).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let is_ready = |pod: &&Value| {
        let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        conditions
            .into_iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
    };
    let mut ready: Vec<_> = pods["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_ready)
        .map(|pod| {
            let metadata = &pod["metadata"];
            let canary = metadata["labels"]["flightdeck.dev/track"] == "canary";
            let side = if canary { Side::Canary } else { Side::Stable };
            (
                (text(&metadata["namespace"]), text(&metadata["name"])),
                side,
            )
        })
        .collect();
    ready.sort();
    ready
}

async fn all_found(world: &DemoWorld, server: &Server) {
    until(
        "as many healthy targets as ready pods",
        async || {
            let ready: Vec<_> = ready(world).await.into_iter().map(|(pod, _)| pod).collect();
            (healthy(world, server).await, ready)
        },
        |(healthy, ready)| !ready.is_empty() && healthy == ready,
    )
    .await;
}

fn environment(world: &DemoWorld) -> Environment {
    let config = places::load_demo(
        &world.world.dir().join("config.toml"),
        &layer::Overrides::default(),
    )
    .unwrap();
    config
        .settings
        .environment(&Target::new("checkout", "production"))
        .unwrap()
        .clone()
}

fn cluster(world: &DemoWorld) -> kube::Client {
    wire::install_crypto();
    let mut config = kube::Config::new(world.world.info().kube.parse().unwrap());
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

fn connect(world: &DemoWorld, server: &Server) -> Prometheus {
    let settings = setup::settings(PrometheusBase::Url(server.url.clone()));
    wire::prometheus(&settings, &environment(world), cluster(world))
}

async fn production_pods(world: &DemoWorld) -> Vec<(String, Side)> {
    let ready = ready(world).await.into_iter();
    ready
        .filter(|((namespace, _), _)| namespace == "production")
        .map(|((_, name), side)| (name, side))
        .collect()
}

fn counted(scrape: &Scrape, side: Side) -> (f64, f64) {
    scrape
        .usable(side)
        .fold((0.0, 0.0), |(requests, errors), (_, counters)| {
            (requests + counters.requests, errors + counters.errors)
        })
}

/// The canary's error share over its next 600 requests, as Prometheus tells it.
async fn share(prometheus: &Prometheus, pods: &[(String, Side)]) -> f64 {
    let read = async || {
        prometheus
            .scrape(pods, Timestamp::now())
            .await
            .unwrap()
            .scrape
    };
    let before = counted(&read().await, Side::Canary);
    let after = until(
        "600 requests of the canary",
        async || counted(&read().await, Side::Canary),
        |after| after.0 - before.0 >= 600.0,
    )
    .await;
    (after.1 - before.1) / (after.0 - before.0)
}

async fn behave(world: &DemoWorld, error_share: f64) {
    let path = format!("/versions/{CANDIDATE}");
    let latency = json!({ "p50": 5.0, "p95": 15.0 });
    world.control(Method::PUT, &path, json!({ "error_share": error_share, "latency_ms": latency, "cpu_ms": 3.0, "ready": true })).await;
}

/// The same counters as the pods themselves tell, at a moment without traffic.
async fn tells_the_same(world: &DemoWorld, prometheus: &Prometheus, pods: &[(String, Side)]) {
    world.traffic(0.0).await;
    let metrics = environment(world).metrics;
    let direct = PodMetrics {
        client: cluster(world),
        namespace: "production".to_owned(),
        port: metrics.port,
        path: metrics.path,
        names: metrics.names,
        deadline: Duration::from_secs(5),
    };
    let own = direct.scrape(pods, Timestamp::now).await.unwrap();
    until(
        "Prometheus tells what the pods tell",
        async || {
            prometheus
                .scrape(pods, Timestamp::now())
                .await
                .unwrap()
                .scrape
        },
        |recorded| {
            recorded.pods.iter().zip(&own.pods).all(|(recorded, own)| {
                let (Some(recorded), Some(own)) = (recorded.usable(), own.usable()) else {
                    return false;
                };
                let apart = recorded
                    .started_at
                    .zip(own.started_at)
                    .map(|(a, b)| a.duration_since(b).abs());
                apart.is_some_and(|apart| apart < SignedDuration::from_secs(1))
                    && (recorded.requests, recorded.errors, &recorded.buckets)
                        == (own.requests, own.errors, &own.buckets)
                    && recorded
                        .cpu_seconds
                        .zip(own.cpu_seconds)
                        .is_some_and(|(a, b)| (a - b).abs() < 1e-9)
            })
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_share_follows_the_version_while_the_pods_are_refused() {
    let world = DemoWorld::start("good").await;
    let Some(server) = start(&world, Discovery::Targets).await else {
        world.stop().await;
        return;
    };
    all_found(&world, &server).await;
    let (prometheus, pods) = (connect(&world, &server), production_pods(&world).await);
    tells_the_same(&world, &prometheus, &pods).await;
    doctor_tells_each_query(&world, &server).await;

    let began = Timestamp::now();
    world
        .control(
            Method::POST,
            "/outage",
            json!({ "part": "metrics", "mode": "error", "seconds": 600 }),
        )
        .await;
    let (pod, _) = &pods[0];
    let direct = format!(
        "{}/api/v1/namespaces/production/pods/{pod}:8080/proxy/metrics",
        world.world.info().kube
    );
    assert_eq!(
        world.get(&direct).await.status,
        503,
        "the pods answer the cockpit"
    );

    set_half(&world).await;
    world.traffic(200.0).await;
    behave(&world, 0.01).await;
    let healthy_share = share(&prometheus, &pods).await;
    assert!(
        (0.0..0.03).contains(&healthy_share),
        "1 % of errors is told as {healthy_share}"
    );
    behave(&world, 0.05).await;
    // Requests that were answered before the change may still be unrecorded.
    let last = until(
        "5 % of errors",
        async || share(&prometheus, &pods).await,
        |share| (0.03..0.08).contains(share),
    )
    .await;
    assert!(last > healthy_share);

    told_share(&world, &server, 0.03..0.08).await;
    behave(&world, 0.01).await;
    told_share(&world, &server, 0.0..0.025).await;

    let filled = prometheus
        .backfill(&pods, (began, Timestamp::now()), Duration::from_secs(1))
        .await
        .unwrap();
    let (first, last) = (filled.first().unwrap(), filled.last().unwrap());
    assert!(
        filled.is_sorted_by(|a, b| a.at < b.at) && filled.len() > 3,
        "{} scrapes",
        filled.len()
    );
    assert!(counted(last, Side::Canary).0 - counted(first, Side::Canary).0 >= 600.0);
    answers_queries(&world, &server).await;
    proves_an_abort(&world, &server).await;
    world.stop().await;
}

/// `status` names Prometheus as its source, and follows the canary's error share of now.
async fn told_share(world: &DemoWorld, server: &Server, wanted: std::ops::Range<f64>) {
    let told = until(
        "status tells the present share",
        async || status(world, server).await["services"][0].clone(),
        |told| {
            let share = told["metrics"]["canary"]["error_share"].as_f64();
            share.is_some_and(|share| wanted.contains(&share))
        },
    )
    .await;
    assert_eq!(told["metrics"]["source"], "prometheus", "{told:#}");
    assert_eq!(told["metrics"]["since"], "recent", "{told:#}");
    assert_eq!(told["feeds"]["metrics"]["state"], "live", "{told:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_targets_follows_pods_that_come_and_go() {
    discovery_follows(Discovery::Targets).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_discovery_follows_pods_that_come_and_go() {
    discovery_follows(Discovery::Kubernetes).await;
}

async fn discovery_follows(discovery: Discovery) {
    let world = DemoWorld::start("quiet").await;
    let Some(server) = start(&world, discovery).await else {
        world.stop().await;
        return;
    };
    all_found(&world, &server).await;
    for replicas in [3, 1] {
        let path = "/apis/apps/v1/namespaces/production/deployments/checkout-canary";
        world
            .kube(
                Method::PATCH,
                path,
                json!({ "spec": { "replicas": replicas } }),
            )
            .await;
        until(
            "as many canary pods",
            async || production_pods(&world).await,
            |pods| {
                pods.iter()
                    .filter(|(_, side)| *side == Side::Canary)
                    .count()
                    == replicas
            },
        )
        .await;
        all_found(&world, &server).await;
    }
    world.stop().await;
}

/// What `status` tells with this Prometheus in its config.
async fn status(world: &DemoWorld, server: &Server) -> Value {
    told("status", world, server).await
}

async fn told(command: &str, world: &DemoWorld, server: &Server) -> Value {
    let dir = world.world.dir();
    let config = std::fs::read_to_string(dir.join("config.toml")).unwrap();
    let source = format!("source = \"prometheus\"\nurl = \"{}/\"", server.url);
    let file = dir.join("prometheus.toml");
    std::fs::write(&file, config.replace("source = \"pods\"", &source)).unwrap();
    let words = command
        .split(' ')
        .chain(["checkout", "-e", "production", "-o", "json"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
    command.arg("--config").arg(&file).args(words);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The traffic and what serves are seen in what Prometheus recorded after the writes.
async fn proves_an_abort(world: &DemoWorld, server: &Server) {
    let outcome = told("abort --yes", world, server).await;
    let check = |name: &str| {
        let all = outcome["verified"].as_array().unwrap();
        all.iter()
            .find(|check| check["check"] == name)
            .unwrap_or_else(|| panic!("{outcome:#}"))
            .clone()
    };
    let weight = check("weight");
    assert_eq!(weight["ok"], true, "{outcome:#}");
    assert!(
        weight["text"].as_str().unwrap().contains("as recorded"),
        "{outcome:#}"
    );
    assert_eq!(check("metrics")["ok"], true, "{outcome:#}");
}

/// A query of the team's own gives one number, or is told why it gives none.
async fn answers_queries(world: &DemoWorld, server: &Server) {
    let query = |name: &str, query: &str| ExtraGuardrail {
        name: name.to_owned(),
        query: query.to_owned(),
        limit: 1.0,
        beyond: Beyond::Above,
        effect: Consequence::Hold,
    };
    let asking = Asking {
        prometheus: connect(world, server),
        queries: vec![
            query("scalar", "3 + 4"),
            query("one", "count(up)"),
            query("many", "up"),
            query("none", "no_such_series"),
            query("nan", "vector(0) / 0"),
            query("broken", "sum("),
        ]
        .into(),
        target: Target::new("checkout", "production"),
        every: Duration::from_secs(1),
        clock: Timestamp::now,
    };
    let (out, mut news) = mpsc::channel(4);
    let task = tokio::spawn(ask(asking, out));
    let Some(SourceEvent::GuardrailsRead(_, readings)) = news.recv().await else {
        panic!("the queries are asked");
    };
    task.abort();
    let of = |name: &str| {
        let reading = readings.iter().find(|reading| reading.name == name);
        reading.unwrap().value.clone()
    };
    assert_eq!(of("scalar"), Ok(7.0));
    assert!(of("one").unwrap() >= 1.0);
    for (name, why) in [
        ("many", "where one number is wanted"),
        ("none", "no series"),
        ("nan", "no number"),
        ("broken", "parse error"),
    ] {
        let fault = of(name).unwrap_err();
        assert!(fault.shown().contains(why), "{name}: {fault}");
    }
}

/// `doctor` tells each query, what came of it, and how old that is.
async fn doctor_tells_each_query(world: &DemoWorld, server: &Server) {
    let document = told("doctor", world, server).await;
    let checks = document["checks"].as_array().unwrap();
    for (key, labels) in [
        ("requests", "code, pod"),
        ("duration", "le, pod"),
        ("cpu", "pod"),
        ("started", "pod"),
    ] {
        let name = format!("query {key}");
        let check = checks.iter().find(|check| check["name"] == name.as_str());
        let check = check.unwrap_or_else(|| panic!("no {name}: {document:#}"));
        assert_eq!(
            (&check["ok"], &check["hint"]),
            (&json!(true), &Value::Null),
            "{check:#}"
        );
        let query = &check["query"];
        assert!(
            query["asked"].as_str().unwrap().contains("production"),
            "{check:#}"
        );
        assert!(query["series"].as_u64().unwrap() >= 5, "{check:#}");
        assert_eq!(query["labels"], labels, "{check:#}");
        assert!(
            (0..30).contains(&query["age_s"].as_i64().unwrap()),
            "{check:#}"
        );
    }
    assert!(
        !checks.iter().any(|check| check["name"] == "clock"),
        "{document:#}"
    );
}

/// Half of the traffic for the canary, as any client would set it.
async fn set_half(world: &DemoWorld) {
    let weight = |backend: u8| json!({ "op": "replace", "path": format!("/spec/rules/0/backendRefs/{backend}/weight"), "value": 50 });
    world
        .kube(Method::PATCH, ROUTE, json!([weight(0), weight(1)]))
        .await;
}
