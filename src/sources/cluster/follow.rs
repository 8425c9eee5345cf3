//! Follows one collection of objects: list, watch, and back again.
//!
//! kube's own watcher is not used: it keeps bookmarks and re-opened watches to itself, which are the signs of life that tell
//! a quiet cluster from a dead connection, and it asks for a version that is gone for ever when the 410 comes as the status of
//! the opening request.

use super::errors::{Attempt, Cause, ClusterError};
use super::objects::within;
use futures_util::StreamExt as _;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::{Api, ResourceExt};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// How patient the watches are.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The server is asked to end each watch after this long.
    pub watch: Duration,
    /// A watch that says nothing for this much longer is opened anew.
    pub grace: Duration,
    /// First and longest wait after a failure.
    pub retry: (Duration, Duration),
    /// At most one snapshot in this time.
    pub burst: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            watch: Duration::from_secs(15),
            grace: Duration::from_secs(3),
            retry: (Duration::from_millis(200), Duration::from_millis(1500)),
            burst: Duration::from_millis(20),
        }
    }
}

/// Between two looks for a kind that the server does not serve.
const UNSERVED: Duration = Duration::from_secs(5);

/// What is to be followed. What is kept of an object is `T`; the rest of a listing is let go page by page.
pub(super) struct Collection<K, T> {
    pub(super) api: Api<K>,
    pub(super) labels: Option<String>,
    /// The one object of this name; all where absent.
    pub(super) name: Option<String>,
    /// The most objects of one answer; all in one where absent.
    pub(super) page: Option<u32>,
    /// What is kept; `None` for an object that is nobody's.
    pub(super) keep: fn(K) -> Option<T>,
    /// How messages name the reading of it.
    pub(super) attempt: Attempt,
}

impl<K: ResourceExt, T> Collection<K, T> {
    fn field_selector(&self) -> Option<String> {
        let name = self.name.as_ref()?;
        Some(format!("metadata.name={name}"))
    }

    /// What is kept of it. A server that does not select by name must not put another object in the place of the one asked for.
    fn kept(&self, object: K) -> Option<T> {
        let name = object.meta().name.as_deref();
        let is_wanted = self.name.is_none() || self.name.as_deref() == name;
        is_wanted.then(|| (self.keep)(object)).flatten()
    }
}

/// What became of it.
#[derive(Debug)]
pub(super) enum News<K> {
    /// These and no others exist now.
    Listed(Vec<K>),
    /// One was added or changed.
    Applied(K),
    /// One is gone.
    Deleted(K),
    /// The watch proved alive, and nothing was missed.
    Alive,
    /// It is not being followed at the moment; it is tried again.
    Failed(ClusterError),
}

/// Why a round ended.
enum Ended {
    /// Nobody listens any more.
    Unheard,
    Failed(Cause),
}

impl From<Cause> for Ended {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

/// Follows `what` until nobody listens.
pub(super) async fn follow<K, T, C>(
    what: Collection<K, T>,
    pace: Pace,
    wrap: impl Fn(News<T>) -> C,
    out: mpsc::Sender<C>,
) where
    K: ResourceExt + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let mut follower = Follower {
        what,
        pace,
        wrap,
        out,
        retry: Retry::new(pace.retry),
    };
    while let Err(Ended::Failed(cause)) = follower.round().await {
        if follower.fail("list", cause).await.is_err() {
            return;
        }
    }
}

struct Follower<K, T, C, W> {
    what: Collection<K, T>,
    pace: Pace,
    wrap: W,
    out: mpsc::Sender<C>,
    retry: Retry,
}

