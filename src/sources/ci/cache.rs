//! Answers kept with their `ETag`, in memory and on disk, so that asking again costs nothing, also after a restart.
//!
//! Invariant: an answer is given again only for the same address, the same login and the same form.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Answers kept in memory; the oldest go.
const KEPT: usize = 128;
/// The largest answer that is kept, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Answers kept on disk; the oldest go.
const FILES: usize = 256;

/// One answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What it answers, in full: two questions with the same file name must not be mixed up.
    pub(super) question: String,
    /// The server's mark.
    pub(super) etag: String,
    /// Its `Link` header.
    pub(super) link: Option<String>,
    /// Its body.
    pub(super) body: String,
}

/// The answers of one server.
#[derive(Debug, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    kept: HashMap<u64, (u64, Arc<Kept>)>,
    clock: u64,
}

impl Cache {
    /// In memory, and in `folder` where one is given.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// The answer to a question.
    pub(super) fn get(&mut self, question: &str) -> Option<Arc<Kept>> {
        let key = key(question);
        self.clock += 1;
        if let Some((used, kept)) = self.kept.get_mut(&key) {
            *used = self.clock;
            return Some(Arc::clone(kept)).filter(|kept| kept.question == question);
        }
        let kept = self
            .folder
            .as_deref()
            .and_then(|folder| read(folder, key))?;
        if kept.question != question {
            return None;
        }
        let kept = Arc::new(kept);
        self.remember(key, Arc::clone(&kept));
        Some(kept)
    }

    /// Keeps an answer that is text. What cannot be written is kept in memory alone: the cache is a convenience.
    pub(super) fn put(&mut self, question: &str, etag: &str, link: Option<&str>, body: &Bytes) {
        let text = match std::str::from_utf8(body) {
            Ok(text) if text.len() <= MOST_BYTES => text,
            Ok(_) | Err(_) => return,
        };
        let kept = Kept {
            question: question.to_owned(),
            etag: etag.to_owned(),
            link: link.map(str::to_owned),
            body: text.to_owned(),
        };
        let key = key(question);
        if let Some(folder) = &self.folder
            && let Err(error) = write(folder, key, &kept)
        {
            tracing::debug!(%error, "an answer of the CI server was not kept on disk");
        }
        self.remember(key, Arc::new(kept));
    }

    fn remember(&mut self, key: u64, kept: Arc<Kept>) {
        self.clock += 1;
        self.kept.insert(key, (self.clock, kept));
        if self.kept.len() > KEPT
            && let Some(oldest) = self
                .kept
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| *key)
        {
            self.kept.remove(&oldest);
        }
    }
}

fn key(question: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish()
}

fn file(folder: &Path, key: u64) -> PathBuf {
    folder.join(format!("{key:016x}.json"))
}

fn read(folder: &Path, key: u64) -> Option<Kept> {
    let bytes = std::fs::read(file(folder, key)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Written beside and moved, so that a reader never meets half a file. Only the owner can read it.
fn write(folder: &Path, key: u64, kept: &Kept) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut beside, kept)?;
    let file = file(folder, key);
    let is_known = file.exists();
    beside.persist(file)?;
    if is_known { Ok(()) } else { thin_out(folder) }
}

fn thin_out(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    for (_, path) in files.iter().take(files.len().saturating_sub(FILES)) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}
