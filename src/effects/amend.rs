//! Amending the record beside any plan: each write is a fold of the record as just read, at the version just read.

use super::context::Context;
use super::errors::EffectError;
use super::tried::Tries;
use crate::domain::amendment::{Amended, Amendment, amend};
use crate::domain::ids::PlanId;
use crate::domain::record::Record;
use crate::record::entry::{Entry, What};
use jiff::Timestamp;

impl Context {
    /// Writes the amendment unless the record, as it stands now, refuses it.
    pub(super) async fn amend(&self, amendment: &Amendment) -> Result<Amended, EffectError> {
        let mut sent: Option<Record> = None;
        let mut tries = Tries::ALL;
        loop {
            match self.amend_once(amendment, &mut sent).await {
                Ok(amended) => return Ok(amended),
                Err(error) => tries.failed(error).await?,
            }
        }
    }

    /// `sent` is what was written with an answer that was lost.
    async fn amend_once(
        &self,
        amendment: &Amendment,
        sent: &mut Option<Record>,
    ) -> Result<Amended, EffectError> {
        let mut read = self.read_record().await?;
        if sent.as_ref() == Some(&read.record) {
            return Ok(Amended::Written);
        }
        let amended = amend(&mut read.record, amendment);
        if amended != Amended::Written {
            return Ok(amended);
        }
        let written = self.write_record(&mut read).await;
        let is_lost = written.as_ref().is_err_and(EffectError::is_lost);
        *sent = is_lost.then(|| read.record.clone());
        written?;
        self.journal_record(read.record).await;
        Ok(amended)
    }

    /// The record has it; a journal that cannot be written takes nothing away from that.
    async fn journal_record(&self, record: Record) {
        let id = PlanId::new("amendment");
        let entry = Entry::new(&id, Timestamp::now(), What::RecordWritten(Box::new(record)));
        let journal = self.journal();
        let written = tokio::task::spawn_blocking(move || journal.append(&[entry])).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!("the journal does not tell of an amendment of the record");
        }
    }
}
