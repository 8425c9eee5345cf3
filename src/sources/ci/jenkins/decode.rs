//! Jenkins' answers in the normal form.

use super::wire::{self, Id};
use crate::domain::pipeline::{
    Approval, ApprovalId, Job, JobId, JobKind, May, Run, RunId, Span, Stage, State, Step,
    TestCounts,
};
use crate::domain::text::Text;
use crate::sources::ci::common::{first_line, moment_of_millis, said};
use crate::sources::ci::http::encoded;
use jiff::{SignedDuration, Timestamp};

/// Failed tests that are named.
const NAMED: usize = 20;

/// The builds of a job, or of one branch by its listed name.
pub(super) fn builds(
    project: &str,
    branch: Option<&str>,
    builds: Option<Vec<wire::Build>>,
) -> Vec<Run> {
    // A branch's name is encoded once in the listing, and once more in its address.
    let branch = branch.map(encoded);
    let builds = builds.into_iter().flatten();
    builds
        .map(|one| build(project, branch.as_deref(), one))
        .collect()
}

/// A build; `branch` as it stands in addresses.
pub(super) fn build(project: &str, branch: Option<&str>, build: wire::Build) -> Run {
    let number = build.number;
    let live = build.building == Some(true) || build.in_progress == Some(true);
    let actions: Vec<wire::Action> = build.actions.into_iter().flatten().flatten().collect();
    let revision = actions
        .iter()
        .find_map(|action| action.last_built_revision.as_ref());
    let named = revision.and_then(|revision| revision.branch.as_ref()?.first()?.name.clone());
    let listed = branch.map(|branch| decoded(&decoded(branch)));
    let cause = actions
        .iter()
        .flat_map(|action| action.causes.iter().flatten())
        .next();
    let message = build
        .change_sets
        .into_iter()
        .flatten()
        .find_map(|set| set.items?.into_iter().next()?.msg);
    let title = message.map(|message| first_line(&message).to_owned());
    Run {
        id: RunId::new(branch.map_or_else(|| number.to_string(), |at| format!("{at}/{number}"))),
        number: Some(number),
        name: Text::new(project),
        title: said(title.or(build.display_name)).unwrap_or_default(),
        reference: said(listed.or(named.map(|name| bare_branch(&name).to_owned()))),
        commit: said(revision.and_then(|revision| revision.sha1.clone())),
        event: said(cause.and_then(|cause| cause.short_description.clone())),
        by: said(cause.and_then(|cause| cause.user_name.clone())),
        url: said(build.url),
        state: result(build.result.as_deref(), live),
        attempt: 1,
        span: span(build.timestamp, build.duration),
        updated: if live {
            None
        } else {
            span(build.timestamp, build.duration).ended
        },
        stages: None,
        approvals: Vec::new(),
        tests: counts(&actions),
    }
}

