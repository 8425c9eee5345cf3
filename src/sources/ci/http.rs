//! The way to a CI server: one question at a time, conditional, patient, and discreet with the token.
//!
//! Invariants: the token goes to the configured host alone; only what can be asked twice is asked again; a server that
//! limits is left alone until it says otherwise.

pub use super::ask::{Answer, Ask, Payload};
pub use super::credential::Scheme;
pub use super::encoding::encoded;

use super::cache::{Cache, Kept};
use super::credential::Credential;
use super::encoding::{message, next_page};
use super::errors::CiError;
use super::limits::Limits;
use crate::config::settings::SecretRef;
use crate::domain::pipeline::Quota;
use crate::domain::text::Text;
use crate::sources::Clock;
use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LINK, LOCATION,
};
use reqwest::{Method, Response, StatusCode, Url};
use std::path::PathBuf;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// The longest answer that is read whole, in bytes.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// A server has so long until its answer is whole.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// Waits before a question is asked again after a passing fault.
const AGAIN: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];
/// Redirects within the host that are followed.
const HOPS: usize = 4;

/// Where a server is and who asks.
#[derive(Clone, Debug)]
pub struct Address {
    /// Its URL; paths are put behind it.
    pub url: String,
    /// How the token is shown.
    pub scheme: Scheme,
    /// The token.
    pub token: Option<SecretRef>,
    /// Where answers are kept over restarts.
    pub kept_in: Option<PathBuf>,
    /// Where the time comes from.
    pub clock: Clock,
}

/// The way to one server, shared by all that ask it.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    base: Url,
    credential: Credential,
    clock: Clock,
    cache: Lock<Cache>,
    limits: Lock<Limits>,
    /// One question at a time: servers ask for that.
    turn: Semaphore,
}

