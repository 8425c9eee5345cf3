//! Tests of reading metrics: the text format by tables, the pods over real sockets.

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flightdeck::domain::counters::{Bucket, Counters, Reading, Scrape, Side};
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::exposition::MetricNames;
use flightdeck::domain::feed::FaultKind;
use flightdeck::domain::text::Text;
use flightdeck::runtime::clock;
use flightdeck::sources::metrics::feed::{self, Scraping};
use flightdeck::sources::metrics::pods::{MetricsError, PodMetrics};
use flightdeck::sources::metrics::text::{MOST_BYTES, Parser, TextError, parse};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::sync::{Semaphore, mpsc, watch};

const ANSWER: &str = r#"# HELP http_requests_total Answered requests.
# TYPE http_requests_total counter
http_requests_total{code="200",method="get"} 1027 1395066363000
http_requests_total{code="404",method="get"} 3
http_requests_total{method="post",code="503",} 20 # {trace_id="a}b"} 1 1395066363
http_requests_total { path = "/a\"b\\,code=\"500\"}" , code="200" } 5
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{method="get",le="0.1"} 800
http_request_duration_seconds_bucket{method="post",le="0.1"} 50
http_request_duration_seconds_bucket{method="get",le="+Inf"} 1030
http_request_duration_seconds_bucket{method="post",le="+Inf"} 25
http_request_duration_seconds_sum 53.42
http_request_duration_seconds_count 1055
process_cpu_seconds_total 12.5
process_start_time_seconds 1.7e+09
go_gc_duration_seconds{quantile="0"} NaN
# TYPE strange gaugehistogram
strange +Inf
# EOF
"#;

fn names() -> MetricNames {
    MetricNames::default()
}

fn read(body: &str) -> Result<Counters, TextError> {
    parse(body.as_bytes(), &names())
}

fn answer() -> Counters {
    Counters {
        requests: 1055.0,
        errors: 20.0,
        cpu_seconds: Some(12.5),
        buckets: vec![
            Bucket {
                le: 0.1,
                count: 850.0,
            },
            Bucket {
                le: f64::INFINITY,
                count: 1055.0,
            },
        ],
        started_at: Some(Timestamp::from_second(1_700_000_000).unwrap()),
    }
}

// --- the text format ---------------------------------------------------------------------------------------------------

#[test]
fn an_answer_becomes_counters() {
    assert_eq!(read(ANSWER).unwrap(), answer());
    assert_eq!(read(&ANSWER.replace('\n', "\r\n")).unwrap(), answer());
    assert_eq!(read(ANSWER.trim_end()).unwrap(), answer());
}

#[test]
fn what_is_not_reported_is_unknown() {
    let counters =
        read("http_requests_total{code=\"200\"} 1\nprocess_cpu_seconds_total NaN\n").unwrap();
    assert_eq!(
        (
            counters.cpu_seconds,
            counters.started_at,
            counters.buckets.len()
        ),
        (None, None, 0)
    );
    let broken =
        "http_request_duration_seconds_bucket{le=\"0.1\"} NaN\nhttp_requests_total{code=\"200\"} 1";
    assert_eq!(read(broken).unwrap().buckets, []);
}

#[test]
fn a_series_given_twice_counts_once() {
    let counters =
        read("http_requests_total{code=\"500\"} 1\nhttp_requests_total{code=\"500\"} 2\n").unwrap();
    assert_eq!((counters.requests, counters.errors), (2.0, 2.0));
}

#[test]
fn a_declared_counter_without_samples_is_zero() {
    for name in ["http_requests_total", "http_requests"] {
        let counters = read(&format!("# TYPE {name} counter\nup 1\n")).unwrap();
        assert_eq!((counters.requests, counters.errors), (0.0, 0.0));
    }
}

#[test]
fn names_are_a_matter_of_configuration() {
    let names = MetricNames {
        requests: "hits".to_owned(),
        code_label: "status".to_owned(),
        duration: "took".to_owned(),
        ..names()
    };
    let body = "hits{status=\"502\"} 4\nhits{status=\"200\"} 6\ntook_bucket{le=\"+Inf\"} 10\n";
    let counters = parse(body.as_bytes(), &names).unwrap();
    assert_eq!(
        (counters.requests, counters.errors, counters.buckets.len()),
        (10.0, 4.0, 1)
    );
}

