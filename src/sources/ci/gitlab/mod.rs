//! GitLab CI: pipelines, jobs and the jobs that start other pipelines, manual jobs and deployment approvals.
//!
//! Ids: a pipeline or job of another project, as downstream pipelines have, is written `PROJECT/ID`.

mod act;
mod decode;
mod detail;
mod wire;

use super::common::{first_line, moment, request_number, said};
use super::errors::CiError;
use super::growing::{Reading, Sends};
use super::http::{Ask, Http, Scheme, encoded};
use super::{Asked, Connection, Provider, Scope, lines};
use crate::config::settings::CiSource;
use crate::domain::pipeline::{
    Ability, Answered, Capabilities, Command, Commit, Comparison, Cursor, Delivery, JobId, JobKind,
    LogPiece, Quota, Run, RunId,
};
use crate::domain::text::Text;
use reqwest::header::HeaderName;
use std::fmt::Write as _;
use std::sync::Arc;

/// What reading takes.
const READ: &str = "the scope read_api";
/// What acting takes.
const WRITE: &str = "the scope api and the role Developer";
/// The most entries of one page.
const PAGE: usize = 100;

/// One project.
struct GitLab {
    http: Http,
    project: String,
}

/// How the token is shown.
pub(super) fn scheme(_source: &CiSource) -> Scheme {
    Scheme::Header(HeaderName::from_static("private-token"))
}

/// The provider of one project.
pub(super) fn open(connection: Connection) -> Arc<dyn Provider> {
    Arc::new(GitLab {
        http: connection.http,
        project: connection.project,
    })
}

impl GitLab {
    /// A question about this project.
    fn ask(&self, path: &str, what: impl Into<String>) -> Ask {
        Self::ask_of(&self.project, path, what)
    }

    /// A question about a project by its path or number.
    fn ask_of(project: &str, path: &str, what: impl Into<String>) -> Ask {
        let project = encoded(project);
        Ask::json(format!("/api/v4/projects/{project}{path}"), what, READ)
    }

    /// The project and the number of an id.
    fn of<'i>(&'i self, id: &'i str) -> (&'i str, &'i str) {
        id.rsplit_once('/').unwrap_or((&self.project, id))
    }

    async fn list(&self, scope: &Scope) -> Result<Vec<Run>, CiError> {
        let most = scope.most.clamp(1, PAGE);
        let mut path = format!("/pipelines?order_by=id&sort=desc&per_page={most}");
        // Writing to a String cannot fail.
        if let Some(reference) = &scope.reference {
            let _ = write!(path, "&ref={}", encoded(reference));
        }
        if let Some(commit) = &scope.commit {
            let _ = write!(path, "&sha={}", encoded(commit));
        }
        let ask = self.ask(&path, format!("list the pipelines of {}", self.project));
        let pipelines: Vec<wire::Pipeline> = self.http.get(&ask).await?.read()?;
        let run = |pipeline| decode::run(None, pipeline);
        Ok(pipelines.into_iter().map(run).collect())
    }

    async fn one(&self, id: &RunId) -> Result<Run, CiError> {
        let (project, number) = self.of(id.as_str());
        let path = format!("/pipelines/{}", encoded(number));
        let ask = Self::ask_of(project, &path, format!("read pipeline {id}"));
        let pipeline = self.http.get(&ask).await?.read()?;
        let other = (project != self.project).then_some(project);
        Ok(decode::run(other, pipeline))
    }

    async fn job_alone(&self, job: &JobId) -> Result<Run, CiError> {
        let (project, number) = self.of(job.as_str());
        let path = format!("/jobs/{}", encoded(number));
        let ask = Self::ask_of(project, &path, format!("find job {job}"));
        let found: wire::Job = self.http.get(&ask).await?.read()?;
        let pipeline = found.pipeline.map_or(0, |pipeline| pipeline.id);
        let run = if project == self.project {
            RunId::new(pipeline.to_string())
        } else {
            RunId::new(format!("{project}/{pipeline}"))
        };
        self.parts(&self.one(&run).await?).await
    }

    async fn read_log(&self, job: &JobId, from: Cursor, most: u64) -> Result<LogPiece, CiError> {
        let (project, number) = self.of(job.as_str());
        let path = format!("/jobs/{}", encoded(number));
        // Before the log, so that what is read after its end is all of it.
        let ask = Self::ask_of(project, &path, format!("read job {job}"));
        let now: wire::Job = self.http.get(&ask).await?.read()?;
        let is_over = decode::job(None, now, JobKind::Plain, 1).state.is_over();
        let path = format!("{path}/trace");
        let mut ask = Self::ask_of(project, &path, format!("read the log of job {job}"));
        ask.accept = "text/plain";
        let reading = Reading {
            ask: &ask,
            from,
            most,
            sends: Sends::Whole,
            is_over,
            line: lines::gitlab,
        };
        self.http.read_on(&reading).await
    }

    async fn compared(&self, base: &str, head: &str) -> Result<Comparison, CiError> {
        let ahead = self.asked_compare(base, head).await?;
        let behind = self.asked_compare(head, base).await?;
        let diffs = ahead.diffs.unwrap_or_default();
        let lines = |sign: char| -> u64 {
            let changed = |line: &&str| line.starts_with(sign);
            diffs
                .iter()
                .filter_map(|diff| diff.diff.as_deref())
                .map(|diff| diff.lines().filter(changed).count() as u64)
                .sum()
        };
        let (added, removed) = (lines('+'), lines('-'));
        let mut commits: Vec<Commit> = ahead
            .commits
            .unwrap_or_default()
            .into_iter()
            .map(commit)
            .collect();
        let ahead_by = commits.len() as u64;
        commits.reverse();
        Ok(Comparison {
            ahead: ahead_by,
            behind: behind.commits.map_or(0, |commits| commits.len() as u64),
            commits,
            files: Some(diffs.len() as u64),
            added: Some(added),
            removed: Some(removed),
            url: said(ahead.web_url),
        })
    }

    async fn asked_compare(&self, from: &str, to: &str) -> Result<wire::Compared, CiError> {
        let path = format!(
            "/repository/compare?from={}&to={}",
            encoded(from),
            encoded(to)
        );
        let what = format!("compare {from} with {to} in {}", self.project);
        self.http.get(&self.ask(&path, what)).await?.read()
    }
}

