//! All objects of the world and their one rising version counter.
//!
//! An object is immutable once stored; a write puts a new one in its place, with the next version, only where something
//! changed. A listing and the subscription that continues it are taken under one lock, so no change falls between them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::defaults;
use super::history::{Change, ChangeKind, Collection, Expired, Snapshot, Subscription};
use super::index::Place;
use super::resource::Resource;
use super::stamp::{
    Numbers, keep_identity, last_state, moves_generation, name_it, seconds, stamp_new,
};

/// Names one object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Its kind.
    pub resource: Resource,
    /// Its namespace, empty for cluster-wide kinds.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Key {
    /// The key of `name` in `namespace` (empty for cluster-wide kinds).
    pub fn new(resource: Resource, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            resource,
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    fn place(&self) -> Place {
        (self.namespace.clone(), self.name.clone())
    }

    /// The key of a stored object.
    pub fn of(resource: Resource, object: &Value) -> Self {
        let text = |field: &str| {
            object["metadata"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            resource,
            namespace: text("namespace"),
            name: text("name"),
        }
    }
}

/// Why the store refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such object.
    #[error("{} \"{}\" not found", .0.resource.facts().qualified(), .0.name)]
    NotFound(Key),
    /// An object of that name exists.
    #[error("{} \"{}\" already exists", .0.resource.facts().qualified(), .0.name)]
    AlreadyExists(Key),
    /// The object to create has neither a name nor a `generateName`.
    #[error("name or generateName is required")]
    Nameless,
}

/// On whose behalf an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// A client's write of the whole object.
    Client,
    /// A controller's write, or one of a subresource: its annotations do not count as a new generation.
    Controller,
    /// A client's write that must leave no trace.
    DryRun,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) version: u64,
    numbers: Numbers,
    collections: BTreeMap<Resource, Collection>,
}

