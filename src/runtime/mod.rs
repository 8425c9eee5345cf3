//! The loop, the terminal and the only place that builds clients.
//!
//! Invariants: input never waits behind the network; every channel is bounded; what is watched is what the model wants;
//! however the program ends, the terminal is as it was.

pub mod clock;
pub mod drive;
pub mod identity;
pub mod pacing;
pub mod ring;
pub mod subs;
pub mod wire;

pub use drive::{Edge, News, Order, Show, drive};
