//! Gitea Actions, and Forgejo's where it is alike.
//!
//! There is no `ETag` and no approval, and Gitea cannot cancel: the pace is left to the watch, and what cannot be done is
//! said.

mod decode;
mod wire;

use super::common::all;
use super::errors::CiError;
use super::forgejo;
use super::growing::{Reading, Sends};
use super::http::{Ask, Http, Payload, Scheme, encoded};
use super::lines;
use super::repository::{self, Repository};
use super::{Asked, Connection, Provider, Scope};
use crate::config::settings::CiSource;
use crate::domain::pipeline::{
    Ability, Answered, Capabilities, Command, Comparison, Cursor, Delivery, JobId, LogPiece, Quota,
    Run, RunId,
};
use crate::domain::text::Text;
use reqwest::Method;
use std::fmt::Write as _;
use std::sync::Arc;

/// What reading takes.
const READ: &str = "the scope read:repository";
/// What acting takes.
const WRITE: &str = "the scope write:repository";
/// The most entries of one page.
const PAGE: usize = 50;
/// Jobs of one run that are read.
const JOBS: usize = 1000;

/// Whose objects and paths they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Gitea,
    Forgejo,
}

/// One repository.
struct Actions {
    http: Http,
    repository: Repository,
    flavour: Flavour,
}

/// How the token is shown.
pub(super) fn scheme(_source: &CiSource) -> Scheme {
    Scheme::Token
}

/// The provider of one repository at Gitea.
pub(super) fn open(connection: Connection) -> Arc<dyn Provider> {
    provider(connection, Flavour::Gitea)
}

/// The provider of one repository.
pub(super) fn provider(connection: Connection, flavour: Flavour) -> Arc<dyn Provider> {
    Arc::new(Actions {
        repository: Repository::new(&connection.project),
        http: connection.http,
        flavour,
    })
}

impl Actions {
    fn ask(&self, path: &str, what: impl Into<String>) -> Ask {
        let actions = self.repository.actions();
        Ask::json(format!("{actions}{path}"), what, READ)
    }

    async fn list(&self, scope: &Scope) -> Result<Vec<Run>, CiError> {
        let mut path = format!("/runs?limit={}", scope.most.clamp(1, PAGE));
        // Writing to a String cannot fail.
        if let Some(branch) = &scope.reference {
            let _ = match self.flavour {
                Flavour::Gitea => write!(path, "&branch={}", encoded(branch)),
                Flavour::Forgejo => write!(path, "&ref={}", encoded(&full_reference(branch))),
            };
        }
        if let Some(commit) = &scope.commit {
            let _ = write!(path, "&head_sha={}", encoded(commit));
        }
        let ask = self.ask(&path, format!("list the runs of {}", self.repository));
        let answer = self.http.get(&ask).await?;
        Ok(match self.flavour {
            Flavour::Gitea => decode::runs(answer.read()?),
            Flavour::Forgejo => forgejo::decode::runs(answer.read()?),
        })
    }

    async fn one(&self, id: &RunId) -> Result<Run, CiError> {
        let path = format!("/runs/{}", encoded(id.as_str()));
        let answer = self
            .http
            .get(&self.ask(&path, format!("read run {id}")))
            .await?;
        Ok(match self.flavour {
            Flavour::Gitea => decode::run(answer.read()?),
            Flavour::Forgejo => forgejo::decode::run(answer.read()?),
        })
    }

    async fn parts(&self, run: &Run) -> Result<Run, CiError> {
        let path = format!("/runs/{}/jobs?limit={PAGE}", encoded(run.id.as_str()));
        let ask = self.ask(&path, format!("list the jobs of run {}", run.label()));
        Ok(match self.flavour {
            Flavour::Gitea => {
                let jobs = all(&self.http, ask, JOBS, wire::JobList::jobs).await?;
                decode::with_jobs(run.clone(), jobs)
            }
            Flavour::Forgejo => {
                let jobs = all(&self.http, ask, JOBS, forgejo::wire::JobList::jobs).await?;
                forgejo::decode::with_jobs(run.clone(), jobs)
            }
        })
    }

