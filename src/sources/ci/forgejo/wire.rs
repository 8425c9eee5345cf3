//! Forgejo's answers as they come. Every field may be missing: versions differ.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(in crate::sources::ci) struct RunList {
    pub(super) workflow_runs: Option<Vec<Run>>,
}

#[derive(Debug, Deserialize)]
pub(in crate::sources::ci) struct Run {
    pub(super) id: u64,
    pub(super) index_in_repo: Option<u64>,
    pub(super) title: Option<String>,
    pub(super) workflow_id: Option<String>,
    pub(super) commit_sha: Option<String>,
    pub(super) prettyref: Option<String>,
    pub(super) event: Option<String>,
    pub(super) status: Option<String>,
    pub(super) created: Option<String>,
    pub(super) started: Option<String>,
    pub(super) stopped: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) need_approval: Option<bool>,
    pub(super) trigger_user: Option<User>,
    pub(super) html_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: Option<String>,
}

/// Bare, or in an envelope.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(in crate::sources::ci) enum JobList {
    Bare(Vec<Job>),
    Wrapped { jobs: Option<Vec<Job>> },
}

impl JobList {
    pub(in crate::sources::ci) fn jobs(self) -> Vec<Job> {
        match self {
            Self::Bare(jobs) => jobs,
            Self::Wrapped { jobs } => jobs.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(in crate::sources::ci) struct Job {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) needs: Option<Vec<String>>,
    pub(super) status: Option<String>,
    pub(super) attempt: Option<u32>,
    pub(super) started: Option<String>,
    pub(super) stopped: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) steps: Option<Vec<Step>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) name: Option<String>,
    pub(super) number: Option<u32>,
    pub(super) status: Option<String>,
    pub(super) started: Option<String>,
    pub(super) stopped: Option<String>,
}
