//! What the answers of a query API become, over real sockets: readings, or errors that say what is wrong and what cures it.

use super::setup;
use crate::fixture;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flightdeck::config::settings::{Auth, Prometheus as Settings, PrometheusBase, SecretRef};
use flightdeck::domain::counters::{Reading, Side};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::{FaultKind, FeedName};
use flightdeck::runtime::wire;
use flightdeck::sources::metrics::prometheus::feed::{Following, follow};
use flightdeck::sources::metrics::prometheus::{Prometheus, PrometheusError, Recorded, stretch};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const STABLE: &str = "checkout-5c8d7b9f6-aaaaa";
const CANARY: &str = "checkout-canary-6d9f8c7b5-bbbbb";
const NOW: i64 = 1_800_000_000;

/// Which kind of series a query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Requests,
    Buckets,
    Cpu,
    Started,
    Sampled,
    Count,
    Example,
    Time,
}

fn kind(query: &str) -> Kind {
    match query {
        "time()" => Kind::Time,
        query if query.starts_with("count(") => Kind::Count,
        query if query.starts_with("topk(") => Kind::Example,
        query if query.contains("timestamp(") => Kind::Sampled,
        query if query.contains("_bucket") => Kind::Buckets,
        query if query.contains("container_cpu") => Kind::Cpu,
        query if query.contains("process_start") => Kind::Started,
        _ => Kind::Requests,
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn vector(series: &[(Value, &str)]) -> Value {
    let result: Vec<Value> = series
        .iter()
        .map(|(labels, value)| json!({ "metric": labels, "value": [NOW, value] }))
        .collect();
    json!({ "status": "success", "data": { "resultType": "vector", "result": result } })
}

fn scalar(at: i64) -> Value {
    let result = json!([at, at.to_string()]);
    json!({ "status": "success", "data": { "resultType": "scalar", "result": result } })
}

/// What a Prometheus that knows both pods answers.
fn usual(kind: Kind) -> Value {
    let by_code = |pod: &str, code: &str| json!({ "pod": pod, "code": code });
    let by_le = |le: &str| json!({ "pod": STABLE, "le": le });
    let by_pod = |pod: &str| json!({ "pod": pod });
    match kind {
        Kind::Requests => vector(&[
            (by_code(STABLE, "200"), "90"),
            (by_code(STABLE, "503"), "10"),
            (by_code(CANARY, "404"), "7"),
        ]),
        Kind::Buckets => vector(&[
            (by_le("+Inf"), "100"),
            (by_le("0.1"), "40"),
            (by_le("2.5"), "99"),
            (by_le("1e-02"), "1"),
        ]),
        Kind::Cpu => vector(&[(by_pod(STABLE), "12.5"), (by_pod(CANARY), "NaN")]),
        Kind::Started => vector(&[
            (by_pod(STABLE), "1799999000.25"),
            (by_pod(CANARY), "1799999900"),
        ]),
        Kind::Sampled => vector(&[
            (by_pod(STABLE), "1799999999.5"),
            (by_pod(CANARY), "1799999998"),
        ]),
        Kind::Time => scalar(NOW),
        Kind::Count => vector(&[(json!({}), "12")]),
        Kind::Example => vector(&[(
            json!({ "__name__": "http_requests_total", "code": "200", "job": "x", "kubernetes_pod_name": "y" }),
            "1",
        )]),
    }
}

/// The requests that came, as path, query text and `Authorization`.
type Seen = Arc<Mutex<Vec<(String, String, Option<String>)>>>;

async fn serve(
    answer: impl Fn(Kind) -> Response + Clone + Send + Sync + 'static,
) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let app = axum::Router::new().fallback(move |request: Request<Body>| {
        let url = reqwest::Url::parse(&format!("http://x{}", request.uri())).unwrap();
        let query = url
            .query_pairs()
            .find(|(name, _)| name == "query")
            .unwrap()
            .1
            .into_owned();
        let header = request
            .headers()
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        let answer = answer(kind(&query));
        noted
            .lock()
            .unwrap()
            .push((url.path().to_owned(), query, header));
        async move { answer }
    });
    (setup::serve(app).await, seen)
}

fn ok(value: &Value) -> Response {
    (
        [("content-type", "application/json; charset=utf-8")],
        value.to_string(),
    )
        .into_response()
}

fn connect(address: SocketAddr, base: PrometheusBase, auth: Auth) -> Prometheus {
    wire::install_crypto();
    let mut config = kube::Config::new(format!("http://{address}").parse().unwrap());
    config.default_retry = false;
    let settings = settings(base, auth);
    wire::prometheus(
        &settings,
        &setup::environment(),
        kube::Client::try_from(config).unwrap(),
    )
}

fn settings(base: PrometheusBase, auth: Auth) -> Settings {
    Settings {
        auth,
        ..setup::settings(base)
    }
}

fn direct(address: SocketAddr) -> Prometheus {
    connect(
        address,
        PrometheusBase::Url(format!("http://{address}/prom/")),
        Auth::None,
    )
}

fn proxied(address: SocketAddr) -> Prometheus {
    let base = PrometheusBase::Service {
        namespace: "monitoring".to_owned(),
        name: "prometheus".to_owned(),
        port: "9090".to_owned(),
    };
    connect(address, base, Auth::None)
}

fn pods() -> Vec<(String, Side)> {
    vec![
        (STABLE.to_owned(), Side::Stable),
        (CANARY.to_owned(), Side::Canary),
    ]
}

async fn read(prometheus: &Prometheus) -> Result<Recorded, PrometheusError> {
    prometheus.scrape(&pods(), now()).await
}

/// What goes wrong where the requests' query is answered so.
async fn refused(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> PrometheusError {
    let (address, _) = serve(move |kind| match kind {
        Kind::Requests => answer(),
        other => ok(&usual(other)),
    })
    .await;
    read(&direct(address)).await.unwrap_err()
}

fn told(error: &PrometheusError) -> (FaultKind, String, String) {
    let fault = error.fault();
    let place = |text: &str| {
        let start = text.find("http://127.0.0.1:").map_or(text.len(), |at| at);
        let end = text[start..]
            .find("/prom")
            .map_or(text.len(), |at| start + at);
        format!("{}{}", &text[..start], &text[end..])
    };
    (
        fault.kind,
        place(fault.text.shown()),
        fault.hint.unwrap().shown().to_owned(),
    )
}

#[tokio::test]
async fn series_become_the_pods_counters() {
    let (address, seen) = serve(|kind| ok(&usual(kind))).await;
    let recorded = read(&direct(address)).await.unwrap();
    assert_eq!(recorded.scrape.at, now());
    let [stable, canary] = recorded.scrape.pods.as_slice() else {
        panic!("{recorded:?}")
    };
    let counters = stable.usable().unwrap();
    assert_eq!((stable.pod.as_str(), stable.side), (STABLE, Side::Stable));
    assert_eq!(
        (counters.requests, counters.errors, counters.cpu_seconds),
        (100.0, 10.0, Some(12.5))
    );
    assert_eq!(
        counters.started_at.unwrap().as_millisecond(),
        1_799_999_000_250
    );
    let bounds: Vec<(f64, f64)> = counters
        .buckets
        .iter()
        .map(|bucket| (bucket.le, bucket.count))
        .collect();
    assert_eq!(
        bounds,
        [
            (0.01, 1.0),
            (0.1, 40.0),
            (2.5, 99.0),
            (f64::INFINITY, 100.0)
        ]
    );
    let counters = canary.usable().unwrap();
    assert_eq!(
        (counters.requests, counters.errors, counters.cpu_seconds),
        (7.0, 0.0, None)
    );
    assert_eq!(recorded.sampled[STABLE].as_millisecond(), 1_799_999_999_500);
    assert!(recorded.warnings.is_empty());

    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5, "one query a kind of series: {seen:#?}");
    assert!(
        seen.iter()
            .all(|(path, _, header)| path == "/prom/api/v1/query" && header.is_none())
    );
}

#[tokio::test]
async fn through_the_api_server_the_same_comes() {
    let (address, seen) = serve(|kind| ok(&usual(kind))).await;
    let by_url = read(&direct(address)).await.unwrap();
    seen.lock().unwrap().clear();
    assert_eq!(read(&proxied(address)).await.unwrap(), by_url);
    let path = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query";
    let seen = seen.lock().unwrap();
    assert!(
        seen.len() == 5 && seen.iter().all(|(asked, _, _)| asked == path),
        "{seen:#?}"
    );
}

#[tokio::test]
async fn a_pod_without_a_sample_is_unreadable_and_one_without_requests_has_none() {
    let (address, _) = serve(|kind| {
        ok(&match kind {
            Kind::Requests => vector(&[(json!({ "pod": STABLE, "code": "200" }), "5")]),
            Kind::Started => vector(&[(json!({ "pod": CANARY }), "1799999900")]),
            _ => vector(&[]),
        })
    })
    .await;
    let mut asked = pods();
    asked.push(("checkout-5c8d7b9f6-ccccc".to_owned(), Side::Stable));
    let recorded = direct(address).scrape(&asked, now()).await.unwrap();
    let requests: Vec<Option<f64>> = recorded
        .scrape
        .pods
        .iter()
        .map(|pod| pod.usable().map(|counters| counters.requests))
        .collect();
    assert_eq!(requests, [Some(5.0), Some(0.0), None]);
    let Reading::Unreadable(reason) = &recorded.scrape.pods[2].reading else {
        panic!("{recorded:?}")
    };
    assert_eq!(reason.shown(), "Prometheus has no sample of this pod");
}

#[tokio::test]
async fn a_value_that_is_no_count_makes_its_pod_unreadable() {
    for odd in ["NaN", "+Inf", "-1"] {
        let (address, _) = serve(move |kind| {
            ok(&match kind {
                Kind::Requests => vector(&[
                    (json!({ "pod": STABLE, "code": "200" }), "5"),
                    (json!({ "pod": CANARY, "code": "200" }), "5"),
                    (json!({ "pod": CANARY, "code": "500" }), odd),
                ]),
                other => usual(other),
            })
        })
        .await;
        let recorded = read(&direct(address)).await.unwrap();
        assert!(recorded.scrape.pods[0].usable().is_some());
        assert!(
            matches!(&recorded.scrape.pods[1].reading, Reading::Unreadable(_)),
            "{odd}"
        );
    }
}

#[tokio::test]
async fn other_series_than_were_asked_for_are_named() {
    let nothing = || ok(&vector(&[]));
    let error = refused(nothing).await;
    let (kind, text, hint) = told(&error);
    assert_eq!(kind, FaultKind::Missing);
    assert!(
        text.starts_with("no series of these pods: Prometheus has 12 series http_requests_total, with the labels __name__, code, job, kubernetes_pod_name; asked was sum by (pod, code)"),
        "{text}"
    );
    assert_eq!(
        hint,
        "there is no label pod: name the one with the pod's name under metrics.pod_label in the config"
    );

    let nameless = || ok(&vector(&[(json!({ "code": "200", "instance": "a" }), "5")]));
    let (_, text, hint) = told(&refused(nameless).await);
    assert!(text.starts_with("no series of these pods: Prometheus has 1 series http_requests_total, with the labels code, instance;"), "{text}");
    assert!(hint.contains("metrics.pod_label"));

    let others = || {
        ok(&vector(&[(
            json!({ "code": "200", "pod": "checkout-5c8d7b9f6-zzzzz" }),
            "5",
        )]))
    };
    let (address, _) = serve(move |kind| {
        if kind == Kind::Requests {
            others()
        } else {
            ok(&vector(&[]))
        }
    })
    .await;
    let (_, text, hint) = told(&read(&direct(address)).await.unwrap_err());
    assert!(
        text.starts_with("no series of these pods: Prometheus has 1 series"),
        "{text}"
    );
    assert!(hint.contains("namespace and Deployments"), "{hint}");

    let codeless = || ok(&vector(&[(json!({ "pod": STABLE }), "5")]));
    let (_, text, hint) = told(&refused(codeless).await);
    assert!(text.starts_with("errors cannot be told: of 1 series that Prometheus gave not all have the label code, but pod;"), "{text}");
    assert!(hint.contains("metrics.code_label"));

    let (address, _) = serve(|_| ok(&vector(&[]))).await;
    let (kind, text, hint) = told(&read(&direct(address)).await.unwrap_err());
    assert_eq!(
        (kind, text.as_str()),
        (
            FaultKind::Missing,
            "Prometheus at /prom has no series http_requests_total"
        )
    );
    assert!(hint.contains("metrics.requests"));
}

#[tokio::test]
async fn each_failure_has_its_sentence_and_its_cure() {
    let html = (StatusCode::BAD_GATEWAY, "<html>\n<h1>502 Bad Gateway</h1>");
    let error = refused(move || html.into_response()).await;
    let (kind, text, hint) = told(&error);
    assert_eq!(
        (kind, text.as_str()),
        (
            FaultKind::Unreachable,
            "/prom answered 502 and not as a Prometheus does: `<html> <h1>502 Bad Gateway</h1>`"
        )
    );
    assert!(hint.contains("a proxy before Prometheus"), "{hint}");

    let page = || (StatusCode::OK, "<!doctype html><title>Grafana</title>").into_response();
    let (kind, _, hint) = told(&refused(page).await);
    assert_eq!(kind, FaultKind::Garbled);
    assert!(hint.contains("metrics.url"), "{hint}");

    let login = || {
        (
            StatusCode::FOUND,
            [("location", "https://sso.example.com/login")],
        )
            .into_response()
    };
    let (_, text, hint) = told(&refused(login).await);
    assert_eq!(
        text,
        "/prom answered 302 and leads to https://sso.example.com/login instead of answering as a Prometheus"
    );
    assert!(hint.contains("metrics.token"), "{hint}");

    let many = json!({ "status": "error", "errorType": "execution", "error": "many-to-many matching not allowed" }).to_string();
    let many = move || {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            [("content-type", "application/json")],
            many.clone(),
        )
            .into_response()
    };
    let (kind, text, hint) = told(&refused(many).await);
    assert_eq!(kind, FaultKind::Garbled);
    assert!(
        text.contains("execution: many-to-many matching not allowed"),
        "{text}"
    );
    assert!(hint.contains("names of series and labels"), "{hint}");

    let (kind, text, hint) = told(&refused(|| StatusCode::UNAUTHORIZED.into_response()).await);
    assert_eq!(
        (kind, text.as_str()),
        (
            FaultKind::LoginExpired,
            "Prometheus at /prom answered 401 Unauthorized"
        )
    );
    assert!(hint.contains("token"), "{hint}");
    let (kind, _, _) = told(&refused(|| StatusCode::FORBIDDEN.into_response()).await);
    assert_eq!(kind, FaultKind::Forbidden);

    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (kind, text, hint) = told(&read(&direct(gone)).await.unwrap_err());
    assert_eq!(kind, FaultKind::Unreachable);
    assert!(
        text.starts_with("cannot reach Prometheus at /prom: "),
        "{text}"
    );
    assert!(hint.contains("metrics.url or metrics.service"), "{hint}");
}

