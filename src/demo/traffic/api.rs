//! The small API that every pod serves: `/orders`, `/healthz`, `/version` and `/metrics`.
//!
//! Nothing is computed from wishes: latency is waited for, errors are answered, and only what was answered is counted.
//! An answer whose client went away before it was made is not counted, as no server would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::behaviour::Behaviours;
use super::counters::{Counters, Observation};
use super::fault::{Fault, Mode};
use super::harm::Harms;
use super::ledger::Ledger;
use super::logs::{Logs, PodName};
use crate::demo::dice::Dice;

/// What a pod or the front answers.
pub(crate) type Answer = Response<Full<Bytes>>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const EXPOSITION: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const ORDERS: &[u8] = br#"{"orders":[{"id":1041,"item":"kettle","cents":3900},{"id":1042,"item":"lamp","cents":5450}]}"#;

/// What the pods of one world share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) behaviours: Behaviours,
    pub(crate) ledger: Ledger,
    pub(crate) logs: Arc<Logs>,
    pub(crate) metrics_fault: Fault,
    pub(crate) harms: Harms,
}

/// One server process of one pod.
#[derive(Debug)]
pub(crate) struct Api {
    shared: Arc<Shared>,
    pod: PodName,
    tag: String,
    counters: Mutex<Counters>,
    dice: Mutex<Dice>,
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the server hung up")]
pub(crate) struct HungUp;

impl Api {
    pub(crate) fn start(shared: Arc<Shared>, pod: &PodName, tag: &str, dice: Dice) -> Self {
        let counters = Mutex::new(Counters::started_at(Timestamp::now()));
        shared.logs.start_run(pod);
        shared
            .logs
            .print(pod, &format!("INFO checkout {tag} listens"));
        Self {
            shared,
            pod: pod.clone(),
            tag: tag.to_owned(),
            counters,
            dice: Mutex::new(dice),
        }
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Answer, HungUp> {
        if request.method() != Method::GET {
            return Ok(text(
                StatusCode::METHOD_NOT_ALLOWED,
                "only GET is known here\n",
            ));
        }
        match request.uri().path() {
            "/orders" => Ok(self.orders().await),
            "/healthz" => Ok(self.health()),
            "/version" => Ok(reply(
                StatusCode::OK,
                JSON,
                json!({ "version": self.tag }).to_string(),
            )),
            "/metrics" => self.metrics(is_prometheus(&request)).await,
            _ => Ok(text(StatusCode::NOT_FOUND, "no such page\n")),
        }
    }

    async fn orders(&self) -> Answer {
        let began = Instant::now();
        let behaviour = self.shared.behaviours.of(&self.tag);
        let (wait, failed) = {
            let mut dice = self.dice();
            (
                behaviour.latency_ms.draw(&mut dice),
                dice.share() < behaviour.error_share,
            )
        };
        sleep(wait).await;
        self.count(Observation {
            failed,
            took: began.elapsed(),
            cpu: behaviour.cpu(),
        });
        if failed {
            self.fail(&behaviour.failure)
        } else {
            reply(StatusCode::OK, JSON, ORDERS)
        }
    }

    fn fail(&self, failure: &str) -> Answer {
        let id = self.dice().throw();
        let line = format!("ERROR GET /orders 500 request={id:016x}: {failure}");
        self.shared.logs.print(&self.pod, &line);
        let body = json!({ "error": failure }).to_string();
        reply(StatusCode::INTERNAL_SERVER_ERROR, JSON, body)
    }

    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, seen: Observation) {
        self.counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .observe(seen);
        self.shared
            .ledger
            .count(&self.pod.0, &self.tag, seen.failed);
    }

    fn health(&self) -> Answer {
        if self.shared.behaviours.of(&self.tag).ready {
            text(StatusCode::OK, "ok\n")
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }

    /// An outage of the metrics is one for whoever asks the pods through the cluster; a Prometheus has its own way to them.
    async fn metrics(&self, prometheus: bool) -> Result<Answer, HungUp> {
        match self.shared.metrics_fault.present().filter(|_| !prometheus) {
            None => {}
            Some(Mode::Refuse) => return Err(HungUp),
            Some(Mode::Error) => {
                return Ok(text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "metrics are not available\n",
                ));
            }
            Some(Mode::Hang) => {
                self.shared.metrics_fault.ended().await;
                return Err(HungUp);
            }
        }
        let exposition = self
            .counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .exposition();
        Ok(reply(StatusCode::OK, EXPOSITION, exposition))
    }
}

fn is_prometheus(request: &Request<Incoming>) -> bool {
    let agent = request.headers().get(USER_AGENT);
    agent.is_some_and(|agent| agent.as_bytes().starts_with(b"Prometheus/"))
}

pub(crate) fn text(status: StatusCode, body: &'static str) -> Answer {
    reply(status, TEXT, body)
}

pub(crate) fn reply(status: StatusCode, kind: HeaderValue, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
