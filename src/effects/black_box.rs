//! The black box on this machine's disk and in the cluster's record.

use super::context::Context;
use super::errors::EffectError;
use super::tried::Tries;
use crate::analysis::black_box::{self, Line, SCHEMA, merged};
use crate::domain::text::Text;
use crate::domain::trim;
use crate::record::black_box::BoxFile;
use serde::{Deserialize, Serialize};

/// What the ConfigMap's key holds.
#[derive(Serialize, Deserialize)]
struct Written {
    schema: String,
    lines: Vec<Line>,
}

impl Context {
    /// Appends to this machine's black box.
    pub(super) async fn journal_lines(&self, lines: Vec<Line>) -> Result<(), EffectError> {
        let file = BoxFile::of(&self.data_dir, &self.target);
        let written = tokio::task::spawn_blocking(move || file.append(&lines));
        Ok(written.await.map_err(EffectError::JournalTask)??)
    }

    /// Adds to the cluster's black box, as far as there is room beside the record. Without a record there is none.
    pub(super) async fn publish_lines(&self, lines: &[Line]) -> Result<(), EffectError> {
        let mut tries = Tries::ALL;
        while let Err(error) = self.publish_once(lines).await {
            tries.failed(error).await?;
        }
        Ok(())
    }

    async fn publish_once(&self, lines: &[Line]) -> Result<(), EffectError> {
        let read = self.read_record().await?;
        let Some(version) = &read.version else {
            return Ok(());
        };
        let room = trim::MOST_BYTES.saturating_sub(trim::bytes(&read.record));
        let kept = read.black_box.as_deref().map(decode).unwrap_or_default();
        let text = encode(merged(kept, lines, room.min(black_box::MOST_BYTES)))?;
        self.patch_black_box(&text, version).await
    }

    /// The cluster's black box as it is written there.
    pub(super) async fn read_black_box(&self) -> Result<Option<Text>, EffectError> {
        Ok(self.read_record().await?.black_box.map(Text::from))
    }
}

/// The black box shortened to `most` bytes; `None` where it fits.
pub(super) fn shortened(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| encode(black_box::newest(decode(text), most)).unwrap_or_default())
}

/// A black box of another version, or damaged, gives no lines; it is only ever a copy of what observers keep themselves.
fn decode(text: &str) -> Vec<Line> {
    match serde_json::from_str::<Written>(text) {
        Ok(written) if written.schema == SCHEMA => written.lines,
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn encode(lines: Vec<Line>) -> Result<String, EffectError> {
    let schema = SCHEMA.to_owned();
    serde_json::to_string(&Written { schema, lines }).map_err(EffectError::Encode)
}
