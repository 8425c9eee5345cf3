//! Reading: one object, a listing, a scale.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value;

use super::call::Call;
use super::path::{Form, Target};
use super::present::{Shape, View, in_form};
use super::scale;
use super::status::{Outcome, Refusal, bytes_response, json_response};
use super::store::{Key, Store};

/// The key of the object that a target names.
pub(crate) fn key(target: &Target) -> Key {
    let namespace = target.namespace.clone().unwrap_or_default();
    Key::new(
        target.resource,
        namespace,
        target.name.clone().unwrap_or_default(),
    )
}

/// One object, or one of its subresources that are documents.
pub(crate) fn get(store: &Store, call: &Call) -> Outcome<Response<Body>> {
    let key = key(&call.target);
    let object = store
        .get(&key)
        .ok_or_else(|| Refusal::not_found(key.resource, &key.name))?;
    let body = match call.target.subresource.as_deref() {
        Some("scale") => scale::of(&object),
        _ => View::new(&call.target, call.shape).object(&object),
    };
    Ok(json_response(StatusCode::OK, &body))
}

/// A listing. It always comes whole and of now: `limit`, `continue` and `resourceVersion` change nothing.
pub(crate) fn list(store: &Store, call: &Call) -> Outcome<Response<Body>> {
    let selector = call.selector()?;
    let mut snapshot = store.snapshot(call.target.resource, call.target.namespace.as_deref());
    if !selector.wants_all() {
        snapshot.items.retain(|item| match call.target.form {
            Form::Stored => selector.wants(item),
            Form::EventsV1 => selector.wants(&in_form(Form::EventsV1, item)),
        });
    }
    let view = View::new(&call.target, call.shape);
    let body = view.list(
        &snapshot.items,
        snapshot.version,
        &call.target.api_version(),
    );
    Ok(bytes_response(StatusCode::OK, "application/json", body))
}

/// The shape in which the answer to a write is shown.
pub(crate) fn written(call: &Call, code: StatusCode, stored: &Value) -> Response<Body> {
    let shape = if call.shape == Shape::Table {
        Shape::Whole
    } else {
        call.shape
    };
    json_response(code, &View::new(&call.target, shape).object(stored))
}
