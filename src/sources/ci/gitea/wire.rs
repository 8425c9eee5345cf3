//! Gitea's answers as they come. Every field may be missing: versions differ.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct RunList {
    pub(super) workflow_runs: Option<Vec<Run>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) display_title: Option<String>,
    pub(super) path: Option<String>,
    pub(super) event: Option<String>,
    #[serde(rename = "run_attempt")]
    pub(super) attempt: Option<u32>,
    #[serde(rename = "run_number")]
    pub(super) number: Option<u64>,
    pub(super) head_sha: Option<String>,
    pub(super) head_branch: Option<String>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) trigger_actor: Option<Actor>,
    pub(super) actor: Option<Actor>,
    pub(super) html_url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) completed_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Actor {
    pub(super) login: Option<String>,
}

/// A job's run, alike in Forgejo.
#[derive(Debug, Deserialize)]
pub(super) struct Belonging {
    pub(super) run_id: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobList {
    jobs: Option<Vec<Job>>,
}

impl JobList {
    pub(super) fn jobs(self) -> Vec<Job> {
        self.jobs.unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) run_attempt: Option<u32>,
    pub(super) html_url: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) completed_at: Option<String>,
    pub(super) steps: Option<Vec<Step>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) name: Option<String>,
    pub(super) number: Option<u32>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) completed_at: Option<String>,
}
