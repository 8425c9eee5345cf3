//! Small readings of objects that several controllers need.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::demo::kube_api::{Key, Resource, Store};

/// The uid.
pub(crate) fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

/// The name.
pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// The namespace.
pub(crate) fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// Whether it is being deleted.
pub(crate) fn is_going(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// The reference to the controller that owns the object; null where there is none.
pub(crate) fn owner(object: &Value) -> &Value {
    let references = object["metadata"]["ownerReferences"]
        .as_array()
        .into_iter()
        .flatten();
    references
        .into_iter()
        .find(|reference| reference["controller"] == true)
        .unwrap_or(&Value::Null)
}

/// An owner reference to `object`.
pub(crate) fn owned_by(object: &Value) -> Value {
    json!([{ "apiVersion": object["apiVersion"], "kind": object["kind"], "name": name(object), "uid": uid(object),
        "controller": true, "blockOwnerDeletion": true }])
}

/// The objects of kind `resource` that `object` controls.
pub(crate) fn owned(store: &Store, resource: Resource, object: &Value) -> Vec<Arc<Value>> {
    let mut found = store.owned_by(resource, uid(object));
    found.retain(|candidate| owner(candidate)["uid"] == uid(object));
    found
}

/// The key of the object's owner, if it is of kind `resource`.
pub(crate) fn owner_key(object: &Value, resource: Resource) -> Option<Key> {
    let owner = owner(object);
    (owner["kind"] == resource.facts().kind).then(|| {
        Key::new(
            resource,
            namespace(object),
            owner["name"].as_str().unwrap_or_default(),
        )
    })
}

/// The number in `field` of a map; 0 where there is none. What does not fit into 32 bits is cut, so that sums cannot overflow.
pub(crate) fn number(map: &Value, field: &str) -> i64 {
    let number = map[field].as_i64().unwrap_or(0);
    number.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
}

/// A time in an object.
pub(crate) fn time(value: &Value) -> Option<jiff::Timestamp> {
    value.as_str().and_then(|text| text.parse().ok())
}

/// Whole seconds from `since` until now; 0 where it is not known.
pub(crate) fn seconds_since(since: &Value) -> i64 {
    time(since).map_or(0, |since| {
        jiff::Timestamp::now().duration_since(since).as_secs()
    })
}

/// The condition of this type; null where there is none.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let conditions = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    conditions
        .into_iter()
        .find(|condition| condition["type"] == kind)
        .unwrap_or(&Value::Null)
}

/// Whether a pod is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready")["status"] == "True"
}
