//! The pods' own `/metrics`, asked through the API server's pod proxy.
//!
//! Invariants: every pod that was asked has its reading, in the order asked; one slow or broken pod costs at most the
//! deadline and never the others' numbers; only when no pod could be read is the scrape an error.

use std::mem::discriminant;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::header::ACCEPT;
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use kube::client::Body;
use thiserror::Error;

use super::text::{Parser, TextError};
use crate::domain::counters::{Counters, PodReading, Reading, Scrape, Side};
use crate::domain::exposition::MetricNames;
use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::text::Text;
use crate::sources::cluster::errors::server_word;
use crate::sources::with_causes;

/// Pods that are asked at the same time.
const AT_ONCE: usize = 16;
/// How much of an error's body is read.
const ERROR_BYTES: usize = 64 * 1024;

/// Why no pod could be read.
#[derive(Debug, Error)]
pub enum MetricsError {
    /// The cluster no longer knows who asks.
    #[error("cannot read metrics in namespace {namespace}: the cluster login expired: {message}")]
    LoginExpired {
        /// Where the pods are.
        namespace: String,
        /// What the cluster, or the login's own program, said.
        message: Text,
    },
    /// The identity may not ask.
    #[error("not allowed to {verb} {resource} in namespace {namespace}: {message}")]
    Forbidden {
        /// The verb that is missing.
        verb: &'static str,
        /// The resource it is missing for.
        resource: &'static str,
        /// Where.
        namespace: String,
        /// What the cluster said.
        message: Text,
    },
    /// The API server does not answer.
    #[error("cannot reach the API server to read metrics in namespace {namespace}")]
    Unreachable {
        /// Where the pods are.
        namespace: String,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// No pod answered in time.
    #[error("no pod's metrics in namespace {namespace} came within {} s", after.as_secs_f64())]
    TimedOut {
        /// Where the pods are.
        namespace: String,
        /// The time each had.
        after: Duration,
    },
    /// Each pod failed by itself.
    #[error("none of {pods} pods in namespace {namespace} gave metrics; {pod}: {reason}")]
    NoneReadable {
        /// Where the pods are.
        namespace: String,
        /// What kind of failure it was.
        kind: FaultKind,
        /// How many were asked.
        pods: usize,
        /// One of them.
        pod: Text,
        /// Why that one failed.
        reason: Text,
    },
}

impl MetricsError {
    /// The failure as the metrics feed tells it: kind, text with its causes, what to do next.
    pub fn fault(&self) -> FeedFault {
        let (kind, hint) = match self {
            Self::LoginExpired { .. } => (
                FaultKind::LoginExpired,
                Some("log in to the cluster again".to_owned()),
            ),
            Self::Forbidden {
                verb,
                resource,
                namespace,
                ..
            } => (
                FaultKind::Forbidden,
                Some(format!(
                    "ask for the right to {verb} {resource} in namespace {namespace}"
                )),
            ),
            Self::Unreachable { .. } | Self::TimedOut { .. } => (FaultKind::Unreachable, None),
            Self::NoneReadable { kind, .. } => (*kind, hint(*kind).map(str::to_owned)),
        };
        FeedFault {
            kind,
            text: with_causes(self),
            hint: hint.map(Text::new),
        }
    }
}

fn hint(kind: FaultKind) -> Option<&'static str> {
    match kind {
        FaultKind::Missing => Some("name the service's series under metrics.names in the config"),
        FaultKind::Garbled => Some("check metrics.port and metrics.path in the config"),
        FaultKind::Unreachable | FaultKind::LoginExpired | FaultKind::Forbidden => None,
    }
}

/// Why one pod could not be read.
#[derive(Debug, Error)]
enum PodError {
    #[error("the cluster login expired: {0}")]
    LoginExpired(Text),
    #[error("not allowed to get pods/proxy: {0}")]
    Forbidden(Text),
    #[error("cannot reach the API server")]
    Unreachable(#[source] Box<kube::Error>),
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the API server answered {0}: {1}")]
    NotProxied(StatusCode, Text),
    #[error("the pod answered {0}")]
    Refused(StatusCode),
    #[error("this is not a pod's name")]
    Name,
    #[error("its metrics address is not a URL")]
    Address(#[source] hyper::http::Error),
    #[error("the answer broke off")]
    BrokeOff(#[source] Box<kube::Error>),
    #[error(transparent)]
    Unreadable(#[from] TextError),
}

impl PodError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::LoginExpired(_) => FaultKind::LoginExpired,
            Self::Forbidden(_) => FaultKind::Forbidden,
            Self::Unreachable(_) | Self::TimedOut(_) | Self::NotProxied(..) | Self::BrokeOff(_) => {
                FaultKind::Unreachable
            }
            Self::Unreadable(TextError::Missing { .. } | TextError::NoCode { .. }) => {
                FaultKind::Missing
            }
            Self::Refused(_) | Self::Name | Self::Address(_) | Self::Unreadable(_) => {
                FaultKind::Garbled
            }
        }
    }
}

/// Where and how the pods of one environment tell their counters.
#[derive(Clone)]
pub struct PodMetrics {
    /// The cluster; a client that does not retry by itself, or a refusing pod's reason is lost to the deadline.
    pub client: kube::Client,
    /// The pods' namespace.
    pub namespace: String,
    /// The port that serves metrics.
    pub port: u16,
    /// Their path there, such as `/metrics`.
    pub path: String,
    /// What the series are called.
    pub names: MetricNames,
    /// How long one pod may take.
    pub deadline: Duration,
}

impl PodMetrics {
    /// Asks all `pods`, by name, and answers with one reading each. `now` is the clock; the scrape bears the time at
    /// which the pods were asked. Without pods the scrape is empty.
    pub async fn scrape(
        &self,
        pods: &[(String, Side)],
        now: impl Fn() -> Timestamp,
    ) -> Result<Scrape, MetricsError> {
        let at = now();
        let asked: Vec<_> = pods.iter().map(|(pod, _)| self.read_in_time(pod)).collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        if answers.iter().all(Result::is_err) && !pods.is_empty() {
            return Err(self.failure(pods, answers.into_iter().filter_map(Result::err).collect()));
        }
        let readings = pods.iter().zip(answers).map(|((pod, side), answer)| {
            let reading = match answer {
                Ok(counters) => Reading::Counted(counters),
                Err(error) => Reading::Unreadable(with_causes(&error)),
            };
            PodReading {
                pod: pod.clone(),
                side: *side,
                reading,
            }
        });
        Ok(Scrape {
            at,
            pods: readings.collect(),
        })
    }

