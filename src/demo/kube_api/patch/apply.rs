//! Server-side apply: a manager states the fields it wants, owns them, and gives up those it no longer states.

use serde_json::Value;

use super::strategic;
use crate::demo::kube_api::managed::{self, FieldSet, Manager};
use crate::demo::kube_api::status::{Outcome, Refusal};

/// Whether fields that others own are taken from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Force {
    /// They are.
    Yes,
    /// It is a conflict.
    No,
}

/// The object with the manager's `config` applied; its managed fields are for [`managed::applied`] to write.
pub(crate) fn patched(
    object: &Value,
    config: &Value,
    manager: &Manager,
    force: Force,
) -> Outcome<Value> {
    let wanted = managed::without_identity(config);
    let stated = FieldSet::of(&wanted);
    if force == Force::No {
        let conflicts = conflicts(object, &wanted, &stated, manager);
        if !conflicts.is_empty() {
            return Err(Refusal::apply_conflict(&conflicts));
        }
    }
    let mut out = object.clone();
    let given_up = managed::owned_by(object, manager).without(&stated);
    for path in given_up.leaves() {
        if !managed::owned_by_others(object, manager, &path) {
            managed::remove(&mut out, &path);
        }
    }
    Ok(strategic::patched(&out, &wanted))
}

/// (manager, field) of each field whose value would change and that another manager owns.
fn conflicts(
    object: &Value,
    wanted: &Value,
    stated: &FieldSet,
    manager: &Manager,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in stated.leaves() {
        if managed::at(object, &path) == managed::at(wanted, &path) {
            continue;
        }
        for owner in managed::owners(object, manager, &path) {
            found.push((owner, path.to_string()));
        }
    }
    found
}
