//! Live sources: each turns a part of the world into events.

pub mod cluster;
pub mod metrics;