/// `main` of `refs/remotes/origin/main`.
fn bare_branch(name: &str) -> &str {
    let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
    name.strip_prefix("origin/").unwrap_or(name)
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        let plain = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        at += if plain.is_some() { 3 } else { 1 };
        out.push(plain.unwrap_or(byte));
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn result(word: Option<&str>, live: bool) -> State {
    if live {
        return State::Running;
    }
    match word.unwrap_or("no result") {
        "SUCCESS" => State::Passed,
        "UNSTABLE" => State::Warned,
        "FAILURE" => State::Failed,
        "ABORTED" => State::Cancelled,
        "NOT_BUILT" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}

fn span(started: Option<i64>, took: Option<i64>) -> Span {
    let started = moment_of_millis(started);
    let ended =
        started
            .zip(took.filter(|took| *took > 0))
            .and_then(|(started, took): (Timestamp, i64)| {
                started.checked_add(SignedDuration::from_millis(took)).ok()
            });
    Span {
        created: started,
        started,
        ended,
    }
}

fn counts(actions: &[wire::Action]) -> Option<TestCounts> {
    let told = actions.iter().find(|action| action.total_count.is_some())?;
    Some(TestCounts {
        total: told.total_count?,
        failed: told.fail_count.unwrap_or(0),
        skipped: told.skip_count.unwrap_or(0),
        failed_names: Vec::new(),
    })
}

/// The names of tests that failed.
pub(super) fn failed_names(report: wire::TestReport) -> Vec<Text> {
    let cases = report
        .suites
        .into_iter()
        .flatten()
        .flat_map(|suite| suite.cases.unwrap_or_default());
    let failed =
        cases.filter(|case| matches!(case.status.as_deref(), Some("FAILED" | "REGRESSION")));
    let name = |case: wire::Case| {
        let class = case.class_name.unwrap_or_default();
        Text::new(format!("{class} {}", case.name.unwrap_or_default()).trim())
    };
    failed.map(name).take(NAMED).collect()
}

/// Stages of the graph, their innermost parts as jobs, each with its steps.
pub(super) fn graph(
    run: &RunId,
    stages: Vec<wire::GraphStage>,
    steps: &[wire::GraphStep],
    live: bool,
) -> Vec<Stage> {
    let mut stages = stages;
    stages.sort_by_key(|stage| stage.id.number());
    let mut found = Vec::new();
    for stage in stages {
        let name = stage.name.clone().unwrap_or_default();
        let mut jobs = Vec::new();
        leaves(run, stage, "", &mut jobs, (steps, live));
        found.push(Stage {
            name: Text::new(name),
            jobs,
        });
    }
    found
}

fn leaves(
    run: &RunId,
    stage: wire::GraphStage,
    within: &str,
    jobs: &mut Vec<Job>,
    known: (&[wire::GraphStep], bool),
) {
    let name = stage.name.clone().unwrap_or_default();
    let name = if within.is_empty() {
        name
    } else {
        format!("{within} / {name}")
    };
    let mut children = stage.children.unwrap_or_default();
    children.sort_by_key(|child| child.id.number());
    if children.is_empty() {
        let (steps, live) = known;
        let mine = steps
            .iter()
            .filter(|step| step.stage_id.as_ref().map(Id::number) == Some(stage.id.number()));
        jobs.push(Job {
            state: graph_state(stage.state.as_deref(), live),
            span: span(stage.start_time_millis, stage.total_duration_millis),
            steps: mine.map(|step| graph_step(step, live)).collect(),
            reason: said(stage.cause_of_blockage),
            ..job(run, &stage.id, name)
        });
        return;
    }
    // The outermost name is the stage's own.
    let within = if within.is_empty() && jobs.is_empty() && stage.state.is_some() {
        String::new()
    } else {
        name
    };
    for child in children {
        leaves(run, child, &within, jobs, known);
    }
}

fn job(run: &RunId, node: &Id, name: String) -> Job {
    Job {
        id: JobId::new(format!("{run}:{}", node.number())),
        name: Text::new(name),
        kind: JobKind::Plain,
        state: State::Queued,
        attempt: 1,
        span: Span::default(),
        environment: None,
        needs: Vec::new(),
        steps: Vec::new(),
        url: None,
        reason: None,
    }
}

fn graph_step(step: &wire::GraphStep, live: bool) -> Step {
    let title = said(step.title.clone()).or_else(|| said(step.name.clone()));
    Step {
        number: u32::try_from(step.id.number()).unwrap_or(u32::MAX),
        name: title.unwrap_or_default(),
        state: graph_state(step.state.as_deref(), live),
        span: span(step.start_time_millis, step.total_duration_millis),
    }
}

fn graph_state(word: Option<&str>, live: bool) -> State {
    match word.unwrap_or("no state").to_lowercase().as_str() {
        "queued" => State::Queued,
        "running" => State::Running,
        "paused" => State::NeedsHuman,
        "success" => State::Passed,
        "unstable" => State::Warned,
        "failure" => State::Failed,
        "aborted" => State::Cancelled,
        "not_built" if live => State::Queued,
        "skipped" | "not_built" => State::Skipped,
        other => State::Unknown(Text::new(other)),
    }
}

/// Stages as pipeline-rest-api tells them: flat, parallel branches beside their stage.
pub(super) fn workflow(run: &RunId, stages: Vec<wire::WorkflowStage>, live: bool) -> Vec<Stage> {
    let stage = |stage: wire::WorkflowStage| {
        let name = stage.name.unwrap_or_default();
        let nodes = stage.stage_flow_nodes.unwrap_or_default();
        let steps = nodes.into_iter().map(|node| Step {
            number: u32::try_from(node.id.number()).unwrap_or(u32::MAX),
            name: said(node.name).unwrap_or_default(),
            state: workflow_state(node.status.as_deref(), live),
            span: span(node.start_time_millis, node.duration_millis),
        });
        let steps = steps.collect();
        let state = workflow_state(stage.status.as_deref(), live);
        let mut span = span(stage.start_time_millis, stage.duration_millis);
        if !state.is_over() {
            span.ended = None;
        }
        let job = Job {
            state,
            span,
            steps,
            reason: said(stage.error.and_then(|error| error.message)),
            ..job(run, &stage.id, name.clone())
        };
        Stage {
            name: Text::new(name),
            jobs: vec![job],
        }
    };
    stages.into_iter().map(stage).collect()
}

/// A status of pipeline-rest-api.
pub(super) fn workflow_state(word: Option<&str>, live: bool) -> State {
    match word.unwrap_or("no status") {
        "NOT_EXECUTED" if live => State::Queued,
        "NOT_EXECUTED" => State::Skipped,
        "IN_PROGRESS" => State::Running,
        "PAUSED_PENDING_INPUT" => State::NeedsHuman,
        "SUCCESS" => State::Passed,
        "UNSTABLE" => State::Warned,
        "FAILED" => State::Failed,
        "ABORTED" => State::Cancelled,
        other => State::Unknown(Text::new(other)),
    }
}

/// An input as an approval. One with parameters says so in its id, since it cannot be answered without them.
pub(super) fn input(id: &str, message: Option<String>, asks: bool, job: Option<&Job>) -> Approval {
    let kind = if asks { "asks" } else { "input" };
    let may = if asks {
        May::No(Text::new("it asks for parameters: answer it on its page"))
    } else {
        May::Unknown
    };
    Approval {
        id: ApprovalId::new(format!("{kind}:{id}")),
        job: job.map(|job| job.id.clone()),
        name: said(message).unwrap_or_else(|| Text::new(id)),
        environment: None,
        since: job.and_then(|job| job.span.started),
        not_before: None,
        reviewers: Vec::new(),
        may,
        decisions: Vec::new(),
    }
}