#[test]
fn an_answer_that_cannot_be_used_says_why() {
    let cases = [
        ("", "the answer has no series http_requests_total"),
        ("up 1\n", "the answer has no series http_requests_total"),
        (
            "<!doctype html>\n<html>Sign in</html>",
            "the answer is not in the Prometheus text format, line 1 is `<!doctype html>`",
        ),
        (
            "Not Found\n",
            "the answer is not in the Prometheus text format, line 1 is `Not Found`",
        ),
        (
            "{\"status\":\"up\"}",
            "the answer is not in the Prometheus text format, line 1 is `{\"status\":\"up\"}`",
        ),
        (
            "\u{1b}]52;c;YQ==\u{7}",
            "the answer is not in the Prometheus text format, line 1 is `<esc:osc52>`",
        ),
        (
            "up 1\n\nhttp_requests_total{code=\"200\" 5\n",
            "line 3 of the answer cannot be read: `http_requests_total{code=\"200\" 5`",
        ),
        (
            "up 1\nhttp_requests_total{code=\"200\"}\n",
            "line 2 of the answer cannot be read: `http_requests_total{code=\"200\"}`",
        ),
        (
            "http_requests_total 12\n",
            "series http_requests_total has no label code, so its errors cannot be told",
        ),
        (
            "http_requests_total{code=\"200\"} NaN\n",
            "series http_requests_total is not a count: NaN",
        ),
        (
            "http_requests_total{code=\"200\"} -1\n",
            "series http_requests_total is not a count: -1",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(read(body).unwrap_err().to_string(), expected, "{body:?}");
    }
}

#[test]
fn an_endless_answer_is_refused() {
    let names = names();
    let mut parser = Parser::new(&names);
    let piece = vec![b'a'; 1024 * 1024];
    let refused_at = (0..100).find(|_| parser.push(&piece).is_err()).unwrap();
    assert_eq!(refused_at, MOST_BYTES / piece.len());
    assert_eq!(
        TextError::TooLong.to_string(),
        "the answer is larger than 8 MiB"
    );
}

proptest! {
    #[test]
    fn where_an_answer_is_cut_does_not_matter(cuts in prop::collection::vec(0_usize..1200, 0..8)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(ANSWER.len())).collect();
        cuts.sort_unstable();
        let names = names();
        let mut parser = Parser::new(&names);
        let mut from = 0;
        for cut in cuts.into_iter().chain([ANSWER.len()]) {
            parser.push(&ANSWER.as_bytes()[from..cut]).unwrap();
            from = cut;
        }
        prop_assert_eq!(parser.finish().unwrap(), answer());
    }

    #[test]
    fn any_bytes_give_counters_or_an_error(body in prop::collection::vec(any::<u8>(), 0..400), at in 0_usize..800) {
        let mut whole = ANSWER.as_bytes().to_vec();
        whole.splice(at..at, body);
        if let Ok(counters) = parse(&whole, &names()) {
            prop_assert!(counters.is_usable());
        }
    }
}

// --- the pods ----------------------------------------------------------------------------------------------------------

async fn serve<F, A>(answer: F) -> SocketAddr
where
    F: Fn(Request) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn metrics(address: SocketAddr) -> PodMetrics {
    let mut config = kube::Config::new(format!("http://{address}").parse().unwrap());
    config.default_retry = false;
    PodMetrics {
        client: kube::Client::try_from(config).unwrap(),
        namespace: "production".to_owned(),
        port: 8080,
        path: "/metrics".to_owned(),
        names: names(),
        deadline: Duration::from_secs(10),
    }
}

fn pods(names: &[&str]) -> Vec<(String, Side)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Side::Canary))
        .collect()
}

async fn scrape(metrics: &PodMetrics, names: &[&str]) -> Result<Scrape, MetricsError> {
    metrics.scrape(&pods(names), || Timestamp::UNIX_EPOCH).await
}

fn status(code: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message});
    (code, body.to_string()).into_response()
}

fn pod_of(request: &Request) -> String {
    let path = request.uri().path();
    let rest = path
        .strip_prefix("/api/v1/namespaces/production/pods/")
        .unwrap_or("?");
    rest.strip_suffix(":8080/proxy/metrics")
        .unwrap_or("?")
        .to_owned()
}

