//! The way of a request through the server: outage, login, rights, then what it asks for.
//!
//! A write is noted as it arrives and once more when it is answered. It is carried out even if its client goes away.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use bytes::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::call::{Call, Verb};
use super::faults::{Faults, HoldWhen, Part};
use super::host::PodHost;
use super::ledger::Written;
use super::path::{self, Review, Route, Target};
use super::proxy::{self, PodClient};
use super::query::Query;
use super::serve::Server;
use super::stamp::now_micros;
use super::status::{Outcome, Refusal, bytes_response, json_response};
use super::store::Store;
use super::{access, discovery, log, openapi, patch, read, watch, write};

/// The most a request's body may have (3 MiB, as the API server).
const BODY_LIMIT: usize = 3 << 20;

/// The server behind every connection.
#[derive(Clone)]
pub(crate) struct Api {
    server: Server,
    pods: PodClient,
}

impl Api {
    pub(crate) fn new(server: Server) -> Self {
        Self {
            server,
            pods: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.server.store
    }

    pub(crate) fn faults(&self) -> Faults {
        self.server.faults.clone()
    }

    pub(crate) fn host(&self) -> &Arc<dyn PodHost> {
        &self.server.host
    }

    pub(crate) fn pods(&self) -> &PodClient {
        &self.pods
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        if self
            .server
            .faults
            .wait_while_hanging(Part::Kube)
            .await
            .is_some()
        {
            return Refusal::unavailable("the server is currently unable to handle the request")
                .response();
        }
        self.route(request)
            .await
            .unwrap_or_else(|refusal| refusal.response())
    }

    async fn route(&self, request: Request<Body>) -> Outcome<Response<Body>> {
        let route = path::parse(request.uri().path()).ok_or_else(Refusal::unknown_path);
        let target = match route? {
            Route::Object(target) => target,
            other => {
                self.logged_in()?;
                return self.document(other, request).await;
            }
        };
        self.object(target, request).await
    }

    fn logged_in(&self) -> Outcome<()> {
        if self.server.faults.login_expired() {
            Err(Refusal::unauthorized())
        } else {
            Ok(())
        }
    }

    async fn document(&self, route: Route, request: Request<Body>) -> Outcome<Response<Body>> {
        if let Route::Review(review) = route {
            return self.review(review, request).await;
        }
        let document = match route {
            Route::Version => Some(discovery::version()),
            Route::Health => return Ok(bytes_response(StatusCode::OK, "text/plain", "ok")),
            Route::OpenApiV2 => {
                return Ok(bytes_response(StatusCode::OK, openapi::V2, Body::empty()));
            }
            Route::CoreVersions => Some(discovery::core_versions()),
            Route::Groups => Some(discovery::groups()),
            Route::Group(name) => discovery::group(&name),
            Route::Kinds(group_version) => discovery::kinds(&group_version),
            Route::OpenApiIndex => Some(openapi::index()),
            Route::OpenApi(group_version) => openapi::document(&group_version),
            Route::Review(_) | Route::Object(_) => None,
        };
        let document = document.ok_or_else(Refusal::unknown_path)?;
        Ok(json_response(StatusCode::OK, &document))
    }

    async fn review(&self, review: Review, request: Request<Body>) -> Outcome<Response<Body>> {
        if request.method() != Method::POST {
            return Err(Refusal::method());
        }
        access::review(&self.server.faults, review, &body(request).await?)
    }

    async fn object(&self, target: Target, request: Request<Body>) -> Outcome<Response<Body>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let method = request.method().clone();
        let mut call = Call::new(&method, target, Query::parse(&query), request.headers())?;
        call.body = body(request).await?;
        if call.target.subresource.as_deref() == Some("proxy") {
            self.allowed(&call)?;
            return proxy::forward(self, &call, method, &query).await;
        }
        if call.verb.writes() {
            return self.write(call).await;
        }
        self.allowed(&call)?;
        self.note_read(&call);
        match (call.verb, call.target.subresource.as_deref()) {
            (Verb::Watch, None) => watch::open(self, &call),
            (Verb::Get, Some("log")) => log::get(self, &call),
            (Verb::Get, _) => read::get(self.store(), &call),
            (Verb::List, None) => read::list(self.store(), &call),
            _ => Err(Refusal::method()),
        }
    }

    fn note_read(&self, call: &Call) {
        if matches!(call.verb, Verb::List | Verb::Watch) && call.query.get("continue").is_none() {
            let (resource, namespace) = (call.target.resource, call.target.namespace.as_deref());
            self.server.faults.ledger().read(format!(
                "{} {}/{}",
                call.verb.name(),
                resource.facts().plural,
                namespace.unwrap_or_default()
            ));
        }
    }

    fn allowed(&self, call: &Call) -> Outcome<()> {
        self.logged_in()?;
        access::check(&self.server.faults, call.verb, &call.target)
    }

    /// In a task of its own, so that a client that leaves does not take its write along.
    async fn write(&self, call: Call) -> Outcome<Response<Body>> {
        let api = self.clone();
        let task = tokio::spawn(async move { api.noted_write(&call).await });
        task.await
            .map_err(|_| Refusal::unavailable("the write was cut off as the server ended"))
    }

    async fn noted_write(&self, call: &Call) -> Response<Body> {
        let faults = &self.server.faults;
        let arrived = written(call);
        let object = arrived.object.clone();
        let number = faults.ledger().arrived(arrived);
        let mut hold = if call.is_dry_run() {
            None
        } else {
            faults.count_write(&object)
        };
        if let Some(hold) = hold.as_mut().filter(|hold| hold.when == HoldWhen::Received) {
            hold.released().await;
        }
        let outcome = self
            .allowed(call)
            .and_then(|()| write::perform(self.store(), call));
        if let Some(hold) = hold.as_mut().filter(|hold| hold.when == HoldWhen::Applied) {
            hold.released().await;
        }
        let response = outcome.unwrap_or_else(|refusal| refusal.response());
        faults.ledger().answered(number, response.status().as_u16());
        response
    }
}

async fn body(request: Request<Body>) -> Outcome<Bytes> {
    let read = axum::body::to_bytes(request.into_body(), BODY_LIMIT).await;
    read.map_err(|error| Refusal::bad_request(format!("reading the body of the request: {error}")))
}

fn written(call: &Call) -> Written {
    let target = &call.target;
    let mut object = format!(
        "{}/{}/{}",
        target.resource.facts().plural,
        target.namespace.as_deref().unwrap_or_default(),
        target.name.as_deref().unwrap_or_default()
    );
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    if let (None, Some(name)) = (&target.name, body["metadata"]["name"].as_str()) {
        object.push_str(name);
    }
    if let Some(subresource) = &target.subresource {
        object = format!("{object}/{subresource}");
    }
    Written {
        at: now_micros(),
        user_agent: call.user_agent.clone(),
        verb: call.verb.name(),
        object,
        guard: guard(call, &body),
        creates: call.verb == Verb::Create,
        dry_run: call.is_dry_run(),
        code: None,
        body,
    }
}

fn guard(call: &Call, body: &Value) -> Option<&'static str> {
    let stated = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match call.verb {
        Verb::Patch if patch::json::tests(body) => Some("test"),
        Verb::Update | Verb::Patch if stated(&body["metadata"]["resourceVersion"]) => {
            Some("resourceVersion")
        }
        Verb::Delete if stated(&body["preconditions"]["resourceVersion"]) => {
            Some("resourceVersion")
        }
        Verb::Delete if stated(&body["preconditions"]["uid"]) => Some("uid"),
        _ => None,
    }
}
