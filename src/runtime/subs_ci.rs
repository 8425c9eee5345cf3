//! Runs what the model wants watched of a pipeline.

use super::clock;
use crate::app::subscription::PipelineFocus;
use crate::domain::ids::Target;
use crate::domain::pipeline::{JobId, RunId};
use crate::sources::ci::Provider;
use crate::sources::ci::watch::{Focus, Followed, Watched};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at a log that grows.
const LOG_EVERY: Duration = Duration::from_secs(2);

/// The pipeline of the service.
#[derive(Clone)]
pub struct PipelineSource {
    /// Who is asked.
    pub provider: Arc<dyn Provider>,
    /// Only this branch's runs.
    pub branch: Option<String>,
    /// The pace while something runs.
    pub interval: Duration,
}

impl PipelineSource {
    pub(super) fn watched(&self, target: &Target) -> Watched {
        Watched {
            provider: Arc::clone(&self.provider),
            reference: self.branch.clone(),
            interval: self.interval,
            target: target.clone(),
            clock: clock::now,
        }
    }

    pub(super) fn followed(&self, target: &Target, run: &RunId, job: &JobId) -> Followed {
        Followed {
            provider: Arc::clone(&self.provider),
            target: target.clone(),
            run: run.clone(),
            job: job.clone(),
            every: LOG_EVERY,
        }
    }
}

pub(super) fn focus(focus: &PipelineFocus) -> Focus {
    Focus {
        run: focus.run.clone(),
        commits: focus.commits.clone(),
        hurry: focus.hurry,
    }
}
