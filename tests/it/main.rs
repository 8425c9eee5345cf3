//! The one test binary: every test of the project is a module here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    clippy::allow_attributes,
    unreachable_pub,
    reason = "a test fails by panicking, and says on standard error what it skipped"
)]

mod fixture;
mod support;

mod analysis;
mod architecture;
mod ci;
mod cli;
mod cluster;
mod config;
mod crash;
mod domain_units;
mod drill;
mod drive;
mod effects;
mod gates;
mod good;
mod guard_sweep;
mod headless;
mod input;
mod interaction;
mod keys;
mod log_lines;
mod no_loss;
mod pipeline;
mod plans;
mod prometheus;
mod proved;
mod pty;
mod record;
mod scrape;
mod screens;
mod start;
mod text;
mod theme;
mod update;
mod widgets;
mod without_route;
mod world;
mod world_kube;
