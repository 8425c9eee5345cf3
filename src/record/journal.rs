//! The journal's files: JSON lines, two files for each service and environment, appended under a lock and flushed. The newer
//! one becomes the older when it is full, and the older goes.

use super::entry::{Entry, SCHEMA, What};
use super::file::{LOCK_LIMIT, LineFile, is_torn, whole_lines};
use crate::domain::ids::Target;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The journal of one service in one environment. All calls block for as long as the disk takes.
#[derive(Clone, Debug)]
pub struct Journal {
    file: LineFile,
    older: LineFile,
    most: u64,
}

/// A file that has become larger than this is the older one from the next plan on.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// Why the journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its directory could not be made.
    #[error("cannot make the journal's directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It could not be opened.
    #[error("cannot open the journal {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another program holds it.
    #[error("another program has kept the journal {} locked for {} s", path.display(), LOCK_LIMIT.as_secs())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It could not be locked, written or flushed.
    #[error("cannot write the journal {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It could not be read.
    #[error("cannot read the journal {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An entry could not be put into JSON.
    #[error("cannot put an entry for the journal {} into JSON", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What reading gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// In the order in which they were appended.
    pub entries: Vec<Entry>,
    /// Numbers, from 1, of lines in their file that this version cannot read.
    pub unreadable: Vec<usize>,
    /// The last line was cut off: a program ended, or the disk was full, while it was written.
    pub torn: bool,
}

impl Journal {
    /// The journal below a data directory; nothing is touched before the first append.
    pub fn of(data_dir: &Path, target: &Target) -> Self {
        let path = |ending: &str| {
            data_dir
                .join("journal")
                .join(format!("{}.{ending}", target.record_name()))
        };
        Self {
            file: LineFile {
                path: path("jsonl"),
            },
            older: LineFile {
                path: path("1.jsonl"),
            },
            most: MOST_BYTES,
        }
    }

    /// The same with files of at most so many bytes, and a plan.
    #[must_use]
    pub fn bounded(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Appends entries and waits until they are on the disk. Several programs may do so at once; no line is ever mixed
    /// with another. A torn line of a program that ended is closed first and stays as it is.
    pub fn append(&self, entries: &[Entry]) -> Result<(), JournalError> {
        let text = self.file.encode(entries)?;
        // A plan's own lines stay together: only its beginning may open a new file.
        let begins = matches!(
            entries.first().map(|entry| &entry.what),
            Some(What::PlanBegan(_))
        );
        let mut file = if begins {
            self.file.open_bounded(&self.older, self.most)?
        } else {
            self.file.open_locked()?
        };
        let write = |file: &mut File| {
            if is_torn(file)? {
                file.write_all(b"\n")?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        // The lock goes with the file's handle.
        write(&mut file).map_err(|source| self.file.write_error(source))
    }

    /// Reads everything. A journal that does not exist is empty.
    pub fn read(&self) -> Result<Lines, JournalError> {
        let older = self.older.read()?;
        let mut lines = older.map(|bytes| decode(&bytes)).unwrap_or_default();
        let newer = self.file.read()?;
        let newer = newer.map(|bytes| decode(&bytes)).unwrap_or_default();
        lines.entries.extend(newer.entries);
        lines.unreadable.extend(newer.unreadable);
        lines.torn = newer.torn;
        Ok(lines)
    }
}

fn decode(bytes: &[u8]) -> Lines {
    let mut lines = Lines {
        torn: !bytes.is_empty() && !bytes.ends_with(b"\n"),
        ..Lines::default()
    };
    for (index, line) in whole_lines(bytes).enumerate() {
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) if entry.schema == SCHEMA => lines.entries.push(entry),
            Ok(_) | Err(_) => lines.unreadable.push(index + 1),
        }
    }
    lines
}
