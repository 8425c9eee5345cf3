//! A world on loopback that speaks the real protocols; it shares no code with the rest.
//!
//! Objects live in one store; controllers, pods and the front act on them as a cluster's own parts do, and whoever connects
//! sees the world only through the wire.

mod ci_api;
pub mod controllers;
pub mod files;
pub mod fleet;
pub mod image;
pub mod kube_api;
pub mod scenario;
pub mod setup;
pub mod traffic;
pub mod world;

mod control;
mod dice;
mod objects;
mod record_text;
mod releases;
mod timeline;

pub use files::Info;
pub use record_text::PlaceholderError;
pub use scenario::{Scenario, ScenarioError};
pub use world::{World, WorldError, WorldOptions, serve};
