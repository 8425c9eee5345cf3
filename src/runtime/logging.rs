//! The log: to a file that was asked for, and never to the terminal.

use crate::domain::notice::{Notice, NoticeKind};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// Starts the log where `path` names its file; `verbose` is how often more was asked for.
pub fn start(path: Option<&Path>, verbose: u8) -> Result<(), Notice> {
    let Some(path) = path else { return Ok(()) };
    let file = open(path)?;
    // Other crates log headers and bodies at their finer levels, and those may hold secrets.
    let filter = match verbose {
        0 => "warn,flightdeck=info",
        1 => "warn,flightdeck=debug",
        _ => "info,flightdeck=trace",
    };
    let started = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(Mutex::new(file))
        .try_init();
    started.map_err(|error| {
        Notice::new(NoticeKind::Internal, "the log cannot be started").caused_by(&*error)
    })
}

fn open(path: &Path) -> Result<File, Notice> {
    let opened = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    opened.map_err(|error| {
        Notice::new(
            NoticeKind::Usage,
            format!("the log file {} cannot be opened", path.display()),
        )
        .caused_by(&error)
    })
}
