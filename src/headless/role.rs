//! `doctor --role`: the least rights of one environment as a Role, to be looked at and applied by who may grant them.

use super::exit;
use super::output::Output;
use crate::config::access::Access;
use crate::domain::ids::Target;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// Who gets the Role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user of the cluster.
    User(String),
    /// A group.
    Group(String),
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Subject {
    /// Who the cluster says is asking.
    pub fn of_identity(identity: &str) -> Self {
        let account = identity.strip_prefix("system:serviceaccount:");
        account
            .and_then(Self::account)
            .unwrap_or_else(|| Self::User(identity.to_owned()))
    }

    /// `NAMESPACE:NAME`.
    pub fn account(text: &str) -> Option<Self> {
        let (namespace, name) = text.split_once(':')?;
        let fits = |part: &str| crate::config::rules::is_label(part);
        (fits(namespace) && fits(name)).then(|| Self::ServiceAccount {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    fn document(&self) -> Value {
        let of = |kind, name| json!({ "kind": kind, "name": name, "apiGroup": "rbac.authorization.k8s.io" });
        match self {
            Self::User(name) => of("User", name),
            Self::Group(name) => of("Group", name),
            Self::ServiceAccount { namespace, name } => {
                json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace })
            }
        }
    }
}

/// Prints Roles with the rights `wanted` of `target`, and their bindings to `subject`.
pub fn run(
    target: &Target,
    wanted: &[Access],
    subject: &Subject,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let objects = objects(wanted, target, subject);
    let document = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    output.print(&document, |_| text(target, &objects))?;
    Ok(exit::DONE)
}

/// A Role and its binding for each namespace.
pub(super) fn objects(wanted: &[Access], target: &Target, subject: &Subject) -> Vec<Value> {
    let mut by_namespace: BTreeMap<&str, Vec<&Access>> = BTreeMap::new();
    for access in wanted {
        by_namespace
            .entry(&access.namespace)
            .or_default()
            .push(access);
    }
    by_namespace
        .into_iter()
        .flat_map(|(namespace, accesses)| {
            let metadata = json!({
                "name": target.record_name(),
                "namespace": namespace,
                "labels": { "flightdeck.dev/service": target.service },
            });
            let rules: Vec<Value> = accesses.into_iter().map(rule).collect();
            let role = json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "metadata": metadata,
                "rules": rules,
            });
            let binding = json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": metadata,
                "roleRef": {
                    "apiGroup": "rbac.authorization.k8s.io",
                    "kind": "Role",
                    "name": target.record_name(),
                },
                "subjects": [subject.document()],
            });
            [role, binding]
        })
        .collect()
}

fn rule(access: &Access) -> Value {
    let mut rule = json!({
        "apiGroups": [access.group],
        "resources": [access.full_resource()],
        "verbs": access.verbs,
    });
    if !access.names.is_empty() {
        rule["resourceNames"] = json!(access.names);
    }
    rule
}

fn text(target: &Target, objects: &[Value]) -> Vec<String> {
    let mut lines = vec![
        format!("# The least rights that Flightdeck uses for {target}."),
        "# For whoever may grant them: look at it, then kubectl apply -f FILE".to_owned(),
    ];
    for object in objects {
        lines.push("---".to_owned());
        yaml(object, 0, &mut lines);
    }
    lines
}

/// YAML in blocks; texts of one line and lists of texts as JSON writes them, which YAML reads.
pub(super) fn yaml(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        return;
    };
    let space = "  ".repeat(depth);
    for (key, value) in ordered(object) {
        match value {
            Value::Object(_) => {
                lines.push(format!("{space}{key}:"));
                yaml(value, depth + 1, lines);
            }
            Value::Array(items) if items.iter().all(Value::is_object) => {
                lines.push(format!("{space}{key}:"));
                for item in items {
                    list_item(item, depth, lines);
                }
            }
            Value::String(text) if text.contains('\n') => {
                lines.push(format!("{space}{key}: |"));
                lines.extend(text.lines().map(|line| format!("{space}  {line}")));
            }
            other => lines.push(format!("{space}{key}: {other}")),
        }
    }
}

fn list_item(item: &Value, depth: usize, lines: &mut Vec<String>) {
    let first = lines.len();
    yaml(item, depth + 1, lines);
    if let Some(line) = lines.get_mut(first) {
        let space = "  ".repeat(depth);
        *line = format!("{space}- {}", line.trim_start());
    }
}

/// As people expect them: what it is first.
fn ordered(object: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    const FIRST: [&str; 6] = [
        "apiVersion",
        "kind",
        "metadata",
        "apiGroups",
        "resources",
        "resourceNames",
    ];
    let place = |key: &str| FIRST.iter().position(|first| *first == key);
    let mut entries: Vec<(&String, &Value)> = object.iter().collect();
    entries.sort_by_key(|(key, _)| (place(key).unwrap_or(FIRST.len()), key.as_str()));
    entries
}
