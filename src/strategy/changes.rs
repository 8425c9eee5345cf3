//! What a candidate's pod template changes: image, environment, resources, probes, and whatever else differs.
//!
//! Invariant: values of environment variables, arguments and annotations are never told: they may be secrets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateChange {
    /// What kind of thing.
    pub kind: Kind,
    /// Where: `spec.containers[app].resources.limits.memory`, or the variable's name.
    pub path: String,
    /// What became of it.
    pub change: Change,
    /// The old value, where it cannot be a secret.
    pub from: Option<String>,
    /// The new value, where it cannot be a secret.
    pub to: Option<String>,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A container's image.
    Image,
    /// A variable of the environment, or where several come from.
    Environment,
    /// Requests and limits.
    Resources,
    /// Readiness, liveness, start-up.
    Probe,
    /// Anything else.
    Other,
}

impl Kind {
    /// The word in text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Environment => "env",
            Self::Resources => "resources",
            Self::Probe => "probe",
            Self::Other => "other",
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

impl Change {
    /// The word in text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// Labels and annotations that controllers and strategies set.
const BOOKKEEPING: &[&str] = &[
    "metadata.creationTimestamp",
    "metadata.labels.flightdeck.dev/track",
    "metadata.labels.track",
    "metadata.labels.pod-template-hash",
];

/// The differences from one pod template to another, images first.
pub fn template_changes(from: &Value, to: &Value) -> Vec<TemplateChange> {
    let mut found = Vec::new();
    compare(&mut found, "", Some(from), Some(to));
    found.retain(|change| !BOOKKEEPING.contains(&change.path.as_str()));
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.path.cmp(&b.path)));
    found
}

fn compare(found: &mut Vec<TemplateChange>, path: &str, from: Option<&Value>, to: Option<&Value>) {
    match (from, to) {
        (from, to) if from == to => {}
        (Some(Value::Object(from)), Some(Value::Object(to))) if !is_whole(path) => {
            fields(from, to, |key, from, to| {
                let below = if path.is_empty() {
                    key.to_owned()
                } else {
                    format!("{path}.{key}")
                };
                compare(found, &below, from, to);
            });
        }
        (Some(Value::Array(from)), Some(Value::Array(to))) => match (by_name(from), by_name(to)) {
            (Some(from), Some(to)) => fields(&from, &to, |name, from, to| {
                compare(found, &format!("{path}[{name}]"), from, to);
            }),
            _ => found.push(told(path, Some(&Value::Null), Some(&Value::Null))),
        },
        // A list that is new or gone is told element by element, so that each name is seen.
        (Some(Value::Array(list)), None) | (None, Some(Value::Array(list)))
            if by_name(list).is_some() =>
        {
            let empty = Value::Array(Vec::new());
            compare(found, path, from.or(Some(&empty)), to.or(Some(&empty)));
        }
        (from, to) => found.push(told(path, from, to)),
    }
}

/// A variable of the environment is one thing: where its value comes from is not for display.
fn is_whole(path: &str) -> bool {
    path.rsplit_once(".env[")
        .is_some_and(|(_, name)| name.ends_with(']'))
}

fn told(path: &str, from: Option<&Value>, to: Option<&Value>) -> TemplateChange {
    let kind = kind(path);
    let change = match (from, to) {
        (None, _) => Change::Added,
        (_, None) => Change::Removed,
        (Some(_), Some(_)) => Change::Changed,
    };
    let shown = |value: Option<&Value>| match kind {
        Kind::Image | Kind::Resources | Kind::Probe => value.and_then(plain),
        Kind::Environment | Kind::Other => None,
    };
    TemplateChange {
        kind,
        path: path.to_owned(),
        change,
        from: shown(from),
        to: shown(to),
    }
}

fn kind(path: &str) -> Kind {
    let Some((_, within)) = path
        .split_once("ontainers[")
        .and_then(|(_, rest)| rest.split_once(']'))
    else {
        return Kind::Other;
    };
    let within = within.trim_start_matches('.');
    match within.split(['.', '[']).next().unwrap_or_default() {
        "image" => Kind::Image,
        "env" | "envFrom" => Kind::Environment,
        "resources" => Kind::Resources,
        // Headers and commands of a probe can hold a token.
        probe if probe.ends_with("Probe") => {
            let is_open = !within.contains("httpHeaders") && !within.contains("command");
            if is_open { Kind::Probe } else { Kind::Other }
        }
        _ => Kind::Other,
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn fields<'v>(
    from: &'v Map<String, Value>,
    to: &'v Map<String, Value>,
    mut each: impl FnMut(&str, Option<&'v Value>, Option<&'v Value>),
) {
    let new = to.keys().filter(|key| !from.contains_key(*key));
    for key in from.keys().chain(new) {
        each(key, from.get(key), to.get(key));
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
