//! A recording as it lies on the disk: a model, and the events that were folded into it.
//!
//! It is read as hostile: of a bounded size, and what is no recording of this program is refused with its reason.

use crate::app::event::Stamped;
use crate::app::model::Model;
use crate::domain::notice::{Notice, NoticeKind};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Name and version of the form.
pub const SCHEMA: &str = "flightdeck.recording/1";

/// This program's version, which is written into each recording.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Bytes of the largest recording that is read: far more than two parts of a ring can have.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What is written.
#[derive(Debug, Serialize)]
pub struct Written<'a> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// [`VERSION`].
    pub version: &'static str,
    /// The model before the first event.
    pub model: &'a Model,
    /// The events, oldest first.
    pub events: Vec<&'a Stamped>,
}

/// What is read.
#[derive(Debug, Deserialize)]
pub struct Recording {
    /// The version that wrote it.
    pub version: String,
    /// The model before the first event.
    pub model: Model,
    /// The events, oldest first.
    pub events: Vec<Stamped>,
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("the recording {} cannot be read", .0.display())]
    Unread(PathBuf, #[source] io::Error),
    /// It has more bytes than any recording.
    #[error("{} is too large for a recording", .0.display())]
    TooLarge(PathBuf),
    /// It is something else.
    #[error("{} is no recording of flightdeck", .0.display())]
    Foreign(PathBuf),
    /// Another version wrote it, or somebody changed it.
    #[error("the recording {}, written by flightdeck {version}, cannot be read by {VERSION}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The version that wrote it.
        version: String,
        /// What was met.
        #[source]
        source: serde_json::Error,
    },
}

impl From<RecordingError> for Notice {
    fn from(error: RecordingError) -> Self {
        let notice = Self::new(NoticeKind::Usage, error.to_string());
        let notice = match std::error::Error::source(&error) {
            Some(cause) => notice.caused_by(cause),
            None => notice,
        };
        match error {
            RecordingError::Unknown { version, .. } if version != VERSION => {
                notice.hint(format!("replay it with flightdeck {version}"))
            }
            RecordingError::Unknown { .. } | RecordingError::Unread(..) => notice,
            RecordingError::TooLarge(_) | RecordingError::Foreign(_) => {
                notice.hint("the cockpit writes one below its data directory with the keys e r")
            }
        }
    }
}

#[derive(Deserialize)]
struct Header {
    schema: String,
    version: String,
}

/// Reads a recording.
pub fn open(path: &Path) -> Result<Recording, RecordingError> {
    let unread = |error| RecordingError::Unread(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unread)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    if bytes.len() as u64 > LARGEST {
        return Err(RecordingError::TooLarge(path.to_owned()));
    }
    let header: Header = serde_json::from_slice(&bytes)
        .ok()
        .filter(|header: &Header| header.schema == SCHEMA)
        .ok_or_else(|| RecordingError::Foreign(path.to_owned()))?;
    serde_json::from_slice(&bytes).map_err(|source| RecordingError::Unknown {
        path: path.to_owned(),
        version: crate::domain::text::Text::new(header.version)
            .shown()
            .to_owned(),
        source,
    })
}