impl<K, T, C, W> Follower<K, T, C, W>
where
    K: ResourceExt + Clone + DeserializeOwned + Debug + Send + 'static,
    W: Fn(News<T>) -> C,
{
    /// Lists, then watches from there until the history is gone; then lists again.
    async fn round(&mut self) -> Result<(), Ended> {
        loop {
            let mut version = self.list().await?;
            loop {
                let began = Instant::now();
                match self.watch(&mut version).await {
                    Ok(()) if began.elapsed() > self.pace.retry.1 => {}
                    // A server that ends every watch at once must not be asked without pause.
                    Ok(()) => sleep(self.pace.retry.0).await,
                    Err(Ended::Failed(Cause::Expired)) => break,
                    Err(Ended::Failed(cause)) => self.fail("watch", cause).await?,
                    Err(Ended::Unheard) => return Err(Ended::Unheard),
                }
            }
            sleep(self.retry.wait()).await;
        }
    }

    async fn list(&mut self) -> Result<String, Ended> {
        let mut wanted = ListParams::default();
        wanted.label_selector.clone_from(&self.what.labels);
        wanted.field_selector = self.what.field_selector();
        wanted.limit = self.what.page;
        let mut kept = Vec::new();
        let version = loop {
            match within(self.what.api.list(&wanted)).await {
                Ok(listed) => {
                    kept.extend(
                        listed
                            .items
                            .into_iter()
                            .filter_map(|object| self.what.kept(object)),
                    );
                    wanted.continue_token =
                        listed.metadata.continue_.filter(|token| !token.is_empty());
                    if wanted.continue_token.is_none() {
                        break listed.metadata.resource_version.unwrap_or_default();
                    }
                    continue;
                }
                // The kind itself is not served: there are none, until somebody installs it.
                Err(Cause::Missing) => {
                    self.tell(News::Listed(Vec::new())).await?;
                    // What its earlier pages told went with it.
                    kept.clear();
                    wanted.continue_token = None;
                }
                Err(cause) => return Err(cause.into()),
            }
            sleep(UNSERVED).await;
        };
        self.tell(News::Listed(kept)).await?;
        self.retry.reset();
        Ok(version)
    }

    /// Watches until the server ends it; `version` follows what was seen.
    async fn watch(&mut self, version: &mut String) -> Result<(), Ended> {
        let wanted = WatchParams {
            label_selector: self.what.labels.clone(),
            field_selector: self.what.field_selector(),
            timeout: Some(u32::try_from(self.pace.watch.as_secs().max(1)).unwrap_or(u32::MAX)),
            bookmarks: true,
            send_initial_events: false,
        };
        let mut events = pin!(within(self.what.api.watch(&wanted, version)).await?);
        self.tell(News::Alive).await?;
        while let Ok(Some(event)) = timeout(self.pace.watch + self.pace.grace, events.next()).await
        {
            match event.map_err(Cause::from) {
                Ok(event) => self.take(event, version).await?,
                // A connection that broke is no fault yet: opening the next one tells.
                Err(Cause::Unreachable(_)) => return Ok(()),
                Err(cause) => return Err(cause.into()),
            }
            self.retry.reset();
        }
        Ok(())
    }

    async fn take(&self, event: WatchEvent<K>, version: &mut String) -> Result<(), Ended> {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                *version = object.resource_version().unwrap_or_default();
                match self.what.kept(object) {
                    Some(kept) => self.tell(News::Applied(kept)).await,
                    None => self.tell(News::Alive).await,
                }
            }
            WatchEvent::Deleted(object) => {
                *version = object.resource_version().unwrap_or_default();
                match self.what.kept(object) {
                    Some(kept) => self.tell(News::Deleted(kept)).await,
                    None => self.tell(News::Alive).await,
                }
            }
            WatchEvent::Bookmark(mark) => {
                *version = mark.metadata.resource_version;
                self.tell(News::Alive).await
            }
            WatchEvent::Error(status) => Err(Cause::answered(status.code, &status.message).into()),
        }
    }

    async fn fail(&mut self, verb: &'static str, cause: Cause) -> Result<(), Ended> {
        let mut attempt = self.what.attempt.clone();
        attempt.verb = verb;
        self.tell(News::Failed(ClusterError::call(attempt, cause)))
            .await?;
        sleep(self.retry.wait()).await;
        Ok(())
    }

    async fn tell(&self, news: News<T>) -> Result<(), Ended> {
        self.out
            .send((self.wrap)(news))
            .await
            .map_err(|_| Ended::Unheard)
    }
}

/// Waits that double from the first to the longest.
pub(crate) struct Retry {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Retry {
    pub(crate) fn new((first, longest): (Duration, Duration)) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    pub(crate) fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
