//! Clocks that differ, and a Prometheus that records faster or slower than it is read.

use super::setup;
use crate::fixture;
use axum::Router;
use axum::extract::Request;
use flightdeck::config::settings::PrometheusBase;
use flightdeck::domain::counters::{Scrape, Side};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::FeedFault;
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::prometheus::feed::{Following, follow};
use flightdeck::sources::metrics::prometheus::{Prometheus, Skew};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const POD: &str = "checkout-5c8d7b9f6-aaaaa";

/// A Prometheus whose clock is `ahead` of this machine's, and which took its samples every `step`. It keeps five minutes. The
/// pod's own clock is wrong by `pod_ahead`.
#[derive(Clone)]
struct Double {
    ahead: SignedDuration,
    step: i32,
    pod_ahead: i32,
    /// The times that were asked for, less the time there: the furthest of them.
    asked: Arc<AtomicU64>,
}

impl Double {
    fn now(&self) -> f64 {
        let now = Timestamp::now().saturating_add(self.ahead).unwrap();
        seconds(now)
    }

    fn answer(&self, request: &Request) -> Value {
        let url = reqwest::Url::parse(&format!("http://x{}", request.uri())).unwrap();
        let value = |name: &str| {
            let mut pairs = url.query_pairs();
            let value = pairs.find(|(key, _)| key == name)?.1.into_owned();
            Some(value)
        };
        let time = |name: &str| value(name).map(|time| time.parse::<f64>().unwrap());
        let query = value("query").unwrap();
        if url.path().ends_with("query_range") {
            let (start, end) = (time("start").unwrap(), time("end").unwrap());
            let step = time("step").unwrap();
            let all = (0..).map(|n| start + f64::from(n) * step);
            let at = all.take_while(|at| *at <= end);
            let values: Vec<Value> = at
                .filter_map(|at| Some(json!([at, self.told(&query, at)?.to_string()])))
                .collect();
            return json!({ "resultType": "matrix", "result": series("values", &json!(values)) });
        }
        let at = time("time").unwrap_or_else(|| self.now());
        if query == "time()" {
            return json!({ "resultType": "scalar", "result": [at, at.to_string()] });
        }
        let off = Duration::from_secs_f64((at - self.now()).abs());
        self.asked.fetch_max(off.as_secs(), Ordering::SeqCst);
        let told = self.told(&query, at);
        let result = told.map_or_else(Vec::new, |told| {
            series("value", &json!([at, told.to_string()]))
        });
        json!({ "resultType": "vector", "result": result })
    }

    /// What it knows at that time: of the newest sample, and of none that is still to come.
    fn told(&self, query: &str, at: f64) -> Option<f64> {
        let step = f64::from(self.step);
        let sampled = (at.min(self.now()) / step).floor() * step;
        let is_kept = at - sampled <= 300.0;
        match query {
            _ if !is_kept => None,
            query if query.contains("timestamp(") => Some(sampled),
            query if query.contains("process_start") => {
                Some(1_700_000_000.0 + f64::from(self.pod_ahead))
            }
            query if query.contains("_bucket") || query.contains("cpu") => None,
            // Ten requests a second.
            _ => Some((sampled - 1_700_000_000.0) * 10.0),
        }
    }
}

