//! From GitHub's words to the common form.

use super::wire;
use crate::domain::pipeline::{
    Approval, ApprovalId, Job, JobId, JobKind, May, Run, RunId, Span, Stage, State, Step,
};
use crate::domain::text::Text;
use crate::sources::ci::grouping::staged;
use jiff::SignedDuration;

/// A status, and how it ended where it has.
pub(super) fn state(status: Option<&str>, conclusion: Option<&str>) -> State {
    match conclusion.or(status).unwrap_or_default() {
        "queued" | "requested" | "pending" => State::Queued,
        "in_progress" => State::Running,
        "waiting" | "action_required" => State::NeedsHuman,
        "success" | "neutral" => State::Passed,
        "failure" | "timed_out" | "startup_failure" | "stale" => State::Failed,
        "cancelled" => State::Cancelled,
        "skipped" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}

pub(super) fn run(run: wire::Run) -> Run {
    let state = state(run.status.as_deref(), run.conclusion.as_deref());
    let by = run.triggering_actor.or(run.actor);
    let ended = run.updated_at.filter(|_| state.is_over());
    Run {
        id: RunId::new(run.id.to_string()),
        number: run.run_number,
        name: Text::new(run.name.unwrap_or_default()),
        title: Text::new(run.display_title.unwrap_or_default()),
        reference: run.head_branch.map(Text::new),
        commit: run.head_sha.map(Text::new),
        event: run.event.map(Text::new),
        by: by.and_then(|by| by.login).map(Text::new),
        url: run.html_url.map(Text::new),
        attempt: run.run_attempt.unwrap_or(1),
        span: Span {
            created: run.created_at,
            started: run.run_started_at.or(run.created_at),
            ended,
        },
        updated: run.updated_at,
        stages: None,
        approvals: Vec::new(),
        tests: None,
        state,
    }
}

/// Jobs in stages, by their names.
pub(super) fn stages(jobs: Vec<wire::Job>) -> Vec<Stage> {
    staged(jobs.into_iter().map(decoded).collect())
}

fn decoded(job: wire::Job) -> Job {
    let state = state(job.status.as_deref(), job.conclusion.as_deref());
    // A queued job has a start too: that of its queueing.
    let begun = !matches!(state, State::Queued | State::NeedsHuman | State::Skipped);
    let mut steps: Vec<Step> = job.steps.into_iter().map(step).collect();
    steps.sort_by_key(|step| step.number);
    Job {
        id: JobId::new(job.id.to_string()),
        name: Text::new(job.name),
        kind: JobKind::Plain,
        attempt: job.run_attempt.unwrap_or(1),
        span: Span {
            created: job.created_at.or(job.started_at),
            started: job.started_at.filter(|_| begun),
            ended: job.completed_at,
        },
        environment: None,
        needs: Vec::new(),
        steps,
        url: job.html_url.map(Text::new),
        reason: None,
        state,
    }
}

fn step(step: wire::Step) -> Step {
    Step {
        number: step.number,
        name: Text::new(step.name),
        state: state(step.status.as_deref(), step.conclusion.as_deref()),
        span: Span {
            created: None,
            started: step.started_at,
            ended: step.completed_at,
        },
    }
}

pub(super) fn approval(pending: wire::Pending) -> Approval {
    let name = Text::new(pending.environment.name);
    let reviewers = pending.reviewers.into_iter().filter_map(|reviewer| {
        let named = reviewer.reviewer?;
        named.login.or(named.slug).or(named.name).map(Text::new)
    });
    let timer = SignedDuration::from_mins(pending.wait_timer.max(0));
    Approval {
        id: ApprovalId::new(pending.environment.id.to_string()),
        job: None,
        environment: Some(name.clone()),
        since: None,
        not_before: pending
            .wait_timer_started_at
            .filter(|_| !timer.is_zero())
            .and_then(|at| at.checked_add(timer).ok()),
        reviewers: reviewers.collect(),
        may: match pending.current_user_can_approve {
            Some(true) => May::Yes,
            Some(false) => May::No(Text::new("this login is not among its reviewers")),
            None => May::Unknown,
        },
        decisions: Vec::new(),
        name,
    }
}

/// Something waits that this token may not see.
pub(super) fn unseen(why: &str) -> Approval {
    Approval {
        id: ApprovalId::default(),
        job: None,
        name: Text::new("a protected environment"),
        environment: None,
        since: None,
        not_before: None,
        reviewers: Vec::new(),
        may: May::No(Text::new(why)),
        decisions: Vec::new(),
    }
}

/// A job does not tell its environment; where the names leave no doubt, the one that waits for it does.
pub(super) fn name_environments(stages: &mut [Stage], approvals: &mut [Approval]) {
    let mut waiting: Vec<&mut Job> = stages
        .iter_mut()
        .flat_map(|stage| &mut stage.jobs)
        .filter(|job| job.state == State::NeedsHuman)
        .collect();
    let alone = waiting.len() == 1 && approvals.len() == 1;
    for approval in approvals {
        let environment = approval.name.shown().to_lowercase();
        let job = waiting
            .iter_mut()
            .find(|job| alone || job.name.shown().to_lowercase().contains(&environment));
        if let Some(job) = job {
            approval.job = Some(job.id.clone());
            approval.since = job.span.created;
            job.environment.clone_from(&approval.environment);
        }
    }
}