#[tokio::test]
async fn the_api_servers_own_refusals_are_told_apart() {
    let status = |code: StatusCode, message: &str| {
        (
            code,
            json!({ "kind": "Status", "message": message }).to_string(),
        )
            .into_response()
    };
    let cases = [
        (
            StatusCode::FORBIDDEN,
            FaultKind::Forbidden,
            "not allowed to get services/proxy for Prometheus at service monitoring/prometheus:9090: no",
        ),
        (
            StatusCode::UNAUTHORIZED,
            FaultKind::LoginExpired,
            "cannot reach Prometheus at service monitoring/prometheus:9090: the cluster login expired: no",
        ),
        (
            StatusCode::NOT_FOUND,
            FaultKind::Missing,
            "the API server cannot pass on to Prometheus at service monitoring/prometheus:9090: 404 no",
        ),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            FaultKind::Unreachable,
            "the API server cannot pass on to Prometheus at service monitoring/prometheus:9090: 503 no",
        ),
    ];
    for (code, kind, text) in cases {
        let (address, _) = serve(move |_| status(code, "no")).await;
        let fault = read(&proxied(address)).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.text.shown()), (kind, text));
    }
}

#[tokio::test]
async fn a_token_is_sent_and_never_told() {
    let (address, seen) = serve(|_| StatusCode::UNAUTHORIZED.into_response()).await;
    let secret = SecretRef::Command(["echo", "t0ken"].map(str::to_owned).to_vec());
    let prometheus = connect(
        address,
        PrometheusBase::Url(format!("http://{address}")),
        Auth::Bearer(secret),
    );
    let error = read(&prometheus).await.unwrap_err();
    assert!(!format!("{error} {error:?} {:?}", error.fault()).contains("t0ken"));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert!(
        !seen.is_empty()
            && seen
                .iter()
                .all(|(_, _, header)| header.as_deref() == Some("Bearer t0ken")),
        "{seen:?}"
    );

    let absent = SecretRef::Env("FLIGHTDECK_TEST_NO_SUCH_VARIABLE".to_owned());
    let prometheus = connect(
        address,
        PrometheusBase::Url(format!("http://{address}")),
        Auth::Bearer(absent),
    );
    let fault = read(&prometheus).await.unwrap_err().fault();
    assert!(
        fault
            .text
            .shown()
            .ends_with("the environment variable FLIGHTDECK_TEST_NO_SUCH_VARIABLE is not set"),
        "{}",
        fault.text
    );
}

