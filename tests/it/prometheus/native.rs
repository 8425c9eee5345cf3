//! A native histogram, as a real Prometheus scrapes and answers it.

use super::server;
use super::setup;
use crate::support::until;
use axum::Router;
use flightdeck::analysis::latency::bucket_quantile;
use flightdeck::config::presets::Preset;
use flightdeck::config::settings::PrometheusBase;
use flightdeck::domain::counters::Side;
use flightdeck::domain::exposition::Histogram;
use flightdeck::runtime::wire;
use jiff::Timestamp;

const POD: &str = "checkout-5c8d7b9f6-aaaaa";
const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A field of a message: its number, and a number as a varint.
fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut bytes = vec![field << 3];
    loop {
        let (low, rest) = ((value & 0x7f) as u8, value >> 7);
        bytes.push(if rest == 0 { low } else { low | 0x80 });
        if rest == 0 {
            return bytes;
        }
        value = rest;
    }
}

/// As [`number`], signed ones close to zero being short.
fn signed(field: u8, value: i64) -> Vec<u8> {
    number(field, ((value << 1) ^ (value >> 63)).cast_unsigned())
}

fn double(field: u8, value: f64) -> Vec<u8> {
    [&[(field << 3) | 1][..], &value.to_le_bytes()].concat()
}

/// A text or a message in a message.
fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
    let mut length = number(0, content.len() as u64);
    length[0] = (field << 3) | 2;
    [length, content.to_vec()].concat()
}

fn label(name: &str, value: &str) -> Vec<u8> {
    let pair = [bytes(1, name.as_bytes()), bytes(2, value.as_bytes())].concat();
    bytes(1, &pair)
}

/// A histogram with two bounds to each doubling: `counts` from the bound 2^(-2) = 0.25 s on, one bucket after the other.
fn histogram(code: &str, counts: &[i64]) -> Vec<u8> {
    let all: i64 = counts.iter().sum();
    // Bucket i of schema 1 ends at 2^(i / 2).
    let span = bytes(
        12,
        &[signed(1, -4), number(2, counts.len() as u64)].concat(),
    );
    let mut before = 0;
    let deltas = counts
        .iter()
        .flat_map(|count| signed(13, count - std::mem::replace(&mut before, *count)));
    let histogram = [
        number(1, all.cast_unsigned()),
        double(2, 1.0),
        signed(5, 1),
        double(6, 1e-9),
        number(7, 0),
        span,
        deltas.collect(),
    ]
    .concat();
    let metric = [
        label("http_response_status_code", code),
        bytes(7, &histogram),
    ]
    .concat();
    bytes(4, &metric)
}

fn exposition() -> Vec<u8> {
    let family = [
        bytes(1, b"http_server_request_duration_seconds"),
        number(3, 4),
        // Up to 0.25 s, 0.35 s, 0.5 s, 0.71 s, 1 s.
        histogram("200", &[100, 60, 20, 10, 0]),
        histogram("503", &[0, 0, 0, 5, 5]),
    ]
    .concat();
    let mut framed = number(0, family.len() as u64);
    framed.remove(0);
    framed.extend(family);
    framed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_native_histogram_is_read_in_whole_counts() {
    let app = Router::new().fallback(async || ([("content-type", PROTOBUF)], exposition()));
    let address = setup::serve(app).await;
    let configuration = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: pods\n    static_configs:\n      - targets: [\"{address}\"]\n        labels: {{ namespace: production, pod: {POD} }}\n"
    );
    let features = ["--enable-feature=native-histograms"];
    let Some(server) = server::start(&configuration, &features).await else {
        return;
    };
    let server = server.unwrap();
    let settings = setup::settings(PrometheusBase::Url(server.url.clone()));
    let mut environment = setup::environment();
    environment.metrics.names = Preset::of("otel").unwrap().names();
    environment.metrics.names.histogram = Histogram::Native;
    wire::install_crypto();
    let cluster = kube::Config::new(server.url.parse().unwrap());
    let cluster = kube::Client::try_from(cluster).unwrap();
    let prometheus = wire::prometheus(&settings, &environment, cluster);
    let asked = [(POD.to_owned(), Side::Stable)];
    let recorded = until(
        "the histogram is recorded",
        async || prometheus.scrape(&asked, Timestamp::now()).await,
        // A scrape may end between two of the queries.
        |read| {
            let mut units = read
                .iter()
                .flat_map(|read| read.scrape.usable(Side::Stable));
            units.any(|(_, counters)| !counters.buckets.is_empty() && counters.requests > 0.0)
        },
    )
    .await
    .unwrap();
    let (_, counters) = recorded.scrape.usable(Side::Stable).next().unwrap();
    assert_eq!((counters.requests, counters.errors), (200.0, 10.0));
    let at = |le: f64| {
        let mut buckets = counters.buckets.iter();
        let bucket = buckets
            .find(|bucket| (bucket.le - le).abs() < 1e-9 || bucket.le.total_cmp(&le).is_eq());
        bucket.unwrap().count
    };
    let bounds = [
        0.125,
        0.25,
        0.125_f64.sqrt(),
        0.5,
        0.5_f64.sqrt(),
        1.0,
        f64::INFINITY,
    ];
    let counts: Vec<f64> = bounds.into_iter().map(at).collect();
    assert_eq!(counts, [0.0, 100.0, 160.0, 180.0, 195.0, 200.0, 200.0]);
    let p95 = bucket_quantile(&counters.buckets, 0.95).unwrap();
    assert!((0.5..0.71).contains(&p95), "{p95}");
    assert!(recorded.sampled.contains_key(POD), "{recorded:#?}");
    // An address may not be too long for the proxies on the way.
    assert!(
        prometheus.queries.buckets.len() < 6500,
        "{}",
        prometheus.queries.buckets.len()
    );
}
