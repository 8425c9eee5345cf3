//! A gateway's counters belong to a Service: what they had before is another release's.

use super::presets::environment;
use super::setup;
use crate::fixture;
use axum::Router;
use axum::extract::Request;
use flightdeck::analysis::series::counted_between;
use flightdeck::config::presets::Preset;
use flightdeck::config::settings::MetricsSource;
use flightdeck::domain::counters::{Scrape, Side};
use flightdeck::domain::event::SourceEvent;
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::prometheus::Prometheus;
use flightdeck::sources::metrics::prometheus::feed::{Following, follow};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// What the Service had answered before: all of it badly.
const BEFORE: f64 = 7000.0;

/// A gateway since a while, that was perhaps started anew: then it has counted since `anew` alone.
#[derive(Clone)]
struct Gateway {
    began: f64,
    restarted: Arc<AtomicBool>,
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

impl Gateway {
    fn answer(&self, request: &Request) -> Value {
        let url = reqwest::Url::parse(&format!("http://x{}", request.uri())).unwrap();
        let value = |name: &str| {
            let mut pairs = url.query_pairs();
            let value = pairs.find(|(key, _)| key == name)?.1.into_owned();
            Some(value)
        };
        if url.path().ends_with("query_range") {
            return json!({ "resultType": "matrix", "result": [] });
        }
        let now = seconds(Timestamp::now());
        let at = value("time").map_or(now, |time| time.parse().unwrap());
        let query = value("query").unwrap();
        if query == "time()" {
            return json!({ "resultType": "scalar", "result": [at, at.to_string()] });
        }
        let series = |code: &str, told: f64| {
            let metric = json!({
                "pod": "traefik-1", "instance": "10.0.0.1:9100", "code": code,
                "service": "shop-traefik-checkout-canary-8080@kubernetesgateway",
            });
            json!({ "metric": metric, "value": [at, told.to_string()] })
        };
        let restarted = self.restarted.load(Ordering::SeqCst);
        let told = match query.as_str() {
            query if query.contains("timestamp(") => vec![series("", at)],
            query if query.contains("process_start") => {
                vec![series(
                    "",
                    if restarted {
                        now - 1.0
                    } else {
                        1_700_000_000.0
                    },
                )]
            }
            query if query.contains("_bucket") || query.contains("cpu") => Vec::new(),
            // Ten good requests a second.
            _ if restarted => vec![series("200", 10.0)],
            _ => vec![
                series("503", BEFORE),
                series("200", (at - self.began) * 10.0),
            ],
        };
        json!({ "resultType": "vector", "result": told })
    }
}

async fn serve(gateway: Gateway) -> Prometheus {
    let app = Router::new().fallback(move |request: Request| {
        let answer = json!({ "status": "success", "data": gateway.answer(&request) });
        async move { ([("content-type", "application/json")], answer.to_string()) }
    });
    let url = format!("http://{}", setup::serve(app).await);
    wire::install_crypto();
    let environment = environment(Preset::of("traefik").unwrap(), &url);
    let MetricsSource::Prometheus(settings) = &environment.metrics.source else {
        panic!("{environment:#?}")
    };
    let cluster = kube::Config::new(url.parse().unwrap());
    let cluster = kube::Client::try_from(cluster).unwrap();
    wire::prometheus(settings, &environment, cluster)
}

async fn next(events: &mut mpsc::Receiver<SourceEvent>) -> Scrape {
    let reading = async {
        loop {
            match events.recv().await.unwrap() {
                SourceEvent::Scraped(_, scrape) => return *scrape,
                SourceEvent::FeedFailed(_, _, fault) => panic!("{fault:?}"),
                _ => {}
            }
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(30), reading).await;
    read.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_counted_before_is_another_releases() {
    let gateway = Gateway {
        began: seconds(Timestamp::now()) - 60.0,
        restarted: Arc::default(),
    };
    let prometheus = serve(gateway.clone()).await;
    let (out, mut events) = mpsc::channel(1);
    let pod = "checkout-canary-6d9f8c7b5-bbbbb".to_owned();
    let (_list, listed) = watch::channel(vec![(pod, Side::Canary)]);
    let following = Following {
        prometheus,
        target: fixture::target(),
        every: Duration::from_millis(500),
        clock: Timestamp::now,
    };
    let task = tokio::spawn(follow(following, listed, out));
    let counted = |scrape: &Scrape| {
        let (name, counters) = scrape.usable(Side::Canary).next().unwrap();
        assert_eq!(name, "checkout-canary at traefik-1");
        (counters.requests, counters.errors)
    };
    let first = next(&mut events).await;
    assert_eq!(counted(&first), (0.0, 0.0));
    let mut last = next(&mut events).await;
    let (requests, errors) = counted(&last);
    assert!(requests > 0.0 && requests < 2000.0, "{requests}");
    assert!(errors.abs() < f64::EPSILON, "{errors}");

    // A gateway that is started anew has counted ten since then, and nothing is lost or made up.
    gateway.restarted.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        let scrape = next(&mut events).await;
        let between = counted_between(&last, &scrape, Side::Canary).unwrap();
        assert!(
            between.requests < 2000.0 && between.errors < 1.0,
            "{between:?}"
        );
        last = scrape;
        if counted(&last) == (10.0, 0.0) {
            break;
        }
    }
    assert_eq!(counted(&last), (10.0, 0.0));
    task.abort();
}
