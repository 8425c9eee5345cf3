//! Live sources: tasks that turn the world into events.

pub mod ci;
pub mod cluster;
pub mod drill;
pub mod metrics;
pub mod secret;
pub mod smoke;
pub mod supervise;

use jiff::Timestamp;

/// Where a source takes the time from; the runtime gives it.
pub type Clock = fn() -> Timestamp;
