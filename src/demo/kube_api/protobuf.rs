//! As much of Kubernetes' protobuf as `kubectl auth can-i` sends: an envelope with a review in it.
//!
//! The envelope is four magic bytes and a message whose field 2 is the object; in it, field 2 is the review's `spec`.

use serde_json::{Map, Value, json};

const MAGIC: &[u8] = b"k8s\0";

/// The fields of `ResourceAttributes` that are text, by number.
const RESOURCE: [(u64, &str); 7] = [
    (1, "namespace"),
    (2, "verb"),
    (3, "group"),
    (4, "version"),
    (5, "resource"),
    (6, "subresource"),
    (7, "name"),
];
const NON_RESOURCE: [(u64, &str); 2] = [(1, "path"), (2, "verb")];

/// A `SelfSubjectAccessReview` as JSON.
pub(crate) fn access_review(body: &[u8]) -> Option<Value> {
    let spec = spec(body)?;
    let mut out = Map::new();
    if let Some(attributes) = field(spec, 1) {
        out.insert(
            "resourceAttributes".to_owned(),
            texts(attributes, &RESOURCE),
        );
    }
    if let Some(attributes) = field(spec, 2) {
        out.insert(
            "nonResourceAttributes".to_owned(),
            texts(attributes, &NON_RESOURCE),
        );
    }
    Some(
        json!({ "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": out }),
    )
}

/// A `SelfSubjectRulesReview` as JSON.
pub(crate) fn rules_review(body: &[u8]) -> Option<Value> {
    let spec = texts(spec(body)?, &[(1, "namespace")]);
    Some(
        json!({ "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "spec": spec }),
    )
}

fn spec(body: &[u8]) -> Option<&[u8]> {
    let object = field(body.strip_prefix(MAGIC)?, 2)?;
    Some(field(object, 2).unwrap_or_default())
}

fn texts(message: &[u8], names: &[(u64, &str)]) -> Value {
    let text = |(number, name): &(u64, &str)| {
        let text = std::str::from_utf8(field(message, *number)?).ok()?;
        Some(((*name).to_owned(), json!(text)))
    };
    Value::Object(names.iter().filter_map(text).collect())
}

/// The content of the first field `number` that has a length; other kinds of fields are passed over.
fn field(mut message: &[u8], number: u64) -> Option<&[u8]> {
    while !message.is_empty() {
        let (tag, rest) = varint(message)?;
        let (content, rest) = match tag & 7 {
            0 => (None, varint(rest)?.1),
            1 => (None, rest.get(8..)?),
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).ok()?;
                (Some(rest.get(..length)?), rest.get(length..)?)
            }
            5 => (None, rest.get(4..)?),
            _ => return None,
        };
        if tag >> 3 == number && content.is_some() {
            return content;
        }
        message = rest;
    }
    None
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}
