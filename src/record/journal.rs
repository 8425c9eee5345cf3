//! The journal's file: JSON lines, one file for each service and environment, appended under a lock and flushed.

use super::entry::{Entry, SCHEMA};
use crate::domain::ids::Target;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long another program may hold the lock: it appends a line, which takes milliseconds.
const LOCK_LIMIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// The journal of one service in one environment. All calls block for as long as the disk takes.
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
}

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
    /// Numbers, from 1, of lines that this version cannot read.
    pub unreadable: Vec<usize>,
    /// The last line was cut off: a program ended, or the disk was full, while it was written.
    pub torn: bool,
}

impl Journal {
    /// The journal below a data directory; nothing is touched before the first append.
    pub fn of(data_dir: &Path, target: &Target) -> Self {
        let name = format!("{}.jsonl", target.record_name());
        Self {
            path: data_dir.join("journal").join(name),
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends entries and waits until they are on the disk. Several programs may do so at once; no line is ever mixed
    /// with another. A torn line of a program that ended is closed first and stays as it is.
    pub fn append(&self, entries: &[Entry]) -> Result<(), JournalError> {
        let text = self.encode(entries)?;
        let mut file = self.open_to_append()?;
        self.lock(&file)?;
        let write = |file: &mut File| {
            if is_torn(file)? {
                file.write_all(b"\n")?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_data()
        };
        // The lock goes with the file's handle.
        write(&mut file).map_err(|source| self.write_error(source))
    }

    /// Reads everything. A journal that does not exist is empty.
    pub fn read(&self) -> Result<Lines, JournalError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(decode(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Lines::default()),
            Err(source) => Err(JournalError::Read {
                path: self.path.clone(),
                source,
            }),
        }
    }

    fn encode(&self, entries: &[Entry]) -> Result<String, JournalError> {
        let mut text = String::new();
        for entry in entries {
            let line = serde_json::to_string(entry).map_err(|source| JournalError::Encode {
                path: self.path.clone(),
                source,
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }

    fn open_to_append(&self) -> Result<File, JournalError> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|source| JournalError::Directory {
                path: directory.to_owned(),
                source,
            })?;
        let is_new = !self.path.exists();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)
            .map_err(|source| JournalError::Open {
                path: self.path.clone(),
                source,
            })?;
        if is_new {
            // Without this a crash could take the new file's name away, though its content was flushed.
            File::open(directory)
                .and_then(|directory| directory.sync_all())
                .map_err(|source| self.write_error(source))?;
        }
        Ok(file)
    }

    fn lock(&self, file: &File) -> Result<(), JournalError> {
        let deadline = Instant::now() + LOCK_LIMIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(JournalError::Locked {
                        path: self.path.clone(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(self.write_error(source)),
            }
        }
    }

    fn write_error(&self, source: io::Error) -> JournalError {
        JournalError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn decode(bytes: &[u8]) -> Lines {
    let mut lines = Lines {
        torn: !bytes.is_empty() && !bytes.ends_with(b"\n"),
        ..Lines::default()
    };
    let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => &bytes[..end],
        None => return lines,
    };
    for (index, line) in whole.split(|byte| *byte == b'\n').enumerate() {
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) if entry.schema == SCHEMA => lines.entries.push(entry),
            Ok(_) | Err(_) => lines.unreadable.push(index + 1),
        }
    }
    lines
}
