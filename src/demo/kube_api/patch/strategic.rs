//! Strategic merge patch: as a merge patch, but lists whose items have a name merge item by item.

use serde_json::{Map, Value};

use super::merge;

/// List fields that merge, and the field that names their items. The first name that the items have counts.
const MERGED: [(&str, &[&str]); 14] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("ports", &["containerPort", "port"]),
    ("hostAliases", &["ip"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("secrets", &["name"]),
];
/// Lists of plain values that merge as sets.
const SETS: [&str; 1] = ["finalizers"];
const DIRECTIVE: &str = "$patch";
const ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const RETAIN: &str = "$retainKeys";

/// The field that names the items of the list `field`, judged by `items`; `None` for lists that are replaced whole.
pub(crate) fn item_key(field: &str, items: &[Value]) -> Option<&'static str> {
    let keys = MERGED
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, keys)| *keys)?;
    keys.iter()
        .copied()
        .find(|key| items.iter().any(|item| item.get(key).is_some()))
}

/// The object with the patch merged in.
pub(crate) fn patched(object: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    Value::Object(merged(
        object.as_object().cloned().unwrap_or_default(),
        patch,
    ))
}

fn merged(mut out: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("delete") => return Map::new(),
        Some("replace") => out.clear(),
        _ => {}
    }
    if let Some(kept) = patch.get(RETAIN).and_then(Value::as_array) {
        out.retain(|field, _| kept.iter().any(|name| name == field));
    }
    for (field, value) in patch.iter().filter(|(field, _)| !field.starts_with('$')) {
        if value.is_null() {
            out.remove(field);
        } else {
            let new = field_merged(field, out.get(field).unwrap_or(&Value::Null), value);
            out.insert(field.clone(), new);
        }
    }
    for (field, value) in patch {
        if let Some(list) = field.strip_prefix(DELETE_FROM) {
            remove_values(&mut out, list, value);
        } else if let Some(list) = field.strip_prefix(ORDER) {
            reorder(&mut out, list, value);
        }
    }
    out
}

fn field_merged(field: &str, old: &Value, new: &Value) -> Value {
    match (old, new) {
        (_, Value::Object(new)) if new.get(DIRECTIVE).is_some() || old.is_object() => {
            Value::Object(merged(old.as_object().cloned().unwrap_or_default(), new))
        }
        (_, Value::Object(_)) => without_directives(new),
        (Value::Array(old), Value::Array(new)) if SETS.contains(&field) => {
            let added = new.iter().filter(|value| !old.contains(value));
            Value::Array(old.iter().chain(added).cloned().collect())
        }
        (Value::Array(old), Value::Array(new)) => list_merged(field, old, new),
        (_, Value::Array(new)) => Value::Array(plain_items(new)),
        _ => new.clone(),
    }
}

fn list_merged(field: &str, old: &[Value], new: &[Value]) -> Value {
    if new.iter().any(|item| item[DIRECTIVE] == "replace") {
        return Value::Array(plain_items(new));
    }
    let Some(key) = item_key(field, if old.is_empty() { new } else { old }) else {
        return Value::Array(new.to_vec());
    };
    let mut out = old.to_vec();
    for item in new {
        let place = out.iter().position(|known| known[key] == item[key]);
        match (place, item[DIRECTIVE].as_str()) {
            (Some(place), Some("delete")) => drop(out.remove(place)),
            (None, Some("delete")) => {}
            (Some(place), _) => out[place] = patched(&out[place], item),
            (None, _) => out.push(without_directives(item)),
        }
    }
    Value::Array(out)
}

fn plain_items(items: &[Value]) -> Vec<Value> {
    items
        .iter()
        .filter(|item| item.get(DIRECTIVE).is_none())
        .map(without_directives)
        .collect()
}

/// What a patch adds where there was nothing: nulls and directives leave no trace.
fn without_directives(value: &Value) -> Value {
    if value.is_object() {
        merge::patched(&Value::Null, &stripped(value))
    } else {
        value.clone()
    }
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(field, _)| !field.starts_with('$'));
            Value::Object(
                kept.map(|(field, value)| (field.clone(), stripped(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(stripped).collect()),
        other => other.clone(),
    }
}

fn remove_values(out: &mut Map<String, Value>, list: &str, values: &Value) {
    if let (Some(Value::Array(items)), Some(values)) = (out.get_mut(list), values.as_array()) {
        items.retain(|item| !values.contains(item));
    }
}

/// Puts named items in the order asked for; those that are not named keep their place behind the one before them.
fn reorder(out: &mut Map<String, Value>, list: &str, order: &Value) {
    let (Some(Value::Array(items)), Some(order)) = (out.get_mut(list), order.as_array()) else {
        return;
    };
    let key = item_key(list, items);
    let named = |item: &Value| key.map_or_else(|| item.clone(), |key| item[key].clone());
    let wanted = |item: &Value| order.iter().position(|place| named(place) == named(item));
    let mut rank = 0;
    let mut ranked: Vec<(usize, Value)> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        rank = wanted(&item).map_or(rank, |place| place + 1);
        ranked.push((rank, item));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    items.extend(ranked.into_iter().map(|(_, item)| item));
}
