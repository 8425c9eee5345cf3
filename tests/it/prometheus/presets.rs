//! Each preset reads what its exporter writes: by a real Prometheus, and where pods can be asked from their own text.
//!
//! Below `tests/it/data/presets` each exporter's answer says the same: stable answered 200 requests, 10 of them badly, the
//! canary 40, 3 of them badly, with the same response times everywhere.

use super::server::{self, Server};
use super::setup;
use crate::support::until;
use axum::Router;
use axum::extract::Path as Named;
use flightdeck::analysis::latency::bucket_quantile;
use flightdeck::config::file::File;
use flightdeck::config::layer::{Overrides, Surroundings, layer};
use flightdeck::config::presets::{Counts, PRESETS, Preset};
use flightdeck::config::settings::{Environment, MetricsSource, Origin};
use flightdeck::domain::counters::{Bucket, Counters, Side};
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::prometheus::{Prometheus, PrometheusError, Recorded};
use flightdeck::sources::metrics::text;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/presets");
const STABLE: &str = "checkout-5c8d7b9f6-aaaaa";
const CANARY: &str = "checkout-canary-6d9f8c7b5-bbbbb";

/// One side: requests, errors, and cumulative response times at 50 ms, 100 ms, 500 ms and beyond.
const EXPECTED: [(Side, f64, f64, [f64; 4]); 2] = [
    (Side::Stable, 200.0, 10.0, [150.0, 190.0, 199.0, 200.0]),
    (Side::Canary, 40.0, 3.0, [10.0, 20.0, 38.0, 40.0]),
];
/// Of one side's pod: the CPU seconds of its process.
const CPU: [(Side, f64); 2] = [(Side::Stable, 12.5), (Side::Canary, 3.25)];

/// The files of a preset, by the pod that serves each.
fn files(preset: &Preset) -> Vec<(String, PathBuf)> {
    let files = std::fs::read_dir(Path::new(DATA).join(preset.word)).unwrap();
    let mut files: Vec<(String, PathBuf)> = files
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    files.sort();
    files
}

fn namespace(preset: &Preset) -> String {
    format!("shop-{}", preset.word)
}

/// What a person writes for it.
pub(super) fn environment(preset: &Preset, url: &str) -> Environment {
    let (namespace, word) = (namespace(preset), preset.word);
    let text = format!(
        "[services.checkout.environments.production]
namespace = \"{namespace}\"
strategy = {{ kind = \"canary\", stable = \"checkout\", canary = \"checkout-canary\", route = \"checkout\" }}
[services.checkout.environments.production.metrics]
source = \"prometheus\"
url = \"{url}\"
preset = \"{word}\"
"
    );
    let file = File::parse(Path::new("config.toml"), &text).unwrap();
    let around = Surroundings {
        origin: Origin::File(PathBuf::from("config.toml")),
        home: None,
        data_dir: PathBuf::new(),
    };
    let layered = layer(&file, &Overrides::default(), &around);
    layered.settings.services[0].environments[0].clone()
}

fn pods() -> Vec<(String, Side)> {
    vec![
        (STABLE.to_owned(), Side::Stable),
        (CANARY.to_owned(), Side::Canary),
    ]
}

/// Serves every file, and as an API server the route whose backends a gateway counts; the canary's stands first in it.
async fn serve(split: bool) -> String {
    let file = async |Named((preset, pod)): Named<(String, String)>| {
        std::fs::read(format!("{DATA}/{preset}/{pod}.prom")).unwrap()
    };
    let kind = [("content-type", "application/json")];
    let route = async move || (kind, route(split).to_string());
    let path =
        "/apis/gateway.networking.k8s.io/v1/namespaces/shop-envoy-gateway/httproutes/checkout";
    let app = Router::new()
        .route("/presets/{preset}/{pod}", axum::routing::get(file))
        .route(path, axum::routing::get(route));
    let address = setup::serve(app).await;
    address.to_string()
}

fn route(split: bool) -> Value {
    let backend = |name: &str| json!({ "name": name, "port": 8080, "weight": 50 });
    let backends = if split {
        vec![backend("checkout-canary"), backend("checkout")]
    } else {
        vec![backend("checkout")]
    };
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": { "name": "checkout", "namespace": "shop-envoy-gateway", "uid": "1" },
        "spec": { "rules": [{ "backendRefs": backends }] },
    })
}

/// Scrapes every file as the pod of its name; a gateway's pod stands in a namespace of its own, behind a Service of its own.
fn configuration(address: &str) -> String {
    let jobs = PRESETS.iter().flat_map(|preset| {
        let files = files(preset).into_iter();
        files.map(move |(pod, _)| job(preset, &pod, address))
    });
    let jobs: String = jobs.collect();
    format!("global:\n  scrape_interval: 1s\nscrape_configs:\n{jobs}")
}

