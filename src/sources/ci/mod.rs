//! CI providers: GitHub Actions, Gitea, Forgejo, GitLab, Jenkins.
//!
//! A [`Provider`] answers questions about one project and carries commands out; [`watch`] asks one again and again at a pace
//! that follows what happens, and tells what changed. Every provider speaks through [`http::Http`], which holds back for
//! limits, asks conditionally, and sends a token to no host but its own.

mod ask;
mod cache;
mod common;
mod credential;
mod encoding;
mod errors;
mod forgejo;
mod gitea;
mod github;
mod gitlab;
mod grouping;
mod growing;
pub mod http;
mod jenkins;
mod limits;
mod lines;
mod repository;
pub mod tail;
pub mod watch;

pub use errors::CiError;

use crate::config::settings::{CiKind, CiProject, CiSource};
use crate::domain::pipeline::{
    Answered, Capabilities, Command, Comparison, Cursor, JobId, LogPiece, Quota, Run, RunId,
};
use futures_util::future::BoxFuture;
use http::{Http, Scheme};
use std::sync::Arc;

/// The answer to a question.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, CiError>>;

/// Which runs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of this branch or tag only.
    pub reference: Option<String>,
    /// Of this commit only, all its hex digits.
    pub commit: Option<String>,
    /// At most so many, the newest.
    pub most: usize,
}

/// One project at one CI provider.
///
/// Every method reads or writes once and does not wait for anything to happen. A state's word that is not known becomes
/// [`crate::domain::pipeline::State::Unknown`]; it is never an error.
pub trait Provider: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What may still be asked, where the server tells.
    fn quota(&self) -> Option<Quota>;

    /// The newest runs without their parts, newest first: one call, whatever their number.
    fn runs<'a>(&'a self, scope: &'a Scope) -> Asked<'a, Vec<Run>>;

    /// One run without its parts.
    fn run<'a>(&'a self, id: &'a RunId) -> Asked<'a, Run>;

    /// The same run with its stages, jobs, steps, approvals and tests.
    fn detail<'a>(&'a self, run: &'a Run) -> Asked<'a, Run>;

    /// Whether asking again costs nothing as long as nothing changed: it may then be done more often.
    fn asks_for_free(&self) -> bool {
        false
    }

    /// A job's log from where it was left; from its end, at most `most` bytes, where the cursor is that of the start.
    fn log<'a>(
        &'a self,
        run: &'a RunId,
        job: &'a JobId,
        from: Cursor,
        most: u64,
    ) -> Asked<'a, LogPiece>;

    /// The run of a job of which the id alone is known, with its parts.
    fn find_job<'a>(&'a self, job: &'a JobId) -> Asked<'a, Run>;

    /// Does what is asked.
    fn act<'a>(&'a self, command: &'a Command) -> Asked<'a, Answered>;

    /// The commits that `head` has and `base` has not.
    fn compare<'a>(&'a self, base: &'a str, head: &'a str) -> Asked<'a, Comparison>;
}

/// What a provider is made of.
#[derive(Clone)]
pub struct Connection {
    /// The way to its server.
    pub http: Http,
    /// The project: `OWNER/REPOSITORY`, a path, a job.
    pub project: String,
}

/// One provider: how it wants to see the token, and what is made of a connection.
struct Known {
    kind: CiKind,
    scheme: fn(&CiSource) -> Scheme,
    open: fn(Connection) -> Arc<dyn Provider>,
}

/// The providers; another one is a folder and a line here.
const PROVIDERS: &[Known] = &[
    Known {
        kind: CiKind::GitHub,
        scheme: github::scheme,
        open: github::open,
    },
    Known {
        kind: CiKind::Gitea,
        scheme: gitea::scheme,
        open: gitea::open,
    },
    Known {
        kind: CiKind::Forgejo,
        scheme: gitea::scheme,
        open: forgejo::open,
    },
    Known {
        kind: CiKind::GitLab,
        scheme: gitlab::scheme,
        open: gitlab::open,
    },
    Known {
        kind: CiKind::Jenkins,
        scheme: jenkins::scheme,
        open: jenkins::open,
    },
];

fn known(kind: CiKind) -> Option<&'static Known> {
    PROVIDERS.iter().find(|known| known.kind == kind)
}

/// How a source's token is shown to its server.
pub fn scheme(source: &CiSource) -> Scheme {
    known(source.kind).map_or(Scheme::Bearer, |known| (known.scheme)(source))
}

/// The provider of a service's project.
pub fn open(
    source: &CiSource,
    project: &CiProject,
    http: Http,
) -> Result<Arc<dyn Provider>, CiError> {
    let known = known(source.kind).ok_or_else(|| CiError::Unable {
        what: "read the pipelines of".to_owned(),
        place: source.kind.title().to_owned(),
        reason: "this program does not know the provider".to_owned(),
    })?;
    Ok((known.open)(Connection {
        http,
        project: project.project.clone(),
    }))
}
