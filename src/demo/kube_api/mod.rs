//! The Kubernetes API server double: one store of objects and the protocol that `kubectl` and client libraries speak.
//!
//! Everything that is true of the cluster is in [`Store`]. The protocol side reads and writes nothing else, and whatever acts
//! inside the world (controllers, the part that runs pods) acts through the same store. What goes wrong on purpose is in
//! [`Faults`].

mod access;
mod api;
mod call;
mod defaults;
mod delete;
mod discovery;
mod event_form;
mod faults;
mod history;
mod host;
mod index;
mod ledger;
mod log;
mod log_follow;
mod managed;
mod openapi;
mod patch;
mod path;
mod present;
mod protobuf;
mod proxy;
mod query;
mod read;
mod resource;
mod scale;
mod selector;
mod serve;
mod stamp;
mod status;
mod store;
mod table;
mod validate;
mod watch;
mod write;

pub use faults::{ExpiredShape, Faults, HoldWhen, Outage, OutageMode, Part};
pub use history::{Change, ChangeKind, Expired, Snapshot, Subscription};
pub use host::{LogRun, NoHost, PodHost};
pub use ledger::{Ledger, Written};
pub use resource::{Facts, Generation, Resource, Scope};
pub use serve::{Server, serve};
pub use stamp::now;
pub(crate) use stamp::seconds;
pub use store::{Intent, Key, Store, StoreError};
