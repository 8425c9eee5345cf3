//! Where the two Deployments' pod templates differ besides the image and the track.
//!
//! Invariant: only paths are told, never values, which may be secrets.

use super::situation::Situation;
use crate::domain::text::Text;
use crate::strategy::side::Side;
use serde_json::{Map, Value};

/// Paths told by name.
const TOLD: usize = 6;

/// Labels that tell the tracks apart, or that a controller sets.
const LABELS: &[&str] = &["flightdeck.dev/track", "track", "pod-template-hash"];

/// One sentence, where there is a difference: a release takes its image along, never its template.
pub(super) fn warning(at: &Situation<'_>, canary: &Side<'_>) -> Option<String> {
    let stable = &at.stable.deployment.template.0;
    let paths = differences(stable, &canary.deployment.template.0, canary.container);
    let (told, more) = paths.split_at(paths.len().min(TOLD));
    if told.is_empty() {
        return None;
    }
    let rest = match more.len() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(format!(
        "the pod templates differ, only the image is taken over: {}{rest}",
        told.join(", ")
    ))
}

fn differences(stable: &Value, canary: &Value, container: &str) -> Vec<String> {
    let mut found = Vec::new();
    compare(&mut found, "", stable, canary);
    let image = format!("spec.containers[{container}].image");
    found.retain(|path| *path != image && !is_bookkeeping(path));
    found
        .into_iter()
        .map(|path| Text::new(path).shown().to_owned())
        .collect()
}

fn is_bookkeeping(path: &str) -> bool {
    path == "metadata.creationTimestamp"
        || path
            .strip_prefix("metadata.labels.")
            .is_some_and(|label| LABELS.contains(&label))
}

fn compare(found: &mut Vec<String>, path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => fields(found, path, a, b),
        (Value::Array(a), Value::Array(b)) => match (by_name(a), by_name(b)) {
            (Some(a), Some(b)) => elements(found, path, &a, &b),
            (_, _) if a != b => found.push(path.to_owned()),
            (_, _) => {}
        },
        (a, b) if a != b => found.push(path.to_owned()),
        (_, _) => {}
    }
}

fn fields(found: &mut Vec<String>, path: &str, a: &Map<String, Value>, b: &Map<String, Value>) {
    let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
    for key in keys {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match (a.get(key), b.get(key)) {
            (Some(a), Some(b)) => compare(found, &below, a, b),
            (_, _) => found.push(below),
        }
    }
}

fn elements(found: &mut Vec<String>, path: &str, a: &Map<String, Value>, b: &Map<String, Value>) {
    let names = a
        .keys()
        .chain(b.keys().filter(|name| !a.contains_key(*name)));
    for name in names {
        let below = format!("{path}[{name}]");
        match (a.get(name), b.get(name)) {
            (Some(a), Some(b)) => compare(found, &below, a, b),
            (_, _) => found.push(below),
        }
    }
}

/// A list of objects that each bear another name, by name.
fn by_name(list: &[Value]) -> Option<Map<String, Value>> {
    let named: Option<Map<String, Value>> = list
        .iter()
        .map(|element| Some((element.get("name")?.as_str()?.to_owned(), element.clone())))
        .collect();
    named.filter(|named| named.len() == list.len())
}
