//! Jenkins Pipeline: builds of a job or of all branches of one, stages by whichever plugin the server has.
//!
//! Ids: a build is `NUMBER`, below a branch `BRANCH/NUMBER` with the branch as it stands in addresses; a stage is
//! `BUILD:NODE`. Invariant: the plugin is looked for once, and only what is missing counts as missing: a fault is no answer.

mod act;
mod decode;
mod log;
mod stages;
mod wire;

use super::errors::CiError;
use super::http::{Ask, Http, Scheme, encoded};
use super::{Asked, Connection, Provider, Scope};
use crate::config::settings::CiSource;
use crate::domain::pipeline::{
    Ability, Answered, Capabilities, Command, Comparison, Cursor, Delivery, JobId, LogPiece, Quota,
    Run, RunId,
};
use stages::Plugin;
use std::sync::{Arc, Mutex, PoisonError};

/// What reading takes.
const READ: &str = "the permission Job/Read";
/// Branches of one project that are looked at.
const BRANCHES: usize = 30;

/// One job, or all branches of one.
struct Jenkins {
    http: Http,
    project: String,
    known: Mutex<Known>,
}

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    plugin: Option<Plugin>,
    /// It sends logs in parts, from core 2.534 on.
    streams: bool,
}

/// How the token is shown.
pub(super) fn scheme(source: &CiSource) -> Scheme {
    Scheme::Basic(source.user.clone().unwrap_or_default())
}

/// The provider of one job.
pub(super) fn open(connection: Connection) -> Arc<dyn Provider> {
    Arc::new(Jenkins {
        http: connection.http,
        project: connection.project,
        known: Mutex::default(),
    })
}

impl Jenkins {
    fn known(&self) -> Known {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, learn: impl FnOnce(&mut Known)) {
        learn(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// `/job/A/job/B`.
    fn job_path(&self) -> String {
        let parts = self.project.split('/').filter(|part| !part.is_empty());
        parts.fold(String::new(), |path, part| path + "/job/" + &encoded(part))
    }

    /// Where a build is.
    fn build_path(&self, run: &RunId) -> String {
        let job = self.job_path();
        match run.as_str().rsplit_once('/') {
            // Taken from the server's own listing, encoded then.
            Some((branch, number)) => format!("{job}/job/{branch}/{}", encoded(number)),
            None => format!("{job}/{}", encoded(run.as_str())),
        }
    }

    async fn list(&self, scope: &Scope) -> Result<Vec<Run>, CiError> {
        let most = scope.most.clamp(1, 100);
        let build = wire::BUILD_TREE;
        let builds = format!("builds[{build}]{{0,{most}}}");
        let tree = format!("{builds},jobs[name,{builds}]{{0,{BRANCHES}}}");
        let path = format!("{}/api/json?tree={}", self.job_path(), encoded(&tree));
        let ask = question(path, format!("list the builds of {}", self.project));
        let answer = self.http.get(&ask).await?;
        let streams = answer
            .header("x-jenkins")
            .is_some_and(|version| is_at_least(version, (2, 534)));
        self.learn(|known| known.streams = streams);
        let job: wire::Job = answer.read()?;
        let mut runs = decode::builds(&self.project, None, job.builds);
        for branch in job.jobs.into_iter().flatten() {
            let name = branch.name.unwrap_or_default();
            runs.extend(decode::builds(&self.project, Some(&name), branch.builds));
        }
        runs.retain(|run| fits(run, scope));
        runs.sort_by_key(|run| std::cmp::Reverse(run.span.created));
        runs.truncate(most);
        Ok(runs)
    }

    async fn one(&self, id: &RunId) -> Result<Run, CiError> {
        let tree = encoded(wire::BUILD_TREE);
        let path = format!("{}/api/json?tree={tree}", self.build_path(id));
        let ask = question(path, format!("read build {id}"));
        let build: wire::Build = self.http.get(&ask).await?.read()?;
        let branch = id.as_str().rsplit_once('/').map(|(branch, _)| branch);
        Ok(decode::build(&self.project, branch, build))
    }

    async fn job_alone(&self, job: &JobId) -> Result<Run, CiError> {
        let run = RunId::new(build_of(job));
        self.parts(&self.one(&run).await?).await
    }
}

fn question(path: String, what: impl Into<String>) -> Ask {
    Ask::json(path, what, READ)
}

/// `12` of `12:34`.
fn build_of(job: &JobId) -> &str {
    let id = job.as_str();
    id.rsplit_once(':').map_or(id, |(build, _)| build)
}

fn fits(run: &Run, scope: &Scope) -> bool {
    let is_commit = scope.commit.as_ref().is_none_or(|commit| {
        run.commit
            .as_ref()
            .is_some_and(|known| known.shown() == commit)
    });
    let is_reference = scope.reference.as_ref().is_none_or(|wanted| {
        run.reference
            .as_ref()
            .is_some_and(|known| known.shown() == wanted)
    });
    is_commit && is_reference
}

fn is_at_least(version: &str, wanted: (u32, u32)) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    version >= wanted
}

impl Provider for Jenkins {
    fn capabilities(&self) -> Capabilities {
        let whole = "Jenkins runs a build again as a whole";
        Capabilities {
            provider: "Jenkins".to_owned(),
            logs: Delivery::Live,
            approve: Ability::Yes,
            comment: Ability::no("Jenkins keeps no comment with an input"),
            rerun: Ability::Yes,
            rerun_failed: Ability::no(whole),
            rerun_job: Ability::no(whole),
            cancel: Ability::Yes,
            tests: Ability::Yes,
            compare: Ability::no("Jenkins does not know the repository"),
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
        run: &'a RunId,
        _job: &'a JobId,
        from: Cursor,
        most: u64,
    ) -> Asked<'a, LogPiece> {
        Box::pin(self.console(run, from, most))
    }

    fn find_job<'a>(&'a self, job: &'a JobId) -> Asked<'a, Run> {
        Box::pin(self.job_alone(job))
    }

    fn act<'a>(&'a self, command: &'a Command) -> Asked<'a, Answered> {
        Box::pin(self.carry_out(command))
    }

    fn compare<'a>(&'a self, base: &'a str, head: &'a str) -> Asked<'a, Comparison> {
        let reason = "Jenkins does not know the repository".to_owned();
        Box::pin(async move {
            Err(CiError::Unable {
                what: "compare".to_owned(),
                place: format!("{base} with {head}"),
                reason,
            })
        })
    }
}