/// A matrix in which the canary's pod came at the third of five moments and stable's pod was not recorded at the fourth.
fn recorded(kind: Kind, start: i64, step: i64) -> Value {
    let points = |pod: &str, at: &[i64], value: &dyn Fn(i64) -> String| {
        let values: Vec<Value> = at
            .iter()
            .map(|n| json!([start + n * step, value(*n)]))
            .collect();
        json!({ "metric": { "pod": pod, "code": "200", "le": "+Inf" }, "values": values })
    };
    let both = |value: &dyn Fn(i64) -> String| {
        vec![
            points(STABLE, &[0, 1, 2, 4], value),
            points(CANARY, &[2, 3, 4], value),
        ]
    };
    let result = match kind {
        Kind::Requests | Kind::Buckets => both(&|n| (n * 10).to_string()),
        Kind::Sampled => both(&|n| (start + n * step - 1).to_string()),
        Kind::Cpu | Kind::Started | Kind::Count | Kind::Example | Kind::Time => Vec::new(),
    };
    json!({ "status": "success", "data": { "resultType": "matrix", "result": result } })
}

#[tokio::test]
async fn what_was_recorded_becomes_scrapes_in_time_order() {
    let start = NOW - 120;
    let (address, seen) = serve(move |kind| ok(&recorded(kind, start, 30))).await;
    let from = Timestamp::from_second(start).unwrap();
    // The canary's pod is known by its name alone.
    let asked = [(STABLE.to_owned(), Side::Stable)];
    let scrapes = direct(address)
        .backfill(&asked, (from, now()), Duration::from_secs(30))
        .await
        .unwrap();
    let counted: Vec<Vec<(Side, Option<f64>)>> = scrapes
        .iter()
        .map(|scrape| {
            scrape
                .pods
                .iter()
                .map(|pod| (pod.side, pod.usable().map(|counters| counters.requests)))
                .collect()
        })
        .collect();
    assert_eq!(
        counted,
        [
            vec![(Side::Stable, Some(0.0))],
            vec![(Side::Stable, Some(10.0))],
            vec![(Side::Stable, Some(20.0)), (Side::Canary, Some(20.0))],
            vec![(Side::Stable, None), (Side::Canary, Some(30.0))],
            vec![(Side::Stable, Some(40.0)), (Side::Canary, Some(40.0))],
        ]
    );
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|(path, _, _)| path == "/prom/api/v1/query_range")
    );
    assert_eq!(
        proxied(address)
            .backfill(&asked, (from, now()), Duration::from_secs(30))
            .await
            .unwrap(),
        scrapes
    );
}

