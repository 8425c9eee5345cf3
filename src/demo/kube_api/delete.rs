//! Removing: one object or the objects of a listing, with preconditions, grace and what becomes of what they owned.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::call::Call;
use super::present::in_form;
use super::read::{key, written};
use super::resource::{Resource, Scope};
use super::status::{Outcome, Refusal, json_response};
use super::store::{Key, Store};

/// How long a pod may take to end where nobody says.
const GRACE_S: u64 = 30;

/// Removes the object that the call names.
pub(crate) fn one(store: &Store, call: &Call) -> Outcome<Response<Body>> {
    remove(store, call, &key(&call.target))
}

/// Removes the objects that the call selects.
pub(crate) fn collection(store: &Store, call: &Call) -> Outcome<Response<Body>> {
    let selector = call.selector()?;
    let target = &call.target;
    for object in store.list(target.resource, target.namespace.as_deref()) {
        if selector.wants(&in_form(target.form, &object)) {
            // An object that went in the meantime is what was wanted.
            drop(remove(store, call, &Key::of(target.resource, &object)));
        }
    }
    Ok(json_response(StatusCode::OK, &success(&json!({}))))
}

fn success(details: &Value) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}

fn options(call: &Call) -> Value {
    serde_json::from_slice(&call.body).unwrap_or_default()
}

fn remove(store: &Store, call: &Call, target: &Key) -> Outcome<Response<Body>> {
    let options = options(call);
    if target.resource == Resource::Pods {
        return remove_pod(store, call, target, &options);
    }
    let old = store
        .get(target)
        .ok_or_else(|| Refusal::not_found(target.resource, &target.name))?;
    if is_dry(call, &options) {
        preconditions(target, &old, &options)?;
    } else {
        if options["propagationPolicy"] == "Orphan" {
            disown(store, &old);
        }
        if target.resource == Resource::Namespaces {
            clear(store, &target.name);
        }
        store.delete_if(target, |stored| preconditions(target, stored, &options))?;
    }
    let facts = target.resource.facts();
    let details = json!({ "name": target.name, "group": facts.group, "kind": facts.plural, "uid": old["metadata"]["uid"] });
    Ok(json_response(StatusCode::OK, &success(&details)))
}

/// A pod gets time to end, if it is somewhere; whoever runs it removes it.
fn remove_pod(
    store: &Store,
    call: &Call,
    target: &Key,
    options: &Value,
) -> Outcome<Response<Body>> {
    let old = store
        .get(target)
        .ok_or_else(|| Refusal::not_found(target.resource, &target.name))?;
    preconditions(target, &old, options)?;
    let asked = options["gracePeriodSeconds"]
        .as_u64()
        .or_else(|| call.query.number("gracePeriodSeconds"));
    let own = old["spec"]["terminationGracePeriodSeconds"]
        .as_u64()
        .unwrap_or(GRACE_S);
    let grace = u32::try_from(asked.unwrap_or(own)).unwrap_or(u32::MAX);
    let stored = if is_dry(call, options) {
        Arc::clone(&old)
    } else if grace == 0 || old["spec"]["nodeName"].is_null() {
        store.delete_if(target, |stored| preconditions(target, stored, options))?
    } else {
        store.terminate(target, grace)?
    };
    Ok(written(call, StatusCode::OK, &stored))
}

fn is_dry(call: &Call, options: &Value) -> bool {
    let parts = options["dryRun"].as_array();
    call.is_dry_run() || parts.is_some_and(|parts| parts.iter().any(|part| part == "All"))
}

fn preconditions(target: &Key, stored: &Value, options: &Value) -> Outcome<()> {
    for (field, named) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let found = stored["metadata"][field].as_str().unwrap_or_default();
        let asked = options["preconditions"][field].as_str();
        if let Some(asked) = asked.filter(|asked| *asked != found) {
            return Err(Refusal::precondition(target, named, asked, found));
        }
    }
    Ok(())
}

/// Leaves what an object owns without an owner.
fn disown(store: &Store, owner: &Value) {
    let uid = &owner["metadata"]["uid"];
    for resource in Resource::ALL {
        for object in store.owned_by(resource, uid.as_str().unwrap_or_default()) {
            // An object that went in the meantime needs no new owner.
            let _gone = store.edit(&Key::of(resource, &object), |object| {
                if let Some(owners) = object["metadata"]["ownerReferences"].as_array_mut() {
                    owners.retain(|owner| owner["uid"] != *uid);
                }
            });
        }
    }
}

/// Removes all that is in a namespace.
fn clear(store: &Store, namespace: &str) {
    let within = |resource: &Resource| resource.facts().scope == Scope::Namespaced;
    for resource in Resource::ALL.into_iter().filter(within) {
        for object in store.list(resource, Some(namespace)) {
            // An object that went in the meantime is what was wanted.
            drop(store.delete(&Key::of(resource, &object)));
        }
    }
}
