//! A Deployment's status: the counts of its replica sets, and what they mean for its conditions.

use std::time::Duration;

use serde_json::{Value, json};

use super::conditions::{self, DONE, Progress, TIMED_OUT};
use super::replica_sets::ReplicaSets;
use crate::demo::controllers::object::{condition, number};
use crate::demo::kube_api::{Key, Store};

/// Counts and writes the status of a Deployment as it was `read`, so that no generation counts as observed before it was acted on;
/// gives the time until the progress deadline.
pub(crate) fn write(store: &Store, key: &Key, read: &Value) -> Option<Duration> {
    let sets = ReplicaSets::read(store, read);
    let edited = store.edit(key, |deployment| {
        let before = deployment["status"].take();
        deployment["status"] = counted(read, &before, &sets);
        conditions::set_available(deployment, sets.bounds.least_available);
        if let Some(progress) = progress(deployment, &before, &sets) {
            conditions::set_progress(deployment, &progress);
        }
    });
    let left = conditions::deadline(&*edited.ok()?)?;
    // The times in conditions are whole seconds, so one more lets the deadline pass for certain.
    Some(Duration::from_secs(
        u64::try_from(left.max(0)).unwrap_or(0) + 1,
    ))
}

fn counted(read: &Value, before: &Value, sets: &ReplicaSets) -> Value {
    let total = |field: &str| {
        sets.all()
            .map(|set| number(&set["status"], field))
            .sum::<i64>()
    };
    let updated = sets
        .new
        .as_ref()
        .map_or(0, |set| number(&set["status"], "replicas"));
    let available = total("availableReplicas");
    let mut status = json!({ "observedGeneration": read["metadata"]["generation"] });
    for (field, count) in [
        ("replicas", total("replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", total("readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (sets.wished() - available).max(0)),
    ] {
        if count > 0 {
            status[field] = json!(count);
        }
    }
    if before["conditions"].is_array() {
        status["conditions"] = before["conditions"].clone();
    }
    status
}

/// What the new status says of progress; `None` where nothing is to be told.
fn progress(deployment: &Value, before: &Value, sets: &ReplicaSets) -> Option<Progress> {
    let status = &deployment["status"];
    let reason = condition(deployment, "Progressing")["reason"]
        .as_str()
        .unwrap_or_default();
    let all_new = number(status, "replicas") == number(status, "updatedReplicas");
    if deployment["spec"]["paused"] == true || (all_new && reason == DONE) {
        return None;
    }
    let subject = conditions::subject(deployment, sets.new.as_deref());
    if conditions::is_complete(deployment, status) {
        return Some(Progress::Done(subject));
    }
    if conditions::is_progressing(before, status) {
        return Some(Progress::Progressing(subject));
    }
    let passed =
        reason != TIMED_OUT && conditions::deadline(deployment).is_some_and(|left| left < 0);
    passed.then_some(Progress::TimedOut(subject))
}
