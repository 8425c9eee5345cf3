//! What a Prometheus that is asked by its URL is shown: a token or a name and password, a tenant, headers, a certificate.
//!
//! Invariants: secrets are read when they are first needed, and again after they were refused; every header with one in it
//! is marked sensitive.

use super::errors::PrometheusError;
use crate::config::settings::{Auth, HeaderRef, SecretRef, Tls};
use crate::sources::secret::{self, Secret, SecretError};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use prometheus_http_query::Client;
use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The header by which those who keep the data of several tell whose are asked for.
const TENANT: HeaderName = HeaderName::from_static("x-scope-orgid");

/// Why a client cannot be made.
pub type DialError = Box<dyn StdError + Send + Sync>;

/// Makes a client that trusts and shows this; the runtime gives it.
pub type Dial = Arc<dyn Fn(&Trust) -> Result<reqwest::Client, DialError> + Send + Sync>;

/// Certificates as they were read.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Authorities besides the system's, as PEM.
    pub authorities: Option<Vec<u8>>,
    /// A certificate and its key, as PEM.
    pub identity: Option<Secret>,
}

/// What is shown, and by whom.
#[derive(Clone)]
pub struct Login {
    /// Who asks.
    pub auth: Auth,
    /// Certificates.
    pub tls: Tls,
    /// Whose data are asked for.
    pub tenant: Option<String>,
    /// Other headers.
    pub headers: Vec<HeaderRef>,
    /// Makes a client.
    pub dial: Dial,
}

/// A login in use.
#[derive(Clone)]
pub(super) struct Shown {
    login: Login,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    client: Option<reqwest::Client>,
    headers: Option<HeaderMap>,
}

impl Shown {
    pub(super) fn new(login: Login) -> Self {
        Self {
            login,
            known: Arc::default(),
        }
    }

    /// A client for the URL `place`, and the headers that go with each question.
    pub(super) async fn ready(&self, place: &str) -> Result<(Client, HeaderMap), PrometheusError> {
        let (http, headers) = self.known(place).await?;
        let client = Client::from(http, place).map_err(|error| PrometheusError::NoClient {
            source: Box::new(error),
        })?;
        Ok((client, headers))
    }

    /// The headers that go with each question where the cluster's login is shown.
    pub(super) async fn headers(&self, place: &str) -> Result<HeaderMap, PrometheusError> {
        if self.login.tenant.is_none() && self.login.headers.is_empty() {
            return Ok(HeaderMap::new());
        }
        self.known(place).await.map(|(_, headers)| headers)
    }

    async fn known(&self, place: &str) -> Result<(reqwest::Client, HeaderMap), PrometheusError> {
        let mut known = self.known.lock().await;
        let http = match &known.client {
            Some(http) => http.clone(),
            None => known.client.insert(self.dialled(place).await?).clone(),
        };
        if let Some(headers) = &known.headers {
            return Ok((http, headers.clone()));
        }
        let read = self.login.headers(&http).await;
        let read = read.map_err(|source| PrometheusError::Token {
            place: place.to_owned(),
            source,
        })?;
        let headers = known.headers.insert(read).clone();
        Ok((http, headers))
    }

    /// They were refused: they are read anew the next time.
    pub(super) async fn refused(&self) {
        self.known.lock().await.headers = None;
    }

    /// No connection came about: a certificate may have been renewed meanwhile.
    pub(super) async fn failed(&self) {
        if self.login.tls != Tls::default() {
            self.known.lock().await.client = None;
        }
    }

    async fn dialled(&self, place: &str) -> Result<reqwest::Client, PrometheusError> {
        let refused = |source: DialError| PrometheusError::Certificates {
            place: place.to_owned(),
            source,
        };
        let trust = self.login.trust().await.map_err(refused)?;
        (self.login.dial)(&trust).map_err(refused)
    }
}

impl Login {
    /// The certificates of the files.
    async fn trust(&self) -> Result<Trust, DialError> {
        let authorities = match &self.tls.ca {
            Some(path) => Some(content(path)?),
            None => None,
        };
        let identity = match &self.tls.client {
            Some(client) => {
                let certificate = String::from_utf8(content(&client.certificate)?)?;
                Some(secret::read_whole(&client.key).await?.after(&certificate))
            }
            None => None,
        };
        Ok(Trust {
            authorities,
            identity,
        })
    }

    async fn headers(&self, http: &reqwest::Client) -> Result<HeaderMap, SecretError> {
        let mut headers = HeaderMap::new();
        match &self.auth {
            Auth::None => {}
            Auth::Bearer(token) => {
                let token = secret::read(token).await?;
                let value = value(&format!("Bearer {}", token.expose()), "token")?;
                headers.insert(AUTHORIZATION, value);
            }
            Auth::Basic { user, password } => {
                headers.insert(AUTHORIZATION, basic(http, user, password).await?);
            }
        }
        if let Some(tenant) = &self.tenant {
            headers.insert(TENANT, value(tenant, "tenant")?);
        }
        for header in &self.headers {
            let read = secret::read(&header.value).await?;
            let name = HeaderName::try_from(header.name.as_str());
            let name = name.map_err(|_| SecretError::Unusable(header.name.clone()))?;
            headers.insert(name, value(read.expose(), &header.name)?);
        }
        Ok(headers)
    }
}

/// A name and a password as a header.
async fn basic(
    http: &reqwest::Client,
    user: &str,
    password: &SecretRef,
) -> Result<HeaderValue, SecretError> {
    let unusable = || SecretError::Unusable("password".to_owned());
    let password = secret::read(password).await?;
    // Where it would be sent does not matter: only its header is wanted.
    let request = http
        .get("http://localhost")
        .basic_auth(user, Some(password.expose()))
        .build()
        .map_err(|_| unusable())?;
    request
        .headers()
        .get(AUTHORIZATION)
        .cloned()
        .ok_or_else(unusable)
}

fn value(text: &str, what: &str) -> Result<HeaderValue, SecretError> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| SecretError::Unusable(what.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn content(path: &Path) -> Result<Vec<u8>, DialError> {
    std::fs::read(path).map_err(|error| {
        let told = format!("{}: {error}", path.display());
        Box::new(io::Error::new(error.kind(), told)) as DialError
    })
}
