//! The objects of one kind, their history, and who follows it.
//!
//! The history is bounded. A watch cannot begin before its oldest version; one under way goes on as long as it keeps up.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::index::Index;
use super::resource::Resource;
use super::store::Store;

/// How many changes of one kind are kept for watches.
const HISTORY: usize = 4096;

/// The history before this version is no longer known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {asked} ({oldest})")]
pub struct Expired {
    /// The version that was asked for.
    pub asked: u64,
    /// The oldest version a watch can start from.
    pub oldest: u64,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Added,
    /// It was changed.
    Modified,
    /// It was removed.
    Deleted,
}

/// One entry of the history.
#[derive(Debug)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The version this change made.
    pub version: u64,
    /// The object as it is now; for a removal its last state with the version of the removal.
    pub object: Arc<Value>,
    /// The object as it was before.
    pub previous: Option<Arc<Value>>,
    pub(super) json: OnceLock<Bytes>,
}

impl Change {
    /// The object as JSON; made once, however many watch it.
    pub fn json(&self) -> Bytes {
        self.json
            .get_or_init(|| Bytes::from(serde_json::to_vec(&*self.object).unwrap_or_default()))
            .clone()
    }
}

/// A listing and the version at which it was true.
#[derive(Debug)]
pub struct Snapshot {
    /// The objects, ordered by namespace and name.
    pub items: Vec<Arc<Value>>,
    /// The store's version.
    pub version: u64,
}

/// The objects of one kind and their history.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) objects: Index,
    history: VecDeque<Arc<Change>>,
    /// No watch may begin from before this version.
    pub(super) oldest: u64,
    /// The newest change that is no longer in the history.
    dropped: u64,
    pub(super) changed: watch::Sender<u64>,
}

impl Collection {
    pub(super) fn new() -> Self {
        Self {
            objects: Index::default(),
            history: VecDeque::new(),
            oldest: 0,
            dropped: 0,
            changed: watch::channel(0).0,
        }
    }

    /// Writes a change down and wakes who waits.
    pub(super) fn record(&mut self, change: Change) {
        if self.history.len() >= HISTORY
            && let Some(dropped) = self.history.pop_front()
        {
            self.dropped = dropped.version;
            self.oldest = self.oldest.max(dropped.version);
        }
        let version = change.version;
        self.history.push_back(Arc::new(change));
        self.changed.send_replace(version);
    }

    /// The changes after a version, for who has followed since then: a cut of the history does not touch them.
    pub(super) fn since(&self, version: u64) -> Result<Vec<Arc<Change>>, Expired> {
        if version < self.dropped {
            return Err(Expired {
                asked: version,
                oldest: self.dropped,
            });
        }
        let from = self
            .history
            .partition_point(|change| change.version <= version);
        Ok(self.history.range(from..).cloned().collect())
    }
}

/// The changes of one kind, from a version on.
#[derive(Debug)]
pub struct Subscription {
    pub(super) store: Store,
    pub(super) resource: Resource,
    pub(super) seen: u64,
    pub(super) changed: watch::Receiver<u64>,
}

impl Subscription {
    /// The version up to which changes were given.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Passes over what came of other kinds, and gives the version up to which all changes were given.
    pub(crate) fn catch_up(&mut self) -> u64 {
        let mut state = self.store.lock();
        let version = state.version;
        let newest = state
            .of(self.resource)
            .history
            .back()
            .map_or(0, |change| change.version);
        if newest <= self.seen {
            self.seen = version;
        }
        self.seen
    }

    /// Waits for changes and gives all there are, oldest first; never empty. Safe to drop while it waits.
    pub async fn next(&mut self) -> Result<Vec<Arc<Change>>, Expired> {
        loop {
            self.changed.mark_unchanged();
            let changes = self.store.lock().of(self.resource).since(self.seen)?;
            if let Some(last) = changes.last() {
                self.seen = last.version;
                return Ok(changes);
            }
            if self.changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
