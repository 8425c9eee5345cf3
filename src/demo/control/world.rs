//! Controls of the service and its traffic.

use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::json;

use super::Controls;
use super::answer::{Answered, Done, Refusal, read};
use crate::demo::traffic::{CrashError, Following};

const MOST_RPS: f64 = 2000.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontBody {
    ignore_route: bool,
}

pub(crate) async fn front(State(controls): State<Controls>, body: Bytes) -> Answered {
    let FrontBody { ignore_route } = read(&body, r#"{"ignore_route": true}"#)?;
    controls.front.follow(if ignore_route {
        Following::PresentWeights
    } else {
        Following::Route
    });
    Ok(Done::telling(json!({ "ignore_route": ignore_route })))
}

pub(crate) async fn version(
    State(controls): State<Controls>,
    Path(tag): Path<String>,
    body: Bytes,
) -> Answered {
    let expected = r#"any of {"error_share": 0.05, "latency_ms": {"p50": 45, "p95": 110}, "cpu_ms": 3, "ready": true}"#;
    let change = read(&body, expected)?;
    let shared = &controls.pods_shared;
    let before = shared.behaviours.of(&tag);
    let served = shared.ledger.read().since_start;
    let behaviour = shared.behaviours.change(&tag, change);
    let behaviour =
        behaviour.map_err(|error| Refusal::bad(format!("{error}; nothing was changed")))?;
    shared.harms.changed(&tag, (&before, &behaviour), &served);
    Ok(Done::telling(behaviour))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrafficBody {
    rps: f64,
}

/// Answered when the rate is in effect; with 0, when the last request has ended.
pub(crate) async fn traffic(State(controls): State<Controls>, body: Bytes) -> Answered {
    let TrafficBody { rps } = read(&body, r#"{"rps": 150}"#)?;
    if !(0.0..=MOST_RPS).contains(&rps) {
        return Err(Refusal::bad(format!(
            "rps is {rps}; it is a number from 0 to {MOST_RPS}; nothing was changed"
        )));
    }
    controls.traffic.set_rate(rps).await;
    Ok(Done::telling(json!({ "rps": rps })))
}

pub(crate) async fn crash(State(controls): State<Controls>, Path(name): Path<String>) -> Answered {
    match controls.pods.crash(&name).await {
        Ok(()) => Ok(Done::telling(json!({ "crashed": name }))),
        Err(error @ CrashError::NoSuchPod(_)) => Err(Refusal::not_found(error.to_string())),
        Err(error) => Err(Refusal::conflict(error.to_string())),
    }
}
