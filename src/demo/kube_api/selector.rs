//! Label and field selectors: which objects of a listing or watch a client wants.

use serde_json::Value;

use super::resource::Resource;
use super::status::{Outcome, Refusal};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
}

/// What a client wants of a listing. The default wants everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    namespace: Option<String>,
    labels: Vec<(String, Test)>,
    fields: Vec<(String, String, Equal)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Equal {
    Yes,
    No,
}

impl Selector {
    /// Only objects of this namespace, or of all.
    pub(crate) fn within(namespace: Option<String>) -> Self {
        Self {
            namespace,
            ..Self::default()
        }
    }

    /// Reads a label selector such as `app=a,track!=canary,tier in (x,y),!gone`.
    pub(crate) fn with_labels(mut self, text: &str) -> Outcome<Self> {
        for part in split_outside_parentheses(text) {
            self.labels.push(label_test(part).ok_or_else(|| {
                Refusal::bad_request(format!("unable to parse requirement: {part}"))
            })?);
        }
        Ok(self)
    }

    /// Reads a field selector such as `metadata.name=a,type!=Normal`; only some fields of each kind can be selected by.
    pub(crate) fn with_fields(mut self, text: &str, resource: Resource) -> Outcome<Self> {
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let (path, value, equal) = split_equality(part)
                .ok_or_else(|| Refusal::bad_request(format!("invalid field selector: {part}")))?;
            let listed =
                |known: &&str| *known == path || (known.ends_with('.') && path.starts_with(known));
            let common = matches!(path, "metadata.name" | "metadata.namespace");
            if !common && !resource.selectable().iter().any(listed) {
                return Err(Refusal::bad_request(format!(
                    "field label not supported: {path}"
                )));
            }
            self.fields.push((path.to_owned(), value.to_owned(), equal));
        }
        Ok(self)
    }

    /// Whether an object, in the form the client speaks of, is wanted.
    pub(crate) fn wants(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let here = self
            .namespace
            .as_deref()
            .is_none_or(|wanted| metadata["namespace"] == wanted);
        here && self
            .labels
            .iter()
            .all(|(name, test)| test.holds(metadata["labels"][name].as_str()))
            && self.fields.iter().all(|(path, value, equal)| {
                (field(object, path) == *value) == (*equal == Equal::Yes)
            })
    }

    /// Whether every object is wanted.
    pub(crate) fn wants_all(&self) -> bool {
        *self == Self::default()
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        match self {
            Self::In(values) => {
                value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
            }
            Self::NotIn(values) => {
                value.is_none_or(|value| values.iter().all(|unwanted| unwanted != value))
            }
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
        }
    }
}

/// Whether `labels` fulfil a workload's `selector` (`matchLabels` and `matchExpressions`). An empty selector selects nothing here.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object();
    let expressions = selector["matchExpressions"].as_array();
    if wanted.is_none_or(serde_json::Map::is_empty) && expressions.is_none_or(Vec::is_empty) {
        return false;
    }
    wanted.is_none_or(|wanted| wanted.iter().all(|(name, value)| labels[name] == *value))
        && expressions.is_none_or(|all| all.iter().all(|expression| expressed(expression, labels)))
}

fn expressed(expression: &Value, labels: &Value) -> bool {
    let values = expression["values"].as_array().cloned().unwrap_or_default();
    let values: Vec<String> = values
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let test = match expression["operator"].as_str() {
        Some("In") => Test::In(values),
        Some("NotIn") => Test::NotIn(values),
        Some("Exists") => Test::Exists,
        _ => Test::Absent,
    };
    test.holds(labels[expression["key"].as_str().unwrap_or_default()].as_str())
}

fn field(object: &Value, path: &str) -> String {
    let mut value = object;
    for step in path.split('.') {
        value = &value[step];
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let parts = text.split(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn split_equality(part: &str) -> Option<(&str, &str, Equal)> {
    let (name, value, equal) = if let Some((name, value)) = part.split_once("!=") {
        (name, value, Equal::No)
    } else if let Some((name, value)) = part.split_once("==") {
        (name, value, Equal::Yes)
    } else {
        let (name, value) = part.split_once('=')?;
        (name, value, Equal::Yes)
    };
    Some((name.trim(), value.trim(), equal))
}

fn label_test(part: &str) -> Option<(String, Test)> {
    if let Some(name) = part.strip_prefix('!') {
        return Some((name.trim().to_owned(), Test::Absent));
    }
    if let Some((before, rest)) = part.split_once('(') {
        let values = rest
            .strip_suffix(')')?
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        let (name, operator) = before.trim().rsplit_once(' ')?;
        return match operator {
            "in" => Some((name.trim().to_owned(), Test::In(values))),
            "notin" => Some((name.trim().to_owned(), Test::NotIn(values))),
            _ => None,
        };
    }
    match split_equality(part) {
        Some((name, value, Equal::Yes)) => {
            Some((name.to_owned(), Test::In(vec![value.to_owned()])))
        }
        Some((name, value, Equal::No)) => {
            Some((name.to_owned(), Test::NotIn(vec![value.to_owned()])))
        }
        None if part.contains(' ') => None,
        None => Some((part.to_owned(), Test::Exists)),
    }
}