#[test]
fn the_stretch_reaches_back_to_the_start_and_stays_small() {
    let ago = |seconds: i64| {
        now()
            .checked_sub(SignedDuration::from_secs(seconds))
            .unwrap()
    };
    let cases = [
        (None, 1, 1800, 3),
        (Some(600), 15, 1800, 15),
        (Some(7200), 15, 7260, 15),
        (Some(12 * 3600), 15, 43_216, 73),
        (Some(90 * 24 * 3600), 15, 86_400, 144),
    ];
    for (since, every, length, step) in cases {
        let ((from, until), apart) = stretch(since.map(ago), now(), Duration::from_secs(every));
        assert_eq!(
            (until, apart),
            (now(), Duration::from_secs(step)),
            "{since:?}"
        );
        assert_eq!(until.duration_since(from).as_secs(), length, "{since:?}");
    }
}

/// The events of a feed whose Prometheus answers so; they come until the receiver is dropped.
fn start(
    prometheus: Prometheus,
    clock: fn() -> Timestamp,
) -> (
    mpsc::Receiver<SourceEvent>,
    watch::Sender<Vec<(String, Side)>>,
) {
    let (out, events) = mpsc::channel(4);
    let (list, listed) = watch::channel(pods());
    let following = Following {
        prometheus,
        target: fixture::target(),
        every: Duration::from_millis(20),
        clock,
    };
    tokio::spawn(follow(following, listed, out));
    (events, list)
}

