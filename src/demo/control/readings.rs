//! Readings: what was really served, what was written, and where the pods are.

use axum::extract::{RawQuery, State};
use serde_json::{Value, json};

use super::Controls;
use super::answer::{Answered, Done, Refusal};
use crate::demo::kube_api::Resource;
use crate::demo::objects::PORT;

pub(crate) async fn served(State(controls): State<Controls>) -> Done {
    let reading = controls.pods_shared.ledger.read();
    Done::telling(json!({
        "since_start": reading.since_start,
        "last_second": reading.last_second,
        "clients": controls.traffic.seen(),
    }))
}

/// By version, since it was first told to behave worse.
pub(crate) async fn harm(State(controls): State<Controls>) -> Done {
    let shared = &controls.pods_shared;
    Done::telling(shared.harms.read(&shared.ledger.read().since_start))
}

pub(crate) async fn writes(
    State(controls): State<Controls>,
    RawQuery(query): RawQuery,
) -> Answered {
    let after = after(query.as_deref().unwrap_or_default())?;
    Ok(Done::telling(controls.faults.writes_after(after)))
}

/// How many of the first ones are left out.
fn after(query: &str) -> Result<usize, Refusal> {
    if query.is_empty() {
        return Ok(0);
    }
    let number = query.strip_prefix("after=");
    let number = number.and_then(|number| number.parse().ok());
    number.ok_or_else(|| Refusal::bad(format!("{query:?} is not understood; expected after=N")))
}

/// How often what was listed and watched.
pub(crate) async fn reads(State(controls): State<Controls>) -> Done {
    Done::telling(controls.faults.reads())
}

/// As Prometheus' HTTP service discovery reads it.
pub(crate) async fn targets(State(controls): State<Controls>) -> Done {
    let pods = controls.store.list(Resource::Pods, None);
    Done::telling(
        pods.iter()
            .filter_map(|pod| target(pod))
            .collect::<Vec<_>>(),
    )
}

fn target(pod: &Value) -> Option<Value> {
    let address = pod["status"]["podIP"].as_str()?;
    let metadata = &pod["metadata"];
    let label = |name: &str| metadata["labels"][name].as_str().unwrap_or_default();
    Some(json!({
        "targets": [format!("{address}:{PORT}")],
        "labels": {
            "namespace": metadata["namespace"],
            "pod": metadata["name"],
            "app": label("app"),
            "track": label("flightdeck.dev/track"),
        },
    }))
}
