//! The tasks behind a pipeline's feed and a job's log.

use super::clock;
use super::source::Source;
use super::wire::{self, Proxy};
use crate::app::subscription::PipelineFocus;
use crate::config::settings::Settings;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::ids::ServiceName;
use crate::domain::pipeline::{JobId, RunId};
use crate::sources::ci::watch::{Focus, Followed, Watched, follow_log, watch};
use crate::sources::ci::{CiError, Provider};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch as latest;

/// Between two looks at a log that grows.
const LOG_EVERY: Duration = Duration::from_secs(2);

/// The provider of a service's pipeline; `None` where the config names none.
pub(super) fn provider(
    settings: &Settings,
    service: &ServiceName,
) -> Option<Result<Arc<dyn Provider>, CiError>> {
    let (source, project) = settings.pipeline(service)?;
    let proxy = if settings.is_demo() {
        Proxy::Never
    } else {
        Proxy::AsConfigured
    };
    Some(wire::pipeline(source, project, &settings.data_dir, proxy))
}

impl Source {
    /// Watches the service's pipeline.
    pub(super) async fn watch_pipeline(self, focus: latest::Receiver<Focus>) {
        let settings = self.connections.settings();
        let Some((source, project)) = settings.pipeline(&self.target.service) else {
            return;
        };
        let (reference, interval) = (project.branch.clone(), source.interval);
        let Some(provider) = self.pipeline().await else {
            return;
        };
        let watched = Watched {
            provider,
            reference,
            interval,
            target: self.target.clone(),
            clock: clock::now,
        };
        let start = move |out| watch(watched.clone(), focus.clone(), out);
        self.supervised(FeedName::Ci, start).await;
    }

    /// Reads and follows a job's log.
    pub(super) async fn follow_log(self, run: RunId, job: JobId) {
        let Some(provider) = self.pipeline().await else {
            return;
        };
        let followed = Followed {
            provider,
            target: self.target.clone(),
            run,
            job,
            every: LOG_EVERY,
        };
        let start = move |out| follow_log(followed.clone(), out);
        self.supervised(FeedName::Ci, start).await;
    }

    /// The provider; one that cannot be set up is told as the feed's fault.
    async fn pipeline(&self) -> Option<Arc<dyn Provider>> {
        match self.connections.pipeline(&self.target.service)? {
            Ok(provider) => Some(provider),
            Err(error) => {
                let fault: FeedFault = error.fault();
                self.fail(FeedName::Ci, fault).await;
                None
            }
        }
    }
}

pub(super) fn focus(focus: &PipelineFocus) -> Focus {
    Focus {
        run: focus.run.clone(),
        commits: focus.commits.clone(),
        hurry: focus.hurry,
    }
}
