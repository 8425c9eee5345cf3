//! Forgejo's answers in the normal form.

use super::{APPROVED_ON_ITS_PAGE, wire};
use crate::domain::pipeline::{
    Approval, ApprovalId, Job, JobId, JobKind, May, Run, RunId, Span, State, Step,
};
use crate::domain::text::Text;
use crate::sources::ci::common::{moment, said, span};
use crate::sources::ci::grouping::staged;

pub(in crate::sources::ci) fn runs(list: wire::RunList) -> Vec<Run> {
    let runs = list.workflow_runs.unwrap_or_default();
    runs.into_iter().map(run).collect()
}

pub(in crate::sources::ci) fn run(run: wire::Run) -> Run {
    let span = span(
        run.created.as_deref(),
        run.started.as_deref(),
        run.stopped.as_deref(),
    );
    let state = match state(run.status.as_deref()) {
        told if run.need_approval == Some(true) && !told.is_over() => State::NeedsHuman,
        told => told,
    };
    let approvals = match state {
        State::NeedsHuman => vec![approval(span)],
        _ => Vec::new(),
    };
    let file = run
        .workflow_id
        .map(|file| file.split('.').next().unwrap_or_default().to_owned());
    Run {
        id: RunId::new(run.id.to_string()),
        number: run.index_in_repo,
        name: said(file).unwrap_or_default(),
        title: said(run.title).unwrap_or_default(),
        reference: said(run.prettyref),
        commit: said(run.commit_sha),
        event: said(run.event),
        by: said(run.trigger_user.and_then(|user| user.login)),
        url: said(run.html_url),
        state,
        attempt: 1,
        span,
        updated: moment(run.updated.as_deref()).or(span.ended),
        stages: None,
        approvals,
        tests: None,
    }
}

/// A run from a fork, which waits until a maintainer lets it run.
fn approval(span: Span) -> Approval {
    Approval {
        id: ApprovalId::new("run"),
        job: None,
        name: Text::new("a run from a fork"),
        environment: None,
        since: span.created,
        not_before: None,
        reviewers: vec![Text::new("maintainers")],
        may: May::No(Text::new(APPROVED_ON_ITS_PAGE)),
        decisions: Vec::new(),
    }
}

pub(in crate::sources::ci) fn with_jobs(mut run: Run, mut jobs: Vec<wire::Job>) -> Run {
    jobs.sort_by_key(|job| job.id);
    let attempt = jobs.iter().filter_map(|job| job.attempt).max();
    run.attempt = attempt.unwrap_or(1).max(1);
    run.stages = Some(staged(jobs.into_iter().map(job).collect()));
    run
}

pub(in crate::sources::ci) fn job(job: wire::Job) -> Job {
    let steps = job.steps.unwrap_or_default();
    Job {
        id: JobId::new(job.id.to_string()),
        name: said(job.name).unwrap_or_default(),
        kind: JobKind::Plain,
        state: state(job.status.as_deref()),
        attempt: job.attempt.unwrap_or(1).max(1),
        span: span(None, job.started.as_deref(), job.stopped.as_deref()),
        environment: None,
        needs: job.needs.into_iter().flatten().map(Text::new).collect(),
        steps: steps.into_iter().map(step).collect(),
        url: said(job.html_url),
        reason: None,
    }
}

fn step(step: wire::Step) -> Step {
    Step {
        number: step.number.unwrap_or_default(),
        name: said(step.name).unwrap_or_default(),
        state: state(step.status.as_deref()),
        span: span(None, step.started.as_deref(), step.stopped.as_deref()),
    }
}

fn state(word: Option<&str>) -> State {
    match word.unwrap_or("no status") {
        "waiting" | "blocked" => State::Queued,
        "running" => State::Running,
        "success" => State::Passed,
        "failure" => State::Failed,
        "cancelled" => State::Cancelled,
        "skipped" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}
