//! Where counters are read: the pods' own `/metrics` through the API server, or a Prometheus that scrapes them.
//!
//! Invariant: what could not be read is said, with its reason; it never becomes a number.

pub mod feed;
mod line;
pub mod pods;
pub mod prometheus;
pub mod text;
