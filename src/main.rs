//! The program: hooks first, then the command line, then the exit code.

use flightdeck::cli::Cli;
use flightdeck::runtime::hooks;
use std::process::ExitCode;

fn main() -> ExitCode {
    hooks::install();
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|told| told.exit());
    let code = flightdeck::run(&cli);
    // A panic anywhere ends with 1, whatever the rest of the program made of it.
    if hooks::panicked() {
        ExitCode::from(1)
    } else {
        code
    }
}
