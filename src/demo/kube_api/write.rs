//! Writing: create, update, patch and apply, as the API server checks and answers them.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::call::{Call, Verb};
use super::event_form;
use super::managed::{self, Manager};
use super::patch::apply::Force;
use super::patch::{Format, apply};
use super::present::in_form;
use super::read::{key, written};
use super::resource::{Resource, Scope};
use super::status::{Outcome, Refusal, json_response};
use super::store::{Intent, Key, Store};
use super::{defaults, delete, scale, validate};

/// Carries out one write.
pub(crate) fn perform(store: &Store, call: &Call) -> Outcome<Response<Body>> {
    let write = Write { store, call };
    match call.verb {
        Verb::Create => write.create(),
        Verb::Update => write.update(),
        Verb::Patch => write.patch(),
        Verb::Delete => delete::one(store, call),
        Verb::DeleteCollection => delete::collection(store, call),
        Verb::Get | Verb::List | Verb::Watch => Err(Refusal::method()),
    }
}

struct Write<'a> {
    store: &'a Store,
    call: &'a Call,
}

impl Write<'_> {
    fn intent(&self) -> Intent {
        match self.call.target.subresource.as_deref() {
            _ if self.call.is_dry_run() => Intent::DryRun,
            Some("status") => Intent::Controller,
            _ => Intent::Client,
        }
    }

    fn manager(&self, operation: &'static str) -> Manager {
        let agent = self.call.user_agent.split('/').next().unwrap_or_default();
        Manager {
            name: self
                .call
                .query
                .get("fieldManager")
                .unwrap_or(agent)
                .to_owned(),
            operation,
            subresource: self.call.target.subresource.clone().unwrap_or_default(),
            api_version: self.call.target.api_version(),
        }
    }

    /// An object from the body, in the form in which it is stored.
    fn object(&self) -> Outcome<Value> {
        let body = self.call.json()?;
        let facts = self.call.target.resource.facts();
        if body["kind"]
            .as_str()
            .is_some_and(|kind| kind != facts.kind && kind != "Scale")
        {
            let message = format!(
                "the object provided is unrecognized (must be of type {}): got kind {}",
                facts.kind, body["kind"]
            );
            return Err(Refusal::bad_request(message));
        }
        Ok(self.stored_form(&body))
    }

    fn stored_form(&self, body: &Value) -> Value {
        if self.call.speaks_events_v1() {
            event_form::from_events_v1(body)
        } else {
            body.clone()
        }
    }

    fn create(&self) -> Outcome<Response<Body>> {
        let object = self.object()?;
        if object["metadata"]["resourceVersion"]
            .as_str()
            .is_some_and(|version| !version.is_empty())
        {
            return Err(Refusal::bad_request(
                "resourceVersion should not be set on objects to be created",
            ));
        }
        let stored = self.create_from(object, &self.manager("Update"), None)?;
        Ok(written(self.call, StatusCode::CREATED, &stored))
    }

    /// Stores a new object; with `config` as one that was applied.
    fn create_from(
        &self,
        mut object: Value,
        manager: &Manager,
        config: Option<&Value>,
    ) -> Outcome<Arc<Value>> {
        let target = &self.call.target;
        self.place(&mut object)?;
        if target.resource.facts().subresources.contains(&"status")
            && let Some(fields) = object.as_object_mut()
        {
            fields.remove("status");
        }
        if self.call.speaks_events_v1() {
            validate::event(&object)?;
        }
        defaults::fill(target.resource, &mut object);
        if object["metadata"]["name"].is_string() {
            validate::check(target.resource, None, &object)?;
        }
        match config {
            Some(config) => managed::applied(&Value::Null, &mut object, manager, config),
            None => managed::updated(&Value::Null, &mut object, manager),
        }
        Ok(self
            .store
            .create_as(target.resource, object, self.intent())?)
    }

    /// Puts the path's namespace into the object and checks that it exists.
    fn place(&self, object: &mut Value) -> Outcome<()> {
        let target = &self.call.target;
        if !object["metadata"].is_object() {
            object["metadata"] = json!({});
        }
        if target.resource.facts().scope == Scope::Cluster {
            return Ok(());
        }
        let namespace = target.namespace.as_deref().ok_or_else(Refusal::method)?;
        let stated = object["metadata"]["namespace"]
            .as_str()
            .filter(|stated| !stated.is_empty());
        if stated.is_some_and(|stated| stated != namespace) {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        if self
            .store
            .get(&Key::new(Resource::Namespaces, "", namespace))
            .is_none()
        {
            return Err(Refusal::not_found(Resource::Namespaces, namespace));
        }
        object["metadata"]["namespace"] = json!(namespace);
        Ok(())
    }

    fn update(&self) -> Outcome<Response<Body>> {
        let new = self.object()?;
        let resource = self.call.target.resource;
        let unconditional = new["metadata"]["resourceVersion"]
            .as_str()
            .is_none_or(str::is_empty);
        if unconditional && matches!(resource, Resource::Leases | Resource::HttpRoutes) {
            let name = self.call.target.name.as_deref().unwrap_or_default();
            let cause = (
                "metadata.resourceVersion".to_owned(),
                "Invalid value: 0: must be specified for an update".to_owned(),
            );
            return Err(Refusal::invalid(resource, name, &[cause]));
        }
        self.change(&self.manager("Update"), None, |old| {
            if self.is_scale() {
                Ok(scale::applied(old, &new))
            } else {
                Ok(new)
            }
        })
    }

    fn is_scale(&self) -> bool {
        self.call.target.subresource.as_deref() == Some("scale")
    }

    fn patch(&self) -> Outcome<Response<Body>> {
        let format = Format::of(&self.call.content_type, self.call.target.resource)?;
        let patch: Value = serde_json::from_slice(&self.call.body)
            .map_err(|error| Refusal::bad_request(format!("error decoding patch: {error}")))?;
        if format == Format::Apply {
            return self.apply(&self.stored_form(&patch));
        }
        self.change(&self.manager("Update"), None, |old| {
            if self.is_scale() {
                return Ok(scale::applied(
                    old,
                    &format.patched(&scale::of(old), &patch)?,
                ));
            }
            let seen = in_form(self.call.target.form, old);
            Ok(self.stored_form(&format.patched(&seen, &patch)?))
        })
    }

    fn apply(&self, config: &Value) -> Outcome<Response<Body>> {
        if self.call.query.get("fieldManager").is_none() {
            return Err(Refusal::bad_request(
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
            ));
        }
        let manager = self.manager("Apply");
        let force = if self.call.query.is_set("force") {
            Force::Yes
        } else {
            Force::No
        };
        let target = key(&self.call.target);
        if self.store.get(&target).is_none() && self.call.target.subresource.is_none() {
            let mut object = managed::without_identity(config);
            object["metadata"]["name"] = json!(target.name);
            let stored = self.create_from(object, &manager, Some(config))?;
            return Ok(written(self.call, StatusCode::CREATED, &stored));
        }
        self.change(&manager, Some(config), |old| {
            let mut new = apply::patched(old, config, &manager, force)?;
            if let Some(version) = config["metadata"].get("resourceVersion") {
                new["metadata"]["resourceVersion"] = version.clone();
            }
            Ok(new)
        })
    }

    /// Replaces the stored object by what `make` makes of it, checked; `config` is what was applied.
    fn change(
        &self,
        manager: &Manager,
        config: Option<&Value>,
        make: impl FnOnce(&Value) -> Outcome<Value>,
    ) -> Outcome<Response<Body>> {
        let target = key(&self.call.target);
        let stored = self.store.update(&target, self.intent(), |old| {
            let mut new = make(old)?;
            same_object(&target, old, &new)?;
            self.confine(old, &mut new);
            defaults::fill(target.resource, &mut new);
            validate::check(target.resource, Some(old), &new)?;
            match config {
                Some(config) => managed::applied(old, &mut new, manager, config),
                None => managed::updated(old, &mut new, manager),
            }
            Ok::<_, Refusal>(new)
        })?;
        if self.is_scale() {
            return Ok(json_response(StatusCode::OK, &scale::of(&stored)));
        }
        Ok(written(self.call, StatusCode::OK, &stored))
    }

    /// A write of the object leaves its status alone; a write of the status leaves all else alone.
    fn confine(&self, old: &Value, new: &mut Value) {
        let subresources = self.call.target.resource.facts().subresources;
        if self.call.target.subresource.as_deref() == Some("status") {
            let status = new["status"].take();
            let annotations = new["metadata"]["annotations"].take();
            *new = old.clone();
            new["status"] = status;
            if !annotations.is_null() {
                new["metadata"]["annotations"] = annotations;
            }
        } else if subresources.contains(&"status")
            && let Some(fields) = new.as_object_mut()
        {
            match old.get("status") {
                Some(status) => drop(fields.insert("status".to_owned(), status.clone())),
                None => drop(fields.remove("status")),
            }
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
            if let Some(metadata) = new["metadata"].as_object_mut() {
                match old["metadata"].get(field) {
                    Some(value) => drop(metadata.insert(field.to_owned(), value.clone())),
                    None => drop(metadata.remove(field)),
                }
            }
        }
    }
}

/// Refuses a write that speaks of another object, or of an older version of it.
fn same_object(target: &Key, old: &Value, new: &Value) -> Outcome<()> {
    let stated = |field: &str| {
        new["metadata"][field]
            .as_str()
            .filter(|stated| !stated.is_empty())
    };
    if stated("name").is_some_and(|name| name != target.name) {
        let message = format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            stated("name").unwrap_or_default(),
            target.name
        );
        return Err(Refusal::bad_request(message));
    }
    let stored = |field: &str| old["metadata"][field].as_str().unwrap_or_default();
    if let Some(uid) = stated("uid").filter(|uid| *uid != stored("uid")) {
        return Err(Refusal::precondition(target, "UID", uid, stored("uid")));
    }
    if stated("resourceVersion").is_some_and(|version| version != stored("resourceVersion")) {
        return Err(Refusal::conflict(target));
    }
    Ok(())
}