impl State {
    /// The objects of one kind.
    pub(super) fn of(&mut self, resource: Resource) -> &mut Collection {
        self.collections
            .entry(resource)
            .or_insert_with(Collection::new)
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// All objects of the world. A clone is another handle on the same objects.
///
/// Nothing here waits: every method takes a lock for the time of one map operation. What is called under the lock (`change`,
/// `check`) must not use the store.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

impl Default for Store {
    fn default() -> Self {
        Self::with_seed(1)
    }
}

impl Store {
    /// An empty store; `seed` settles the uids and generated names it will give.
    pub fn with_seed(seed: u64) -> Self {
        let state = State {
            version: 1,
            numbers: Numbers(seed),
            collections: BTreeMap::new(),
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: watch::channel(1).0,
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The version of the newest change.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// The newest version, told at each change of any object. Mark it seen *before* reading the store.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// As [`Store::changes`], for the changes of one kind.
    pub fn changes_of(&self, resource: Resource) -> watch::Receiver<u64> {
        self.lock().of(resource).changed.subscribe()
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.lock()
            .of(key.resource)
            .objects
            .get(&key.place())
            .cloned()
    }

    /// All objects of a kind, in one namespace or in all, ordered by namespace and name.
    pub fn list(&self, resource: Resource, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.snapshot(resource, namespace).items
    }

    /// How many objects of a kind there are.
    pub fn count(&self, resource: Resource) -> usize {
        self.lock().of(resource).objects.len()
    }

    /// As [`Store::list`], with the version at which it is true.
    pub fn snapshot(&self, resource: Resource, namespace: Option<&str>) -> Snapshot {
        let mut state = self.lock();
        let version = state.version;
        Snapshot {
            items: state.of(resource).objects.list(namespace),
            version,
        }
    }

    /// The objects of a kind that the object with this uid owns.
    pub fn owned_by(&self, resource: Resource, uid: &str) -> Vec<Arc<Value>> {
        self.lock().of(resource).objects.owned_by(uid)
    }

    /// The objects of a kind in a namespace that have all of `labels`; none where `labels` is empty.
    pub fn labelled(
        &self,
        resource: Resource,
        namespace: &str,
        labels: &Map<String, Value>,
    ) -> Vec<Arc<Value>> {
        self.lock().of(resource).objects.labelled(namespace, labels)
    }

    /// A listing, and what continues it without a gap.
    pub fn list_and_subscribe(
        &self,
        resource: Resource,
        namespace: Option<&str>,
    ) -> (Snapshot, Subscription) {
        let mut state = self.lock();
        let version = state.version;
        let collection = state.of(resource);
        let snapshot = Snapshot {
            items: collection.objects.list(namespace),
            version,
        };
        let subscription = Subscription {
            store: self.clone(),
            resource,
            seen: version,
            changed: collection.changed.subscribe(),
        };
        (snapshot, subscription)
    }

    /// The changes of a kind after `version`.
    pub fn subscribe(&self, resource: Resource, version: u64) -> Result<Subscription, Expired> {
        let mut state = self.lock();
        let collection = state.of(resource);
        if version < collection.oldest {
            return Err(Expired {
                asked: version,
                oldest: collection.oldest,
            });
        }
        Ok(Subscription {
            store: self.clone(),
            resource,
            seen: version,
            changed: collection.changed.subscribe(),
        })
    }

    /// Creates an object, giving it uid, version, creation time and, from `metadata.generateName`, a name.
    ///
    /// `apiVersion` and `kind` are filled in; `metadata.namespace` must be there for namespaced kinds.
    pub fn create(&self, resource: Resource, object: Value) -> Result<Arc<Value>, StoreError> {
        self.create_as(resource, object, Intent::Controller)
    }

    /// As [`Store::create`]; with [`Intent::DryRun`] the answer is the same and nothing is stored.
    pub fn create_as(
        &self,
        resource: Resource,
        mut object: Value,
        intent: Intent,
    ) -> Result<Arc<Value>, StoreError> {
        let mut state = self.lock();
        name_it(&mut object, &mut state.numbers)?;
        let key = Key::of(resource, &object);
        if state.of(resource).objects.get(&key.place()).is_some() {
            return Err(StoreError::AlreadyExists(key));
        }
        let version = state.version + 1;
        stamp_new(resource, &mut object, &state.numbers.uid());
        defaults::fill(resource, &mut object);
        if intent == Intent::DryRun {
            return Ok(Arc::new(object));
        }
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let object = Arc::new(object);
        self.commit(state, &key, Some(&object), None);
        Ok(object)
    }

    /// Changes an object as a controller does: status and spec alike, no version check, nothing stored where nothing changed.
    ///
    /// Name, namespace, uid, creation time, version and generation are the store's: what `change` does to them is undone.
    pub fn edit(
        &self,
        key: &Key,
        change: impl FnOnce(&mut Value),
    ) -> Result<Arc<Value>, StoreError> {
        self.update(key, Intent::Controller, |old| {
            let mut new = old.clone();
            change(&mut new);
            Ok(new)
        })
    }

    /// Replaces an object by what `change` makes of the stored one, under the store's lock.
    pub fn update<E: From<StoreError>>(
        &self,
        key: &Key,
        intent: Intent,
        change: impl FnOnce(&Value) -> Result<Value, E>,
    ) -> Result<Arc<Value>, E> {
        let mut state = self.lock();
        let stored = state.of(key.resource).objects.get(&key.place()).cloned();
        let old = stored.ok_or_else(|| StoreError::NotFound(key.clone()))?;
        let mut new = change(&old)?;
        defaults::fill(key.resource, &mut new);
        keep_identity(&old, &mut new);
        if new == *old {
            return Ok(old);
        }
        if moves_generation(key.resource, intent, &old, &new) {
            new["metadata"]["generation"] =
                json!(old["metadata"]["generation"].as_u64().unwrap_or(0) + 1);
        }
        if intent == Intent::DryRun {
            return Ok(Arc::new(new));
        }
        new["metadata"]["resourceVersion"] = json!((state.version + 1).to_string());
        let new = Arc::new(new);
        self.commit(state, key, Some(&new), Some(old));
        Ok(new)
    }

    /// Removes an object at once and gives its last state.
    pub fn delete(&self, key: &Key) -> Result<Arc<Value>, StoreError> {
        self.delete_if(key, |_| Ok(()))
    }

    /// As [`Store::delete`], if `check` lets the stored object go; both under one lock.
    pub fn delete_if<E: From<StoreError>>(
        &self,
        key: &Key,
        check: impl FnOnce(&Value) -> Result<(), E>,
    ) -> Result<Arc<Value>, E> {
        let mut state = self.lock();
        let stored = state.of(key.resource).objects.get(&key.place()).cloned();
        let old = stored.ok_or_else(|| StoreError::NotFound(key.clone()))?;
        check(&old)?;
        self.commit(state, key, None, Some(Arc::clone(&old)));
        Ok(old)
    }

    /// Marks an object as being deleted: `deletionTimestamp` lies `grace_s` seconds ahead. Whoever runs it removes it with
    /// [`Store::delete`]. A second call can only shorten the time.
    pub fn terminate(&self, key: &Key, grace_s: u32) -> Result<Arc<Value>, StoreError> {
        self.edit(key, |object| {
            let running = object["metadata"]["deletionGracePeriodSeconds"].as_u64();
            if running.is_none_or(|left| u64::from(grace_s) < left) {
                let end =
                    jiff::Timestamp::now() + jiff::SignedDuration::from_secs(i64::from(grace_s));
                object["metadata"]["deletionTimestamp"] = json!(seconds(end));
                object["metadata"]["deletionGracePeriodSeconds"] = json!(grace_s);
            }
        })
    }

    /// Cuts the history: a watch from any version before now is [`Expired`]. Watches under way go on.
    pub fn compact(&self) {
        let mut state = self.lock();
        let version = state.version;
        for resource in Resource::ALL {
            state.of(resource).oldest = version;
        }
    }

    /// Puts `new` (or nothing) in the place of `old`, writes history and wakes who waits.
    fn commit(
        &self,
        mut state: MutexGuard<'_, State>,
        key: &Key,
        new: Option<&Arc<Value>>,
        previous: Option<Arc<Value>>,
    ) {
        state.version += 1;
        let version = state.version;
        let kind = match (new, &previous) {
            (Some(_), None) => ChangeKind::Added,
            (Some(_), Some(_)) => ChangeKind::Modified,
            (None, _) => ChangeKind::Deleted,
        };
        let collection = state.of(key.resource);
        let place = key.place();
        let object = if let Some(object) = new {
            collection.objects.insert(&place, object);
            Arc::clone(object)
        } else {
            collection.objects.remove(&place);
            last_state(previous.as_deref(), version)
        };
        collection.record(Change {
            kind,
            version,
            object,
            previous,
            json: OnceLock::new(),
        });
        self.shared.changed.send_replace(version);
    }
}
