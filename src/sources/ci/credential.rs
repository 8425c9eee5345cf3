//! The token: read when it is first needed, again after it was refused, shown as the server wants it.

use crate::config::settings::SecretRef;
use crate::sources::secret::{self, Secret, SecretError};
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use tokio::sync::Mutex;

/// How a token is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer TOKEN`.
    Bearer,
    /// `Authorization: token TOKEN`.
    Token,
    /// A header of its own.
    Header(HeaderName),
    /// `Authorization: Basic` with this user.
    Basic(String),
}

/// Who asks.
pub(super) struct Credential {
    scheme: Scheme,
    reference: Option<SecretRef>,
    known: Mutex<Option<Secret>>,
}

impl Credential {
    pub(super) fn new(scheme: Scheme, reference: Option<SecretRef>) -> Self {
        Self {
            scheme,
            reference,
            known: Mutex::new(None),
        }
    }

    /// Who asks, without the secret: answers kept for one login are not given to another.
    pub(super) fn name(&self) -> String {
        format!("{:?} {:?}", self.scheme, self.reference)
    }

    /// It was refused: a renewed one is read the next time.
    pub(super) async fn forget(&self) {
        *self.known.lock().await = None;
    }

    /// The request with the token, where somebody needs to be told.
    pub(super) async fn show(
        &self,
        request: RequestBuilder,
    ) -> Result<RequestBuilder, SecretError> {
        let Some(reference) = &self.reference else {
            return Ok(request);
        };
        let mut known = self.known.lock().await;
        let secret = match &*known {
            Some(secret) => secret.clone(),
            None => known.insert(secret::read(reference).await?).clone(),
        };
        let token = secret.expose();
        let (name, value) = match &self.scheme {
            Scheme::Bearer => (AUTHORIZATION, format!("Bearer {token}")),
            Scheme::Token => (AUTHORIZATION, format!("token {token}")),
            Scheme::Header(name) => (name.clone(), token.to_owned()),
            Scheme::Basic(user) => return Ok(request.basic_auth(user, Some(token))),
        };
        let mut value =
            HeaderValue::from_str(&value).map_err(|_| SecretError::Unusable("token".to_owned()))?;
        value.set_sensitive(true);
        Ok(request.header(name, value))
    }
}
