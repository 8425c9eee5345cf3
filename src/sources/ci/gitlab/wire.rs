//! GitLab's answers as they come. Every field but ids may be missing.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: u64,
    pub(super) iid: Option<u64>,
    pub(super) project_id: Option<u64>,
    pub(super) name: Option<String>,
    pub(super) sha: Option<String>,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
    pub(super) status: Option<String>,
    pub(super) source: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    pub(super) user: Option<User>,
    pub(super) web_url: Option<String>,
    pub(super) yaml_errors: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) username: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) name: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) status: Option<String>,
    pub(super) allow_failure: Option<bool>,
    pub(super) created_at: Option<String>,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    pub(super) failure_reason: Option<String>,
    pub(super) web_url: Option<String>,
    pub(super) commit: Option<Commit>,
    pub(super) pipeline: Option<Belonging>,
    /// Of a job that starts a pipeline.
    pub(super) downstream_pipeline: Option<Pipeline>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Belonging {
    pub(super) id: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Commit {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
    pub(super) message: Option<String>,
    pub(super) author_name: Option<String>,
    pub(super) created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) id: u64,
    pub(super) status: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) environment: Option<Environment>,
    pub(super) deployable: Option<Deployable>,
    pub(super) approvals: Option<Vec<GivenApproval>>,
    pub(super) approval_summary: Option<ApprovalSummary>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Environment {
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deployable {
    pub(super) id: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct GivenApproval {
    pub(super) user: Option<User>,
    pub(super) status: Option<String>,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApprovalSummary {
    pub(super) rules: Option<Vec<ApprovalRule>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ApprovalRule {
    pub(super) user_id: Option<u64>,
    pub(super) group_id: Option<u64>,
    pub(super) access_level_description: Option<String>,
    pub(super) required_approvals: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestReport {
    pub(super) total: Option<TestTotal>,
    pub(super) test_suites: Option<Vec<TestSuite>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestTotal {
    pub(super) count: Option<u64>,
    pub(super) failed: Option<u64>,
    pub(super) error: Option<u64>,
    pub(super) skipped: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestSuite {
    pub(super) test_cases: Option<Vec<TestCase>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestCase {
    pub(super) status: Option<String>,
    pub(super) name: Option<String>,
    pub(super) classname: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    pub(super) commits: Option<Vec<Commit>>,
    pub(super) diffs: Option<Vec<Diff>>,
    pub(super) web_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Diff {
    pub(super) diff: Option<String>,
}
