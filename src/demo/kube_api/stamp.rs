//! What the store itself writes into objects: names, uids, versions, generations, times.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::resource::{Generation, Resource};
use super::store::{Intent, StoreError};

/// The letters that generated names are made of (no vowels, so no words).
const NAME_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A fixed row of numbers that look random; the seed settles the row.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    /// The next number (splitmix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uid that no other object has.
    pub(super) fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    /// Five letters that end a generated name.
    pub(super) fn suffix(&mut self) -> String {
        let mut number = self.next();
        let count = NAME_LETTERS.len() as u64;
        let mut letters = String::with_capacity(5);
        for _ in 0..5 {
            let index = usize::try_from(number % count).unwrap_or_default();
            letters.push(char::from(NAME_LETTERS[index]));
            number /= count;
        }
        letters
    }
}

/// Now, to the second, as Kubernetes writes times.
pub fn now() -> String {
    seconds(jiff::Timestamp::now())
}

/// Now, to the microsecond.
pub(crate) fn now_micros() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        .to_string()
}

/// A time to the second, as Kubernetes writes times.
pub(crate) fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Makes sure that a new object has a name.
pub(super) fn name_it(object: &mut Value, numbers: &mut Numbers) -> Result<(), StoreError> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    if object["metadata"]["name"]
        .as_str()
        .is_some_and(|name| !name.is_empty())
    {
        return Ok(());
    }
    let prefix = object["metadata"]["generateName"]
        .as_str()
        .ok_or(StoreError::Nameless)?;
    let name = format!("{prefix}{}", numbers.suffix());
    object["metadata"]["name"] = json!(name);
    Ok(())
}

/// Writes kind, uid, creation time and first generation into a new object.
pub(super) fn stamp_new(resource: Resource, object: &mut Value, uid: &str) {
    let facts = resource.facts();
    object["apiVersion"] = json!(facts.api_version());
    object["kind"] = json!(facts.kind);
    let metadata = &mut object["metadata"];
    metadata["uid"] = json!(uid);
    metadata["creationTimestamp"] = json!(now());
    if facts.generation != Generation::None {
        metadata["generation"] = json!(1);
    }
}

/// What a write never changes. An index would put nulls in, so absent fields are taken out.
pub(super) fn keep_identity(old: &Value, new: &mut Value) {
    for field in ["apiVersion", "kind"] {
        new[field] = old[field].clone();
    }
    if !new["metadata"].is_object() {
        new["metadata"] = json!({});
    }
    let Some(metadata) = new["metadata"].as_object_mut() else {
        return;
    };
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "resourceVersion",
        "generation",
    ] {
        match old["metadata"].get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
}

/// Whether a write is a new generation.
pub(super) fn moves_generation(
    resource: Resource,
    intent: Intent,
    old: &Value,
    new: &Value,
) -> bool {
    let outside = |object: &Value| {
        let fields = object.as_object().cloned().unwrap_or_default();
        fields
            .into_iter()
            .filter(|(name, _)| name != "metadata" && name != "status")
            .collect::<Map<_, _>>()
    };
    match resource.facts().generation {
        Generation::None => false,
        Generation::Spec => outside(old) != outside(new),
        Generation::SpecAndAnnotations => {
            let annotated = old["metadata"]["annotations"] != new["metadata"]["annotations"];
            outside(old) != outside(new) || (annotated && intent != Intent::Controller)
        }
    }
}

/// The last state of a removed object, with the version of its removal.
pub(super) fn last_state(previous: Option<&Value>, version: u64) -> Arc<Value> {
    let mut object = previous.cloned().unwrap_or_default();
    object["metadata"]["resourceVersion"] = json!(version.to_string());
    Arc::new(object)
}
