//! A CI server's double on a real socket: canned answers in the order of the questions, and what was asked.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use flightdeck::config::settings::{CiKind, CiProject, CiSource, SecretRef};
use flightdeck::runtime::wire;
use flightdeck::sources::ci::{self, Provider};
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The token that every double gets, in a form that no text has by chance.
pub const TOKEN: &str = "glpat-5ecr3t-t0k3n";

/// One canned answer.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    pub fn json(value: &Value) -> Self {
        Self::new(200, value.to_string())
    }

    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A question that came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method, path and query: `GET /api/v1/x?limit=1`.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Default)]
struct Script {
    replies: HashMap<String, Vec<Reply>>,
    asked: Vec<Asked>,
}

/// The server.
#[derive(Clone)]
pub struct Double {
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Double {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(Script::default()));
        let known = Arc::clone(&script);
        let app = axum::Router::new().fallback(move |request: Request<Body>| {
            let known = Arc::clone(&known);
            async move { answer(&known, request).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, script }
    }

    /// Answers a question whose line begins so, with these replies one after the other; the last one stays.
    pub fn on(&self, line: &str, replies: impl IntoIterator<Item = Reply>) -> &Self {
        let replies: Vec<Reply> = replies.into_iter().collect();
        self.script
            .lock()
            .unwrap()
            .replies
            .insert(line.to_owned(), replies);
        self
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// The lines of all questions.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub fn provider(&self, kind: CiKind, project: &str) -> Arc<dyn Provider> {
        open(kind, project, format!("http://{}", self.address), TOKEN)
    }
}

/// A provider of any server.
pub fn open(kind: CiKind, project: &str, url: String, token: &str) -> Arc<dyn Provider> {
    wire::install_crypto();
    let source = CiSource {
        name: "here".to_owned(),
        kind,
        url,
        token: Some(SecretRef::Command(vec![
            "printf".to_owned(),
            "%s".to_owned(),
            token.to_owned(),
        ])),
        user: Some("release-bot".to_owned()),
        interval: Duration::from_secs(5),
    };
    let project = CiProject {
        source: "here".to_owned(),
        project: project.to_owned(),
        branch: None,
        gates: Vec::new(),
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let address = ci::http::Address {
        url: source.url.clone(),
        scheme: ci::scheme(&source),
        token: source.token.clone(),
        kept_in: None,
        clock: jiff::Timestamp::now,
    };
    let http = ci::http::Http::new(client, address).unwrap();
    ci::open(&source, &project, http).unwrap()
}

async fn answer(script: &Mutex<Script>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let line = format!("{} {}", head.method, head.uri);
    let asked = Asked {
        line: line.clone(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = {
        let mut script = script.lock().unwrap();
        script.asked.push(asked);
        let longest = script
            .replies
            .keys()
            .filter(|known| line.starts_with(known.as_str()))
            .max_by_key(|known| known.len())
            .cloned();
        longest.and_then(|known| {
            let replies = script.replies.get_mut(&known)?;
            if replies.len() > 1 {
                Some(replies.remove(0))
            } else {
                replies.first().cloned()
            }
        })
    };
    let reply = reply.unwrap_or_else(|| Reply::new(404, "{\"message\": \"not found\"}"));
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap());
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}
