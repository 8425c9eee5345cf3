//! The Kubernetes API server double: one store of objects and the protocol that `kubectl` and client libraries speak.
//!
//! Everything that is true of the cluster is in [`Store`]. The protocol side reads and writes nothing else, and whatever acts
//! inside the world (controllers, the part that runs pods) acts through the same store.

mod resource;
mod store;

pub use resource::{Facts, Resource};
pub use store::{
    Change, ChangeKind, Expired, Intent, Key, Snapshot, Store, StoreError, Subscription,
};
