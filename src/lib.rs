//! Flightdeck: a terminal release cockpit.
//!
//! Modules in reading order. The pure half knows nothing of networks, disks, clocks or terminals; the edge half turns the
//! world into events and effects into the world.

pub mod domain;

pub mod analysis;

pub mod strategy;

pub mod config;

pub mod cli;

pub mod app;

pub mod view;

pub mod sources;

pub mod effects;

pub mod record;

pub mod runtime;

pub mod headless;

pub mod demo;

mod dispatch;

pub use dispatch::run;
