//! All objects of the world, their one rising version counter and the history that watches read.
//!
//! An object is immutable once stored; a write puts a new one in its place, with the next version, only where something
//! changed. A listing and the subscription that continues it are taken under one lock, so no change falls between them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::defaults;
use super::resource::{Generation, Resource};

/// How many changes of one kind are kept for watches.
const HISTORY: usize = 4096;
/// The letters that generated names are made of (no vowels, so no words).
const NAME_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

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

/// The history before this version is no longer known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {asked} ({oldest})")]
pub struct Expired {
    /// The version that was asked for.
    pub asked: u64,
    /// The oldest version a watch can start from.
    pub oldest: u64,
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
    json: OnceLock<Bytes>,
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

#[derive(Debug)]
struct Collection {
    objects: BTreeMap<(String, String), Arc<Value>>,
    history: VecDeque<Arc<Change>>,
    /// No watch may begin from before this version.
    oldest: u64,
    /// The newest change that is no longer in the history.
    dropped: u64,
    changed: watch::Sender<u64>,
}

impl Collection {
    fn new() -> Self {
        Self {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            oldest: 0,
            dropped: 0,
            changed: watch::channel(0).0,
        }
    }

    fn record(&mut self, change: Change) {
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

    fn since(&self, version: u64) -> Result<Vec<Arc<Change>>, Expired> {
        if version < self.oldest {
            return Err(Expired {
                asked: version,
                oldest: self.oldest,
            });
        }
        let from = self
            .history
            .partition_point(|change| change.version <= version);
        Ok(self.history.range(from..).cloned().collect())
    }
}

#[derive(Debug)]
struct State {
    version: u64,
    seed: u64,
    collections: BTreeMap<Resource, Collection>,
}

impl State {
    fn of(&mut self, resource: Resource) -> &mut Collection {
        self.collections
            .entry(resource)
            .or_insert_with(Collection::new)
    }

    /// The next of a fixed row of numbers that look random (splitmix64).
    fn number(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    fn suffix(&mut self) -> String {
        let mut number = self.number();
        let count = NAME_LETTERS.len() as u64;
        let mut letters = String::with_capacity(5);
        for _ in 0..5 {
            let index = usize::try_from(number % count).unwrap_or_default();
            letters.push(char::from(NAME_LETTERS[index]));
            number /= count;
        }
        letters
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// All objects of the world. A clone is another handle on the same objects.
///
/// Nothing here waits: every method takes a lock for the time of one map operation.
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
            seed,
            collections: BTreeMap::new(),
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: watch::channel(1).0,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
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
            .get(&(key.namespace.clone(), key.name.clone()))
            .cloned()
    }

    /// All objects of a kind, in one namespace or in all, ordered by namespace and name.
    pub fn list(&self, resource: Resource, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.snapshot(resource, namespace).items
    }

    /// As [`Store::list`], with the version at which it is true.
    pub fn snapshot(&self, resource: Resource, namespace: Option<&str>) -> Snapshot {
        let mut state = self.lock();
        let version = state.version;
        Snapshot {
            items: select(state.of(resource), namespace),
            version,
        }
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
            items: select(collection, namespace),
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
        name_it(&mut object, &mut state)?;
        let key = Key::of(resource, &object);
        if state
            .of(resource)
            .objects
            .contains_key(&(key.namespace.clone(), key.name.clone()))
        {
            return Err(StoreError::AlreadyExists(key));
        }
        let version = state.version + 1;
        stamp_new(resource, &mut object, &state.uid());
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
        let stored = state
            .of(key.resource)
            .objects
            .get(&(key.namespace.clone(), key.name.clone()))
            .cloned();
        let old = stored.ok_or_else(|| StoreError::NotFound(key.clone()))?;
        let mut new = change(&old)?;
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
        let mut state = self.lock();
        let stored = state
            .of(key.resource)
            .objects
            .get(&(key.namespace.clone(), key.name.clone()))
            .cloned();
        let old = stored.ok_or_else(|| StoreError::NotFound(key.clone()))?;
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
        let place = (key.namespace.clone(), key.name.clone());
        let object = if let Some(object) = new {
            collection.objects.insert(place, Arc::clone(object));
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

/// The changes of one kind, from a version on.
#[derive(Debug)]
pub struct Subscription {
    store: Store,
    resource: Resource,
    seen: u64,
    changed: watch::Receiver<u64>,
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

fn select(collection: &Collection, namespace: Option<&str>) -> Vec<Arc<Value>> {
    let wanted = |place: &(String, String)| namespace.is_none_or(|namespace| place.0 == namespace);
    collection
        .objects
        .iter()
        .filter(|(place, _)| wanted(place))
        .map(|(_, object)| Arc::clone(object))
        .collect()
}

/// Now, to the second, as Kubernetes writes times.
pub fn now() -> String {
    seconds(jiff::Timestamp::now())
}

/// Now, to the microsecond.
pub(crate) fn now_micros() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        .to_string()
}

/// A time to the second, as Kubernetes writes times.
pub(crate) fn seconds(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn name_it(object: &mut Value, state: &mut State) -> Result<(), StoreError> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    if object["metadata"]["name"]
        .as_str()
        .is_some_and(|name| !name.is_empty())
    {
        return Ok(());
    }
    let prefix = object["metadata"]["generateName"]
        .as_str()
        .ok_or(StoreError::Nameless)?;
    let name = format!("{prefix}{}", state.suffix());
    object["metadata"]["name"] = json!(name);
    Ok(())
}

fn stamp_new(resource: Resource, object: &mut Value, uid: &str) {
    let facts = resource.facts();
    object["apiVersion"] = json!(facts.api_version());
    object["kind"] = json!(facts.kind);
    let metadata = &mut object["metadata"];
    metadata["uid"] = json!(uid);
    metadata["creationTimestamp"] = json!(now());
    if facts.generation != Generation::None {
        metadata["generation"] = json!(1);
    }
}

/// What a write never changes. An index would put nulls in, so absent fields are taken out.
fn keep_identity(old: &Value, new: &mut Value) {
    for field in ["apiVersion", "kind"] {
        new[field] = old[field].clone();
    }
    if !new["metadata"].is_object() {
        new["metadata"] = json!({});
    }
    let Some(metadata) = new["metadata"].as_object_mut() else {
        return;
    };
    for field in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "resourceVersion",
        "generation",
    ] {
        match old["metadata"].get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
}

fn moves_generation(resource: Resource, intent: Intent, old: &Value, new: &Value) -> bool {
    let outside = |object: &Value| {
        let fields = object.as_object().cloned().unwrap_or_default();
        fields
            .into_iter()
            .filter(|(name, _)| name != "metadata" && name != "status")
            .collect::<Map<_, _>>()
    };
    match resource.facts().generation {
        Generation::None => false,
        Generation::Spec => outside(old) != outside(new),
        Generation::SpecAndAnnotations => {
            let annotated = old["metadata"]["annotations"] != new["metadata"]["annotations"];
            outside(old) != outside(new) || (annotated && intent != Intent::Controller)
        }
    }
}

fn last_state(previous: Option<&Value>, version: u64) -> Arc<Value> {
    let mut object = previous.cloned().unwrap_or_default();
    object["metadata"]["resourceVersion"] = json!(version.to_string());
    Arc::new(object)
}