    async fn job_alone(&self, job: &JobId) -> Result<Run, CiError> {
        let path = format!("/jobs/{}", encoded(job.as_str()));
        let ask = self.ask(&path, format!("find job {job}"));
        let found: wire::Belonging = self.http.get(&ask).await?.read()?;
        let run = RunId::new(found.run_id.to_string());
        self.parts(&self.one(&run).await?).await
    }

    async fn read_log(&self, job: &JobId, from: Cursor, most: u64) -> Result<LogPiece, CiError> {
        let path = format!("/jobs/{}", encoded(job.as_str()));
        // Before the log, so that what is read after its end is all of it.
        let answer = self
            .http
            .get(&self.ask(&path, format!("read job {job}")))
            .await?;
        let is_over = match self.flavour {
            Flavour::Gitea => decode::job(answer.read()?).state,
            Flavour::Forgejo => forgejo::decode::job(answer.read()?).state,
        }
        .is_over();
        let path = format!("{path}/logs");
        let mut ask = self.ask(&path, format!("read the log of job {job}"));
        ask.accept = "text/plain";
        let reading = Reading {
            ask: &ask,
            from,
            most,
            sends: Sends::Ranges,
            is_over,
            line: lines::actions,
        };
        self.http.read_on(&reading).await
    }

    async fn carry_out(&self, command: &Command) -> Result<Answered, CiError> {
        let run = command.run();
        let id = encoded(run.as_str());
        let abilities = self.capabilities();
        let (path, text) = match (command, command.ability(&abilities)) {
            (Command::Approve { .. } | Command::Reject { .. }, _) | (_, Ability::No(_)) => {
                let place = format!("run {run} of {}", self.repository);
                return Err(CiError::unable(command, &abilities, place));
            }
            (Command::Rerun(_), _) => (format!("/runs/{id}/rerun"), "is run again"),
            (Command::RerunFailed(_), _) => (
                format!("/runs/{id}/rerun-failed-jobs"),
                "runs again what failed",
            ),
            (Command::RerunJob(_, job), _) => {
                let job = encoded(job.as_str());
                let path = match self.flavour {
                    Flavour::Gitea => format!("/runs/{id}/jobs/{job}/rerun"),
                    Flavour::Forgejo => format!("/jobs/{job}/rerun"),
                };
                (path, "has a job that is run again")
            }
            (Command::Cancel(_), _) => (format!("/runs/{id}/cancel"), "is being cancelled"),
        };
        let mut ask = self.ask(&path, format!("{} run {run}", command.verb()));
        ask.needs = WRITE;
        self.http.send(Method::POST, &ask, Payload::Nothing).await?;
        Ok(Answered {
            text: Text::new(format!("run {run} {text}")),
            run: run.clone(),
        })
    }
}

fn full_reference(branch: &str) -> String {
    if branch.starts_with("refs/") {
        branch.to_owned()
    } else {
        format!("refs/heads/{branch}")
    }
}

impl Provider for Actions {
    fn capabilities(&self) -> Capabilities {
        match self.flavour {
            Flavour::Gitea => Capabilities {
                provider: "Gitea Actions".to_owned(),
                logs: Delivery::Live,
                approve: Ability::no("Gitea has no approvals"),
                comment: Ability::no("Gitea has no approvals"),
                rerun: Ability::Yes,
                rerun_failed: Ability::Yes,
                rerun_job: Ability::Yes,
                cancel: Ability::no("Gitea's API cannot cancel a run; cancel it on its page"),
                tests: Ability::no("Gitea does not tell test counts"),
                compare: Ability::Yes,
            },
            Flavour::Forgejo => forgejo::capabilities(),
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
        Box::pin(repository::compare(
            &self.http,
            &self.repository,
            base,
            head,
        ))
    }
}
