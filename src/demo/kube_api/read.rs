//! Reading: one object, a listing, a scale.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;

use super::call::Call;
use super::history::Snapshot;
use super::path::{Form, Target};
use super::present::{At, More, Shape, View, in_form};
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

/// A listing, of now. Objects as they are come in pages of `limit`, each behind the last object of the one before; what changed
/// between two pages is told by the watch that continues the first. Any other shape comes whole.
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
    let more = match call.shape {
        Shape::Whole => page(call, &mut snapshot)?,
        Shape::Metadata | Shape::Table => None,
    };
    let at = At {
        version: snapshot.version,
        more,
    };
    let body = view.list(&snapshot.items, &at, &call.target.api_version());
    Ok(bytes_response(StatusCode::OK, "application/json", body))
}

/// Leaves of a listing the page that is asked for; what continues it, where more follow.
fn page(call: &Call, snapshot: &mut Snapshot) -> Outcome<Option<More>> {
    if let Some(token) = call.query.get("continue") {
        let after = token.split_once(':').and_then(|(version, place)| {
            let (namespace, name) = place.split_once('/')?;
            Some((version.parse::<u64>().ok()?, namespace, name))
        });
        let (version, namespace, name) =
            after.ok_or_else(|| Refusal::bad_request("continue key is not valid"))?;
        snapshot.version = version;
        let behind = |item: &Arc<Value>| place(item) > (namespace, name);
        snapshot.items.retain(behind);
    }
    let limit = call
        .query
        .number("limit")
        .and_then(|limit| usize::try_from(limit).ok());
    let Some(limit) = limit.filter(|limit| (1..snapshot.items.len()).contains(limit)) else {
        return Ok(None);
    };
    let left = snapshot.items.split_off(limit).len();
    let last = snapshot
        .items
        .last()
        .map(|item| place(item))
        .unwrap_or_default();
    Ok(Some(More {
        token: format!("{}:{}/{}", snapshot.version, last.0, last.1),
        left,
    }))
}

fn place(item: &Value) -> (&str, &str) {
    let field = |name: &str| item["metadata"][name].as_str().unwrap_or_default();
    (field("namespace"), field("name"))
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
