//! The way to a Prometheus: by its own URL, or through the API server's service proxy.

use super::errors::PrometheusError;
use super::login::{Login, Shown};
use crate::config::settings::PrometheusBase;
use crate::domain::text::Text;
use crate::sources::ci::http::encoded;
use crate::sources::cluster::errors::server_word;
use crate::sources::with_causes;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::header::{ACCEPT, LOCATION};
use jiff::Timestamp;
use kube::client::Body;
use std::error::Error as StdError;
use std::time::Duration;

/// Largest answer that is read, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// When a query is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    At(Timestamp),
    /// By Prometheus's own clock.
    Now,
    /// From, until, and the seconds between.
    Range(Timestamp, Timestamp, u64),
}

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) code: u16,
    pub(super) body: Bytes,
    /// Where a redirection leads.
    pub(super) location: Option<Text>,
}

/// The way to one Prometheus.
#[derive(Clone)]
pub struct Door {
    way: Way,
    place: String,
    shown: Shown,
    deadline: Duration,
}

#[derive(Clone)]
enum Way {
    Direct,
    Proxied { client: kube::Client, path: String },
}

impl Door {
    /// The way to `base` with `login`, whose clients follow no redirection, or a login page would be taken for an answer.
    /// `kube` is the environment's cluster. Each answer may take `deadline`.
    pub fn new(
        base: &PrometheusBase,
        login: Login,
        kube: kube::Client,
        deadline: Duration,
    ) -> Self {
        let (way, place) = match base {
            // The client joins with a slash of its own.
            PrometheusBase::Url(url) => (Way::Direct, url.trim_end_matches('/').to_owned()),
            PrometheusBase::Service {
                namespace,
                name,
                port,
            } => {
                let path = format!("/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy");
                (
                    Way::Proxied { client: kube, path },
                    format!("service {namespace}/{name}:{port}"),
                )
            }
        };
        Self {
            way,
            place,
            shown: Shown::new(login),
            deadline,
        }
    }

    /// Where it leads, for sentences.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Asks one query.
    pub(super) async fn ask(&self, query: &str, when: When) -> Result<Raw, PrometheusError> {
        let asking = async {
            match &self.way {
                Way::Direct => self.directly(query, when).await,
                Way::Proxied { client, path } => self.proxied(client, path, query, when).await,
            }
        };
        let in_time = tokio::time::timeout(self.deadline, asking).await;
        in_time.unwrap_or(Err(PrometheusError::TimedOut {
            place: self.place.clone(),
            after: self.deadline,
        }))
    }

    async fn directly(&self, query: &str, when: When) -> Result<Raw, PrometheusError> {
        let (client, headers) = self.shown.ready(&self.place).await?;
        let sent = match when {
            When::At(_) | When::Now => {
                let mut asked = client.query(query);
                if let When::At(at) = when {
                    asked = asked.query("time", seconds(at));
                }
                for (name, value) in &headers {
                    asked = asked.header(name, value);
                }
                asked.get_raw().await
            }
            When::Range(from, until, step) => {
                let mut asked =
                    client.query_range(query, from.as_second(), until.as_second(), as_f64(step));
                for (name, value) in &headers {
                    asked = asked.header(name, value);
                }
                asked.get_raw().await
            }
        };
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => {
                self.shown.failed().await;
                return Err(unreachable(&self.place, error));
            }
        };
        let code = response.status().as_u16();
        if matches!(code, 401 | 403) {
            self.shown.refused().await;
        }
        let location = response.headers().get(LOCATION);
        let location = location.map(|to| Text::new(String::from_utf8_lossy(to.as_bytes())));
        let mut body = Vec::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&self.place, error))?
        {
            if body.len() + piece.len() > MOST_BYTES {
                return Err(self.too_long());
            }
            body.extend_from_slice(&piece);
        }
        Ok(Raw {
            code,
            body: body.into(),
            location,
        })
    }

    async fn proxied(
        &self,
        client: &kube::Client,
        path: &str,
        query: &str,
        when: When,
    ) -> Result<Raw, PrometheusError> {
        let mut request =
            Request::get(proxied_uri(path, query, when)).header(ACCEPT, "application/json");
        for (name, value) in &self.shown.headers(&self.place).await? {
            request = request.header(name, value);
        }
        let request = request
            .body(Body::empty())
            .map_err(|error| unreachable(&self.place, error))?;
        let response = client.send(request).await.map_err(|error| match error {
            kube::Error::Auth(error) => PrometheusError::ClusterLoginExpired {
                place: self.place.clone(),
                message: Text::new(error.to_string()),
            },
            other => unreachable(&self.place, other),
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MOST_BYTES)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    self.too_long()
                } else {
                    unreachable(&self.place, error)
                }
            })?;
        let raw = Raw {
            code: head.status.as_u16(),
            body: body.to_bytes(),
            location: None,
        };
        self.not_proxied(&raw).map_or(Ok(raw), Err)
    }

    /// Tells the API server's own refusal, a `Status` object, from an answer that came through it.
    fn not_proxied(&self, raw: &Raw) -> Option<PrometheusError> {
        if raw.code < 400 {
            return None;
        }
        let (place, message) = (self.place.clone(), server_word(&raw.body)?);
        Some(match raw.code {
            401 => PrometheusError::ClusterLoginExpired { place, message },
            403 => PrometheusError::ProxyForbidden { place, message },
            code => PrometheusError::NotProxied {
                place,
                code,
                message,
            },
        })
    }

    fn too_long(&self) -> PrometheusError {
        PrometheusError::TooLong {
            place: self.place.clone(),
            most: MOST_BYTES,
        }
    }
}

fn unreachable(place: &str, error: impl Into<Box<dyn StdError + Send + Sync>>) -> PrometheusError {
    PrometheusError::Unreachable {
        place: place.to_owned(),
        source: without_query(error.into()),
    }
}

/// What lies beneath the errors that quote the address: with the whole query in it, it hides what is wrong.
fn without_query(error: Box<dyn StdError + Send + Sync>) -> Box<dyn StdError + Send + Sync> {
    let quotes = |error: &&dyn StdError| error.to_string().contains("for url (");
    let mut levels: Vec<&dyn StdError> = Vec::new();
    let mut next: Option<&dyn StdError> = Some(error.as_ref());
    while let Some(error) = next {
        levels.push(error);
        next = error.source();
    }
    let Some(last) = levels.iter().rposition(quotes) else {
        return error;
    };
    match levels.get(last + 1) {
        Some(beneath) => with_causes(*beneath).shown().into(),
        None => "the request could not be sent".into(),
    }
}

fn proxied_uri(path: &str, query: &str, when: When) -> String {
    let query = encoded(query);
    match when {
        When::At(at) => format!("{path}/api/v1/query?query={query}&time={}", seconds(at)),
        When::Now => format!("{path}/api/v1/query?query={query}"),
        When::Range(from, until, step) => {
            let (from, until) = (from.as_second(), until.as_second());
            format!("{path}/api/v1/query_range?query={query}&start={from}&end={until}&step={step}")
        }
    }
}

fn seconds(at: Timestamp) -> String {
    let millis = at.as_millisecond();
    format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
}

#[expect(clippy::cast_precision_loss, reason = "a step is far below 2^52 s")]
fn as_f64(step: u64) -> f64 {
    step as f64
}
