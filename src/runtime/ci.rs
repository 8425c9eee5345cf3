//! A service's pipeline for commands without a screen: asked once, told as notices.

use super::subs_ci;
use crate::config::settings::Settings;
use crate::domain::ids::ServiceName;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::pipeline::{
    Answered, Capabilities, Command, Comparison, Cursor, JobId, LogPiece, Run, RunId,
};
use crate::sources::ci::watch::LISTED;
use crate::sources::ci::{CiError, Provider, Scope};
use std::sync::Arc;

/// The most of a log that is read, in bytes.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// The pipeline of one service.
pub struct Ci {
    provider: Arc<dyn Provider>,
}

impl Ci {
    /// That of `service`; nothing is sent yet.
    pub fn of(settings: &Settings, service: &ServiceName) -> Result<Self, Notice> {
        let made = subs_ci::provider(settings, service).ok_or_else(|| {
            let text = format!("the config names no pipeline for {service}");
            Notice::new(NoticeKind::Config, text).hint(format!(
                "add [ci.NAME] and [services.{service}.ci] to the config"
            ))
        })?;
        let provider = made.map_err(|error| error.notice())?;
        Ok(Self { provider })
    }

    /// What the provider can do.
    pub fn capabilities(&self) -> Capabilities {
        self.provider.capabilities()
    }

    /// The newest runs, newest first, each with its parts where `whole` says so.
    pub async fn runs(&self, wanted: Wanted) -> Result<Vec<Run>, Notice> {
        let scope = Scope {
            reference: wanted.branch,
            commit: wanted.commit,
            most: wanted.most,
        };
        self.provider
            .runs(&scope)
            .await
            .map_err(|error| error.notice())
    }

    /// A run by its id, or by its number among the newest, with its parts.
    pub async fn run(&self, named: &str) -> Result<Run, Notice> {
        let bare = named.trim_start_matches('#');
        let scope = Scope {
            most: LISTED,
            ..Scope::default()
        };
        let listed = self.provider.runs(&scope).await;
        let listed = listed.map_err(|error| error.notice())?;
        let by_number = listed.into_iter().find(|run| {
            run.id.as_str() == bare || run.number.is_some_and(|number| number.to_string() == bare)
        });
        let run = match by_number {
            Some(run) => run,
            None => self
                .provider
                .run(&RunId::new(bare))
                .await
                .map_err(|error| missing(&error, "run", named))?,
        };
        self.provider
            .detail(&run)
            .await
            .map_err(|error| error.notice())
    }

    /// The run of a job, with its parts.
    pub async fn run_of(&self, job: &JobId) -> Result<Run, Notice> {
        let found = self.provider.find_job(job).await;
        found.map_err(|error| missing(&error, "job", job.as_str()))
    }

    /// A job's log from where it was left, its end where it is long.
    pub async fn log(&self, run: &RunId, job: &JobId, from: Cursor) -> Result<LogPiece, Notice> {
        let read = self.provider.log(run, job, from, LOG_BYTES).await;
        read.map_err(|error| error.notice())
    }

    /// The commits that `head` has and `base` has not.
    pub async fn compare(&self, base: &str, head: &str) -> Result<Comparison, Notice> {
        let compared = self.provider.compare(base, head).await;
        compared.map_err(|error| error.notice())
    }

    /// Does what is asked, where the provider can.
    pub async fn act(&self, command: &Command) -> Result<Answered, Notice> {
        let capabilities = self.provider.capabilities();
        if let Some(reason) = command.ability(&capabilities).refusal() {
            let text = format!("cannot {} run {}: {reason}", command.verb(), command.run());
            return Err(Notice::new(NoticeKind::Refused, text));
        }
        self.provider
            .act(command)
            .await
            .map_err(|error| error.notice())
    }
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this branch only.
    pub branch: Option<String>,
    /// Of this commit only.
    pub commit: Option<String>,
    /// At most so many.
    pub most: usize,
}

fn missing(error: &CiError, what: &str, named: &str) -> Notice {
    match error {
        CiError::NotFound { .. } => {
            let text = format!("there is no {what} {named}, or this token may not see it");
            Notice::new(NoticeKind::Refused, text)
                .hint("see the runs and their jobs with: flightdeck runs")
        }
        other => other.notice(),
    }
}
