//! What a person may write, and what the program uses of it.
//!
//! Two families of types, never one: what may stand in a file ([`mod@file`]: all optional, unknown keys refused) and
//! [`settings::Settings`] (complete and valid). [`layer`] lays flag over environment over file over default and keeps where
//! each value came from. Only [`places`] touches the disk. All mistakes of a file are told at once.

pub mod access;
pub mod assurance;
pub mod ci;
mod ci_kinds;
pub mod document;
pub mod duration;
pub mod fault;
pub mod file;
pub mod goals;
pub mod guardrails;
pub mod guess;
pub mod keys;
pub mod layer;
mod layer_ci;
mod layer_metrics;
pub mod metrics;
pub mod pilot;
pub mod places;
pub mod presets;
pub mod rules;
pub mod settings;
mod shown;
pub mod smoke;
pub mod theme;
