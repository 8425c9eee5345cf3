//! The cluster's objects of one environment: read once, watched, and decoded into [`crate::domain::cluster`].
//!
//! Invariants: only the objects that are shown are asked for; a snapshot is told only when every part of it is known; what the
//! server says is text from outside; nothing here writes.

pub mod access;
mod change;
pub mod decode;
pub mod errors;
mod follow;
pub mod guess;
pub mod lease;
pub mod logs;
mod merge;
pub mod namespace;
mod objects;
pub mod observe;
pub mod routes;
pub mod watch;

pub use errors::ClusterError;
pub use follow::Pace;
pub use observe::observe;
