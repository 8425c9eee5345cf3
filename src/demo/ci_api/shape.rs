//! GitHub's JSON for runs, jobs and what waits, every field that its description requires included.

use super::REPOSITORY;
use super::book::PROTECTED;
use super::pipeline::{Job, Run, Status, Step};
use super::reviews::environment_id;
use crate::demo::kube_api::seconds;
use serde_json::{Value, json};

/// Where pages would be.
const WEB: &str = "https://github.example.com";
/// The id of the one workflow.
pub(crate) const WORKFLOW: u64 = 61_001;

/// Builds addresses: those of the API begin with the server's own.
#[derive(Debug, Clone)]
pub(crate) struct Shapes {
    pub(crate) api: String,
}

impl Shapes {
    fn repository_url(&self) -> String {
        format!("{}/repos/{REPOSITORY}", self.api)
    }

    pub(crate) fn run(&self, run: &Run) -> Value {
        let status = run.status();
        let api = format!("{}/actions/runs/{}", self.repository_url(), run.id);
        json!({
            "id": run.id, "name": "release", "node_id": format!("WFR_{}", run.id),
            "check_suite_id": run.id + 1, "check_suite_node_id": format!("CS_{}", run.id),
            "head_branch": run.branch, "head_sha": run.sha, "path": ".github/workflows/release.yml",
            "run_number": run.number, "run_attempt": run.attempt,
            "referenced_workflows": [], "event": run.event, "display_title": run.title,
            "status": status.status(), "conclusion": status.conclusion(),
            "workflow_id": WORKFLOW, "url": api, "html_url": format!("{WEB}/{REPOSITORY}/actions/runs/{}", run.id),
            "pull_requests": [], "created_at": seconds(run.created), "updated_at": seconds(run.updated),
            "run_started_at": seconds(run.started),
            "actor": user(&run.actor), "triggering_actor": user(&run.actor),
            "jobs_url": format!("{api}/jobs"), "logs_url": format!("{api}/logs"),
            "check_suite_url": format!("{}/check-suites/{}", self.repository_url(), run.id + 1),
            "artifacts_url": format!("{api}/artifacts"), "cancel_url": format!("{api}/cancel"),
            "rerun_url": format!("{api}/rerun"), "previous_attempt_url": previous(run, &api),
            "workflow_url": format!("{}/actions/workflows/{WORKFLOW}", self.repository_url()),
            "head_commit": commit(run), "repository": self.repository(), "head_repository": self.repository(),
        })
    }

    pub(crate) fn job(&self, run: &Run, job: &Job) -> Value {
        let repository = self.repository_url();
        let ran = job.started.is_some();
        json!({
            "id": job.id, "run_id": run.id, "run_url": format!("{repository}/actions/runs/{}", run.id),
            "run_attempt": job.attempt, "node_id": format!("CR_{}", job.id), "head_sha": run.sha,
            "url": format!("{repository}/actions/jobs/{}", job.id),
            "html_url": format!("{WEB}/{REPOSITORY}/actions/runs/{}/job/{}", run.id, job.id),
            "status": job.status.status(), "conclusion": job.status.conclusion(),
            "created_at": seconds(job.created), "started_at": seconds(job.started.unwrap_or(job.created)),
            "completed_at": job.ended.map(seconds), "name": job.name,
            "steps": job.steps.iter().filter(|_| ran).map(step).collect::<Vec<_>>(),
            "check_run_url": format!("{repository}/check-runs/{}", job.id), "labels": ["ubuntu-24.04"],
            "runner_id": ran.then_some(7), "runner_name": ran.then_some("hosted 7"),
            "runner_group_id": ran.then_some(2), "runner_group_name": ran.then_some("hosted"),
            "workflow_name": "release", "head_branch": run.branch,
        })
    }

    /// What waits for a person, an environment once.
    pub(crate) fn pending(&self, run: &Run) -> Value {
        let waits = run.jobs.iter().any(|job| {
            job.status == Status::Waiting && job.environment.as_deref() == Some(PROTECTED)
        });
        let pending = waits.then(|| {
            json!({
                "environment": self.environment(PROTECTED),
                "wait_timer": 0, "wait_timer_started_at": null, "current_user_can_approve": true,
                "reviewers": [
                    { "type": "User", "reviewer": user("jonas") },
                    { "type": "Team", "reviewer": self.team("release-managers") },
                ],
            })
        });
        json!(pending.into_iter().collect::<Vec<_>>())
    }

