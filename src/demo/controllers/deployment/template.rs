//! Pod templates: which are the same, and the short hash that names a replica set.

use serde_json::{Map, Value};

/// The label that tells the pods of one replica set from those of the others.
pub(crate) const HASH_LABEL: &str = "pod-template-hash";
/// The letters of the hash (no vowels, so no words).
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The template without the hash label.
fn plain(template: &Value) -> Value {
    let mut out = template.clone();
    if let Some(labels) = out["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH_LABEL);
    }
    if let Some(metadata) = out["metadata"].as_object_mut() {
        metadata.retain(|_, value| {
            !value.is_null() && value.as_object().is_none_or(|map| !map.is_empty())
        });
    }
    out
}

/// Whether two templates make the same pods.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    plain(one) == plain(other)
}

/// The hash of a template; `collisions` makes another one of the same template.
pub(crate) fn hash(template: &Value, collisions: u32) -> String {
    let mut text = String::new();
    canonical(&plain(template), &mut text);
    let mut hash = 0x811c_9dc5_u32;
    for byte in text.bytes().chain(
        collisions
            .to_be_bytes()
            .into_iter()
            .filter(|_| collisions > 0),
    ) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let letter = |digit: u8| char::from(LETTERS[usize::from(digit) % LETTERS.len()]);
    hash.to_string().bytes().map(letter).collect()
}

/// The same text for the same content, in whatever order its fields come.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = Map::keys(fields).collect();
            names.sort();
            out.push('{');
            for name in names {
                out.push_str(name);
                out.push(':');
                canonical(&fields[name], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}