#[tokio::test]
async fn the_past_comes_first_and_the_same_samples_are_no_news() {
    let (address, _) = serve(|kind| ok(&usual(kind))).await;
    let (mut events, _list) = start(direct(address), now);
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(events.recv().await.unwrap());
    }
    assert!(
        matches!(&told[0], SourceEvent::Backfilled(target, _) if *target == fixture::target()),
        "{told:#?}"
    );
    assert!(matches!(&told[1], SourceEvent::Scraped(..)), "{told:#?}");
    // The newest sample is half a second old: at one reading every 20 ms that is of the past.
    let SourceEvent::FeedFailed(_, FeedName::Metrics, fault) = &told[2] else {
        panic!("{told:#?}")
    };
    assert!(
        fault
            .text
            .shown()
            .contains("its newest sample of these pods is 0 s old"),
        "{}",
        fault.text
    );
    assert!(fault.hint.as_ref().unwrap().shown().contains("/targets"));
}

#[tokio::test]
async fn warnings_are_told_once_and_the_numbers_still_come() {
    let (address, _) = serve(|kind| {
        let mut answer = usual(kind);
        answer["warnings"] = json!(["partial response: store 3 is gone"]);
        ok(&answer)
    })
    .await;
    let (mut events, _list) = start(direct(address), now);
    let mut warned = 0;
    let mut scraped = 0;
    for _ in 0..5 {
        match events.recv().await.unwrap() {
            SourceEvent::Noted(_, _, text) => {
                assert_eq!(
                    text.shown(),
                    "Prometheus warns that its data may be partial: partial response: store 3 is gone"
                );
                warned += 1;
            }
            SourceEvent::Scraped(..) => scraped += 1,
            _ => {}
        }
    }
    assert_eq!((warned, scraped), (1, 1));
}
