//! The program: hooks first, then the command line, then the exit code.

use clap::Parser as _;
use flightdeck::cli::Cli;
use flightdeck::runtime::hooks;
use std::process::ExitCode;

fn main() -> ExitCode {
    hooks::install();
    flightdeck::run(&Cli::parse())
}