    /// Whether a pod tells its counters at all.
    pub(super) async fn answers(&self, pod: &str) -> bool {
        self.read_in_time(pod).await.is_ok()
    }

    async fn read_in_time(&self, pod: &str) -> Result<Counters, PodError> {
        let in_time = tokio::time::timeout(self.deadline, self.read(pod)).await;
        in_time.unwrap_or(Err(PodError::TimedOut(self.deadline)))
    }

    async fn read(&self, pod: &str) -> Result<Counters, PodError> {
        if !is_name(pod) {
            return Err(PodError::Name);
        }
        let path = self.path.trim_start_matches('/');
        let uri = format!(
            "/api/v1/namespaces/{}/pods/{pod}:{}/proxy/{path}",
            self.namespace, self.port
        );
        let request = Request::get(uri).header(ACCEPT, "text/plain;version=0.0.4");
        let request = request.body(Body::empty()).map_err(PodError::Address)?;
        let response = self.client.send(request).await.map_err(unanswered)?;
        if response.status() != StatusCode::OK {
            return Err(refusal(response).await);
        }
        let mut body = response.into_body();
        let mut parser = Parser::new(&self.names);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| PodError::BrokeOff(Box::new(error)))?;
            if let Some(piece) = frame.data_ref() {
                parser.push(piece)?;
            }
        }
        Ok(parser.finish()?)
    }

    /// The one error that tells why all pods failed; what concerns the whole cluster goes first.
    fn failure(&self, pods: &[(String, Side)], mut failed: Vec<PodError>) -> MetricsError {
        let namespace = self.namespace.clone();
        let none_readable = MetricsError::NoneReadable {
            namespace: namespace.clone(),
            kind: failed
                .first()
                .map_or(FaultKind::Unreachable, PodError::kind),
            pods: pods.len(),
            pod: pods
                .first()
                .map(|(pod, _)| Text::new(pod.as_str()))
                .unwrap_or_default(),
            reason: failed
                .first()
                .map(|error| with_causes(error))
                .unwrap_or_default(),
        };
        let refused =
            |error: &PodError| matches!(error, PodError::LoginExpired(_) | PodError::Forbidden(_));
        let alike = failed
            .windows(2)
            .all(|pair| discriminant(&pair[0]) == discriminant(&pair[1]));
        let deciding = match failed.iter().position(refused) {
            Some(at) => Some(failed.swap_remove(at)),
            None => failed.pop().filter(|_| alike),
        };
        match deciding {
            Some(PodError::LoginExpired(message)) => {
                MetricsError::LoginExpired { namespace, message }
            }
            Some(PodError::Forbidden(message)) => MetricsError::Forbidden {
                verb: "get",
                resource: "pods/proxy",
                namespace,
                message,
            },
            Some(PodError::Unreachable(source)) => MetricsError::Unreachable { namespace, source },
            Some(PodError::TimedOut(after)) => MetricsError::TimedOut { namespace, after },
            _ => none_readable,
        }
    }
}

/// Whether a name can stand in a path: what Kubernetes allows, and so neither slash nor question mark.
fn is_name(pod: &str) -> bool {
    !pod.is_empty()
        && pod.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
        })
}

/// Without an answer: either the login could not be made, or the way is closed.
fn unanswered(error: kube::Error) -> PodError {
    match error {
        kube::Error::Auth(error) => PodError::LoginExpired(Text::new(error.to_string())),
        other => PodError::Unreachable(Box::new(other)),
    }
}

/// Tells the API server's own refusal, a `Status` object, from one that a pod sent through it.
async fn refusal(response: Response<Body>) -> PodError {
    let code = response.status();
    let body = http_body_util::Limited::new(response.into_body(), ERROR_BYTES)
        .collect()
        .await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    match (code, server_word(&body)) {
        (StatusCode::UNAUTHORIZED, Some(message)) => PodError::LoginExpired(message),
        (StatusCode::FORBIDDEN, Some(message)) => PodError::Forbidden(message),
        (code, Some(message)) => PodError::NotProxied(code, message),
        (code, None) => PodError::Refused(code),
    }
}