fn job(preset: &Preset, pod: &str, address: &str) -> String {
    let labels = match preset.counts {
        Counts::Pods | Counts::Sidecars => format!("namespace: {}, pod: {pod}", namespace(preset)),
        Counts::Gateway(_) => format!("namespace: edge, pod: {pod}, service: gateway"),
    };
    let word = preset.word;
    format!(
        "  - job_name: {word}-{pod}
    metrics_path: /presets/{word}/{pod}
    static_configs:
      - targets: [\"{address}\"]
        labels: {{ {labels} }}
"
    )
}

fn connect(preset: &Preset, url: &str, kube: &str) -> Prometheus {
    wire::install_crypto();
    let environment = environment(preset, url);
    let mut config = kube::Config::new(format!("http://{kube}").parse().unwrap());
    config.default_retry = false;
    let MetricsSource::Prometheus(settings) = &environment.metrics.source else {
        panic!("{environment:#?}")
    };
    let cluster = kube::Client::try_from(config).unwrap();
    wire::prometheus(settings, &environment, cluster)
}

async fn read(prometheus: &Prometheus) -> Result<Recorded, PrometheusError> {
    prometheus.scrape(&pods(), Timestamp::now()).await
}

/// What one side counted, all its pods together.
fn together(recorded: &Recorded, side: Side) -> (f64, f64, Vec<Bucket>, Option<f64>) {
    let mut all = (0.0, 0.0, Vec::<Bucket>::new(), None);
    for (_, counters) in recorded.scrape.usable(side) {
        all.0 += counters.requests;
        all.1 += counters.errors;
        all.3 = counters
            .cpu_seconds
            .map(|cpu| cpu + all.3.unwrap_or(0.0))
            .or(all.3);
        if !counters.buckets.is_empty() {
            assert!(all.2.is_empty(), "one histogram a side: {recorded:#?}");
            all.2.clone_from(&counters.buckets);
        }
    }
    all
}

fn assert_histogram(word: &str, buckets: &[Bucket], wanted: [f64; 4]) {
    let told: Vec<(f64, f64)> = buckets
        .iter()
        .map(|bucket| (bucket.le, bucket.count))
        .collect();
    let wanted: Vec<(f64, f64)> = [0.05, 0.1, 0.5, f64::INFINITY]
        .into_iter()
        .zip(wanted)
        .collect();
    assert_eq!(told, wanted, "{word}");
    // As Prometheus computes it from these buckets.
    let p95 = bucket_quantile(buckets, 0.95).unwrap();
    let expected = if wanted[3].1 > 100.0 { 0.1 } else { 0.5 };
    assert!((p95 - expected).abs() < 1e-9, "{word}: {p95}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_prometheus_answers_each_preset_as_its_exporter_counted() {
    let address = serve(true).await;
    let Some(server) = server::start(&configuration(&address), &[]).await else {
        return;
    };
    let server = server.unwrap();
    for preset in &PRESETS {
        let word = preset.word;
        let prometheus = connect(preset, &server.url, &address);
        let recorded = until(
            &format!("{word} is recorded"),
            async || read(&prometheus).await,
            // A scrape may end between two of the queries.
            |read| {
                let all = |recorded: &Recorded| {
                    EXPECTED.iter().all(|(side, requests, ..)| {
                        let (told, _, buckets, _) = together(recorded, *side);
                        told >= *requests && !buckets.is_empty()
                    })
                };
                read.as_ref().is_ok_and(all)
            },
        )
        .await
        .unwrap();
        for (side, requests, errors, histogram) in EXPECTED {
            let (told, failed, buckets, _) = together(&recorded, side);
            assert_eq!(
                (told, failed),
                (requests, errors),
                "{word} {side:?}: {recorded:#?}"
            );
            assert_histogram(word, &buckets, histogram);
        }
        is_told_right(preset, &recorded);
        // The same for the whole namespace at once, and in the past.
        let all = wire_of_all(preset, &server, &address);
        let fleet = all.scrape_all(recorded.scrape.at).await.unwrap();
        for (side, requests, ..) in EXPECTED {
            let (told, ..) = together(&fleet, side);
            assert_eq!((told,), (requests,), "{word} {side:?}");
        }
        examined(preset, &prometheus).await;
    }
    a_place_is_what_the_route_says_now(&server).await;
}

/// Who counted, since when, and the CPU beside it.
fn is_told_right(preset: &Preset, recorded: &Recorded) {
    let word = preset.word;
    let units: Vec<(&str, &Counters)> = recorded.scrape.usable(Side::Canary).collect();
    let (name, counters) = units.iter().find(|(_, unit)| unit.requests > 0.0).unwrap();
    match preset.counts {
        Counts::Pods | Counts::Sidecars => assert_eq!(*name, CANARY, "{word}"),
        Counts::Gateway(_) => assert!(name.starts_with("checkout-canary at "), "{word}: {name}"),
    }
    assert_eq!(
        counters.started_at.is_some(),
        !preset.started.is_empty(),
        "{word}"
    );
    for (side, seconds) in CPU {
        let (.., cpu) = together(recorded, side);
        // What a kubelet would tell is there for one of those presets that know no CPU themselves.
        let is_known = !preset.cpu.is_empty() || preset.word == "istio";
        let expected = is_known.then_some(seconds);
        assert_eq!(cpu, expected, "{word} {side:?}");
    }
    // A process's own CPU counts apart from what a proxy counts on.
    let apart = preset.word == "istio";
    assert_eq!(units.len(), if apart { 2 } else { 1 }, "{word}: {units:#?}");
    assert!(!recorded.sampled.is_empty(), "{word}");
}

fn wire_of_all(preset: &Preset, server: &Server, kube: &str) -> Prometheus {
    let environment = environment(preset, &server.url);
    let MetricsSource::Prometheus(settings) = &environment.metrics.source else {
        panic!("{environment:#?}")
    };
    let config = kube::Config::new(format!("http://{kube}").parse().unwrap());
    let cluster = kube::Client::try_from(config).unwrap();
    wire::prometheus_of_all(settings, &[&environment], cluster).unwrap()
}

/// Each query tells its series and their age.
async fn examined(preset: &Preset, prometheus: &Prometheus) {
    for one in prometheus.examine(Timestamp::now()).await {
        let key = one.probe.key;
        let found = one.found.unwrap();
        if key == "cpu" && preset.cpu.is_empty() && preset.word != "istio" {
            assert_eq!(found.series, 0, "{}: {found:?}", preset.word);
            continue;
        }
        assert!(
            found.series >= 2 || key == "started",
            "{} {key}: {found:?}",
            preset.word
        );
        let age = found.age.unwrap().as_secs();
        assert!((0..60).contains(&age), "{} {key}: {found:?}", preset.word);
    }
}

/// Another route, and the same place means another Service.
async fn a_place_is_what_the_route_says_now(server: &Server) {
    let preset = Preset::of("envoy-gateway").unwrap();
    let kube = serve(false).await;
    let recorded = read(&connect(preset, &server.url, &kube)).await.unwrap();
    let (told, failed, ..) = together(&recorded, Side::Stable);
    assert_eq!((told, failed), (40.0, 3.0));
    assert_eq!(recorded.scrape.usable(Side::Canary).count(), 0);
}

/// Where a gateway has one cluster for both versions, nothing is guessed.
#[tokio::test]
async fn versions_that_are_counted_as_one_are_refused() {
    let series = json!({
        "metric": {
            "envoy_cluster_name": "httproute/shop-envoy-gateway/checkout/rule/0",
            "envoy_response_code": "200", "pod": "envoy", "instance": "10.0.0.1:19001",
        },
        "value": [1_800_000_000, "7"],
    });
    let data = json!({ "resultType": "vector", "result": [series] });
    let answer = json!({ "status": "success", "data": data });
    let kind = [("content-type", "application/json")];
    let app = Router::new().fallback(async move || (kind, answer.to_string()));
    let url = format!("http://{}", setup::serve(app).await);
    let preset = Preset::of("envoy-gateway").unwrap();
    let fault = read(&connect(preset, &url, &serve(true).await)).await;
    let fault = fault.unwrap_err().fault();
    assert_eq!(
        fault.text.shown(),
        "the gateway counts the requests of checkout-canary and checkout together, as \
         `httproute/shop-envoy-gateway/checkout/rule/0`: which version answered cannot be told"
    );
    assert!(
        fault
            .hint
            .unwrap()
            .shown()
            .contains("RequestHeaderModifier")
    );
}

#[test]
fn the_pods_own_text_reads_the_same() {
    for preset in PRESETS.iter().filter(|preset| preset.is_in_pods()) {
        for (pod, path) in files(preset) {
            let side = usize::from(pod == CANARY);
            let (_, requests, errors, histogram) = EXPECTED[side];
            let text = std::fs::read(path).unwrap();
            let counters = text::parse(&text, &preset.names()).unwrap();
            assert_eq!(
                (counters.requests, counters.errors),
                (requests, errors),
                "{} {pod}",
                preset.word
            );
            assert_histogram(preset.word, &counters.buckets, histogram);
            let cpu = (!preset.cpu.is_empty()).then_some(CPU[side].1);
            assert_eq!(counters.cpu_seconds, cpu, "{} {pod}", preset.word);
        }
    }
}
