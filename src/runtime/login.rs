//! The kubeconfig's login program, kept away from the terminal.
//!
//! Some login programs ask on the terminal itself, past the standard streams: over a cockpit that would garble the picture, and
//! what a person typed would go to the wrong one. So this program starts them, in a session that has no terminal, and ends them
//! when they hang.

use rustix::process::{Signal, kill_current_process_group, setsid};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// The hidden command by which this program is the one that starts them.
pub const COMMAND: &str = "run-login";

/// A login that takes longer waits for somebody who is not there.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);

/// Where the shell says that a program could not be started.
const NOT_STARTED: u8 = 127;

/// This program's file; unset where it is used as a library.
static OWN: OnceLock<PathBuf> = OnceLock::new();

/// Remembers this program's file, so that it can start login programs.
pub fn remember() {
    if let Ok(path) = std::env::current_exe() {
        // A second time changes nothing.
        drop(OWN.set(path));
    }
}

/// This program's file, where it can start login programs.
pub fn own() -> Option<&'static PathBuf> {
    OWN.get()
}

/// Runs a login program to its end; answers its exit code.
pub fn run(program: &OsString, arguments: &[OsString]) -> ExitCode {
    // It fails for the first of a process group alone; then there was no terminal to keep it from.
    let alone = setsid().is_ok();
    let Ok(mut child) = Command::new(program).args(arguments).spawn() else {
        return ExitCode::from(NOT_STARTED);
    };
    let deadline = Instant::now() + ENDS_WITHIN;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                return ExitCode::from(code.unwrap_or(NOT_STARTED));
            }
            Ok(None) if Instant::now() < deadline => thread::sleep(POLL),
            Ok(None) | Err(_) => {
                drop(child.kill());
                if alone {
                    // What it started has the session's group, as this process has.
                    let _ = kill_current_process_group(Signal::KILL);
                }
                return ExitCode::from(NOT_STARTED);
            }
        }
    }
}
