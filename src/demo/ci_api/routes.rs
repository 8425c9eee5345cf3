//! Paths, status codes and headers.

use super::REPOSITORY;
use super::book::Book;
use super::calls::Calls;
use super::pipeline::{Job, Run, Status};
use super::reviews::Decided;
use super::shape::{Shapes, WORKFLOW, user};
use crate::demo::dice::fingerprint;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, LOCATION, RANGE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What the routes share.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) book: Book,
    pub(crate) calls: Calls,
    pub(crate) shapes: Shapes,
    /// Where logs lie: the same port by another name, as another host.
    pub(crate) blobs: String,
}

impl Server {
    /// A server that answers at `address`.
    pub(crate) fn new(book: Book, calls: Calls, address: std::net::SocketAddr) -> Self {
        Self {
            book,
            calls,
            shapes: Shapes {
                api: format!("http://{address}"),
            },
            blobs: format!("http://localhost:{}", address.port()),
        }
    }

    /// The routes.
    pub(crate) fn router(self) -> Router {
        let repository = Router::new()
            .route("/", get(repository))
            .route("/actions/runs", get(runs))
            .route("/actions/runs/{run}", get(run))
            .route("/actions/runs/{run}/attempts/{attempt}", get(run))
            .route("/actions/runs/{run}/jobs", get(jobs))
            .route("/actions/runs/{run}/attempts/{attempt}/jobs", get(jobs))
            .route(
                "/actions/runs/{run}/pending_deployments",
                get(pending).post(review),
            )
            .route("/actions/runs/{run}/approvals", get(approvals))
            .route("/actions/runs/{run}/rerun", post(rerun))
            .route("/actions/runs/{run}/rerun-failed-jobs", post(rerun_failed))
            .route("/actions/runs/{run}/cancel", post(cancel))
            .route("/actions/runs/{run}/force-cancel", post(cancel))
            .route("/actions/runs/{run}/artifacts", get(artifacts))
            .route("/actions/jobs/{job}", get(job))
            .route("/actions/jobs/{job}/logs", get(log))
            .route("/actions/jobs/{job}/rerun", post(rerun_job))
            .route("/actions/workflows", get(workflows))
            .route("/compare/{range}", get(compare));
        Router::new()
            .nest(&format!("/repos/{REPOSITORY}"), repository)
            .route("/user", get(|| async { answer(&user("you")) }))
            .route("/rate_limit", get(rate_limit))
            .fallback(|| async { not_found() })
            .layer(middleware::from_fn_with_state(self.clone(), count))
            .route("/blobs/{job}", get(blob))
            .with_state(self)
    }
}

/// Puts the mark on a good answer, says 304 where it is known, counts.
async fn count(State(server): State<Server>, request: Request, next: Next) -> Response {
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let reads = request.method() == Method::GET;
    let free = request.uri().path() == "/rate_limit";
    let mut response = next.run(request).await;
    if reads && response.status() == StatusCode::OK {
        response = marked(response, known).await;
    }
    if !free {
        let status = response.status().as_u16();
        server.calls.count(status, response.headers_mut());
    }
    response
}

async fn marked(response: Response, known: Option<HeaderValue>) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return not_found();
    };
    let hash = fingerprint(1, &String::from_utf8_lossy(&bytes));
    let Ok(etag) = HeaderValue::from_str(&format!("W/\"{hash:016x}\"")) else {
        return not_found();
    };
    let same = known.as_ref() == Some(&etag);
    head.headers.insert(ETAG, etag);
    if same {
        head.status = StatusCode::NOT_MODIFIED;
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(bytes))
}

fn answer(value: &Value) -> Response {
    with(StatusCode::OK, value)
}

fn with(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn refused(status: StatusCode, message: &str) -> Response {
    let value = json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_u16().to_string() });
    with(status, &value)
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "Not Found")
}

/// The value of a key in a query.
fn asked(query: Option<&str>, key: &str) -> Option<String> {
    query?.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == key).then(|| value.replace("%2F", "/"))
    })
}

