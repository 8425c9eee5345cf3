//! The pilot's note in the record: a fold of the record as just read, at the version just read.

use super::context::Context;
use super::errors::EffectError;
use super::tried::Tries;
use crate::domain::pilot::PilotNote;

impl Context {
    /// Writes what the pilot does into the record; where there is no record there is nothing that it could drive.
    pub(super) async fn note_pilot(&self, note: &PilotNote) -> Result<(), EffectError> {
        let mut tries = Tries::ALL;
        while let Err(error) = self.note_once(note).await {
            tries.failed(error).await?;
        }
        Ok(())
    }

    async fn note_once(&self, note: &PilotNote) -> Result<(), EffectError> {
        let mut read = self.read_record().await?;
        let is_noted = PilotNote::of(read.record.pilot.as_ref()).as_ref() == Some(note);
        if read.version.is_none() || is_noted {
            return Ok(());
        }
        read.record.pilot = Some(serde_json::to_value(note).map_err(EffectError::Encode)?);
        self.write_record(&mut read).await
    }
}
