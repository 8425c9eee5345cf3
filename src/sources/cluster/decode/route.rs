//! A Gateway API `HTTPRoute`, which arrives without a generated type.

use crate::domain::cluster::{Acceptance, Backend, Route};
use crate::domain::text::Text;
use kube::core::{DynamicObject, ObjectMeta};
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize, Default)]
struct Spec {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(default)]
    backend_refs: Vec<BackendRef>,
}

#[derive(Deserialize)]
struct BackendRef {
    name: String,
    weight: Option<u32>,
}

#[derive(Deserialize, Default)]
struct Status {
    #[serde(default)]
    parents: Vec<Parent>,
}

#[derive(Deserialize)]
struct Parent {
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    r#type: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    observed_generation: i64,
}

/// Decodes a route; the error says what makes no sense in it.
pub fn route(object: &DynamicObject) -> Result<Route, serde_json::Error> {
    let body = Body::deserialize(&object.data)?;
    let meta = &object.metadata;
    let generation = meta.generation.unwrap_or(0);
    Ok(Route {
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
        generation,
        rules: body.spec.rules.into_iter().map(backends).collect(),
        acceptance: acceptance(&body.status.parents, generation),
        manager: manager(meta),
    })
}

fn backends(rule: Rule) -> Vec<Backend> {
    let backend = |backend: BackendRef| Backend {
        name: backend.name,
        weight: backend.weight,
    };
    rule.backend_refs.into_iter().map(backend).collect()
}

/// One refusal by any gateway is a refusal; an answer to an older generation is none.
fn acceptance(parents: &[Parent], generation: i64) -> Acceptance {
    let answers = || {
        parents
            .iter()
            .flat_map(|parent| &parent.conditions)
            .filter(|c| c.observed_generation >= generation)
    };
    let refusal = answers()
        .find(|c| matches!(c.r#type.as_str(), "Accepted" | "ResolvedRefs") && c.status == "False");
    if let Some(refusal) = refusal {
        let words = format!("{} {}", refusal.reason, refusal.message);
        return Acceptance::Refused(Text::from(words.trim()));
    }
    let holds = |parent: &Parent, name: &str| {
        let mut current = parent
            .conditions
            .iter()
            .filter(|c| c.observed_generation >= generation);
        current.any(|c| c.r#type == name && c.status == "True")
    };
    let accepted = |parent: &Parent| holds(parent, "Accepted") && holds(parent, "ResolvedRefs");
    if !parents.is_empty() && parents.iter().all(accepted) {
        Acceptance::Accepted
    } else {
        Acceptance::Unanswered
    }
}

/// Who wrote the spec last, by the server's own bookkeeping.
fn manager(meta: &ObjectMeta) -> Option<Text> {
    let entries = meta.managed_fields.as_deref().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry.subresource.as_deref().unwrap_or_default().is_empty())
        .filter(|entry| {
            entry
                .fields_v1
                .as_ref()
                .is_some_and(|fields| fields.0.get("f:spec").is_some())
        })
        .max_by_key(|entry| entry.time.as_ref().map(|time| time.0))
        .and_then(|entry| entry.manager.as_deref())
        .map(Text::from)
}
