//! The way to a Prometheus: by its own URL, or through the API server's service proxy.

use super::errors::PrometheusError;
use crate::config::settings::{Auth, PrometheusBase, SecretRef};
use crate::domain::text::Text;
use crate::sources::ci::http::encoded;
use crate::sources::cluster::errors::server_word;
use crate::sources::secret::{self, Secret};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::Request;
use hyper::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION};
use jiff::Timestamp;
use kube::client::Body;
use prometheus_http_query::Client;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

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
    deadline: Duration,
}

#[derive(Clone)]
enum Way {
    Direct {
        client: Client,
        token: Option<Token>,
    },
    Proxied {
        client: kube::Client,
        path: String,
    },
}

impl Door {
    /// The way to `base`. `http` asks a URL; it follows no redirection, or a login page would be taken for an answer. `kube`
    /// is the environment's cluster. Each answer may take `deadline`.
    pub fn new(
        base: &PrometheusBase,
        auth: &Auth,
        http: reqwest::Client,
        kube: kube::Client,
        deadline: Duration,
    ) -> Result<Self, PrometheusError> {
        let (way, place) = match base {
            PrometheusBase::Url(url) => {
                // The client joins with a slash of its own.
                let place = url.trim_end_matches('/').to_owned();
                let client =
                    Client::from(http, &place).map_err(|error| unreachable(&place, error))?;
                let token = match auth {
                    Auth::None => None,
                    Auth::Bearer(reference) => Some(Token::new(reference.clone())),
                };
                (Way::Direct { client, token }, place)
            }
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
        Ok(Self {
            way,
            place,
            deadline,
        })
    }

    /// Where it leads, for sentences.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Asks one query.
    pub(super) async fn ask(&self, query: &str, when: When) -> Result<Raw, PrometheusError> {
        let asking = async {
            match &self.way {
                Way::Direct { client, token } => {
                    self.directly(client, token.as_ref(), query, when).await
                }
                Way::Proxied { client, path } => self.proxied(client, path, query, when).await,
            }
        };
        let in_time = tokio::time::timeout(self.deadline, asking).await;
        in_time.unwrap_or(Err(PrometheusError::TimedOut {
            place: self.place.clone(),
            after: self.deadline,
        }))
    }

    async fn directly(
        &self,
        client: &Client,
        token: Option<&Token>,
        query: &str,
        when: When,
    ) -> Result<Raw, PrometheusError> {
        let bearer = match token {
            Some(token) => Some(
                token
                    .header()
                    .await
                    .map_err(|source| PrometheusError::Token {
                        place: self.place.clone(),
                        source,
                    })?,
            ),
            None => None,
        };
        let sent = match when {
            When::At(_) | When::Now => {
                let mut asked = client.query(query);
                if let When::At(at) = when {
                    asked = asked.query("time", seconds(at));
                }
                if let Some(bearer) = bearer {
                    asked = asked.header(AUTHORIZATION, bearer);
                }
                asked.get_raw().await
            }
            When::Range(from, until, step) => {
                let mut asked =
                    client.query_range(query, from.as_second(), until.as_second(), as_f64(step));
                if let Some(bearer) = bearer {
                    asked = asked.header(AUTHORIZATION, bearer);
                }
                asked.get_raw().await
            }
        };
        let mut response = sent.map_err(|error| unreachable(&self.place, error))?;
        let code = response.status().as_u16();
        if code == 401
            && let Some(token) = token
        {
            token.forget().await;
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
        let request =
            Request::get(proxied_uri(path, query, when)).header(ACCEPT, "application/json");
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

/// A token that is read when it is first needed, and again after it was refused.
#[derive(Clone, Debug)]
struct Token {
    reference: SecretRef,
    known: Arc<Mutex<Option<Secret>>>,
}

impl Token {
    fn new(reference: SecretRef) -> Self {
        Self {
            reference,
            known: Arc::default(),
        }
    }

    async fn header(&self) -> Result<HeaderValue, secret::SecretError> {
        let mut known = self.known.lock().await;
        let secret = match &*known {
            Some(secret) => secret.clone(),
            None => known.insert(secret::read(&self.reference).await?).clone(),
        };
        let header = HeaderValue::from_str(&format!("Bearer {}", secret.expose()));
        let mut header = header.map_err(|_| secret::SecretError::Unusable("token".to_owned()))?;
        header.set_sensitive(true);
        Ok(header)
    }

    async fn forget(&self) {
        *self.known.lock().await = None;
    }
}

fn unreachable(place: &str, error: impl Into<Box<dyn StdError + Send + Sync>>) -> PrometheusError {
    PrometheusError::Unreachable {
        place: place.to_owned(),
        source: error.into(),
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
