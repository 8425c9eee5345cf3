//! A file of JSON lines that several programs append to: under a lock, never mixing two lines, a torn one closed first.

use super::journal::JournalError;
use super::private::{make_directory, open_to_append};
use serde::Serialize;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long another program may hold the lock: it appends a line, which takes milliseconds.
pub(super) const LOCK_LIMIT: Duration = Duration::from_secs(2);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// A file of JSON lines. All calls block for as long as the disk takes.
#[derive(Clone, Debug)]
pub(super) struct LineFile {
    pub(super) path: PathBuf,
}

impl LineFile {
    /// Each value as one line.
    pub(super) fn encode<T: Serialize>(&self, values: &[T]) -> Result<String, JournalError> {
        let mut text = String::new();
        for value in values {
            let line = serde_json::to_string(value).map_err(|source| JournalError::Encode {
                path: self.path.clone(),
                source,
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }

    /// The file, made where it does not exist, for the time that the handle lives held against others.
    pub(super) fn open_locked(&self) -> Result<File, JournalError> {
        loop {
            let file = self.open_to_append()?;
            self.lock(&file)?;
            // Another program may have put the file aside while this one waited for it.
            if self
                .is_named(&file)
                .map_err(|source| self.write_error(source))?
            {
                return Ok(file);
            }
        }
    }

    /// The same; one that has become larger than `most` becomes `older` first, whatever that was.
    pub(super) fn open_bounded(&self, older: &Self, most: u64) -> Result<File, JournalError> {
        let file = self.open_locked()?;
        if !file.metadata().is_ok_and(|found| found.len() >= most) {
            return Ok(file);
        }
        std::fs::rename(&self.path, &older.path).map_err(|source| self.write_error(source))?;
        // Held until here, so that nobody puts the new one aside too.
        drop(file);
        self.open_locked()
    }

    fn is_named(&self, file: &File) -> io::Result<bool> {
        let held = file.metadata()?;
        match std::fs::metadata(&self.path) {
            Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Everything in it; `None` where it does not exist.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, JournalError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(JournalError::Read {
                path: self.path.clone(),
                source,
            }),
        }
    }

    pub(super) fn write_error(&self, source: io::Error) -> JournalError {
        JournalError::Write {
            path: self.path.clone(),
            source,
        }
    }

    fn open_to_append(&self) -> Result<File, JournalError> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        make_directory(directory).map_err(|source| JournalError::Directory {
            path: directory.to_owned(),
            source,
        })?;
        let is_new = !self.path.exists();
        let file = open_to_append(&self.path).map_err(|source| JournalError::Open {
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
}

/// Whether the last line has no end: a program ended, or the disk was full, while it was written.
pub(super) fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0_u8];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The lines that have an end.
pub(super) fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    end.into_iter()
        .flat_map(|end| bytes[..end].split(|byte| *byte == b'\n'))
}
