//! Questions and answers.

use super::errors::CiError;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;

/// One question.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Behind the server's URL, with its query; or a whole URL that the server gave, on its host.
    pub path: String,
    /// What it is for, as it follows "cannot": `list the runs of shop/checkout`.
    pub what: String,
    /// The permission it takes, as it follows "the token lacks".
    pub needs: &'static str,
    /// The form that is wanted.
    pub accept: &'static str,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Ask {
    /// A question that is answered in JSON.
    pub fn json(path: impl Into<String>, what: impl Into<String>, needs: &'static str) -> Self {
        Self {
            path: path.into(),
            what: what.into(),
            needs,
            accept: "application/json",
            headers: Vec::new(),
        }
    }
}

/// What goes with a command.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Nothing.
    Nothing,
    /// JSON.
    Json(serde_json::Value),
}

/// An answer that is a yes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its headers; of an unchanged answer those that came now.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Where the next page is (`Link`, rel `next`).
    pub next: Option<String>,
    pub(super) place: String,
    pub(super) what: String,
}

impl Answer {
    /// The body's meaning.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, CiError> {
        serde_json::from_slice(&self.body).map_err(|error| CiError::Decode {
            place: self.place.clone(),
            what: self.what.clone(),
            source: Box::new(error),
        })
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
