//! The core: model, update, effects and subscriptions, without I/O.
//!
//! Invariants: [`update::update`] is total and deterministic; time arrives as data; every effect that can fail bears an id and
//! is answered by an event with that id; [`subscription::subscriptions`] alone says what is watched.

#![deny(clippy::disallowed_methods)]

pub mod action;
pub mod advice;
mod argument;
pub mod asking;
pub mod availability;
pub mod black_box;
pub mod canary_watch;
pub mod changes;
pub mod chord;
pub mod command;
pub mod cut_off;
pub mod drill;
pub mod effect;
pub mod event;
pub mod fleet;
pub mod fuzzy;
pub mod guessed;
pub mod inspect;
pub mod intent;
pub mod key;
pub mod keymap;
pub mod log;
pub mod log_pane;
pub mod messages;
pub mod messenger;
pub mod model;
pub mod pick;
pub mod pilot;
pub mod pipeline;
pub mod pod_logs;
pub mod pointing;
pub mod proof;
pub mod releases;
pub mod remap;
pub mod run;
pub mod screen;
pub mod subscription;
pub mod update;
