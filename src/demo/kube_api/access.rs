//! Rights: who the client is, what it may do, and the reviews by which it asks.
//!
//! Everybody is the same engineer, who may do everything but what was taken away.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::call::Verb;
use super::faults::Faults;
use super::path::{Review, Target};
use super::protobuf;
use super::resource::Resource;
use super::status::{Outcome, Refusal, json_response};

/// The name of whoever is logged in.
pub(crate) const USER: &str = "demo-engineer";
const GROUPS: [&str; 2] = ["demo-engineers", "system:authenticated"];
const VERBS: [Verb; 8] = [
    Verb::Get,
    Verb::List,
    Verb::Watch,
    Verb::Create,
    Verb::Update,
    Verb::Patch,
    Verb::Delete,
    Verb::DeleteCollection,
];

/// Refuses what the client may not do.
pub(crate) fn check(faults: &Faults, verb: Verb, target: &Target) -> Outcome<()> {
    let ruled = target.ruled();
    if !faults.is_forbidden(verb.name(), &ruled) {
        return Ok(());
    }
    let place = match &target.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let sentence = format!(
        "User \"{USER}\" cannot {} resource \"{ruled}\" in API group \"{}\" {place}",
        verb.name(),
        target.group()
    );
    Err(Refusal::forbidden(
        target.resource,
        target.name.as_deref().unwrap_or_default(),
        &sentence,
    ))
}

/// Answers a review.
pub(crate) fn review(faults: &Faults, review: Review, body: &[u8]) -> Outcome<Response<Body>> {
    let asked: Option<Value> = serde_json::from_slice(body).ok();
    let answer = match review {
        Review::Access => access(faults, asked.or_else(|| protobuf::access_review(body)))?,
        Review::Rules => rules(faults, asked.or_else(|| protobuf::rules_review(body)))?,
        Review::Identity => {
            json!({ "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {}, "status": { "userInfo": { "username": USER, "groups": GROUPS } } })
        }
    };
    Ok(json_response(StatusCode::CREATED, &answer))
}

fn unreadable() -> Refusal {
    Refusal::bad_request("the review in the body of the request could not be read")
}

fn access(faults: &Faults, asked: Option<Value>) -> Outcome<Value> {
    let mut review = asked
        .filter(|asked| asked["spec"].is_object())
        .ok_or_else(unreadable)?;
    let attributes = &review["spec"]["resourceAttributes"];
    let text = |field: &str| attributes[field].as_str().unwrap_or_default().to_owned();
    let resource = match text("subresource") {
        subresource if subresource.is_empty() => text("resource"),
        subresource => format!("{}/{subresource}", text("resource")),
    };
    let allowed = attributes.is_null() || !faults.is_forbidden(&text("verb"), &resource);
    let reason = if allowed {
        "RBAC: allowed by ClusterRoleBinding \"demo-engineers\" of ClusterRole \"demo-engineer\""
    } else {
        ""
    };
    review["kind"] = json!("SelfSubjectAccessReview");
    review["apiVersion"] = json!("authorization.k8s.io/v1");
    review["status"] = json!({ "allowed": allowed, "reason": reason });
    if !allowed {
        review["status"] = json!({ "allowed": false });
    }
    Ok(review)
}

fn rules(faults: &Faults, asked: Option<Value>) -> Outcome<Value> {
    let review = asked
        .filter(|asked| asked["spec"].is_object())
        .ok_or_else(unreadable)?;
    let resource_rules = if faults.forbidden().is_empty() {
        vec![json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] })]
    } else {
        Resource::ALL
            .into_iter()
            .flat_map(|resource| rules_of(faults, resource))
            .collect()
    };
    Ok(
        json!({ "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": review["spec"],
        "status": { "resourceRules": resource_rules, "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
            "incomplete": false } }),
    )
}

fn rules_of(faults: &Faults, resource: Resource) -> Vec<Value> {
    let facts = resource.facts();
    let groups: Vec<&str> = if resource == Resource::Events {
        vec!["", "events.k8s.io"]
    } else {
        vec![facts.group]
    };
    let names = std::iter::once(facts.plural.to_owned()).chain(
        facts
            .subresources
            .iter()
            .map(|subresource| format!("{}/{subresource}", facts.plural)),
    );
    let rule = |name: String| {
        let verbs: Vec<&str> = VERBS
            .into_iter()
            .map(Verb::name)
            .filter(|verb| !faults.is_forbidden(verb, &name))
            .collect();
        (!verbs.is_empty())
            .then(|| json!({ "verbs": verbs, "apiGroups": groups, "resources": [name] }))
    };
    names.filter_map(rule).collect()
}
