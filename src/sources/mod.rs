//! Live sources: tasks that turn the world into events.

pub mod cluster;
pub mod metrics;
