//! Everything an API server, or what stands before it, can answer: the picture stays, the fault is told in its own words, and the
//! feed comes back by itself.

use super::watching::{Feed, client_of, pace, ready_pods, scale};
use crate::support::until;
use crate::world_kube::cluster::Cluster;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use flightdeck::domain::event::SourceEvent;
use flightdeck::domain::feed::FaultKind;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, BodyStream};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What is wrong with the answers.
#[derive(Clone, Debug)]
enum Broken {
    No,
    /// This status, its Status object, and perhaps the seconds to wait.
    Answer(u16, &'static str, Option<u32>),
    /// Another body than JSON.
    Page(u16, &'static str),
    /// Lists end in the middle of a line; watches too, after their first byte.
    Cut,
    /// Lists come with these objects as well; each first watch is told that its history is gone, so that all is listed anew.
    Odd(Value),
    /// Lists of Deployments bear this many bytes more.
    Huge(usize),
}

/// An API server behind something that breaks it.
struct Front {
    server: String,
    http: Client<HttpConnector, Body>,
    broken: Mutex<(Broken, CancellationToken)>,
    /// Paths whose first watch was refused.
    expired: Mutex<BTreeSet<String>>,
    /// Lists that were answered odd or huge, since the last change.
    served: AtomicUsize,
}

impl Front {
    async fn before(cluster: &Cluster) -> (Arc<Self>, String) {
        let front = Arc::new(Self {
            server: cluster.url.clone(),
            http: Client::builder(TokioExecutor::new()).build_http(),
            broken: Mutex::new((Broken::No, CancellationToken::new())),
            expired: Mutex::default(),
            served: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass).with_state(front.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (front, url)
    }

    /// From now on; open watches end, so that all is asked anew.
    fn set(&self, broken: Broken) {
        let mut state = self.broken.lock().unwrap();
        state.1.cancel();
        *state = (broken, CancellationToken::new());
        self.expired.lock().unwrap().clear();
        self.served.store(0, Ordering::SeqCst);
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    fn is_first_watch(&self, path: &str) -> bool {
        self.expired.lock().unwrap().insert(path.to_owned())
    }
}

async fn pass(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (broken, until) = front.broken.lock().unwrap().clone();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default();
    let is_watch = query.contains("watch=");
    let is_list = !is_watch && request.method() == "GET" && query.contains("Selector");
    match &broken {
        Broken::Answer(code, message, wait) => return status(*code, message, *wait),
        Broken::Page(code, text) => return page(*code, text),
        Broken::Cut if is_watch => return cut("{\"type\":\"MODI"),
        Broken::Cut => return cut("{\"kind\":\"DeploymentList\",\"items\":[{\"meta"),
        Broken::Odd(_) if is_watch && front.is_first_watch(&path) => {
            return status(410, "Expired", None);
        }
        Broken::No | Broken::Odd(_) | Broken::Huge(_) => {}
    }
    let url = format!("{}{}", front.server, request.uri());
    let (parts, body) = request.into_parts();
    let mut asked = hyper::Request::builder().method(parts.method).uri(url);
    *asked.headers_mut().unwrap() = parts.headers;
    let Ok(answer) = front.http.request(asked.body(body).unwrap()).await else {
        return page(502, "bad gateway");
    };
    match broken {
        Broken::Odd(odd) if is_list => {
            let answer = changed(answer, |list| add(list, odd)).await;
            front.served.fetch_add(1, Ordering::SeqCst);
            answer
        }
        Broken::Huge(bytes) if is_list && path.ends_with("/deployments") => {
            let answer = fattened(answer, bytes).await;
            front.served.fetch_add(1, Ordering::SeqCst);
            answer
        }
        _ => {
            let (parts, body) = answer.into_parts();
            let frames = BodyStream::new(body).filter_map(async |frame| {
                let data = frame.ok()?.into_data().ok()?;
                Some(Ok::<_, std::io::Error>(data))
            });
            let frames = frames.take_until(async move { until.cancelled().await });
            Response::from_parts(parts, Body::from_stream(frames))
        }
    }
}

fn status(code: u16, message: &str, wait: Option<u32>) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": message, "code": code,
    });
    let mut answer = Response::builder()
        .status(StatusCode::from_u16(code).unwrap())
        .header("content-type", "application/json");
    if let Some(seconds) = wait {
        answer = answer.header("retry-after", seconds);
    }
    answer.body(Body::from(body.to_string())).unwrap()
}

fn page(code: u16, text: &str) -> Response {
    let answer = Response::builder().status(StatusCode::from_u16(code).unwrap());
    answer.body(Body::from(text.to_owned())).unwrap()
}

/// A piece of an answer, and then the connection breaks.
fn cut(piece: &'static str) -> Response {
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let frames = stream::iter([Ok(piece), Err(broken)]);
    let answer = Response::builder().header("content-type", "application/json");
    answer.body(Body::from_stream(frames)).unwrap()
}

async fn changed(answer: Response<Incoming>, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let mut list: Value = serde_json::from_slice(&bytes).unwrap();
    change(&mut list);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(list.to_string()))
}

fn add(list: &mut Value, odd: Value) {
    list["items"].as_array_mut().unwrap().push(odd);
}

async fn fattened(answer: Response<Incoming>, bytes: usize) -> Response {
    let (mut parts, body) = answer.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    parts.headers.remove("content-length");
    let fat = format!(
        "\"metadata\":{{\"annotations\":{{\"fat\":\"{}\"}},",
        "x".repeat(bytes)
    );
    let items = text.find("\"items\":").unwrap();
    let (head, tail) = text.split_at(items);
    let fattened = [head, &tail.replacen("\"metadata\":{", &fat, 1)].concat();
    Response::from_parts(parts, Body::from(fattened))
}

#[tokio::test]
async fn each_answer_is_told_and_the_feed_comes_back_by_itself() {
    let cases = [
        (
            Broken::Answer(401, "Unauthorized", None),
            FaultKind::LoginExpired,
            "login has expired",
        ),
        (
            Broken::Answer(403, "pods is forbidden", None),
            FaultKind::Forbidden,
            "not allowed (403): pods is forbidden",
        ),
        (
            Broken::Answer(409, "Conflict", None),
            FaultKind::Garbled,
            "answered 409",
        ),
        (
            Broken::Answer(422, "Invalid", None),
            FaultKind::Garbled,
            "answered 422",
        ),
        (
            Broken::Answer(429, "too many requests", Some(1)),
            FaultKind::Unreachable,
            "answered 429",
        ),
        (
            Broken::Answer(500, "etcdserver: request timed out", None),
            FaultKind::Unreachable,
            "etcdserver",
        ),
        (
            Broken::Page(502, "<html>\u{1b}[2Jbad gateway</html>"),
            FaultKind::Unreachable,
            "502",
        ),
        (
            Broken::Page(200, "<html>please log in</html>"),
            FaultKind::Garbled,
            "makes no sense",
        ),
        (Broken::Cut, FaultKind::Unreachable, "no connection"),
    ];
    let cluster = Cluster::start().await;
    let (front, url) = Front::before(&cluster).await;
    let mut feed = Feed::with(client_of(&url), pace());
    feed.snapshot("the first picture", |seen| ready_pods(seen) == 2)
        .await;
    for (number, (broken, kind, words)) in (0..).zip(cases) {
        front.set(broken.clone());
        // What was told of the case before may still be on its way.
        let pick = |event| match event {
            SourceEvent::FeedFailed(_, _, fault) if fault.text.shown().contains(words) => {
                Some(fault)
            }
            _ => None,
        };
        let fault = feed.until(&format!("{broken:?} as {words}"), pick).await;
        assert_eq!(fault.kind, kind, "{broken:?}: {fault:?}");
        assert!(!fault.text.shown().contains('\u{1b}'), "{fault:?}");
        let wanted = 3 + number % 2;
        scale(&cluster, u32::try_from(wanted).unwrap());
        front.set(Broken::No);
        let over = Instant::now();
        feed.snapshot("what changed meanwhile", |seen| ready_pods(seen) == wanted)
            .await;
        // Two seconds on a machine that does nothing else.
        let late = over.elapsed();
        assert!(late < Duration::from_secs(6), "{broken:?}: {late:?} late");
    }
}

#[tokio::test]
async fn objects_that_lack_everything_harm_nothing() {
    let cluster = Cluster::start().await;
    let (front, url) = Front::before(&cluster).await;
    let mut feed = Feed::with(client_of(&url), pace());
    feed.snapshot("the first picture", |seen| ready_pods(seen) == 2)
        .await;
    for (number, odd) in (0..).zip([
        json!({}),
        json!({ "metadata": {} }),
        json!({ "metadata": { "name": "checkout-x", "labels": null, "annotations": null }, "spec": {}, "status": null }),
        json!({ "metadata": { "name": "\u{1b}]52;c;eA==\u{7}", "resourceVersion": "not a number" },
            "spec": { "replicas": null, "containers": [], "rules": [{}], "template": {} },
            "status": { "phase": "\u{202e}gninnuR", "containerStatuses": [{ "name": "x", "restartCount": 0, "image": "", "imageID": "", "ready": false }] } }),
    ]) {
        front.set(Broken::Odd(odd.clone()));
        let wanted = 3 + number % 2;
        scale(&cluster, u32::try_from(wanted).unwrap());
        let served = async || front.served();
        until("the odd list was served", served, |served| *served > 0).await;
        front.set(Broken::No);
        feed.snapshot("a picture afterwards", |seen| ready_pods(seen) == wanted)
            .await;
    }
}

#[tokio::test]
async fn a_list_of_64_megabytes_is_read_or_told_and_the_feed_goes_on() {
    let cluster = Cluster::start().await;
    let (front, url) = Front::before(&cluster).await;
    front.set(Broken::Huge(64 << 20));
    let mut feed = Feed::with(client_of(&url), pace());
    // A slow machine cannot read it in time, and says so.
    let pick = |event| match event {
        SourceEvent::ClusterRead(..) | SourceEvent::FeedFailed(..) => Some(()),
        _ => None,
    };
    feed.until("a picture from it, or a fault", pick).await;
    assert!(front.served() > 0, "the list was never served");
    front.set(Broken::No);
    scale(&cluster, 3);
    feed.snapshot("what came after it", |seen| ready_pods(seen) == 3)
        .await;
}
