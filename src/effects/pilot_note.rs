//! The pilot's note in the record: a fold of the record as just read, at the version just read.

use super::context::Context;
use super::errors::EffectError;
use super::record_object::TRIES;
use crate::domain::pilot::PilotNote;
use std::time::Duration;
use tokio::time::sleep;

const TRY_PAUSE: Duration = Duration::from_millis(200);

impl Context {
    /// Writes what the pilot does into the record; where there is no record there is nothing that it could drive.
    pub(super) async fn note_pilot(&self, note: &PilotNote) -> Result<(), EffectError> {
        let mut last = EffectError::Contended(TRIES);
        for _ in 0..TRIES {
            let mut read = self.read_record().await?;
            if read.version.is_none()
                || PilotNote::of(read.record.pilot.as_ref()).as_ref() == Some(note)
            {
                return Ok(());
            }
            read.record.pilot = Some(serde_json::to_value(note).map_err(EffectError::Encode)?);
            match self.write_record(&mut read).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_conflict() || error.is_passing() => last = error,
                Err(error) => return Err(error),
            }
            sleep(TRY_PAUSE).await;
        }
        Err(last)
    }
}
