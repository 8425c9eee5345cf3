//! The tree of a run as rows: stages, their jobs, the open job's steps.

use crate::domain::pipeline::{Job, JobId, Run, Stage, Step};

/// A row of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row<'r> {
    /// A stage of several jobs.
    Stage(&'r Stage),
    /// A job; alone in its stage, or below it.
    Job {
        /// Its stage.
        stage: &'r Stage,
        /// The job.
        job: &'r Job,
    },
    /// A step of the open job.
    Step(&'r Job, &'r Step),
}

impl<'r> Row<'r> {
    /// The job that the row stands for: of a stage the first that failed, runs or is there.
    pub fn job(self) -> Option<&'r Job> {
        match self {
            Self::Stage(stage) => stage
                .jobs
                .iter()
                .find(|job| job.state == stage.state())
                .or_else(|| stage.jobs.first()),
            Self::Job { job, .. } | Self::Step(job, _) => Some(job),
        }
    }
}

/// The rows of a run; the steps of `opened` are among them.
pub fn rows<'r>(run: &'r Run, opened: Option<&JobId>) -> Vec<Row<'r>> {
    let mut rows = Vec::new();
    for stage in run.stages.as_deref().unwrap_or_default() {
        if !is_alone(stage) {
            rows.push(Row::Stage(stage));
        }
        for job in &stage.jobs {
            rows.push(Row::Job { stage, job });
            if opened == Some(&job.id) {
                rows.extend(job.steps.iter().map(|step| Row::Step(job, step)));
            }
        }
    }
    rows
}

/// A stage that is one job needs no row of its own.
pub(crate) fn is_alone(stage: &Stage) -> bool {
    stage.jobs.len() == 1
}
