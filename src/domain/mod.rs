//! The nouns: pure values shared by every other module.
//!
//! Nothing here does I/O, reads a clock or knows a client. Times are [`jiff::Timestamp`]s that arrive as data.

#![deny(clippy::disallowed_methods)]

pub mod amendment;
pub mod artifact;
pub mod assurance;
mod cleaning;
pub mod cluster;
pub mod counters;
pub mod drill;
mod escapes;
pub mod event;
pub mod exposition;
pub mod feed;
pub mod freeze;
pub mod gate;
pub mod goals;
pub mod guardrails;
pub mod history;
pub mod holder;
pub mod ids;
pub mod notice;
pub mod notification;
pub mod outcome;
pub mod pilot;
pub mod pipeline;
pub mod place;
pub mod pod_log;
pub mod policy;
pub mod provenance;
pub mod quantity;
pub mod record;
pub mod rights;
pub mod rollout;
pub mod smoke;
pub mod text;
pub mod traffic;
pub mod trim;
pub mod who;