async fn mixed(request: Request) -> Response {
    match pod_of(&request).as_str() {
        "good" => ANSWER.into_response(),
        "gone" => status(StatusCode::NOT_FOUND, "pods \"gone\" not found"),
        "refusing" => status(
            StatusCode::SERVICE_UNAVAILABLE,
            "error trying to reach service: connection refused",
        ),
        "secret" => (StatusCode::UNAUTHORIZED, "who are you?").into_response(),
        "nameless" => "up 1\n".into_response(),
        "page" => "<html>hello</html>".into_response(),
        "endless" => Body::from_stream(stream::repeat_with(|| {
            Ok::<_, std::io::Error>(vec![b'#'; 65_536])
        }))
        .into_response(),
        "hanging" => std::future::pending().await,
        "cut" => {
            let pieces = [Ok("up 1\n"), Err(std::io::Error::other("cut"))];
            // Gives way before each piece, so that the first is sent before the second fails.
            let pieces = stream::iter(pieces).then(|piece| async {
                tokio::task::yield_now().await;
                piece
            });
            Body::from_stream(pieces).into_response()
        }
        other => status(StatusCode::BAD_REQUEST, other),
    }
}

#[tokio::test]
async fn a_pod_that_fails_has_its_reason_and_the_others_their_counters() {
    let mut metrics = metrics(serve(mixed).await);
    metrics.deadline = Duration::from_secs(2);
    let names = [
        "gone", "good", "refusing", "secret", "page", "endless", "hanging", "cut",
    ];
    let at = Timestamp::from_second(77).unwrap();
    let asked = pods(&names);
    // Spawned, as the program does: the future must be able to move between threads.
    let scrape = tokio::spawn(async move { metrics.scrape(&asked, || at).await })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(scrape.at, at);
    assert_eq!(
        scrape
            .pods
            .iter()
            .map(|pod| pod.pod.as_str())
            .collect::<Vec<_>>(),
        names
    );
    let expected = [
        (
            "gone",
            "the API server answered 404 Not Found: pods \"gone\" not found",
        ),
        (
            "refusing",
            "the API server answered 503 Service Unavailable: error trying to reach service: connection refused",
        ),
        ("secret", "the pod answered 401 Unauthorized"),
        (
            "page",
            "the answer is not in the Prometheus text format, line 1 is `<html>hello</html>`",
        ),
        ("endless", "the answer is larger than 8 MiB"),
        ("hanging", "no answer within 2 s"),
        ("cut", "the answer broke off"),
    ];
    for (name, reason) in expected {
        let pod = scrape.pods.iter().find(|pod| pod.pod == name).unwrap();
        match &pod.reading {
            Reading::Unreadable(text) => {
                assert!(text.shown().starts_with(reason), "{name}: {text}");
            }
            Reading::Counted(_) => panic!("{name} was counted"),
        }
    }
    assert_eq!(
        scrape.usable(Side::Canary).collect::<Vec<_>>(),
        [("good", &answer())]
    );
}

