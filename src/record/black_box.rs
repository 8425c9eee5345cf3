//! This machine's black box: JSON lines beside the journal, two files of bounded size, the older one dropped.
//!
//! Invariant: a line that cannot be read hides no other line.

use super::file::{LineFile, is_torn, whole_lines};
use super::journal::JournalError;
use crate::domain::ids::Target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write as _;
use std::path::Path;

/// A file that has become larger than this is the older one from then on.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// The black box of one service in one environment. All calls block for as long as the disk takes.
#[derive(Clone, Debug)]
pub struct BoxFile {
    newer: LineFile,
    older: LineFile,
    most: u64,
}

impl BoxFile {
    /// The black box below a data directory; nothing is touched before the first append.
    pub fn of(data_dir: &Path, target: &Target) -> Self {
        let path = |ending: &str| {
            data_dir
                .join("journal")
                .join(format!("{}.{ending}", target.record_name()))
        };
        Self {
            newer: LineFile {
                path: path("blackbox.jsonl"),
            },
            older: LineFile {
                path: path("blackbox.1.jsonl"),
            },
            most: MOST_BYTES,
        }
    }

    /// The same with files of at most so many bytes.
    #[must_use]
    pub fn bounded(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Appends lines. They need not outlive a crash of the machine: the next ones come in seconds.
    pub fn append<T: Serialize>(&self, lines: &[T]) -> Result<(), JournalError> {
        let text = self.newer.encode(lines)?;
        let mut file = self.newer.open_bounded(&self.older, self.most)?;
        let torn = is_torn(&mut file).map_err(|source| self.newer.write_error(source))?;
        let end = if torn { "\n" } else { "" };
        file.write_all(format!("{end}{text}").as_bytes())
            .map_err(|source| self.newer.write_error(source))
    }

    /// Reads everything that this version can read, in the order in which it was appended.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, JournalError> {
        let mut lines = Vec::new();
        for file in [&self.older, &self.newer] {
            let bytes = file.read()?.unwrap_or_default();
            lines.extend(whole_lines(&bytes).filter_map(|line| serde_json::from_slice(line).ok()));
        }
        Ok(lines)
    }
}