/// One page of `all`, and the `Link` to the next where there is one.
fn page<'a, T>(all: &'a [T], query: Option<&str>, url: &str) -> (&'a [T], Option<String>) {
    let number = |key: &str, default: usize| {
        asked(query, key)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let size = number("per_page", 30).clamp(1, 100);
    let page = number("page", 1).max(1);
    let from = (size * (page - 1)).min(all.len());
    let to = (from + size).min(all.len());
    let next = (to < all.len())
        .then(|| format!("<{url}?per_page={size}&page={}>; rel=\"next\"", page + 1));
    (&all[from..to], next)
}

fn linked(mut response: Response, link: Option<String>) -> Response {
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

async fn repository(State(server): State<Server>) -> Response {
    answer(&server.shapes.repository())
}

async fn runs(State(server): State<Server>, RawQuery(query): RawQuery) -> Response {
    let query = query.as_deref();
    let (branch, sha) = (asked(query, "branch"), asked(query, "head_sha"));
    let status = asked(query, "status");
    let wanted = |run: &Run| {
        let state = run.status();
        branch.as_ref().is_none_or(|branch| *branch == run.branch)
            && sha.as_ref().is_none_or(|sha| *sha == run.sha)
            && status
                .as_deref()
                .is_none_or(|word| word == state.status() || Some(word) == state.conclusion())
    };
    let all: Vec<Run> = server.book.runs().into_iter().filter(wanted).collect();
    let url = format!("{}/repos/{REPOSITORY}/actions/runs", server.shapes.api);
    let (some, next) = page(&all, query, &url);
    let some: Vec<Value> = some.iter().map(|run| server.shapes.run(run)).collect();
    linked(
        answer(&json!({ "total_count": all.len(), "workflow_runs": some })),
        next,
    )
}

/// The run of a path's first part.
fn named(server: &Server, path: &[(String, String)]) -> Option<Run> {
    let (_, id) = path.first()?;
    server.book.run(id.parse().ok()?)
}

type Parts = Path<Vec<(String, String)>>;

async fn run(State(server): State<Server>, Path(path): Parts) -> Response {
    named(&server, &path).map_or_else(not_found, |run| answer(&server.shapes.run(&run)))
}

async fn jobs(
    State(server): State<Server>,
    Path(path): Parts,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(run) = named(&server, &path) else {
        return not_found();
    };
    let url = format!(
        "{}/repos/{REPOSITORY}/actions/runs/{}/jobs",
        server.shapes.api, run.id
    );
    let (some, next) = page(&run.jobs, query.as_deref(), &url);
    let jobs: Vec<Value> = some
        .iter()
        .map(|job| server.shapes.job(&run, job))
        .collect();
    linked(
        answer(&json!({ "total_count": run.jobs.len(), "jobs": jobs })),
        next,
    )
}

async fn pending(State(server): State<Server>, Path(path): Parts) -> Response {
    named(&server, &path).map_or_else(not_found, |run| answer(&server.shapes.pending(&run)))
}

async fn approvals(State(server): State<Server>, Path(path): Parts) -> Response {
    named(&server, &path).map_or_else(not_found, |run| answer(&server.shapes.approvals(&run)))
}

#[derive(Deserialize)]
struct ReviewBody {
    environment_ids: Vec<u64>,
    state: String,
    comment: String,
}

async fn review(State(server): State<Server>, Path(path): Parts, body: Bytes) -> Response {
    let Some(run) = named(&server, &path) else {
        return not_found();
    };
    let Ok(body) = serde_json::from_slice::<ReviewBody>(&body) else {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Invalid request.");
    };
    let state = match body.state.as_str() {
        "approved" => "approved",
        "rejected" => "rejected",
        _ => {
            return refused(
                StatusCode::UNPROCESSABLE_ENTITY,
                "state is approved or rejected",
            );
        }
    };
    let decided = Decided {
        environments: body.environment_ids,
        state,
        comment: body.comment,
    };
    match server.book.decide(run.id, &decided, Timestamp::now()) {
        Some(true) => answer(&server.shapes.deployments(&run, &decided.environments)),
        _ => refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "There are no pending deployment requests to approve or reject",
        ),
    }
}

fn again(server: &Server, path: &[(String, String)], chosen: impl Fn(&Job) -> bool) -> Response {
    let Some(run) = named(server, path) else {
        return not_found();
    };
    match server.book.rerun(run.id, Timestamp::now(), chosen) {
        Some(true) => with(StatusCode::CREATED, &json!({})),
        _ => refused(
            StatusCode::FORBIDDEN,
            "This workflow run cannot be rerun: it is not over, or has no such job",
        ),
    }
}

async fn rerun(State(server): State<Server>, Path(path): Parts) -> Response {
    again(&server, &path, |_| true)
}

async fn rerun_failed(State(server): State<Server>, Path(path): Parts) -> Response {
    again(&server, &path, |job| {
        !job.status.passed() || job.status == Status::Ended("skipped")
    })
}

async fn rerun_job(State(server): State<Server>, Path(id): Path<u64>) -> Response {
    let Some((run, job)) = server.book.job(id) else {
        return not_found();
    };
    let path = [("run".to_owned(), run.id.to_string())];
    again(&server, &path, |other| other.name == job.name)
}

async fn cancel(State(server): State<Server>, Path(path): Parts) -> Response {
    let id = path
        .first()
        .and_then(|(_, id)| id.parse().ok())
        .unwrap_or(0);
    match server.book.cancel(id, Timestamp::now()) {
        Some(true) => with(StatusCode::ACCEPTED, &json!({})),
        Some(false) => refused(
            StatusCode::CONFLICT,
            "Cannot cancel a workflow run that is completed.",
        ),
        None => not_found(),
    }
}

async fn artifacts() -> Response {
    answer(&json!({ "total_count": 0, "artifacts": [] }))
}

async fn job(State(server): State<Server>, Path(id): Path<u64>) -> Response {
    let found = server.book.job(id);
    found.map_or_else(not_found, |(run, job)| {
        answer(&server.shapes.job(&run, &job))
    })
}

/// Leads to another host; there is nothing before the job has ended.
async fn log(State(server): State<Server>, Path(id): Path<u64>) -> Response {
    match server.book.job(id) {
        Some((_, job)) if job.status.is_over() => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::FOUND;
            let to = format!("{}/blobs/{id}?se=60&sig=made-up", server.blobs);
            if let Ok(to) = HeaderValue::from_str(&to) {
                response.headers_mut().insert(LOCATION, to);
            }
            response
        }
        _ => not_found(),
    }
}

