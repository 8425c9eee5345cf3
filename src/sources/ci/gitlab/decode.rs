//! GitLab's answers in the normal form.

use super::wire;
use crate::domain::pipeline::{
    Approval, ApprovalId, Decision, Job, JobId, JobKind, May, Run, RunId, State, TestCounts,
};
use crate::domain::text::Text;
use crate::sources::ci::common::{moment, said, span};

/// Failed tests that are named.
const NAMED: usize = 20;

/// A pipeline; `other` is its project where that is not the one that is watched.
pub(super) fn run(other: Option<&str>, pipeline: wire::Pipeline) -> Run {
    let reference = pipeline.reference.clone();
    let title = pipeline.yaml_errors.or_else(|| pipeline.name.clone());
    Run {
        id: RunId::new(qualified(other, pipeline.id)),
        number: pipeline.iid.or(Some(pipeline.id)),
        name: said(pipeline.name).unwrap_or_else(|| Text::new("pipeline")),
        title: said(title).or_else(|| said(reference)).unwrap_or_default(),
        reference: said(pipeline.reference),
        commit: said(pipeline.sha),
        event: said(pipeline.source),
        by: said(pipeline.user.and_then(|user| user.username)),
        url: said(pipeline.web_url),
        state: state(pipeline.status.as_deref(), false),
        attempt: 1,
        span: span(
            pipeline.created_at.as_deref(),
            pipeline.started_at.as_deref(),
            pipeline.finished_at.as_deref(),
        ),
        updated: moment(pipeline.updated_at.as_deref()),
        stages: None,
        approvals: Vec::new(),
        tests: None,
    }
}

/// `ID`, or `PROJECT/ID`.
pub(super) fn qualified(other: Option<&str>, id: u64) -> String {
    other.map_or_else(|| id.to_string(), |project| format!("{project}/{id}"))
}

/// A job in its latest attempt.
pub(super) fn job(other: Option<&str>, job: wire::Job, kind: JobKind, attempt: u32) -> Job {
    Job {
        id: JobId::new(qualified(other, job.id)),
        name: said(job.name).unwrap_or_default(),
        kind,
        state: state(job.status.as_deref(), job.allow_failure == Some(true)),
        attempt,
        span: span(
            job.created_at.as_deref(),
            job.started_at.as_deref(),
            job.finished_at.as_deref(),
        ),
        environment: None,
        needs: Vec::new(),
        steps: Vec::new(),
        url: said(job.web_url),
        reason: said(job.failure_reason.map(|reason| reason.replace('_', " "))),
    }
}

/// A manual job, which anybody who may run it can start.
pub(super) fn manual(job: &Job) -> Approval {
    Approval {
        id: ApprovalId::new(format!("job:{}", job.id)),
        job: Some(job.id.clone()),
        name: job.name.clone(),
        environment: job.environment.clone(),
        since: job.span.created,
        not_before: None,
        reviewers: Vec::new(),
        may: May::Unknown,
        decisions: Vec::new(),
    }
}

/// A deployment to a protected environment that waits for approvals.
pub(super) fn blocked(deployment: wire::Deployment, job: &JobId) -> Approval {
    let environment = said(deployment.environment.and_then(|there| there.name));
    let rules = deployment
        .approval_summary
        .and_then(|summary| summary.rules)
        .unwrap_or_default();
    let given = deployment.approvals.unwrap_or_default();
    Approval {
        id: ApprovalId::new(format!("deployment:{}:{job}", deployment.id)),
        job: Some(job.clone()),
        name: environment.clone().unwrap_or_default(),
        since: moment(deployment.created_at.as_deref()),
        not_before: None,
        reviewers: rules.into_iter().filter_map(reviewer).collect(),
        may: May::Unknown,
        decisions: given
            .into_iter()
            .map(|given| decision(given, environment.as_ref()))
            .collect(),
        environment,
    }
}

fn reviewer(rule: wire::ApprovalRule) -> Option<Text> {
    let who = rule
        .access_level_description
        .or_else(|| rule.user_id.map(|id| format!("user {id}")))
        .or_else(|| rule.group_id.map(|id| format!("group {id}")))?;
    let needed = rule.required_approvals.unwrap_or(1);
    Some(Text::new(if needed > 1 {
        format!("{who} ({needed} of them)")
    } else {
        who
    }))
}

fn decision(given: wire::GivenApproval, environment: Option<&Text>) -> Decision {
    Decision {
        by: said(given.user.and_then(|user| user.username)).unwrap_or_default(),
        word: said(given.status).unwrap_or_default(),
        comment: said(given.comment),
        environments: environment.into_iter().cloned().collect(),
    }
}

pub(super) fn tests(report: wire::TestReport) -> Option<TestCounts> {
    let total = report.total?;
    let count = total.count.filter(|count| *count > 0)?;
    let cases = report
        .test_suites
        .into_iter()
        .flatten()
        .flat_map(|suite| suite.test_cases.unwrap_or_default());
    let failed = cases.filter(|case| matches!(case.status.as_deref(), Some("failed" | "error")));
    Some(TestCounts {
        total: count,
        failed: total.failed.unwrap_or(0) + total.error.unwrap_or(0),
        skipped: total.skipped.unwrap_or(0),
        failed_names: failed.filter_map(test_name).take(NAMED).collect(),
    })
}

fn test_name(case: wire::TestCase) -> Option<Text> {
    let name = case.name?;
    Some(Text::new(match case.classname {
        Some(class) if !class.is_empty() => format!("{class} {name}"),
        _ => name,
    }))
}

fn state(word: Option<&str>, may_fail: bool) -> State {
    match word.unwrap_or("no status") {
        "created"
        | "waiting_for_resource"
        | "preparing"
        | "waiting_for_callback"
        | "pending"
        | "scheduled" => State::Queued,
        "running" | "canceling" => State::Running,
        "manual" | "blocked" => State::NeedsHuman,
        "success" => State::Passed,
        "failed" if may_fail => State::Warned,
        "failed" => State::Failed,
        "canceled" => State::Cancelled,
        "skipped" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}
