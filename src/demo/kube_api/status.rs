//! Refusals: the `Status` bodies of the API server, in its words.

use axum::body::Body;
use axum::http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::history::Expired;
use super::resource::Resource;
use super::store::{Key, StoreError};

/// What the server answers in place of a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    code: u16,
    reason: &'static str,
    message: String,
    details: Value,
}

/// A result, or why not.
pub(crate) type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: json!({}),
        }
    }

    fn about(mut self, resource: Resource, name: &str) -> Self {
        let facts = resource.facts();
        self.details = json!({ "kind": facts.plural });
        if !name.is_empty() {
            self.details["name"] = json!(name);
        }
        if !facts.group.is_empty() {
            self.details["group"] = json!(facts.group);
        }
        self
    }

    /// No such object.
    pub(crate) fn not_found(resource: Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.facts().qualified());
        Self::new(404, "NotFound", message).about(resource, name)
    }

    /// No such path.
    pub(crate) fn unknown_path() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
    }

    /// The object's version is not the one the client read.
    pub(crate) fn conflict(key: &Key) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply your changes to the latest version and try again",
            key.resource.facts().qualified(),
            key.name
        );
        Self::new(409, "Conflict", message).about(key.resource, &key.name)
    }

    /// A precondition of the request did not hold.
    pub(crate) fn precondition(key: &Key, field: &str, asked: &str, stored: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": Precondition failed: {field} in precondition: {asked}, {field} in object meta: {stored}",
            key.resource.facts().qualified(),
            key.name
        );
        Self::new(409, "Conflict", message).about(key.resource, &key.name)
    }

    /// Server-side apply met fields that others own.
    pub(crate) fn apply_conflict(fields: &[(String, String)]) -> Self {
        let one = if fields.len() == 1 {
            "conflict"
        } else {
            "conflicts"
        };
        let owners: Vec<String> = fields
            .iter()
            .map(|(manager, field)| format!("conflict with \"{manager}\": {field}"))
            .collect();
        let message = format!(
            "Apply failed with {} {one}: {}",
            fields.len(),
            owners.join(", ")
        );
        let mut refusal = Self::new(409, "Conflict", message);
        let cause = |(manager, field): &(String, String)| json!({ "reason": "FieldManagerConflict", "message": format!("conflict with \"{manager}\""), "field": field });
        refusal.details = json!({ "causes": fields.iter().map(cause).collect::<Vec<_>>() });
        refusal
    }

    /// The object's content is not valid; `causes` are (field, what is wrong).
    pub(crate) fn invalid(resource: Resource, name: &str, causes: &[(String, String)]) -> Self {
        let facts = resource.facts();
        let kind = if facts.group.is_empty() {
            facts.kind.to_owned()
        } else {
            format!("{}.{}", facts.kind, facts.group)
        };
        let told: Vec<String> = causes
            .iter()
            .map(|(field, wrong)| format!("{field}: {wrong}"))
            .collect();
        let list = if told.len() == 1 {
            told.concat()
        } else {
            format!("[{}]", told.join(", "))
        };
        let mut refusal = Self::new(
            422,
            "Invalid",
            format!("{kind} \"{name}\" is invalid: {list}"),
        );
        let cause = |(field, wrong): &(String, String)| json!({ "reason": "FieldValueInvalid", "message": wrong, "field": field });
        refusal.details = json!({ "name": name, "group": facts.group, "kind": facts.kind,
            "causes": causes.iter().map(cause).collect::<Vec<_>>() });
        refusal
    }

    /// A JSON Patch could not be applied; the server does not say which operation failed.
    pub(crate) fn patch_failed() -> Self {
        Self::new(
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
        )
    }

    /// The request's body is in no format the server takes here.
    pub(crate) fn media_type(accepted: &[&str]) -> Self {
        let list = accepted.join(", ");
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {list}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The path takes no such method.
    pub(crate) fn method() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
    }

    /// No valid login.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// A right is missing; `sentence` says which, from `User` on.
    pub(crate) fn forbidden(resource: Resource, name: &str, sentence: &str) -> Self {
        let facts = resource.facts();
        let object = if name.is_empty() {
            facts.qualified()
        } else {
            format!("{} \"{name}\"", facts.qualified())
        };
        Self::new(
            403,
            "Forbidden",
            format!("{object} is forbidden: {sentence}"),
        )
        .about(resource, name)
    }

    /// The watch's version is older than the history.
    pub(crate) fn expired(expired: Expired) -> Self {
        Self::new(410, "Expired", expired.to_string())
    }

    /// Something on the way, or behind the server, cannot be reached.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(503, "ServiceUnavailable", message)
    }

    /// The whole `Status` object.
    pub(crate) fn body(&self) -> Value {
        json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
            "reason": self.reason, "details": self.details, "code": self.code })
    }

    /// The answer.
    pub(crate) fn response(&self) -> Response<Body> {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        json_response(code, &self.body())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(key) => Self::not_found(key.resource, &key.name),
            StoreError::AlreadyExists(ref key) => {
                Self::new(409, "AlreadyExists", error.to_string()).about(key.resource, &key.name)
            }
            StoreError::Nameless => Self::new(
                422,
                "Invalid",
                "metadata.name: Required value: name or generateName is required",
            ),
        }
    }
}

/// An answer of JSON.
pub(crate) fn json_response(code: StatusCode, body: &Value) -> Response<Body> {
    bytes_response(
        code,
        "application/json",
        serde_json::to_vec(body).unwrap_or_default(),
    )
}

/// An answer of any kind.
pub(crate) fn bytes_response(
    code: StatusCode,
    media_type: &'static str,
    body: impl Into<Body>,
) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = code;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(media_type),
    );
    response
}