    pub(crate) fn approvals(&self, run: &Run) -> Value {
        let review = |review: &super::pipeline::Review| {
            let mut environment = self.environment(&review.environment);
            environment["created_at"] = json!(seconds(run.created));
            environment["updated_at"] = json!(seconds(run.created));
            json!({ "environments": [environment], "state": review.state, "user": user("jonas"), "comment": review.comment })
        };
        json!(run.reviews.iter().map(review).collect::<Vec<_>>())
    }

    /// The deployments that a decision made, as a POST answers.
    pub(crate) fn deployments(&self, run: &Run, environments: &[u64]) -> Value {
        let url = self.repository_url();
        let one = |id: &u64| {
            json!({
                "url": format!("{url}/deployments/{id}"), "id": id, "node_id": format!("DE_{id}"), "sha": run.sha,
                "ref": run.branch, "task": "deploy", "payload": {}, "environment": PROTECTED, "description": null,
                "creator": user(&run.actor), "created_at": seconds(run.updated), "updated_at": seconds(run.updated),
                "statuses_url": format!("{url}/deployments/{id}/statuses"), "repository_url": url,
            })
        };
        json!(environments.iter().map(one).collect::<Vec<_>>())
    }

    fn environment(&self, name: &str) -> Value {
        json!({
            "id": environment_id(name), "node_id": format!("EN_{name}"), "name": name,
            "url": format!("{}/environments/{name}", self.repository_url()),
            "html_url": format!("{WEB}/{REPOSITORY}/deployments/{name}"),
        })
    }

    fn team(&self, slug: &str) -> Value {
        let url = format!("{}/teams/{slug}", self.api);
        json!({
            "id": 31, "node_id": "T_31", "url": url, "html_url": format!("{WEB}/orgs/shop/teams/{slug}"),
            "members_url": format!("{url}/members{{/member}}"), "name": slug, "description": null,
            "permission": "push", "privacy": "closed", "repositories_url": format!("{url}/repos"), "slug": slug, "parent": null,
            "type": "organization", "organization_id": 41,
        })
    }

    pub(crate) fn repository(&self) -> Value {
        let url = self.repository_url();
        let mut repository = json!({
            "id": 51, "node_id": "R_51", "name": "checkout", "full_name": REPOSITORY, "private": true, "owner": user("shop"),
            "html_url": format!("{WEB}/{REPOSITORY}"), "description": "The checkout API", "fork": false, "url": url,
            "default_branch": "main", "visibility": "private",
        });
        for (field, path) in [
            ("archive_url", "{archive_format}{/ref}"),
            ("assignees_url", "assignees{/user}"),
            ("blobs_url", "git/blobs{/sha}"),
            ("branches_url", "branches{/branch}"),
            ("collaborators_url", "collaborators{/collaborator}"),
            ("comments_url", "comments{/number}"),
            ("commits_url", "commits{/sha}"),
            ("compare_url", "compare/{base}...{head}"),
            ("contents_url", "contents/{+path}"),
            ("contributors_url", "contributors"),
            ("deployments_url", "deployments"),
            ("downloads_url", "downloads"),
            ("events_url", "events"),
            ("forks_url", "forks"),
            ("git_commits_url", "git/commits{/sha}"),
            ("git_refs_url", "git/refs{/sha}"),
            ("git_tags_url", "git/tags{/sha}"),
            ("hooks_url", "hooks"),
            ("issue_comment_url", "issues/comments{/number}"),
            ("issue_events_url", "issues/events{/number}"),
            ("issues_url", "issues{/number}"),
            ("keys_url", "keys{/key_id}"),
            ("labels_url", "labels{/name}"),
            ("languages_url", "languages"),
            ("merges_url", "merges"),
            ("milestones_url", "milestones{/number}"),
            (
                "notifications_url",
                "notifications{?since,all,participating}",
            ),
            ("pulls_url", "pulls{/number}"),
            ("releases_url", "releases{/id}"),
            ("stargazers_url", "stargazers"),
            ("statuses_url", "statuses/{sha}"),
            ("subscribers_url", "subscribers"),
            ("subscription_url", "subscription"),
            ("tags_url", "tags"),
            ("teams_url", "teams"),
            ("trees_url", "git/trees{/sha}"),
        ] {
            repository[field] = json!(format!("{url}/{path}"));
        }
        repository
    }

