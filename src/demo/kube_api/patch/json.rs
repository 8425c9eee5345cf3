//! JSON Patch (RFC 6902): all operations or none, and a failure that does not say which.

use serde_json::Value;

use crate::demo::kube_api::status::{Outcome, Refusal};

/// The object with every operation carried out.
pub(crate) fn patched(object: &Value, patch: &Value) -> Outcome<Value> {
    let operations: json_patch::Patch = serde_json::from_value(patch.clone())
        .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
    let mut out = object.clone();
    json_patch::patch(&mut out, &operations).map_err(|_| Refusal::patch_failed())?;
    Ok(out)
}

/// Whether a patch tests anything before it changes something.
pub(crate) fn tests(patch: &Value) -> bool {
    patch
        .as_array()
        .is_some_and(|operations| operations.iter().any(|operation| operation["op"] == "test"))
}
