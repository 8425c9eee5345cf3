//! Gitea's answers in the normal form.

use super::wire;
use crate::domain::pipeline::{Job, JobId, JobKind, Run, RunId, State, Step};
use crate::domain::text::Text;
use crate::sources::ci::common::{moment, said, span};
use crate::sources::ci::grouping::staged;

pub(super) fn runs(list: wire::RunList) -> Vec<Run> {
    let runs = list.workflow_runs.unwrap_or_default();
    runs.into_iter().map(run).collect()
}

pub(super) fn run(run: wire::Run) -> Run {
    let span = span(
        run.created_at.as_deref(),
        run.started_at.as_deref(),
        run.completed_at.as_deref(),
    );
    let state = match state(run.status.as_deref(), run.conclusion.as_deref()) {
        // Between two jobs a run is called queued again.
        State::Queued if span.started.is_some() => State::Running,
        told => told,
    };
    let file = run.path.as_deref().map(|path| file_name(path).to_owned());
    let by = run.trigger_actor.or(run.actor).and_then(|by| by.login);
    Run {
        id: RunId::new(run.id.to_string()),
        number: run.number,
        name: said(run.name).or_else(|| said(file)).unwrap_or_default(),
        title: said(run.display_title).unwrap_or_default(),
        reference: said(run.head_branch),
        commit: said(run.head_sha),
        event: said(run.event),
        by: said(by),
        url: said(run.html_url),
        state,
        attempt: run.attempt.unwrap_or(1).max(1),
        span,
        updated: moment(run.updated_at.as_deref()).or(span.ended),
        stages: None,
        approvals: Vec::new(),
        tests: None,
    }
}

/// `release` of `release.yml@refs/heads/main`.
fn file_name(path: &str) -> &str {
    let file = path.split('@').next().unwrap_or(path);
    let file = file.rsplit('/').next().unwrap_or(file);
    let bare = [".yml", ".yaml"]
        .iter()
        .find_map(|end| file.strip_suffix(end));
    bare.unwrap_or(file)
}

pub(super) fn with_jobs(mut run: Run, mut jobs: Vec<wire::Job>) -> Run {
    jobs.sort_by_key(|job| job.id);
    run.stages = Some(staged(jobs.into_iter().map(job).collect()));
    run
}

pub(super) fn job(job: wire::Job) -> Job {
    let steps = job.steps.unwrap_or_default();
    Job {
        id: JobId::new(job.id.to_string()),
        name: said(job.name).unwrap_or_default(),
        kind: JobKind::Plain,
        state: state(job.status.as_deref(), job.conclusion.as_deref()),
        attempt: job.run_attempt.unwrap_or(1).max(1),
        span: span(
            job.created_at.as_deref(),
            job.started_at.as_deref(),
            job.completed_at.as_deref(),
        ),
        environment: None,
        needs: Vec::new(),
        steps: steps.into_iter().map(step).collect(),
        url: said(job.html_url),
        reason: None,
    }
}

fn step(step: wire::Step) -> Step {
    Step {
        number: step.number.unwrap_or_default(),
        name: said(step.name).unwrap_or_default(),
        state: state(step.status.as_deref(), step.conclusion.as_deref()),
        span: span(
            None,
            step.started_at.as_deref(),
            step.completed_at.as_deref(),
        ),
    }
}

/// Older versions write the conclusion where the status is.
fn state(status: Option<&str>, conclusion: Option<&str>) -> State {
    let word = match status {
        Some("completed") => conclusion.unwrap_or("completed"),
        Some(status) => status,
        None => "no status",
    };
    match word {
        "queued" | "waiting" | "pending" | "blocked" | "requested" => State::Queued,
        "in_progress" | "running" => State::Running,
        "success" | "neutral" => State::Passed,
        "failure" | "timed_out" | "startup_failure" => State::Failed,
        "cancelled" => State::Cancelled,
        "skipped" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}
