//! JSON Merge Patch (RFC 7386): maps merge, null removes, everything else replaces.

use serde_json::{Map, Value};

/// The object with the patch merged in.
pub(crate) fn patched(object: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut out = object.as_object().cloned().unwrap_or_else(Map::new);
    for (field, value) in patch {
        if value.is_null() {
            out.remove(field);
        } else {
            let merged = patched(out.get(field).unwrap_or(&Value::Null), value);
            out.insert(field.clone(), merged);
        }
    }
    Value::Object(out)
}
