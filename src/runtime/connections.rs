//! The clients of every login in use: each made once, when it is first wanted.

use super::subs_ci;
use super::wire::{self, Clients, WireError};
use crate::config::settings::{Environment, Settings};
use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::ids::ServiceName;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::text::Text;
use crate::sources::ci::{CiError, Provider};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// How long one of several logins may hold up the first picture.
const FIRST_WITHIN: Duration = Duration::from_secs(5);

/// Kubeconfig file and context.
type Login = (Option<PathBuf>, Option<String>);

/// The clients. A clone shares them.
#[derive(Clone)]
pub struct Connections {
    settings: Arc<Settings>,
    made: Arc<Mutex<BTreeMap<Login, Arc<OnceCell<Clients>>>>>,
    /// One way to each pipeline, so that its limits are known to all who ask.
    pipelines: Arc<Mutex<BTreeMap<ServiceName, Arc<dyn Provider>>>>,
}

impl Connections {
    /// None is made yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            made: Arc::default(),
            pipelines: Arc::default(),
        }
    }

    /// What they are made by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The clients of an environment; made now where they are not yet. What failed is tried anew by the next who asks.
    pub async fn of(&self, environment: &Environment) -> Result<Clients, WireError> {
        let cell = self.cell(environment);
        let made = cell.get_or_try_init(|| wire::connect(&self.settings, environment));
        made.await.cloned()
    }

    /// The clients of an environment, if they are made.
    pub fn ready(&self, environment: &Environment) -> Option<Clients> {
        self.cell(environment).get().cloned()
    }

    /// The provider of a service's pipeline, made now where it is not yet; `None` where the config names none.
    pub fn pipeline(&self, service: &ServiceName) -> Option<Result<Arc<dyn Provider>, CiError>> {
        let mut made = self
            .pipelines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(service) {
            return Some(Ok(Arc::clone(known)));
        }
        let provider = subs_ci::provider(&self.settings, service)?;
        if let Ok(provider) = &provider {
            made.insert(service.clone(), Arc::clone(provider));
        }
        Some(provider)
    }

    /// Makes those of all logins at once. An error where none could be made; the others are made when they are wanted.
    pub async fn open_all(&self) -> Result<(), Notice> {
        let mut first: BTreeMap<Login, &Environment> = BTreeMap::new();
        for (_, environment) in self.settings.environments() {
            first.entry(login(environment)).or_insert(environment);
        }
        let opening = first
            .values()
            .map(|environment| timeout(FIRST_WITHIN, self.of(environment)));
        let mut failed = None;
        for opened in join_all(opening).await {
            match opened {
                Ok(Ok(_)) | Err(_) => return Ok(()),
                Ok(Err(error)) => failed = failed.or(Some(Notice::from(&error))),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn cell(&self, environment: &Environment) -> Arc<OnceCell<Clients>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(made.entry(login(environment)).or_default())
    }
}

fn login(environment: &Environment) -> Login {
    (environment.kubeconfig.clone(), environment.context.clone())
}

/// How a login that gave no client is shown as a feed.
pub(super) fn fault(error: &WireError) -> FeedFault {
    let notice = Notice::from(error);
    FeedFault {
        kind: match notice.kind {
            NoticeKind::Config => FaultKind::Missing,
            _ => FaultKind::Unreachable,
        },
        text: Text::new(notice.summary),
        hint: notice.hint.map(Text::new),
    }
}
