//! Pods that are real servers, the front that splits real requests among them, and the clients that send these.
//!
//! The kubelet and the front know the cluster only through its store: what runs and where traffic goes follows from the
//! objects there and from nothing else.

mod addresses;
mod api;
mod behaviour;
mod clients;
mod connections;
mod counters;
mod fault;
mod front;
mod harm;
mod kubelet;
mod ledger;
mod logs;
mod pod;
mod pod_status;
mod routing;
mod server;

pub use behaviour::{Behaviour, BehaviourChange, BehaviourError, Latency, Versions};

pub(crate) use api::Shared;
pub(crate) use behaviour::Behaviours;
pub(crate) use clients::{Clients, Traffic};
pub(crate) use connections::Connections;
pub(crate) use counters::Counters;
pub(crate) use fault::{Fault, Mode};
pub(crate) use front::{Following, Front};
pub(crate) use harm::Harms;
pub(crate) use kubelet::{CrashError, Kubelet, Pods};
pub(crate) use ledger::Ledger;
pub(crate) use pod_status::{Facts, NODE, Stage, write as write_status};
pub(crate) use routing::ready_addresses;
pub(crate) use server::{End, serve};
