//! What a person decides about protected environments.

use super::log;
use super::pipeline::{Review, Run, Status};
use jiff::Timestamp;

/// A decision.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    /// Ids of environments.
    pub(crate) environments: Vec<u64>,
    /// `approved` or `rejected`.
    pub(crate) state: &'static str,
    pub(crate) comment: String,
}

impl Decided {
    /// Lets the waiting jobs of these environments go on, or fail; `false` where none waits.
    pub(super) fn apply(&self, run: &mut Run, now: Timestamp) -> bool {
        let mut hit = false;
        for job in run
            .jobs
            .iter_mut()
            .filter(|job| job.status == Status::Waiting)
        {
            let Some(environment) = job.environment.clone() else {
                continue;
            };
            if !self.environments.contains(&environment_id(&environment)) {
                continue;
            }
            hit = true;
            run.updated = now;
            run.reviews.push(Review {
                environment,
                state: self.state,
                comment: self.comment.clone(),
            });
            if self.state == "approved" {
                job.status = Status::Queued;
            } else {
                job.put(Status::Ended("failure"), now);
                job.log = log::of_job(job, &run.sha);
            }
        }
        hit
    }
}

/// The id of an environment: always the same for the same name.
pub(crate) fn environment_id(name: &str) -> u64 {
    match name {
        "production" => 201_002,
        "staging" => 201_001,
        other => 300_000 + other.len() as u64,
    }
}
