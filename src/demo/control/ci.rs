//! Controls of the CI server.

use axum::body::Bytes;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde_json::json;

use super::Controls;
use super::answer::{Answered, Done, Refusal, read};
use crate::demo::ci_api::{JobChange, NewRun};

/// Answers with the run's ids, so that its jobs can be moved.
pub(crate) async fn start(State(controls): State<Controls>, body: Bytes) -> Answered {
    let expected = r#"any of {"branch": "main", "commit": "a1b9c3e", "title": "…", "actor": "mira", "jobs": ["lint", …]}"#;
    let wanted: NewRun = read(&body, expected)?;
    let run = controls.ci.book.start(wanted, Timestamp::now());
    let jobs: Vec<_> = run
        .jobs
        .iter()
        .map(|job| json!({ "id": job.id, "name": job.name }))
        .collect();
    Ok(Done::telling(json!({
        "run": run.id, "number": run.number, "commit": run.sha, "tag": run.tag(), "jobs": jobs,
    })))
}

pub(crate) async fn move_job(
    State(controls): State<Controls>,
    Path(id): Path<u64>,
    body: Bytes,
) -> Answered {
    let expected = r#"{"state": "queued"|"waiting"|"in_progress"|"success"|"failure"|"cancelled"|"skipped"|…, "log": "lines"}"#;
    let change: JobChange = read(&body, expected)?;
    if controls.ci.book.job(id).is_none() {
        return Err(Refusal::not_found(format!("there is no job {id}")));
    }
    match controls.ci.book.move_job(id, &change, Timestamp::now()) {
        Some(()) => Ok(Done::telling(json!({ "job": id, "state": change.state }))),
        None => Err(Refusal::bad(format!(
            "state is {:?}; expected {expected}; nothing was changed",
            change.state
        ))),
    }
}

pub(crate) async fn calls(State(controls): State<Controls>) -> Done {
    Done::telling(controls.ci.calls.tally())
}
