//! GitHub Actions, on github.com and on Enterprise Server.
//!
//! A job's log is there when the job has ended: no public endpoint gives it before. Answers are asked for conditionally, and
//! an unchanged one does not count.

mod comparing;
mod decode;
mod wire;

use super::common::all;
use super::growing::{Reading, Sends};
use super::http::{Ask, Http, Payload, Scheme, encoded};
use super::lines;
use super::{Asked, CiError, Connection, Provider, Scope};
use crate::config::settings::CiSource;
use crate::domain::pipeline::{
    Ability, Answered, ApprovalId, Capabilities, Command, Comparison, Cursor, Delivery, JobId,
    LogPiece, Quota, Run, RunId, State,
};
use crate::domain::text::Text;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;

const READ: &str = "the permission to read Actions (classic token: repo)";
const WRITE: &str = "the permission to write Actions (classic token: repo)";
const REVIEW: &str = "the permission to write Deployments (classic token: repo)";
const CONTENTS: &str = "the permission to read Contents (classic token: repo)";

/// Jobs of one run that are read.
const JOBS: usize = 1000;

/// One repository.
struct GitHub {
    http: Http,
    /// `OWNER/REPOSITORY`.
    repository: String,
}

pub(super) fn scheme(_source: &CiSource) -> Scheme {
    Scheme::Bearer
}

pub(super) fn open(connection: Connection) -> Arc<dyn Provider> {
    Arc::new(GitHub {
        http: connection.http,
        repository: connection.project,
    })
}

impl GitHub {
    /// A question about the repository; `what` as it follows "cannot", without the repository's name.
    fn ask(&self, path: &str, what: &str, needs: &'static str) -> Ask {
        let repository: Vec<String> = self.repository.split('/').map(encoded).collect();
        let path = format!("/repos/{}{path}", repository.join("/"));
        let version = (
            HeaderName::from_static("x-github-api-version"),
            HeaderValue::from_static("2022-11-28"),
        );
        Ask {
            accept: "application/vnd.github+json",
            headers: vec![version],
            ..Ask::json(path, format!("{what} of {}", self.repository), needs)
        }
    }

    async fn read<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, CiError> {
        self.http.get(ask).await?.read()
    }

    async fn jobs(&self, run: &RunId) -> Result<Vec<wire::Job>, CiError> {
        let ask = self.ask(
            &format!("/actions/runs/{run}/jobs?per_page=100"),
            &format!("read the jobs of run {run}"),
            READ,
        );
        all(&self.http, ask, JOBS, |page: wire::Jobs| page.jobs).await
    }

    async fn detailed(&self, run: &Run) -> Result<Run, CiError> {
        let mut run = run.clone();
        let mut stages = decode::stages(self.jobs(&run.id).await?);
        let mut jobs = stages.iter().flat_map(|stage| &stage.jobs);
        run.approvals.clear();
        if run.state == State::NeedsHuman || jobs.any(|job| job.state == State::NeedsHuman) {
            run.approvals = self.waiting(&run.id).await?;
            decode::name_environments(&mut stages, &mut run.approvals);
        }
        run.stages = Some(stages);
        Ok(run)
    }

    /// What waits for a person. A token that may not see it still sees that the run waits.
    async fn waiting(
        &self,
        run: &RunId,
    ) -> Result<Vec<crate::domain::pipeline::Approval>, CiError> {
        let ask = self.ask(
            &format!("/actions/runs/{run}/pending_deployments"),
            &format!("read what run {run} waits for"),
            READ,
        );
        match self.read::<Vec<wire::Pending>>(&ask).await {
            Ok(pending) => Ok(pending.into_iter().map(decode::approval).collect()),
            Err(error @ (CiError::Forbidden { .. } | CiError::NotFound { .. })) => {
                Ok(vec![decode::unseen(&error.to_string())])
            }
            Err(error) => Err(error),
        }
    }

    async fn review(
        &self,
        run: &RunId,
        what: &[ApprovalId],
        word: &'static str,
        comment: &str,
    ) -> Result<(), CiError> {
        let ids: Vec<i64> = what
            .iter()
            .filter_map(|id| id.as_str().parse().ok())
            .collect();
        let ask = self.ask(
            &format!("/actions/runs/{run}/pending_deployments"),
            &format!("have run {run} {word}"),
            REVIEW,
        );
        let body = json!({ "environment_ids": ids, "state": word, "comment": comment });
        self.http
            .send(Method::POST, &ask, Payload::Json(body))
            .await
            .map(drop)
    }

    async fn post(&self, path: &str, what: &str) -> Result<(), CiError> {
        let ask = self.ask(path, what, WRITE);
        self.http
            .send(Method::POST, &ask, Payload::Nothing)
            .await
            .map(drop)
    }

