//! What the controls answer: JSON, or a refusal that says what was expected.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) type Answered = Result<Done, Refusal>;

/// Carried out; the JSON tells what holds now.
#[derive(Debug)]
pub(crate) struct Done(Value);

impl Done {
    pub(crate) fn telling(what: impl Serialize) -> Self {
        // Our own structs always become JSON.
        Self(serde_json::to_value(what).unwrap_or_default())
    }
}

/// Not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: String,
}

impl Refusal {
    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.into(),
        }
    }

    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            error: error.into(),
        }
    }

    pub(crate) fn conflict(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            error: error.into(),
        }
    }

    pub(crate) fn no_such_control() -> Self {
        let known = "/served, /harm, /writes?after=N, /reads, /targets, /front, /versions/TAG, /traffic, /pods/NAME/crash, /outage, /kube/hold, \
                     /kube/release, /kube/compact, /kube/forbid, /kube/expire-login, /ci/runs, /ci/jobs/ID, /ci/calls";
        Self::not_found(format!("there is no such control; there are {known}"))
    }

    pub(crate) fn wrong_method() -> Self {
        let error = "this control is not used with that method".to_owned();
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            error,
        }
    }
}

/// Reads a request's body; `expected` shows what it looks like.
pub(crate) fn read<T: DeserializeOwned>(body: &Bytes, expected: &str) -> Result<T, Refusal> {
    let refused = |error: serde_json::Error| {
        Refusal::bad(format!(
            "the body is not understood: {error}; expected {expected}"
        ))
    };
    serde_json::from_slice(body).map_err(refused)
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json_response(self.status, &json!({ "error": self.error }))
    }
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(format!("{value}\n")));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
