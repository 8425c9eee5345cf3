//! GitHub's answers, as far as they are used. Whatever may be absent or null is; words are kept as words.

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Runs {
    pub(super) workflow_runs: Vec<Run>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) display_title: Option<String>,
    pub(super) head_branch: Option<String>,
    pub(super) head_sha: Option<String>,
    pub(super) run_number: Option<u64>,
    pub(super) run_attempt: Option<u32>,
    pub(super) event: Option<String>,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) run_started_at: Option<Timestamp>,
    pub(super) actor: Option<User>,
    pub(super) triggering_actor: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) login: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) run_id: u64,
    pub(super) run_attempt: Option<u32>,
    #[serde(default)]
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    pub(super) html_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    #[serde(default)]
    pub(super) number: u32,
    #[serde(default)]
    pub(super) name: String,
    pub(super) status: Option<String>,
    pub(super) conclusion: Option<String>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pending {
    pub(super) environment: PendingEnvironment,
    /// Minutes.
    #[serde(default)]
    pub(super) wait_timer: i64,
    pub(super) wait_timer_started_at: Option<Timestamp>,
    pub(super) current_user_can_approve: Option<bool>,
    #[serde(default)]
    pub(super) reviewers: Vec<Reviewer>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PendingEnvironment {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reviewer {
    pub(super) reviewer: Option<Named>,
}

/// A user has a login, a team a slug.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) login: Option<String>,
    pub(super) slug: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Compare {
    #[serde(default)]
    pub(super) ahead_by: u64,
    #[serde(default)]
    pub(super) behind_by: u64,
    pub(super) html_url: Option<String>,
    #[serde(default)]
    pub(super) commits: Vec<Commit>,
    pub(super) files: Option<Vec<File>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) additions: u64,
    #[serde(default)]
    pub(super) deletions: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) sha: String,
    pub(super) commit: CommitDetail,
    pub(super) author: Option<User>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommitDetail {
    #[serde(default)]
    pub(super) message: String,
    pub(super) author: Option<Signature>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Signature {
    pub(super) name: Option<String>,
    pub(super) date: Option<Timestamp>,
}