    async fn carry(&self, command: &Command) -> Result<Answered, CiError> {
        let run = command.run();
        let said = match command {
            Command::Approve { what, comment, .. } => {
                self.review(run, what, "approved", comment).await?;
                format!("run {run} was approved")
            }
            Command::Reject { what, comment, .. } => {
                self.review(run, what, "rejected", comment).await?;
                format!("run {run} was rejected")
            }
            Command::Rerun(_) => {
                let what = format!("rerun run {run}");
                self.post(&format!("/actions/runs/{run}/rerun"), &what)
                    .await?;
                format!("run {run} is run again")
            }
            Command::RerunFailed(_) => {
                let what = format!("rerun the failed jobs of run {run}");
                let path = format!("/actions/runs/{run}/rerun-failed-jobs");
                self.post(&path, &what).await?;
                format!("the failed jobs of run {run} are run again")
            }
            Command::RerunJob(_, job) => {
                let path = format!("/actions/jobs/{job}/rerun");
                self.post(&path, &format!("rerun job {job}")).await?;
                format!("job {job} of run {run} is run again")
            }
            Command::Cancel(_) => {
                let path = format!("/actions/runs/{run}/cancel");
                self.post(&path, &format!("cancel run {run}")).await?;
                format!("run {run} is being cancelled")
            }
        };
        Ok(Answered {
            text: Text::new(said),
            run: run.clone(),
        })
    }

    async fn whole_log(&self, job: &JobId, from: Cursor, most: u64) -> Result<LogPiece, CiError> {
        let ask = self.ask(
            &format!("/actions/jobs/{job}/logs"),
            &format!("read the log of job {job}"),
            READ,
        );
        let reading = Reading {
            ask: &ask,
            from,
            most,
            sends: Sends::Whole,
            is_over: true,
            line: lines::actions,
        };
        self.http.read_on(&reading).await
    }
}

impl Provider for GitHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            provider: "GitHub Actions".to_owned(),
            logs: Delivery::AtTheEnd,
            approve: Ability::Yes,
            comment: Ability::Yes,
            rerun: Ability::Yes,
            rerun_failed: Ability::Yes,
            rerun_job: Ability::Yes,
            cancel: Ability::Yes,
            tests: Ability::no("GitHub has no API for test results"),
            compare: Ability::Yes,
        }
    }

    fn quota(&self) -> Option<Quota> {
        self.http.quota()
    }

    fn asks_for_free(&self) -> bool {
        true
    }

    fn runs<'a>(&'a self, scope: &'a Scope) -> Asked<'a, Vec<Run>> {
        Box::pin(async move {
            let mut path = format!(
                "/actions/runs?exclude_pull_requests=true&per_page={}",
                scope.most.clamp(1, 100)
            );
            for (key, value) in [("branch", &scope.reference), ("head_sha", &scope.commit)] {
                if let Some(value) = value {
                    path.extend(["&", key, "=", encoded(value).as_str()]);
                }
            }
            let runs: wire::Runs = self.read(&self.ask(&path, "list the runs", READ)).await?;
            Ok(runs.workflow_runs.into_iter().map(decode::run).collect())
        })
    }

    fn run<'a>(&'a self, id: &'a RunId) -> Asked<'a, Run> {
        Box::pin(async move {
            let what = format!("read run {id}");
            let ask = self.ask(&format!("/actions/runs/{id}"), &what, READ);
            Ok(decode::run(self.read(&ask).await?))
        })
    }

    fn detail<'a>(&'a self, run: &'a Run) -> Asked<'a, Run> {
        Box::pin(self.detailed(run))
    }

    fn log<'a>(
        &'a self,
        _run: &'a RunId,
        job: &'a JobId,
        from: Cursor,
        most: u64,
    ) -> Asked<'a, LogPiece> {
        Box::pin(async move {
            if from == Cursor::default() {
                return self.whole_log(job, from, most).await;
            }
            // It came as a whole.
            Ok(LogPiece {
                next: from,
                ended: true,
                ..LogPiece::default()
            })
        })
    }

    fn find_job<'a>(&'a self, job: &'a JobId) -> Asked<'a, Run> {
        Box::pin(async move {
            let what = format!("read job {job}");
            let ask = self.ask(&format!("/actions/jobs/{job}"), &what, READ);
            let found: wire::Job = self.read(&ask).await?;
            let run = self.run(&RunId::new(found.run_id.to_string())).await?;
            self.detailed(&run).await
        })
    }

    fn act<'a>(&'a self, command: &'a Command) -> Asked<'a, Answered> {
        Box::pin(self.carry(command))
    }

    fn compare<'a>(&'a self, base: &'a str, head: &'a str) -> Asked<'a, Comparison> {
        Box::pin(async move {
            let path = format!("/compare/{}...{}", encoded(base), encoded(head));
            let ask = self.ask(&path, "compare two commits", CONTENTS);
            Ok(comparing::comparison(self.read(&ask).await?))
        })
    }
}
