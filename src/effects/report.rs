//! What is told of a plan: to the core, to the journal, and at the end in its outcome.

use super::errors::EffectError;
use super::voice::Voice;
use crate::domain::event::PlanEvent;
use crate::domain::outcome::{StepOutcome, StepResult, Verified};
use crate::domain::record::Record;
use crate::domain::text::Text;
use crate::record::entry::{Entry, What};
use crate::record::journal::Journal;
use jiff::Timestamp;

/// The telling of one plan.
pub(super) struct Report {
    pub(super) voice: Voice,
    journal: Journal,
    /// Why the journal is not kept any more.
    journal_fault: Option<String>,
    pub(super) steps: Vec<StepOutcome>,
    pub(super) verified: Vec<Verified>,
    pub(super) notices: Vec<String>,
}

impl Report {
    pub(super) fn new(voice: Voice, journal: Journal) -> Self {
        Self {
            voice,
            journal,
            journal_fault: None,
            steps: Vec::new(),
            verified: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Flushes an entry to the disk and says where that fails.
    pub(super) async fn flush(&self, what: What) -> Result<(), EffectError> {
        let (journal, entry) = (
            self.journal.clone(),
            Entry::new(&self.voice.plan, Timestamp::now(), what),
        );
        let written = tokio::task::spawn_blocking(move || journal.append(&[entry]));
        Ok(written.await.map_err(EffectError::JournalTask)??)
    }

    /// Flushes an entry; the first failure is told, and to standard error too, which may be the only record left.
    pub(super) async fn note(&mut self, what: What) {
        if self.journal_fault.is_some() {
            return;
        }
        if let Err(error) = self.flush(what).await {
            self.give_up_journal(&error).await;
        }
    }

    pub(super) async fn give_up_journal(&mut self, error: &EffectError) {
        let sentence = error.sentence();
        tracing::error!(plan = %self.voice.plan, "{sentence}");
        self.journal_fault = Some(sentence.clone());
        self.told(format!("the local journal is not kept: {sentence}"))
            .await;
    }

    pub(super) fn is_journaled(&self) -> bool {
        self.journal_fault.is_none()
    }

    /// `journal PATH`.
    pub(super) fn journal_place(&self) -> String {
        match &self.journal_fault {
            None => format!("journal {}", self.journal.path().display()),
            Some(fault) => format!("nowhere: {fault}"),
        }
    }

    pub(super) async fn claimed(&mut self, record: Option<Record>) {
        if let Some(record) = record {
            self.note(What::RecordWritten(Box::new(record))).await;
        }
        self.voice.tell(PlanEvent::Claimed(Timestamp::now())).await;
    }

    pub(super) async fn began(&mut self, index: usize) {
        self.note(What::StepBegan(index)).await;
        self.voice
            .tell(PlanEvent::StepBegan(index, Timestamp::now()))
            .await;
    }

    pub(super) async fn ended(&mut self, index: usize, text: String, result: StepResult) {
        let at = Timestamp::now();
        self.steps.push(StepOutcome { text, result, at });
        self.note(What::StepEnded(index, result)).await;
        self.voice
            .tell(PlanEvent::StepEnded(index, result, at))
            .await;
    }

    pub(super) async fn checked(&mut self, index: usize, verified: Verified) {
        let text = Text::new(verified.text.clone());
        self.note(What::Checked(verified.clone())).await;
        self.voice
            .tell(PlanEvent::Checked(index, verified.ok, text))
            .await;
        self.verified.push(verified);
    }

    pub(super) fn has_told(&self, text: &str) -> bool {
        self.notices.iter().any(|told| told == text)
    }

    /// Tells once what could not be done or known.
    pub(super) async fn told(&mut self, text: String) {
        if self.has_told(&text) {
            return;
        }
        self.notices.push(text.clone());
        self.voice
            .tell(PlanEvent::Told(Text::new(text.clone())))
            .await;
        // Not by `note`: the failure of the journal is told through here.
        if self.journal_fault.is_none()
            && let Err(error) = self.flush(What::Told(text)).await
        {
            self.journal_fault = Some(error.sentence());
        }
    }
}