fn commit(commit: wire::Commit) -> Commit {
    let message = commit.message.or(commit.title).unwrap_or_default();
    Commit {
        id: said(commit.id).unwrap_or_default(),
        subject: Text::new(first_line(&message)),
        author: said(commit.author_name).unwrap_or_default(),
        at: moment(commit.created_at.as_deref()),
        request: request_number(&message),
    }
}

impl Provider for GitLab {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            provider: "GitLab CI".to_owned(),
            logs: Delivery::Live,
            approve: Ability::Yes,
            comment: Ability::Yes,
            rerun: Ability::no(
                "GitLab retries the jobs that failed or were cancelled; for all of them start a new pipeline",
            ),
            rerun_failed: Ability::Yes,
            rerun_job: Ability::Yes,
            cancel: Ability::Yes,
            tests: Ability::Yes,
            compare: Ability::Yes,
        }
    }

    fn quota(&self) -> Option<Quota> {
        self.http.quota()
    }

    fn runs<'a>(&'a self, scope: &'a Scope) -> Asked<'a, Vec<Run>> {
        Box::pin(self.list(scope))
    }

    fn run<'a>(&'a self, id: &'a RunId) -> Asked<'a, Run> {
        Box::pin(self.one(id))
    }

    fn detail<'a>(&'a self, run: &'a Run) -> Asked<'a, Run> {
        Box::pin(self.parts(run))
    }

    fn log<'a>(
        &'a self,
        _run: &'a RunId,
        job: &'a JobId,
        from: Cursor,
        most: u64,
    ) -> Asked<'a, LogPiece> {
        Box::pin(self.read_log(job, from, most))
    }

    fn find_job<'a>(&'a self, job: &'a JobId) -> Asked<'a, Run> {
        Box::pin(self.job_alone(job))
    }

    fn act<'a>(&'a self, command: &'a Command) -> Asked<'a, Answered> {
        Box::pin(self.carry_out(command))
    }

    fn compare<'a>(&'a self, base: &'a str, head: &'a str) -> Asked<'a, Comparison> {
        Box::pin(self.compared(base, head))
    }
}