/// Refuses who shows a login: it is meant for another host.
async fn blob(State(server): State<Server>, Path(id): Path<u64>, headers: HeaderMap) -> Response {
    if headers.contains_key(AUTHORIZATION) {
        return refused(
            StatusCode::BAD_REQUEST,
            "an authorization header is not wanted here",
        );
    }
    let Some((_, job)) = server.book.job(id) else {
        return not_found();
    };
    let bytes = job.log.into_bytes();
    let from = headers
        .get(RANGE)
        .and_then(|range| {
            range
                .to_str()
                .ok()?
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        })
        .filter(|from| *from < bytes.len());
    let mut response = Response::new(Body::from(bytes[from.unwrap_or(0)..].to_vec()));
    if from.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

async fn workflows(State(server): State<Server>) -> Response {
    let url = format!(
        "{}/repos/{REPOSITORY}/actions/workflows/{WORKFLOW}",
        server.shapes.api
    );
    let workflow = json!({
        "id": WORKFLOW, "node_id": format!("W_{WORKFLOW}"), "name": "release", "path": ".github/workflows/release.yml", "state": "active",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "url": url, "html_url": url, "badge_url": url,
    });
    answer(&json!({ "total_count": 1, "workflows": [workflow] }))
}

async fn compare(State(server): State<Server>, Path(range): Path<String>) -> Response {
    let runs = server.book.runs();
    match range.split_once("...") {
        Some(range) => answer(&server.shapes.compare(range, &runs)),
        None => not_found(),
    }
}

async fn rate_limit(State(server): State<Server>) -> Response {
    answer(&server.calls.limits())
}
