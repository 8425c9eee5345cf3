//! The loop, the terminal and the only place that builds clients.
//!
//! Invariants: input never waits behind the network; every channel is bounded; what is watched is what the model wants;
//! however the program ends, the terminal is as it was.

mod carriers;
pub mod ci;
pub mod clock;
pub mod cockpit;
pub mod connections;
pub mod detect;
pub mod drive;
pub mod edge;
pub mod escapes;
pub mod export;
pub mod guess;
pub mod hooks;
pub mod identity;
pub mod ink;
pub mod keyboard;
pub mod keys;
pub mod log_follow;
pub mod logging;
pub mod login;
pub mod looked;
pub mod looks;
pub mod pacing;
pub mod picture;
mod pod_log_feed;
pub mod pod_logs;
pub mod probe;
pub mod recording;
pub mod replay;
pub mod ring;
pub mod screen;
pub mod signals;
pub mod smoke;
mod source;
pub mod subs;
mod subs_ci;
pub mod terminal;
pub mod tui;
pub mod wire;
mod wire_prometheus;

pub use drive::{Edge, News, Order, Show, drive};
