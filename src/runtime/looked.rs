//! What was seen of the fleet at the last look, kept from one start to the next. Losing it costs nothing but the answer to what
//! changed since.

use crate::app::fleet::Looked;
use crate::config::settings::Settings;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

const SCHEMA: &str = "flightdeck.looked/1";

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    looked: Looked,
}

/// The last look; an empty one where there is none that this version can read.
pub fn load(settings: &Settings) -> Looked {
    let read = fs::read(path(settings)).ok();
    let document = read.and_then(|text| serde_json::from_slice::<Document>(&text).ok());
    document
        .filter(|document| document.schema == SCHEMA)
        .map(|document| document.looked)
        .unwrap_or_default()
}

/// Keeps a look. What cannot be written is lost, and the log says so.
pub fn keep(settings: &Settings, looked: &Looked) {
    let document = Document {
        schema: SCHEMA.to_owned(),
        looked: looked.clone(),
    };
    if let Err(error) = write(&path(settings), &document) {
        tracing::warn!(%error, "what was seen of the fleet could not be kept");
    }
}

fn path(settings: &Settings) -> PathBuf {
    settings.data_dir.join("looked.json")
}

fn write(path: &std::path::Path, document: &Document) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(&serde_json::to_vec(document)?)?;
    file.persist(path)?;
    Ok(())
}
