//! A sign of life beside the journal: a file for each plan under way, locked for as long as its program lives.
//!
//! The system gives the lock back however the program ends, so that whoever finds the file unlocked knows that the plan was
//! cut off. Invariants: nothing depends on a clock; without the file nothing is claimed to be known.

use super::journal::JournalError;
use super::private::{make_directory, open_to_append};
use crate::domain::holder::Holder;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A sign that nobody took up is thrown away after this long.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// Held by the program that carries a plan out.
#[derive(Debug)]
pub struct Alive {
    path: PathBuf,
    /// Locked.
    _file: File,
}

impl Alive {
    /// Shows from now on that the plan's program lives. Blocks for as long as the disk takes.
    pub fn show(data_dir: &Path, plan: &str) -> Result<Self, JournalError> {
        let directory = directory(data_dir);
        make_directory(&directory).map_err(|source| JournalError::Directory {
            path: directory.clone(),
            source,
        })?;
        tidy(&directory);
        let path = directory.join(file_name(plan).unwrap_or_else(|| "unnamed".to_owned()));
        let file = open_to_append(&path).map_err(|source| JournalError::Open {
            path: path.clone(),
            source,
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked { path }),
            Err(TryLockError::Error(source)) => Err(JournalError::Open { path, source }),
        }
    }

    /// The plan has ended in order. Without this it is found to be cut off.
    pub fn end(self) {
        // Before the lock is given back, so that nobody finds it unlocked.
        drop(std::fs::remove_file(&self.path));
    }

    /// Whether the program of a plan lives, by what it left here.
    pub fn holder(data_dir: &Path, plan: &str) -> Holder {
        let file = path_of(data_dir, plan).map(|path| OpenOptions::new().append(true).open(path));
        let Some(Ok(file)) = file else {
            return Holder::Elsewhere;
        };
        // Shared, so that two who look at once do not take each other for the holder.
        match file.try_lock_shared() {
            Ok(()) => Holder::Gone,
            Err(TryLockError::WouldBlock) => Holder::Lives,
            Err(TryLockError::Error(_)) => Holder::Elsewhere,
        }
    }

    /// A plan that was cut off has been taken up: its sign is not needed any more.
    pub fn forget(data_dir: &Path, plan: &str) {
        if Self::holder(data_dir, plan) == Holder::Gone
            && let Some(path) = path_of(data_dir, plan)
        {
            drop(std::fs::remove_file(path));
        }
    }
}

fn directory(data_dir: &Path) -> PathBuf {
    data_dir.join("journal").join("alive")
}

fn path_of(data_dir: &Path, plan: &str) -> Option<PathBuf> {
    file_name(plan).map(|name| directory(data_dir).join(name))
}

/// Ids come from the cluster too: only what this program would have made is a file's name.
fn file_name(plan: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!plan.is_empty() && plan.len() <= 100 && plan.chars().all(is_plain))
        .then(|| format!("{plan}.lock"))
}

fn tidy(directory: &Path) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries {
        let is_old = entry
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > KEPT_FOR));
        if is_old {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}
