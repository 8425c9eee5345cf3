//! A Deployment's conditions, in the words of the real controller.

use serde_json::{Value, json};

use crate::demo::controllers::object::{condition, name, number, seconds_since};
use crate::demo::kube_api::{Key, Resource, Store, now};

/// The reason that a deadline passed.
pub(crate) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
/// The reason that all is done.
pub(crate) const DONE: &str = "NewReplicaSetAvailable";
const PAUSED: &str = "DeploymentPaused";

/// How a rollout gets on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The replica set of this name was created.
    Created(String),
    /// The replica set of this name was there before.
    Found(String),
    /// Pods of it came, or old ones went.
    Progressing(String),
    /// All its pods are available and no old ones are left.
    Done(String),
    /// Nothing moved for longer than allowed.
    TimedOut(String),
    /// Somebody paused it.
    Paused,
    /// Somebody resumed it.
    Resumed,
}

impl Progress {
    /// (status, reason, message).
    fn words(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::Created(set) => (
                "True",
                "NewReplicaSetCreated",
                format!("Created new replica set \"{set}\""),
            ),
            Self::Found(set) => (
                "True",
                "FoundNewReplicaSet",
                format!("Found new replica set \"{set}\""),
            ),
            Self::Progressing(set) => (
                "True",
                "ReplicaSetUpdated",
                format!("ReplicaSet \"{set}\" is progressing."),
            ),
            Self::Done(set) => (
                "True",
                DONE,
                format!("ReplicaSet \"{set}\" has successfully progressed."),
            ),
            Self::TimedOut(set) => (
                "False",
                TIMED_OUT,
                format!("ReplicaSet \"{set}\" has timed out progressing."),
            ),
            Self::Paused => ("Unknown", PAUSED, "Deployment is paused".to_owned()),
            Self::Resumed => (
                "Unknown",
                "DeploymentResumed",
                "Deployment is resumed".to_owned(),
            ),
        }
    }
}

/// Writes the progress that a change of replica sets means. One that was found is told only where nothing was told before.
pub(crate) fn tell(store: &Store, deployment: &Value, progress: &Progress) {
    // A Deployment that went in the meantime has no progress.
    let _gone = store.edit(&Key::of(Resource::Deployments, deployment), |deployment| {
        let known = condition(deployment, "Progressing");
        if matches!(progress, Progress::Found(_)) && !known.is_null() {
            return;
        }
        set_progress(deployment, progress);
    });
}

/// Writes that a Deployment is paused, or no longer.
pub(crate) fn tell_paused(store: &Store, key: &Key, deployment: &Value) {
    let known = condition(deployment, "Progressing")["reason"]
        .as_str()
        .unwrap_or_default();
    let paused = deployment["spec"]["paused"] == true;
    let progress = match (paused, known) {
        (_, TIMED_OUT) => return,
        (true, known) if known != PAUSED => Progress::Paused,
        (false, PAUSED) => Progress::Resumed,
        _ => return,
    };
    // A Deployment that went in the meantime has no progress.
    let _gone = store.edit(key, |deployment| set_progress(deployment, &progress));
}

/// Writes the Progressing condition.
pub(crate) fn set_progress(deployment: &mut Value, progress: &Progress) {
    let (status, reason, message) = progress.words();
    set(
        deployment,
        &json!({ "type": "Progressing", "status": status, "reason": reason, "message": message }),
    );
}

/// Writes the Available condition.
pub(crate) fn set_available(deployment: &mut Value, least: i64) {
    let enough = number(&deployment["status"], "availableReplicas") >= least;
    set(
        deployment,
        &if enough {
            json!({ "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability." })
        } else {
            json!({ "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability." })
        },
    );
}

/// Puts a condition in. The time of the last transition stays where the status stays; where status and reason stay, all stays, but
/// for progress, whose update time is what the deadline counts from.
fn set(deployment: &mut Value, new: &Value) {
    let kind = new["type"].as_str().unwrap_or_default();
    let known = condition(deployment, kind).clone();
    let moves = new["reason"] == "ReplicaSetUpdated";
    if known["status"] == new["status"] && known["reason"] == new["reason"] && !moves {
        return;
    }
    let now = now();
    let mut new = new.clone();
    new["lastUpdateTime"] = json!(now);
    new["lastTransitionTime"] = if known["status"] == new["status"] {
        known["lastTransitionTime"].clone()
    } else {
        json!(now)
    };
    let mut all = deployment["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    all.retain(|condition| condition["type"] != kind);
    all.push(new);
    deployment["status"]["conditions"] = json!(all);
}

/// Whether `status` says that all wished pods are new and available and no other is left.
pub(crate) fn is_complete(deployment: &Value, status: &Value) -> bool {
    let wished = number(&deployment["spec"], "replicas");
    ["updatedReplicas", "replicas", "availableReplicas"]
        .iter()
        .all(|field| number(status, field) == wished)
        && number(status, "observedGeneration") >= number(&deployment["metadata"], "generation")
}

/// Whether anything moved between two statuses.
pub(crate) fn is_progressing(before: &Value, after: &Value) -> bool {
    let old = |status: &Value| number(status, "replicas") - number(status, "updatedReplicas");
    let more = |field: &str| number(after, field) > number(before, field);
    more("updatedReplicas")
        || more("readyReplicas")
        || more("availableReplicas")
        || old(after) < old(before)
}

/// Seconds until the deadline, counted from the last progress; `None` where no deadline runs.
pub(crate) fn deadline(deployment: &Value) -> Option<i64> {
    let progress = condition(deployment, "Progressing");
    let limit = deployment["spec"]["progressDeadlineSeconds"]
        .as_i64()
        .filter(|limit| *limit < i64::from(i32::MAX))?;
    if matches!(
        progress["reason"].as_str(),
        None | Some(DONE | TIMED_OUT | PAUSED)
    ) {
        return None;
    }
    Some(limit - seconds_since(&progress["lastUpdateTime"]))
}

/// The name that conditions give a Deployment's newest replica set, or the Deployment's own where there is none.
pub(crate) fn subject(deployment: &Value, set: Option<&Value>) -> String {
    name(set.unwrap_or(deployment)).to_owned()
}