impl Http {
    /// The way to `address`; nothing is sent yet. `client` must follow no redirects.
    pub fn new(client: reqwest::Client, address: Address) -> Result<Self, CiError> {
        let base = Url::parse(&address.url).map_err(|source| CiError::NoClient {
            place: address.url.clone(),
            source: Box::new(source),
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                base,
                credential: Credential::new(address.scheme, address.token),
                clock: address.clock,
                cache: Lock::new(Cache::new(address.kept_in)),
                limits: Lock::default(),
                turn: Semaphore::new(1),
            }),
        })
    }

    /// The server's address, for sentences.
    pub fn place(&self) -> String {
        let base = &self.inner.base;
        let host = base.host_str().unwrap_or("the CI server");
        base.port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// What may still be asked, where the server tells.
    pub fn quota(&self) -> Option<Quota> {
        self.limits().quota()
    }

    /// The time by this program's clock.
    pub fn now(&self) -> jiff::Timestamp {
        (self.inner.clock)()
    }

    /// Asks; again after a passing fault, and conditionally where the answer is known.
    pub async fn get(&self, ask: &Ask) -> Result<Answer, CiError> {
        let mut waits = AGAIN.iter();
        loop {
            let failed = match self.get_once(ask).await {
                Err(error) if passes_soon(&error) => error,
                other => return other,
            };
            let Some(wait) = waits.next() else {
                return Err(failed);
            };
            sleep(self.spread(*wait)).await;
        }
    }

    /// Commands, once: a lost answer must be looked at, never sent again blindly.
    pub async fn send(
        &self,
        method: Method,
        ask: &Ask,
        payload: Payload,
    ) -> Result<Answer, CiError> {
        let url = self.url(ask)?;
        let mut request = self.request(method, url, ask).await?;
        request = match payload {
            Payload::Nothing => request,
            Payload::Json(value) => request.json(&value),
        };
        let response = self.in_turn(ask, request).await?;
        self.finish(ask, response, None).await
    }

    async fn get_once(&self, ask: &Ask) -> Result<Answer, CiError> {
        let mut url = self.url(ask)?;
        for _ in 0..HOPS {
            let question = format!("{} {} {url}", self.inner.credential.name(), ask.accept);
            let kept = self.cache().get(&question);
            let mut request = self.request(Method::GET, url.clone(), ask).await?;
            if let Some(kept) = &kept {
                request = request.header(IF_NONE_MATCH, &kept.etag);
            }
            let response = self.in_turn(ask, request).await?;
            if response.status() == StatusCode::NOT_MODIFIED
                && let Some(kept) = kept
            {
                return Ok(self.unchanged(ask, &response, &kept));
            }
            if response.status().is_redirection() {
                url = self.within(ask, &url, &response)?;
                continue;
            }
            return self.finish(ask, response, Some(&question)).await;
        }
        Err(self.redirected(ask, Text::new("itself, again and again")))
    }

    /// Starts a question whose body its asker reads; a redirect to another host is followed without the token.
    pub(super) async fn open(
        &self,
        ask: &Ask,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Response, CiError> {
        let url = self.url(ask)?;
        let mut request = self.request(Method::GET, url.clone(), ask).await?;
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = self.in_turn(ask, request).await?;
        let mut here = url;
        for _ in 0..HOPS {
            if !response.status().is_redirection() {
                break;
            }
            let there = self.location(ask, &here, &response)?;
            let mut request = if self.is_ours(&there) {
                self.request(Method::GET, there.clone(), ask).await?
            } else {
                self.inner.client.get(there.clone())
            };
            for (name, value) in headers {
                request = request.header(name, value);
            }
            here = there;
            response = self.answered(ask, request).await?;
        }
        Ok(response)
    }

    /// The error of an answer that is a no.
    pub(super) async fn refused(&self, ask: &Ask, response: Response) -> CiError {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(ask, response).await.unwrap_or_default();
        self.no(ask, status, &headers, &body)
    }

    async fn finish(
        &self,
        ask: &Ask,
        response: Response,
        question: Option<&str>,
    ) -> Result<Answer, CiError> {
        let status = response.status();
        let headers = response.headers().clone();
        if status.is_redirection() {
            let to = self.location(ask, &self.inner.base, &response)?;
            return Err(self.redirected(ask, shown_host(&to)));
        }
        let body = self.body(ask, response).await?;
        if !status.is_success() {
            return Err(self.no(ask, status.as_u16(), &headers, &body));
        }
        self.limits()
            .note(status.as_u16(), &headers, "", self.now());
        let link = headers.get(LINK).and_then(|link| link.to_str().ok());
        if let (Some(question), Some(etag)) = (question, headers.get(ETAG))
            && let Ok(etag) = etag.to_str()
        {
            self.cache().put(question, etag, link, &body);
        }
        Ok(Answer {
            next: link.and_then(next_page),
            body,
            place: self.place(),
            what: ask.what.clone(),
            headers,
        })
    }

    fn unchanged(&self, ask: &Ask, response: &Response, kept: &Kept) -> Answer {
        let headers = response.headers().clone();
        self.limits().note(304, &headers, "", self.now());
        Answer {
            next: kept.link.as_deref().and_then(next_page),
            headers,
            body: Bytes::copy_from_slice(kept.body.as_bytes()),
            place: self.place(),
            what: ask.what.clone(),
        }
    }

    fn no(&self, ask: &Ask, status: u16, headers: &HeaderMap, body: &[u8]) -> CiError {
        let (place, what) = (self.place(), ask.what.clone());
        let message = message(body);
        let limited = self
            .limits()
            .note(status, headers, message.shown(), self.now());
        if limited.is_some() {
            return CiError::RateLimited {
                place,
                what,
                resets_at: limited,
            };
        }
        match status {
            401 => CiError::LoginExpired {
                place,
                what,
                message,
            },
            403 => CiError::Forbidden {
                place,
                what,
                needs: ask.needs.to_owned(),
                message,
            },
            404 | 410 => CiError::NotFound { place, what },
            500.. => CiError::ServerFault {
                place,
                what,
                status,
                message,
            },
            _ => CiError::Refused {
                place,
                what,
                status,
                message,
            },
        }
    }

    async fn in_turn(
        &self,
        ask: &Ask,
        request: reqwest::RequestBuilder,
    ) -> Result<Response, CiError> {
        let left_alone = self.limits().left_alone(self.now());
        if left_alone.is_some() {
            return Err(CiError::RateLimited {
                place: self.place(),
                what: ask.what.clone(),
                resets_at: left_alone,
            });
        }
        // It is never closed.
        let _turn = self.inner.turn.acquire().await.ok();
        let response = self.answered(ask, request).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            // A renewed token is read the next time.
            self.inner.credential.forget().await;
        }
        Ok(response)
    }

    async fn answered(
        &self,
        ask: &Ask,
        request: reqwest::RequestBuilder,
    ) -> Result<Response, CiError> {
        let sent = tokio::time::timeout(ANSWERS_WITHIN, request.send()).await;
        match sent {
            Err(_) => Err(CiError::TimedOut {
                place: self.place(),
                what: ask.what.clone(),
                after: ANSWERS_WITHIN,
            }),
            // An error's URL may be a signed one.
            Ok(Err(error)) => Err(self.unreachable(ask, error.without_url())),
            Ok(Ok(response)) => Ok(response),
        }
    }

    async fn request(
        &self,
        method: Method,
        url: Url,
        ask: &Ask,
    ) -> Result<reqwest::RequestBuilder, CiError> {
        let mut request = self
            .inner
            .client
            .request(method, url)
            .header(ACCEPT, ask.accept);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        let shown = self.inner.credential.show(request).await;
        shown.map_err(|source| CiError::Token {
            place: self.place(),
            source,
        })
    }

    async fn body(&self, ask: &Ask, mut response: Response) -> Result<Bytes, CiError> {
        let reading = async {
            let mut body = Vec::new();
            while let Some(piece) = response
                .chunk()
                .await
                .map_err(|error| self.unreachable(ask, error.without_url()))?
            {
                if body.len() as u64 + piece.len() as u64 > MOST_BYTES {
                    return Err(CiError::TooLong {
                        place: self.place(),
                        what: ask.what.clone(),
                        most: MOST_BYTES,
                    });
                }
                body.extend_from_slice(&piece);
            }
            Ok(Bytes::from(body))
        };
        let read = tokio::time::timeout(ANSWERS_WITHIN, reading).await;
        read.unwrap_or_else(|_| {
            Err(CiError::TimedOut {
                place: self.place(),
                what: ask.what.clone(),
                after: ANSWERS_WITHIN,
            })
        })
    }

    fn url(&self, ask: &Ask) -> Result<Url, CiError> {
        let base = self.inner.base.as_str().trim_end_matches('/');
        let whole = if ask.path.starts_with('/') {
            format!("{base}{}", ask.path)
        } else {
            ask.path.clone()
        };
        let url = Url::parse(&whole).map_err(|error| CiError::Decode {
            place: self.place(),
            what: ask.what.clone(),
            source: Box::new(error),
        })?;
        if self.is_ours(&url) {
            Ok(url)
        } else {
            Err(self.redirected(ask, shown_host(&url)))
        }
    }

    /// Where a redirect leads, on this host.
    fn within(&self, ask: &Ask, here: &Url, response: &Response) -> Result<Url, CiError> {
        let there = self.location(ask, here, response)?;
        if self.is_ours(&there) {
            Ok(there)
        } else {
            Err(self.redirected(ask, shown_host(&there)))
        }
    }

    fn location(&self, ask: &Ask, here: &Url, response: &Response) -> Result<Url, CiError> {
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|to| to.to_str().ok()).unwrap_or_default();
        here.join(location).map_err(|error| CiError::Decode {
            place: self.place(),
            what: ask.what.clone(),
            source: Box::new(error),
        })
    }

    /// The same host and port by the same or a safer protocol.
    fn is_ours(&self, url: &Url) -> bool {
        let base = &self.inner.base;
        let as_safe = url.scheme() == base.scheme() || url.scheme() == "https";
        let same_port = url.port_or_known_default() == base.port_or_known_default()
            || (base.port().is_none() && url.port().is_none());
        url.host_str() == base.host_str() && as_safe && same_port
    }

    fn redirected(&self, ask: &Ask, to: Text) -> CiError {
        CiError::Redirected {
            place: self.place(),
            what: ask.what.clone(),
            to,
        }
    }

    pub(super) fn unreachable(
        &self,
        ask: &Ask,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> CiError {
        CiError::Unreachable {
            place: self.place(),
            what: ask.what.clone(),
            source: Box::new(source),
        }
    }

    /// Up to half as long again, so that many that failed together do not come back together.
    fn spread(&self, wait: Duration) -> Duration {
        let part = self.now().subsec_nanosecond().unsigned_abs() % 512;
        wait + wait * part / 1024
    }

    fn limits(&self) -> std::sync::MutexGuard<'_, Limits> {
        self.inner
            .limits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.inner
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn passes_soon(error: &CiError) -> bool {
    match error {
        CiError::Unreachable { .. } => true,
        CiError::ServerFault { status, .. } => matches!(status, 502..=504),
        _ => false,
    }
}

fn shown_host(url: &Url) -> Text {
    Text::new(url.host_str().unwrap_or("no host"))
}
