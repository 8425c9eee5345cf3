//! The pipeline: the shapes.

use super::raw;
use crate::app::model::Model;
use crate::domain::pipeline::{Approval, Job, LineKind, LogPiece, May, Run, State, Step};
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.runs/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunsDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// Newest first.
    pub runs: Vec<RunStatus>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunStatus {
    /// The provider's id.
    pub run: String,
    /// What people call it.
    pub number: Option<u64>,
    /// From 1.
    pub attempt: u32,
    /// The pipeline's name.
    pub name: String,
    /// What it runs for.
    pub title: String,
    /// Branch or tag.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Who.
    pub by: Option<String>,
    /// The state's word; an unknown one is the provider's own.
    pub state: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its page.
    pub url: Option<String>,
    /// What waits for a person; only of a run that was asked for alone.
    pub approvals: Vec<ApprovalStatus>,
    /// Its jobs; `null` where they were not asked for.
    pub jobs: Option<Vec<JobStatus>>,
    /// Common mistakes that it shows; only of a run that was asked for alone.
    pub mistakes: Vec<String>,
}

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovalStatus {
    /// What it is called.
    pub name: String,
    /// The environment.
    pub environment: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Who may decide.
    pub reviewers: Vec<String>,
    /// Whether this login may; `null`: not told.
    pub may_decide: Option<bool>,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobStatus {
    /// The provider's id.
    pub job: String,
    /// The stage.
    pub stage: String,
    /// Its name.
    pub name: String,
    /// The state's word.
    pub state: String,
    /// From 1.
    pub attempt: u32,
    /// The environment it declares.
    pub environment: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its page.
    pub url: Option<String>,
    /// Its steps.
    pub steps: Vec<StepState>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepState {
    /// The provider's number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// The state's word.
    pub state: String,
}

/// `flightdeck.joblog/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobLogDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The provider's id of the job.
    pub job: String,
    /// Its name.
    pub name: String,
    /// The state's word.
    pub state: String,
    /// Bytes before the lines that were not read.
    pub skipped_bytes: u64,
    /// The lines, cleaned.
    pub lines: Vec<LineStatus>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineStatus {
    /// When it was written.
    pub at: Option<Timestamp>,
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub text: String,
}

/// `flightdeck.asked/1`: what became of approve, reject, rerun, cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The run to look at now.
    pub run: String,
    /// In words.
    pub text: String,
}

/// The pipeline in status/1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineStatus {
    /// The run's id.
    pub run: String,
    /// What people call it.
    pub number: Option<u64>,
    /// Its page.
    pub url: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Whether it is only likely the run of the release in view.
    pub likely: bool,
    /// The run's state.
    pub state: String,
    /// The gates that it has.
    pub gates: Vec<GateStatus>,
}

/// One gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateStatus {
    /// From 1 to 5.
    pub gate: u8,
    /// The state's word; `null` where the run has none of it.
    pub state: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl PipelineStatus {
    /// That of the run in view.
    pub fn of(model: &Model) -> Option<Self> {
        let strip = model.pipeline.strip.as_ref()?;
        let known = model.pipeline.feed.value.as_ref()?;
        let run = known.runs.iter().find(|run| run.id == strip.run)?;
        let gates = strip.gates.iter().map(|reading| GateStatus {
            gate: reading.gate.number(),
            state: reading.state.as_ref().map(word),
            since: reading.since,
        });
        Some(Self {
            run: run.id.to_string(),
            number: run.number,
            url: run.url.as_ref().map(raw),
            commit: run.commit.as_ref().map(raw),
            likely: strip.link.is_likely(),
            state: word(&run.state),
            gates: gates.collect(),
        })
    }
}

impl RunStatus {
    /// A run as it is known.
    pub fn of(run: &Run) -> Self {
        let jobs = run.stages.as_ref().map(|_| {
            run.jobs()
                .map(|(stage, job)| JobStatus::of(raw(&stage.name), job))
                .collect()
        });
        Self {
            run: run.id.to_string(),
            number: run.number,
            attempt: run.attempt,
            name: raw(&run.name),
            title: raw(&run.title),
            branch: run.reference.as_ref().map(raw),
            commit: run.commit.as_ref().map(raw),
            by: run.by.as_ref().map(raw),
            state: word(&run.state),
            started_at: run.span.started,
            ended_at: run.span.ended,
            url: run.url.as_ref().map(raw),
            approvals: run.approvals.iter().map(approval).collect(),
            jobs,
            mistakes: Vec::new(),
        }
    }
}

impl JobStatus {
    fn of(stage: String, job: &Job) -> Self {
        Self {
            job: job.id.to_string(),
            stage,
            name: raw(&job.name),
            state: word(&job.state),
            attempt: job.attempt,
            environment: job.environment.as_ref().map(raw),
            started_at: job.span.started,
            ended_at: job.span.ended,
            url: job.url.as_ref().map(raw),
            steps: job.steps.iter().map(step).collect(),
        }
    }
}

impl JobLogDocument {
    /// What was read of a job's log.
    pub fn of(job: &Job, piece: &LogPiece) -> Self {
        let line = |line: &crate::domain::pipeline::LogLine| LineStatus {
            at: line.at,
            kind: line.kind,
            text: line.text.clone(),
        };
        Self {
            schema: "flightdeck.joblog/1",
            job: job.id.to_string(),
            name: raw(&job.name),
            state: word(&job.state),
            skipped_bytes: piece.skipped_bytes,
            lines: piece.lines.iter().map(line).collect(),
        }
    }
}

fn step(step: &Step) -> StepState {
    StepState {
        number: step.number,
        name: raw(&step.name),
        state: word(&step.state),
    }
}

fn approval(approval: &Approval) -> ApprovalStatus {
    ApprovalStatus {
        name: raw(&approval.name),
        environment: approval.environment.as_ref().map(raw),
        since: approval.since,
        reviewers: approval.reviewers.iter().map(raw).collect(),
        may_decide: match approval.may {
            May::Yes => Some(true),
            May::No(_) => Some(false),
            May::Unknown => None,
        },
    }
}

fn word(state: &State) -> String {
    state.word().to_owned()
}
