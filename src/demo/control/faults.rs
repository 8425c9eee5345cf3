//! Controls of what goes wrong: outages, held writes, cut history, rights and logins.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::Controls;
use super::answer::{Answered, Done, Refusal, read};
use crate::demo::kube_api::{HoldWhen, OutageMode, Part};
use crate::demo::traffic::Mode;

const LONGEST_OUTAGE_S: f64 = 86_400.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OutagePart {
    Kube,
    Metrics,
    Ci,
    All,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageBody {
    part: OutagePart,
    mode: Mode,
    seconds: f64,
}

pub(crate) async fn outage(State(controls): State<Controls>, body: Bytes) -> Answered {
    let expected =
        r#"{"part": "kube"|"metrics"|"ci"|"all", "mode": "refuse"|"hang"|"error", "seconds": 10}"#;
    let OutageBody {
        part,
        mode,
        seconds,
    } = read(&body, expected)?;
    let lasts = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds <= LONGEST_OUTAGE_S);
    let lasts = lasts.ok_or_else(|| {
        Refusal::bad(format!(
            "seconds is {seconds}; it is from 0 to {LONGEST_OUTAGE_S}"
        ))
    })?;
    if matches!(part, OutagePart::Kube | OutagePart::All) {
        controls.faults.outage(Part::Kube, kube_mode(mode), lasts);
    }
    if matches!(part, OutagePart::Ci | OutagePart::All) {
        controls.ci.fault.begin(mode, lasts);
    }
    if matches!(part, OutagePart::Metrics | OutagePart::All) {
        controls.pods_shared.metrics_fault.begin(mode, lasts);
    }
    Ok(Done::telling(json!({ "lasts_s": lasts.as_secs_f64() })))
}

fn kube_mode(mode: Mode) -> OutageMode {
    match mode {
        Mode::Refuse => OutageMode::Refuse,
        Mode::Hang => OutageMode::Hang,
        Mode::Error => OutageMode::Error,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum When {
    Received,
    Applied,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    write: u32,
    when: When,
    /// Beginnings of objects as `GET /writes` names them; only writes to these count.
    #[serde(default)]
    of: Vec<String>,
}

pub(crate) async fn hold(State(controls): State<Controls>, body: Bytes) -> Answered {
    let wanted = r#"{"write": 1, "when": "received"|"applied", "of": ["httproutes/"]}"#;
    let HoldBody { write, when, of } = read(&body, wanted)?;
    if write == 0 {
        return Err(Refusal::bad("write is 0; the next write is 1"));
    }
    let when = match when {
        When::Received => HoldWhen::Received,
        When::Applied => HoldWhen::Applied,
    };
    controls.faults.hold(write, when, &of);
    Ok(Done::telling(json!({ "holds": write })))
}

pub(crate) async fn release(State(controls): State<Controls>) -> Done {
    controls.faults.release();
    Done::telling(json!({ "holds": null }))
}

pub(crate) async fn compact(State(controls): State<Controls>) -> Done {
    controls.store.compact();
    Done::telling(json!({ "oldest": controls.store.version() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForbidBody {
    verb: String,
    resource: String,
}

pub(crate) async fn forbid(State(controls): State<Controls>, body: Bytes) -> Answered {
    let ForbidBody { verb, resource } =
        read(&body, r#"{"verb": "patch", "resource": "deployments"}"#)?;
    controls.faults.forbid(&verb, &resource);
    Ok(forbidden(&controls))
}

pub(crate) async fn unforbid(State(controls): State<Controls>) -> Done {
    controls.faults.unforbid();
    forbidden(&controls)
}

fn forbidden(controls: &Controls) -> Done {
    Done::telling(json!({ "forbidden": controls.faults.forbidden() }))
}

pub(crate) async fn expire_login(State(controls): State<Controls>) -> Done {
    controls.faults.expire_login();
    Done::telling(json!({ "login": "expired" }))
}

pub(crate) async fn restore_login(State(controls): State<Controls>) -> Done {
    controls.faults.restore_login();
    Done::telling(json!({ "login": "good" }))
}
