//! A CI server that speaks GitHub's protocol: runs, jobs, logs, approvals, run again, cancel, compare.
//!
//! Invariants: an answer that has not changed is told by its `ETag` and does not count; a log lies on another host, behind an
//! address that wants no login; nothing deploys before what it needs has passed and, where it must be, was approved.

mod book;
mod calls;
mod deploy;
mod log;
mod outage;
mod pipeline;
mod play;
mod reviews;
mod routes;
mod shape;

pub(crate) use book::{Book, JobChange, NewRun};
pub(crate) use calls::Calls;
pub(crate) use deploy::Deployer;
pub(crate) use outage::serve;
pub(crate) use play::play;
pub(crate) use routes::Server;

/// The one repository.
pub(crate) const REPOSITORY: &str = "shop/checkout";
