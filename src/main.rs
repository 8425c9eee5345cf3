//! The program: hooks first, then the command line, then the exit code.

use clap::Parser as _;
use flightdeck::cli::Cli;
use flightdeck::runtime::hooks;
use std::process::ExitCode;

fn main() -> ExitCode {
    hooks::install();
    let code = flightdeck::run(&Cli::parse());
    // A panic anywhere ends with 1, whatever the rest of the program made of it.
    if hooks::panicked() {
        ExitCode::from(1)
    } else {
        code
    }
}
