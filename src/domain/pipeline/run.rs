//! Runs and their parts.

use super::approval::Approval;
use super::ids::{JobId, RunId};
use super::state::State;
use crate::domain::text::Text;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// When something was asked for, began and ended, by the provider's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// When it began; of a rerun, the rerun's.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Span {
    /// How long it took, or has been taking until `now`; never negative, however the clocks differ.
    pub fn took(&self, now: Timestamp) -> Option<SignedDuration> {
        let took = self.ended.unwrap_or(now).duration_since(self.started?);
        Some(took.max(SignedDuration::ZERO))
    }
}

/// One run of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The provider's id.
    pub id: RunId,
    /// What people call it: `#4812`. Numbers of different pipelines of one project may be the same.
    pub number: Option<u64>,
    /// The pipeline's name: a workflow, a Jenkins job.
    pub name: Text,
    /// What it runs for, in words: the commit's subject.
    pub title: Text,
    /// The branch, tag or other reference.
    pub reference: Option<Text>,
    /// The commit, all its hex digits.
    pub commit: Option<Text>,
    /// What started it: `push`, `schedule`, …
    pub event: Option<Text>,
    /// Who started it.
    pub by: Option<Text>,
    /// Its page.
    pub url: Option<Text>,
    /// How it stands.
    pub state: State,
    /// From 1; above 1 it was run again.
    pub attempt: u32,
    /// Its times.
    pub span: Span,
    /// When the provider last changed it: decides whether its jobs must be read again.
    pub updated: Option<Timestamp>,
    /// Its parts in the order they begin; `None` until they were read.
    pub stages: Option<Vec<Stage>>,
    /// What waits for a person.
    pub approvals: Vec<Approval>,
    /// What its tests said, where the provider tells.
    pub tests: Option<TestCounts>,
}

impl Run {
    /// Every job with its stage, in order.
    pub fn jobs(&self) -> impl Iterator<Item = (&Stage, &Job)> {
        let stages = self.stages.as_deref().unwrap_or_default();
        stages
            .iter()
            .flat_map(|stage| stage.jobs.iter().map(move |job| (stage, job)))
    }

    /// The job of this id.
    pub fn job(&self, id: &JobId) -> Option<&Job> {
        self.jobs().map(|(_, job)| job).find(|job| job.id == *id)
    }

    /// What people call it: its number with a `#`, else its id.
    pub fn label(&self) -> String {
        self.number
            .map_or_else(|| self.id.to_string(), |number| format!("#{number}"))
    }

    /// The first digits of its commit, as people write it; empty where it has none.
    pub fn short_commit(&self) -> &str {
        let commit = self.commit.as_ref().map_or("", |commit| commit.shown());
        commit.get(..7).unwrap_or(commit)
    }
}

/// Jobs that belong together: a GitLab or Jenkins stage, the parts of a matrix, the jobs of a called workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: Text,
    /// Its jobs, the latest attempt of each, in the order they begin.
    pub jobs: Vec<Job>,
}

impl Stage {
    /// What its jobs amount to; a stage without jobs has not begun.
    pub fn state(&self) -> State {
        State::fold(self.jobs.iter().map(|job| &job.state)).unwrap_or(State::Queued)
    }

    /// From its first job's start to its last job's end; no end while one goes on.
    pub fn span(&self) -> Span {
        let times = |of: fn(&Span) -> Option<Timestamp>| {
            self.jobs.iter().filter_map(move |job| of(&job.span))
        };
        let over = !self.jobs.is_empty() && self.jobs.iter().all(|job| job.state.is_over());
        Span {
            created: times(|span| span.created).min(),
            started: times(|span| span.started).min(),
            ended: times(|span| span.ended).max().filter(|_| over),
        }
    }
}

/// What a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Something that runs here.
    #[default]
    Plain,
    /// It starts a pipeline and mirrors it: a child, another project's, a downstream job.
    Downstream(Option<RunId>),
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The provider's id.
    pub id: JobId,
    /// Its name, the whole of it.
    pub name: Text,
    /// What it is.
    pub kind: JobKind,
    /// How it stands; failed and allowed to is [`State::Warned`].
    pub state: State,
    /// From 1.
    pub attempt: u32,
    /// Its times.
    pub span: Span,
    /// The environment that it declares to deploy to.
    pub environment: Option<Text>,
    /// Names of the jobs it waits for, where the provider tells.
    pub needs: Vec<Text>,
    /// Its steps, in order; empty before they are known.
    pub steps: Vec<Step>,
    /// Its page.
    pub url: Option<Text>,
    /// Why it failed, or what it waits for, in the provider's words.
    pub reason: Option<Text>,
}

impl Job {
    /// The first step that failed.
    pub fn failing_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.state == State::Failed)
    }
}

/// One step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The provider's number; gaps are usual.
    pub number: u32,
    /// Its name.
    pub name: Text,
    /// How it stands.
    pub state: State,
    /// Its times.
    pub span: Span,
}

/// What the tests of a run said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestCounts {
    /// How many there are.
    pub total: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were left out.
    pub skipped: u64,
    /// Names of those that failed, the first ones.
    pub failed_names: Vec<Text>,
}
