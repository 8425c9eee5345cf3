//! Managed fields: who last wrote which field of an object.
//!
//! Fields are kept as the protocol's `fieldsV1`: maps by `f:NAME`, items of lists that merge by `k:{"KEY":VALUE}`; other lists are
//! one field.

use std::fmt;

use serde_json::{Map, Value, json};

use super::patch::strategic::item_key;
use super::stamp::now;

/// What nobody owns: the server writes it.
const SERVER_FIELDS: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "selfLink",
    "generateName",
];

/// Who writes, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manager {
    /// The manager's name.
    pub(crate) name: String,
    /// `Update` or `Apply`.
    pub(crate) operation: &'static str,
    /// The subresource through which it writes, empty for none.
    pub(crate) subresource: String,
    /// The API version it speaks.
    pub(crate) api_version: String,
}

impl Manager {
    fn is(&self, entry: &Value) -> bool {
        entry["manager"] == self.name
            && entry["operation"] == self.operation
            && entry["subresource"].as_str().unwrap_or_default() == self.subresource
    }
}

/// The way to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<String>);

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step.strip_prefix("f:") {
                Some(name) => write!(out, ".{name}")?,
                None => write!(out, "[{}]", item_name(step))?,
            }
        }
        Ok(())
    }
}

fn item_name(step: &str) -> String {
    let key: Value = step
        .strip_prefix("k:")
        .and_then(|key| serde_json::from_str(key).ok())
        .unwrap_or_default();
    let pairs = key.as_object().into_iter().flatten();
    pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join(",")
}

/// A set of fields, as `fieldsV1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldSet(Map<String, Value>);

impl FieldSet {
    /// Every field that `object` states.
    pub(crate) fn of(object: &Value) -> Self {
        Self::changed(&Value::Null, object)
    }

    /// Every field of `new` that is not the same in `old`.
    pub(crate) fn changed(old: &Value, new: &Value) -> Self {
        match tree("", old, new) {
            Some(Value::Object(fields)) => Self(fields),
            _ => Self::default(),
        }
    }

    fn stored(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// The fields that are not in `other`.
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self(difference(&self.0, &other.0))
    }

    fn with(&self, other: &Self) -> Self {
        Self(union(&self.0, &other.0))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, path: &Path) -> bool {
        let mut here = &self.0;
        for (depth, step) in path.0.iter().enumerate() {
            match here.get(step) {
                Some(Value::Object(next)) if next.is_empty() => return depth + 1 == path.0.len(),
                Some(Value::Object(next)) => here = next,
                _ => return false,
            }
        }
        false
    }

    /// The ways to all fields that have no fields below them.
    pub(crate) fn leaves(&self) -> Vec<Path> {
        let mut out = Vec::new();
        collect(&self.0, &mut Vec::new(), &mut out);
        out
    }
}

fn collect(fields: &Map<String, Value>, way: &mut Vec<String>, out: &mut Vec<Path>) {
    for (step, below) in fields.iter().filter(|(step, _)| *step != ".") {
        way.push(step.clone());
        match below.as_object() {
            Some(below) if !below.is_empty() => collect(below, way, out),
            _ => out.push(Path(way.clone())),
        }
        way.pop();
    }
}

fn tree(field: &str, old: &Value, new: &Value) -> Option<Value> {
    if old == new {
        return None;
    }
    match new {
        Value::Object(fields) if !fields.is_empty() => {
            let below = fields.iter().filter_map(|(name, value)| {
                tree(name, &old[name.as_str()], value).map(|below| (format!("f:{name}"), below))
            });
            let below: Map<_, _> = below.collect();
            (!below.is_empty()).then_some(Value::Object(below))
        }
        Value::Array(items) => Some(list_tree(field, old, items)),
        _ => Some(json!({})),
    }
}

fn list_tree(field: &str, old: &Value, items: &[Value]) -> Value {
    let Some(key) = item_key(field, items) else {
        return json!({});
    };
    let known = old.as_array().map(Vec::as_slice).unwrap_or_default();
    let below = items.iter().filter_map(|item| {
        let before = known
            .iter()
            .find(|known| known[key] == item[key])
            .unwrap_or(&Value::Null);
        let step = format!("k:{}", json!({ key: item[key].clone() }));
        tree("", before, item).map(|below| (step, below))
    });
    Value::Object(below.collect())
}

fn difference(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (step, below) in one {
        match (
            below.as_object(),
            other.get(step).and_then(Value::as_object),
        ) {
            (_, None) => drop(out.insert(step.clone(), below.clone())),
            (Some(below), Some(theirs)) if !below.is_empty() && !theirs.is_empty() => {
                let left = difference(below, theirs);
                if !left.is_empty() {
                    out.insert(step.clone(), Value::Object(left));
                }
            }
            _ => {}
        }
    }
    out
}