    /// What lies between two commits: one commit for every run after the first of them.
    pub(crate) fn compare(&self, (base, head): (&str, &str), runs: &[Run]) -> Value {
        let place = |commit: &str| runs.iter().position(|run| run.sha.starts_with(commit));
        // Newest first.
        let between = match (place(head), place(base)) {
            (Some(head), Some(base)) if head <= base => &runs[head..base],
            _ => &[],
        };
        // What is not known here lies before all that is.
        let oldest = runs.len().checked_sub(1);
        let base_commit = place(base)
            .or(oldest)
            .map(|at| self.whole_commit(&runs[at]));
        let url = format!("{}/compare/{base}...{head}", self.repository_url());
        let commits: Vec<Value> = between
            .iter()
            .rev()
            .map(|run| self.whole_commit(run))
            .collect();
        let ahead = commits.len();
        let file = |at: usize| {
            json!({
                "sha": "0".repeat(40), "filename": format!("src/basket/part_{at}.rs"), "status": "modified",
                "additions": 12 + at, "deletions": 3, "changes": 15 + at, "blob_url": url, "raw_url": url, "contents_url": url,
            })
        };
        json!({
            "url": url, "html_url": format!("{WEB}/{REPOSITORY}/compare/{base}...{head}"),
            "permalink_url": format!("{WEB}/{REPOSITORY}/compare/{base}...{head}"),
            "diff_url": format!("{WEB}/{REPOSITORY}/compare.diff"), "patch_url": format!("{WEB}/{REPOSITORY}/compare.patch"),
            "base_commit": base_commit, "merge_base_commit": base_commit,
            "status": if ahead == 0 { "identical" } else { "ahead" }, "ahead_by": ahead, "behind_by": 0, "total_commits": ahead,
            "commits": commits, "files": (0..ahead).map(file).collect::<Vec<_>>(),
        })
    }

    fn whole_commit(&self, run: &Run) -> Value {
        let url = format!("{}/commits/{}", self.repository_url(), run.sha);
        let person = json!({ "name": run.actor, "email": format!("{}@example.com", run.actor), "date": seconds(run.created) });
        json!({
            "url": url, "sha": run.sha, "node_id": format!("C_{}", run.sha), "html_url": format!("{WEB}/{REPOSITORY}/commit/{}", run.sha),
            "comments_url": format!("{url}/comments"), "author": user(&run.actor), "committer": user(&run.actor), "parents": [],
            "commit": {
                "url": url, "author": person, "committer": person, "message": format!("{} (#{})", run.title, run.number - 2600),
                "comment_count": 0, "tree": { "sha": run.sha, "url": url },
            },
        })
    }
}

fn step(step: &Step) -> Value {
    json!({
        "name": step.name, "status": step.status.status(), "conclusion": step.status.conclusion(), "number": step.number,
        "started_at": step.started.map(seconds), "completed_at": step.ended.map(seconds),
    })
}

fn commit(run: &Run) -> Value {
    let person = json!({ "name": run.actor, "email": format!("{}@example.com", run.actor) });
    json!({
        "id": run.sha, "tree_id": run.sha, "message": run.title, "timestamp": seconds(run.created),
        "author": person, "committer": person,
    })
}

pub(crate) fn user(login: &str) -> Value {
    let url = format!("{WEB}/api/users/{login}");
    let mut user = json!({
        "login": login, "id": 11 + login.len(), "node_id": format!("U_{login}"), "avatar_url": format!("{WEB}/{login}.png"),
        "gravatar_id": "", "url": url, "html_url": format!("{WEB}/{login}"), "type": "User", "site_admin": false,
    });
    for (field, path) in [
        ("followers_url", "followers"),
        ("following_url", "following{/other_user}"),
        ("gists_url", "gists{/gist_id}"),
        ("starred_url", "starred{/owner}{/repo}"),
        ("subscriptions_url", "subscriptions"),
        ("organizations_url", "orgs"),
        ("repos_url", "repos"),
        ("events_url", "events{/privacy}"),
        ("received_events_url", "received_events"),
    ] {
        user[field] = json!(format!("{url}/{path}"));
    }
    user
}

fn previous(run: &Run, api: &str) -> Value {
    match run.attempt {
        0 | 1 => Value::Null,
        attempt => json!(format!("{api}/attempts/{}", attempt - 1)),
    }
}
