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
mod fleet;
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
mod ink;
mod input;
mod interaction;
mod judge;
mod keys;
mod log_follow;
mod log_lines;
mod mutated;
mod no_loss;
mod panes;
mod pilot;
mod pipeline;
mod plans;
mod pointing;
mod prometheus;
mod proved;
mod provenance;
mod pty;
mod real_cluster;
mod record;
mod replay;
mod runbook;
mod scrape;
mod screens;
mod secrets;
mod sequential;
mod settle;
mod smoke;
mod soak;
mod spelling;
mod start;
mod text;
mod theme;
mod theme_screens;
mod update;
mod widgets;
mod without_route;
mod world;
mod world_kube;