#[tokio::test]
async fn when_no_pod_can_be_read_the_error_tells_whose_fault_it_is() {
    let expired = serve(|_| async { status(StatusCode::UNAUTHORIZED, "Unauthorized") }).await;
    let error = scrape(&metrics(expired), &["a", "b"]).await.unwrap_err();
    assert!(
        matches!(error, MetricsError::LoginExpired { .. }),
        "{error}"
    );

    let forbidden =
        serve(|_| async { status(StatusCode::FORBIDDEN, "User \"eve\" cannot get pods/proxy") })
            .await;
    let error = scrape(&metrics(forbidden), &["a", "b"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "not allowed to get pods/proxy in namespace production: User \"eve\" cannot get pods/proxy"
    );

    let hanging = serve(|_| std::future::pending()).await;
    let hurried = PodMetrics {
        deadline: Duration::from_millis(50),
        ..metrics(hanging)
    };
    let error = scrape(&hurried, &["a", "b"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no pod's metrics in namespace production came within 0.05 s"
    );

    let error = scrape(&metrics(serve(mixed).await), &["gone", "page"])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "none of 2 pods in namespace production gave metrics; gone: \
         the API server answered 404 Not Found: pods \"gone\" not found"
    );
}

#[tokio::test]
async fn a_fault_tells_its_kind_and_its_cure() {
    let cases: [(&str, FaultKind, Option<&str>); 4] = [
        ("gone", FaultKind::Unreachable, None),
        (
            "page",
            FaultKind::Garbled,
            Some("check metrics.port and metrics.path in the config"),
        ),
        (
            "secret",
            FaultKind::Garbled,
            Some("check metrics.port and metrics.path in the config"),
        ),
        (
            "nameless",
            FaultKind::Missing,
            Some("name the service's series under metrics.names in the config"),
        ),
    ];
    let metrics = metrics(serve(mixed).await);
    for (pod, kind, hint) in cases {
        let fault = scrape(&metrics, &[pod]).await.unwrap_err().fault();
        assert_eq!(
            (fault.kind, fault.hint.as_ref().map(Text::shown)),
            (kind, hint),
            "{pod}"
        );
        assert!(fault.text.shown().contains(pod), "{}", fault.text);
    }
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_says_why() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let error = scrape(&metrics(closed), &["a"]).await.unwrap_err();
    assert!(matches!(error, MetricsError::Unreachable { .. }), "{error}");
    assert!(error.source().is_some());
    assert!(
        error.fault().text.shown().contains("refused"),
        "{}",
        error.fault().text
    );
}

#[tokio::test]
async fn a_pod_name_cannot_leave_its_place_in_the_path() {
    let names = ["good", "../../secrets/x?", "a b", "a\r\nb", ""];
    let scrape = scrape(&metrics(serve(mixed).await), &names).await.unwrap();
    assert_eq!(scrape.usable(Side::Canary).count(), 1);
    for pod in &scrape.pods[1..] {
        assert_eq!(
            pod.reading,
            Reading::Unreadable("this is not a pod's name".into())
        );
    }
}

#[tokio::test]
async fn no_pods_give_an_empty_scrape() {
    let metrics = metrics(serve(mixed).await);
    assert_eq!(scrape(&metrics, &[]).await.unwrap().pods, []);
}

/// Returns once `count` requests wait inside the server.
async fn until(inside: &AtomicUsize, count: usize) {
    while inside.load(Ordering::SeqCst) < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn at_most_sixteen_pods_are_asked_at_once() {
    let (inside, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let answer = {
        let (inside, gate) = (Arc::clone(&inside), Arc::clone(&gate));
        move |_| {
            let (inside, gate) = (Arc::clone(&inside), Arc::clone(&gate));
            async move {
                inside.fetch_add(1, Ordering::SeqCst);
                drop(gate.acquire().await);
                ANSWER.into_response()
            }
        }
    };
    let metrics = metrics(serve(answer).await);
    let names: Vec<String> = (0..48).map(|number| format!("pod-{number}")).collect();
    let asked: Vec<_> = names.into_iter().map(|name| (name, Side::Stable)).collect();
    let scrape =
        tokio::spawn(async move { metrics.scrape(&asked, || Timestamp::UNIX_EPOCH).await });
    tokio::time::timeout(Duration::from_secs(10), until(&inside, 16))
        .await
        .unwrap();
    let more = tokio::time::timeout(Duration::from_millis(100), until(&inside, 17)).await;
    assert!(more.is_err(), "{} at once", inside.load(Ordering::SeqCst));
    gate.add_permits(48);
    assert_eq!(
        scrape.await.unwrap().unwrap().usable(Side::Stable).count(),
        48
    );
}

/// A reading each minute; the pods come back between two of them.
#[tokio::test]
async fn numbers_are_back_two_seconds_after_the_pods_and_one_pod_is_asked_meanwhile() {
    let (is_down, asked) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicUsize::new(0)),
    );
    let (down, count) = (Arc::clone(&is_down), Arc::clone(&asked));
    let address = serve(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        let answer = if down.load(Ordering::SeqCst) {
            status(StatusCode::SERVICE_UNAVAILABLE, "no endpoints available")
        } else {
            ANSWER.into_response()
        };
        async move { answer }
    })
    .await;
    let scraping = Scraping {
        metrics: metrics(address),
        target: crate::fixture::target(),
        every: Duration::from_mins(1),
        clock: clock::now,
    };
    let (_keep, known) = watch::channel(pods(&["a", "b", "c", "d"]));
    let (out, mut events) = mpsc::channel(4);
    let began = Instant::now();
    let feed = tokio::spawn(feed::scrape(scraping, known, out));
    let told = events.recv().await;
    assert!(
        matches!(told, Some(SourceEvent::FeedFailed(..))),
        "{told:?}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 4);
    until(&asked, 6).await;
    assert!(
        began.elapsed() >= Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    assert!(
        events.try_recv().is_err(),
        "what is still so is not told again"
    );

    is_down.store(false, Ordering::SeqCst);
    let back = Instant::now();
    let told = events.recv().await;
    assert!(matches!(told, Some(SourceEvent::Scraped(..))), "{told:?}");
    let late = back.elapsed();
    assert!(late < Duration::from_secs(2), "{late:?}");
    feed.abort();
}
