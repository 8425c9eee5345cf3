//! Discovery in its older form, which every client understands: groups, versions and the kinds in each.

use serde_json::{Value, json};

use super::resource::{Facts, Resource, Scope};

const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
/// Groups of questions, not of stored objects: (group version, plural, kind).
const REVIEWS: [(&str, &str, &str); 3] = [
    (
        "authorization.k8s.io/v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
    ),
    (
        "authorization.k8s.io/v1",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
    ),
    (
        "authentication.k8s.io/v1",
        "selfsubjectreviews",
        "SelfSubjectReview",
    ),
];

/// The group versions beside the core group's, each once.
pub(crate) fn group_versions() -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let stored = Resource::ALL
        .into_iter()
        .map(|resource| resource.facts().api_version());
    let others = REVIEWS.iter().map(|(group, ..)| (*group).to_owned());
    for group in stored
        .chain(["events.k8s.io/v1".to_owned()])
        .chain(others)
        .filter(|group| group.contains('/'))
    {
        if !out.contains(&group) {
            out.push(group);
        }
    }
    out
}

/// `/version`.
pub(crate) fn version() -> Value {
    json!({ "major": "1", "minor": "33", "gitVersion": "v1.33.0", "gitCommit": "demo", "gitTreeState": "clean",
        "buildDate": "2025-04-23T13:00:00Z", "goVersion": "go1.24.2", "compiler": "gc", "platform": "linux/amd64" })
}

/// `/api`.
pub(crate) fn core_versions() -> Value {
    json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] })
}

fn group_of(group_version: &str) -> Value {
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let entry = json!({ "groupVersion": group_version, "version": version });
    json!({ "name": group, "versions": [entry], "preferredVersion": entry })
}

/// `/apis`.
pub(crate) fn groups() -> Value {
    let groups: Vec<Value> = group_versions()
        .iter()
        .map(|group| group_of(group))
        .collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// `/apis/GROUP`.
pub(crate) fn group(name: &str) -> Option<Value> {
    let known = group_versions()
        .into_iter()
        .find(|known| known.split('/').next() == Some(name))?;
    let mut group = group_of(&known);
    group["kind"] = json!("APIGroup");
    group["apiVersion"] = json!("v1");
    Some(group)
}

/// The kinds of one group version.
pub(crate) fn kinds(group_version: &str) -> Option<Value> {
    let mut out: Vec<Value> = Vec::new();
    let stored = Resource::ALL.into_iter().map(Resource::facts);
    for facts in stored.filter(|facts| serves(facts, group_version)) {
        out.push(entry(facts));
        out.extend(
            facts
                .subresources
                .iter()
                .map(|subresource| sub_entry(facts, subresource)),
        );
    }
    for (_, plural, kind) in REVIEWS.iter().filter(|(group, ..)| *group == group_version) {
        out.push(json!({ "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind, "verbs": ["create"] }));
    }
    (!out.is_empty()).then(|| {
        json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": out })
    })
}

fn serves(facts: &Facts, group_version: &str) -> bool {
    facts.api_version() == group_version
        || (facts.plural == "events" && group_version == "events.k8s.io/v1")
}

fn entry(facts: &Facts) -> Value {
    let all: &[&str] = if matches!(
        facts.plural,
        "deployments" | "replicasets" | "pods" | "services" | "horizontalpodautoscalers"
    ) {
        &["all"]
    } else {
        &[]
    };
    json!({ "name": facts.plural, "singularName": facts.singular, "namespaced": facts.scope == Scope::Namespaced,
        "kind": facts.kind, "verbs": VERBS, "shortNames": facts.short, "categories": all })
}

fn sub_entry(facts: &Facts, subresource: &str) -> Value {
    let name = format!("{}/{subresource}", facts.plural);
    let namespaced = facts.scope == Scope::Namespaced;
    match subresource {
        "scale" => {
            json!({ "name": name, "singularName": "", "namespaced": namespaced, "group": "autoscaling", "version": "v1",
            "kind": "Scale", "verbs": ["get", "patch", "update"] })
        }
        "log" => {
            json!({ "name": name, "singularName": "", "namespaced": namespaced, "kind": facts.kind, "verbs": ["get"] })
        }
        "proxy" => json!({ "name": name, "singularName": "", "namespaced": namespaced,
            "kind": if facts.kind == "Pod" { "PodProxyOptions" } else { "ServiceProxyOptions" },
            "verbs": ["create", "delete", "get", "patch", "update"] }),
        _ => {
            json!({ "name": name, "singularName": "", "namespaced": namespaced, "kind": facts.kind, "verbs": ["get", "patch", "update"] })
        }
    }
}