fn union(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let mut out = one.clone();
    for (step, below) in other {
        let mine = out
            .get(step)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        out.insert(
            step.clone(),
            Value::Object(union(&mine, below.as_object().unwrap_or(&Map::new()))),
        );
    }
    out
}

/// The object without what the server writes, and without `kind`, `apiVersion` and `status`.
pub(crate) fn without_identity(object: &Value) -> Value {
    let mut out = object.clone();
    if let Some(fields) = out.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|field, _| !SERVER_FIELDS.contains(&field.as_str()));
            if metadata.is_empty() {
                fields.remove("metadata");
            }
        }
    }
    out
}

fn entries(object: &Value) -> Vec<Value> {
    object["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The fields that `manager` owns by this operation.
pub(crate) fn owned_by(object: &Value, manager: &Manager) -> FieldSet {
    let entry = entries(object).into_iter().find(|entry| manager.is(entry));
    entry
        .map(|entry| FieldSet::stored(&entry["fieldsV1"]))
        .unwrap_or_default()
}

/// The names of the other managers that own the field at `path`.
pub(crate) fn owners(object: &Value, manager: &Manager, path: &Path) -> Vec<String> {
    let others = entries(object)
        .into_iter()
        .filter(|entry| !manager.is(entry));
    let owning = others.filter(|entry| FieldSet::stored(&entry["fieldsV1"]).has(path));
    owning
        .map(|entry| entry["manager"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Whether any other manager owns the field at `path`.
pub(crate) fn owned_by_others(object: &Value, manager: &Manager, path: &Path) -> bool {
    !owners(object, manager, path).is_empty()
}

/// The value at `path`; null where there is none.
pub(crate) fn at<'a>(object: &'a Value, path: &Path) -> &'a Value {
    path.0
        .iter()
        .fold(object, |here, step| match step.strip_prefix("f:") {
            Some(name) => &here[name],
            None => item_index(here, step).map_or(&Value::Null, |index| &here[index]),
        })
}

/// Takes the field at `path` out.
pub(crate) fn remove(object: &mut Value, path: &Path) {
    let Some((last, way)) = path.0.split_last() else {
        return;
    };
    let mut here = object;
    for step in way {
        let next = match step.strip_prefix("f:") {
            Some(name) => here.get_mut(name),
            None => item_index(here, step).and_then(|index| here.get_mut(index)),
        };
        let Some(next) = next else { return };
        here = next;
    }
    match (last.strip_prefix("f:"), item_index(here, last)) {
        (Some(name), _) => drop(here.as_object_mut().and_then(|fields| fields.remove(name))),
        (None, Some(index)) => drop(here.as_array_mut().map(|items| items.remove(index))),
        (None, None) => {}
    }
}

fn item_index(list: &Value, step: &str) -> Option<usize> {
    let key: Value = serde_json::from_str(step.strip_prefix("k:")?).ok()?;
    let (name, value) = key.as_object()?.iter().next()?;
    list.as_array()?
        .iter()
        .position(|item| item[name.as_str()] == *value)
}

/// Writes into `new` that `manager` set what differs from `old`. Does nothing where nothing differs.
pub(crate) fn updated(old: &Value, new: &mut Value, manager: &Manager) {
    let changed = FieldSet::changed(&without_identity(old), &without_identity(new));
    if changed.is_empty() {
        let kept = Value::Array(entries(old));
        set_entries(new, kept);
        return;
    }
    let mine = owned_by(old, manager).with(&changed);
    write(old, new, manager, &mine, &changed);
}

/// Writes into `new` that `manager` applied `config`.
pub(crate) fn applied(old: &Value, new: &mut Value, manager: &Manager, config: &Value) {
    let stated = FieldSet::of(&without_identity(config));
    let changed = FieldSet::changed(&without_identity(old), &without_identity(new));
    if changed.is_empty() && owned_by(old, manager) == stated {
        set_entries(new, Value::Array(entries(old)));
        return;
    }
    write(old, new, manager, &stated, &changed);
}

fn write(old: &Value, new: &mut Value, manager: &Manager, mine: &FieldSet, taken: &FieldSet) {
    let mut out = Vec::new();
    for mut entry in entries(old).into_iter().filter(|entry| !manager.is(entry)) {
        let left = FieldSet::stored(&entry["fieldsV1"]).without(taken);
        if !left.is_empty() {
            entry["fieldsV1"] = Value::Object(left.0);
            out.push(entry);
        }
    }
    let mut entry = json!({ "manager": manager.name, "operation": manager.operation, "apiVersion": manager.api_version,
        "time": now(), "fieldsType": "FieldsV1", "fieldsV1": mine.0 });
    if !manager.subresource.is_empty() {
        entry["subresource"] = json!(manager.subresource);
    }
    out.push(entry);
    set_entries(new, Value::Array(out));
}

fn set_entries(object: &mut Value, entries: Value) {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    if entries.as_array().is_some_and(Vec::is_empty) {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".to_owned(), entries);
    }
}
