//! Events have two forms on the wire and one in the store: `v1` names their fields differently from `events.k8s.io/v1`.

use serde_json::{Map, Value, json};

/// (name in `v1`, name in `events.k8s.io/v1`) of what differs.
const NAMES: [(&str, &str); 8] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// A stored event as `events.k8s.io/v1`.
pub(crate) fn as_events_v1(stored: &Value) -> Value {
    let name = |old: &str| {
        NAMES
            .iter()
            .find(|(v1, _)| *v1 == old)
            .map(|(_, new)| (*new).to_owned())
    };
    renamed(stored, name, "events.k8s.io/v1")
}

/// An event of `events.k8s.io/v1` as it is stored.
pub(crate) fn from_events_v1(event: &Value) -> Value {
    let name = |new: &str| {
        NAMES
            .iter()
            .find(|(_, known)| *known == new)
            .map(|(v1, _)| (*v1).to_owned())
    };
    renamed(event, name, "v1")
}

fn renamed(event: &Value, name: impl Fn(&str) -> Option<String>, api_version: &str) -> Value {
    let fields = event.as_object().into_iter().flatten();
    let mut out: Map<String, Value> = fields
        .map(|(field, value)| (name(field).unwrap_or_else(|| field.clone()), value.clone()))
        .collect();
    out.insert("apiVersion".to_owned(), json!(api_version));
    Value::Object(out)
}