fn series(key: &str, values: &Value) -> Vec<Value> {
    vec![json!({ "metric": { "pod": POD, "code": "200" }, key: values })]
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

async fn serve(double: Double) -> Prometheus {
    let answers = double.clone();
    let app = Router::new().fallback(move |request: Request| {
        let answer = json!({ "status": "success", "data": answers.answer(&request) });
        async move { ([("content-type", "application/json")], answer.to_string()) }
    });
    let url = format!("http://{}", setup::serve(app).await);
    wire::install_crypto();
    let settings = setup::settings(PrometheusBase::Url(url.clone()));
    let environment = setup::environment();
    let cluster = kube::Config::new(url.parse().unwrap());
    wire::prometheus(
        &settings,
        &environment,
        kube::Client::try_from(cluster).unwrap(),
    )
}

/// What a feed told until it had `wanted` readings.
#[derive(Debug, Default)]
struct Told {
    scrapes: Vec<Scrape>,
    notes: Vec<String>,
    faults: Vec<FeedFault>,
}

async fn told(prometheus: Prometheus, every: Duration, wanted: usize) -> Told {
    let (out, mut events) = mpsc::channel(4);
    let (_list, listed) = watch::channel(vec![(POD.to_owned(), Side::Stable)]);
    let following = Following {
        prometheus,
        target: fixture::target(),
        every,
        clock: Timestamp::now,
    };
    let task = tokio::spawn(follow(following, listed, out));
    let mut told = Told::default();
    let reading = async {
        while told.scrapes.len() < wanted {
            match events.recv().await.unwrap() {
                SourceEvent::Scraped(_, scrape) => told.scrapes.push(*scrape),
                SourceEvent::Noted(_, _, text) => told.notes.push(text.shown().to_owned()),
                SourceEvent::FeedFailed(_, _, fault) => told.faults.push(fault),
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading)
        .await
        .unwrap();
    task.abort();
    told
}

fn double(ahead: i64, step: i32) -> Double {
    Double {
        ahead: SignedDuration::from_secs(ahead),
        step,
        pod_ahead: 0,
        asked: Arc::default(),
    }
}

/// An hour before or behind, the numbers come as if the clocks agreed, in the time of here, and the difference is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_wrong_costs_no_numbers() {
    for (ahead, words) in [
        (3600, "3600 s ahead of this machine's"),
        (-3600, "3600 s behind this machine's"),
        (-45, "45 s behind this machine's"),
    ] {
        let double = double(ahead, 1);
        let asked = Arc::clone(&double.asked);
        let told = told(serve(double).await, Duration::from_secs(1), 2).await;
        assert_eq!(told.faults, [], "{ahead}");
        let noted: Vec<&String> = told
            .notes
            .iter()
            .filter(|note| note.contains("clock"))
            .collect();
        assert!(noted.len() == 1, "{ahead}: {told:#?}");
        // Rounding may make it one less.
        let near = words.replace("3600", "3599").replace("45", "44");
        assert!(
            noted[0].contains(words) || noted[0].contains(&near),
            "{ahead}: {noted:?}"
        );
        for scrape in &told.scrapes {
            let off = scrape.at.duration_since(Timestamp::now()).abs();
            assert!(off < SignedDuration::from_secs(20), "{ahead}: {off}");
        }
        assert!(
            asked.load(Ordering::SeqCst) < 20,
            "it was asked in its own time"
        );
        let [first, second] = told.scrapes.as_slice() else {
            panic!("{told:#?}")
        };
        let counted = |scrape: &Scrape| scrape.usable(Side::Stable).next().unwrap().1.requests;
        assert!(counted(second) > counted(first), "{ahead}: {told:#?}");
    }
}

/// Clocks that agree are not spoken of, and a pod whose own clock is wrong is no restarted one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pods_own_clock_does_not_matter() {
    for pod_ahead in [0, 7200, -7200] {
        let double = Double {
            pod_ahead,
            ..double(0, 1)
        };
        let told = told(serve(double).await, Duration::from_secs(1), 3).await;
        assert_eq!((told.faults.len(), told.notes.len()), (0, 0), "{told:#?}");
        let intervals = flightdeck::analysis::series::counted_between(
            &told.scrapes[0],
            &told.scrapes[2],
            Side::Stable,
        );
        let requests = intervals.unwrap().requests;
        assert!(
            (10.0..1000.0).contains(&requests),
            "{pod_ahead}: {requests}"
        );
    }
}

/// Recorded five times as often as it is read: nothing is lost and nothing is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_that_come_faster_are_all_counted() {
    let told = told(serve(double(0, 1)).await, Duration::from_secs(3), 2).await;
    assert_eq!((told.faults.len(), told.notes.len()), (0, 0), "{told:#?}");
    let [first, second] = told.scrapes.as_slice() else {
        panic!("{told:#?}")
    };
    let counted = flightdeck::analysis::series::counted_between(first, second, Side::Stable);
    let requests = counted.unwrap().requests;
    let apart = seconds(second.at) - seconds(first.at);
    assert!(
        (requests / apart - 10.0).abs() < 5.0,
        "{requests} in {apart} s"
    );
}

/// Read six times as often as it is recorded: no reading without a new sample is one without traffic or one that fails, and what
/// to set is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_that_come_slower_are_no_silence() {
    let told = told(serve(double(0, 6)).await, Duration::from_secs(1), 2).await;
    assert_eq!(told.faults, []);
    assert_eq!(
        told.notes,
        [
            "Prometheus records these pods every 6 s and is read every 1 s: set metrics.interval = \"6s\""
        ]
    );
    let [first, second] = told.scrapes.as_slice() else {
        panic!("{told:#?}")
    };
    let counted = flightdeck::analysis::series::counted_between(first, second, Side::Stable);
    assert!(counted.unwrap().requests >= 60.0, "{told:#?}");
}

#[test]
fn a_small_difference_is_none() {
    let skew = Skew::default();
    assert_eq!((skew.told(), skew.ahead()), (None, SignedDuration::ZERO));
}
