//! How a write is carried out: looked at, guarded, and settled where its answer is missing.

use super::carrier::{Carrier, LONG_PATIENCE};
use super::errors::EffectError;
use super::guard::{Standing, Write};
use super::halt::Halt;
use super::objects::Seen;
use crate::domain::outcome::StepResult;
use std::time::Duration;

const FIRST_LOOK: Duration = Duration::from_secs(10);

/// A write that is in effect.
pub(super) struct Written {
    /// Carried out, or found as wanted.
    pub(super) result: StepResult,
    /// The object as it stands.
    pub(super) object: Seen,
}

impl Carrier {
    /// Writes once; a second time only where the object is provably still as before.
    pub(super) async fn write(&self, write: &Write<'_>) -> Result<Written, Halt> {
        let mut seen = match self.standing(write, FIRST_LOOK).await? {
            (object, Standing::AsWanted) => return Ok(found(object)),
            (object, Standing::AsBefore) => object,
            (_, Standing::Moved(text)) => return Err(Halt::Moved(text)),
        };
        let mut is_first = true;
        loop {
            self.hold.check().await?;
            let error = match self.send(write, &seen).await {
                Ok(object) => {
                    let result = StepResult::Done;
                    return Ok(Written { result, object });
                }
                Err(error) if error.is_open() => error,
                Err(error) => return Err(error.into()),
            };
            match self.standing(write, LONG_PATIENCE).await? {
                (object, Standing::AsWanted) if error.is_lost() => {
                    let result = StepResult::Done;
                    return Ok(Written { result, object });
                }
                (object, Standing::AsWanted) => return Ok(found(object)),
                (object, Standing::AsBefore) if is_first => seen = object,
                (_, Standing::AsBefore) => return Err(error.into()),
                (_, Standing::Moved(text)) => return Err(Halt::Moved(text)),
            }
            is_first = false;
        }
    }

    async fn send(&self, write: &Write<'_>, seen: &Seen) -> Result<Seen, EffectError> {
        let (kind, name) = write.object();
        self.context
            .patch(kind, name, write.patch(seen, &self.plan))
            .await
    }

    async fn standing(
        &self,
        write: &Write<'_>,
        patience: Duration,
    ) -> Result<(Seen, Standing), Halt> {
        let (kind, name) = write.object();
        match self
            .patiently(patience, || self.context.read(kind, name))
            .await
        {
            Ok(seen) => {
                let standing = write.standing(&seen, &self.plan);
                Ok((seen, standing))
            }
            Err(error) if error.is_missing() => {
                Err(Halt::Moved(format!("{} {name} is gone", kind.word())))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn found(object: Seen) -> Written {
    Written {
        result: StepResult::Skipped,
        object,
    }
}
