//! One plan at a time: the claim in the record, kept, looked at before each write, and given back.
//!
//! Invariants: each write is a fold of the record as just read, at the version just read; a plan without steps takes the
//! claim from nobody; a heartbeat is compared with itself only, never with a clock of another machine.

use super::context::Context;
use super::errors::EffectError;
use super::halt::Halt;
use super::record_object::{RecordAt, TRIES};
use super::voice::Voice;
use crate::domain::holder::Holder;
use crate::domain::ids::PlanId;
use crate::domain::record::{Claim, Record};
use crate::record::alive::Alive;
use crate::strategy::goal::Goal;
use crate::strategy::plan::Plan;
use crate::strategy::record_change;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A claim whose heartbeat stands still for so long may be taken by any plan.
const DEAD_AFTER: Duration = Duration::from_secs(15);
/// How often a living plan's heart beats.
const BEAT_EVERY: Duration = Duration::from_secs(5);
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// How long a claim is tried for while the API server does not answer.
const CLAIM_PATIENCE: Duration = Duration::from_secs(5);
const TRY_PAUSE: Duration = Duration::from_millis(200);

/// A plan's hold on the record.
#[derive(Clone)]
pub(super) struct Hold {
    pub(super) context: Arc<Context>,
    pub(super) plan: PlanId,
    pub(super) voice: Voice,
    /// Whether the plan goes on where the record cannot be written.
    pub(super) is_for_safety: bool,
    /// Whether the claim stands in the record.
    pub(super) is_kept: bool,
}

/// How a claim was got.
#[derive(Debug)]
pub(super) enum Claimed {
    /// It was free.
    Free(Record),
    /// Another plan held it.
    TakenOver(Record, Claim),
}

/// Why one try to claim gave nothing.
enum Attempt {
    /// The record could not be read now.
    Unread(EffectError),
    /// It changed, or the answer was lost.
    Unwritten(EffectError),
    /// There is nothing to try again.
    Halted(Halt),
}

impl Hold {
    /// Writes the claim. Errors of the server are left to the caller: plans that lead to safety go on without a record.
    pub(super) async fn claim(&self, plan: &Plan) -> Result<Claimed, Halt> {
        let deadline = Instant::now() + CLAIM_PATIENCE;
        let mut taken = None;
        let mut is_unsettled = false;
        loop {
            let error = match self.try_claim(plan, &mut taken).await {
                Ok(record) => return Ok(claimed(record, taken)),
                Err(Attempt::Halted(halt)) => return Err(halt),
                Err(Attempt::Unread(error)) if Instant::now() >= deadline => {
                    return Err(error.into());
                }
                Err(Attempt::Unread(_)) => None,
                Err(Attempt::Unwritten(error)) => Some(error),
            };
            if let Some(error) = error {
                if error.is_conflict() && !is_unsettled && !plan.goal.takes_over() {
                    return Err(Halt::Moved(
                        "somebody else changed the record at the same moment; nothing was done"
                            .to_owned(),
                    ));
                }
                // Whether the claim stands is only known after another look, be it late.
                if is_unsettled && Instant::now() >= deadline {
                    return Err(error.into());
                }
                is_unsettled = true;
            }
            sleep(TRY_PAUSE).await;
        }
    }

    /// One reading and one write; `taken` is the claim that was another plan's.
    async fn try_claim(&self, plan: &Plan, taken: &mut Option<Claim>) -> Result<Record, Attempt> {
        let mut read = match self.context.read_record().await {
            Ok(read) => read,
            Err(error) if error.is_passing() => return Err(Attempt::Unread(error)),
            Err(error) => return Err(Attempt::Halted(error.into())),
        };
        if let Some(halt) = self.lost_from_under(&read.record, plan) {
            return Err(Attempt::Halted(halt));
        }
        match read.record.current.clone() {
            // The answer to the write before this reading was lost.
            Some(claim) if claim.plan == self.plan.as_str() => return Ok(read.record),
            Some(claim) if plan.goal.takes_over() => *taken = Some(claim),
            Some(claim) => {
                read = self.outwait(&claim).await.map_err(Attempt::Halted)?;
                taken.clone_from(&read.record.current);
            }
            None => {}
        }
        still_allows(&read.record, plan).map_err(Attempt::Halted)?;
        let before = read.record.clone();
        record_change::begin(&mut read.record, plan, Timestamp::now());
        match self.write_unmoved(&before, &mut read).await {
            Ok(()) => Ok(read.record),
            Err(error) if error.is_conflict() || error.is_passing() || error.is_lost() => {
                Err(Attempt::Unwritten(error))
            }
            Err(error) => Err(Attempt::Halted(error.into())),
        }
    }

    /// A plan that was cut off is taken up only while its own claim stands.
    fn lost_from_under(&self, record: &Record, plan: &Plan) -> Option<Halt> {
        let taken_up = plan.takes_up.as_ref()?;
        match &record.current {
            Some(claim) if claim.plan == taken_up.plan || claim.plan == self.plan.as_str() => None,
            Some(claim) => Some(Halt::Moved(format!(
                "it was taken up meanwhile: {}",
                held_by(claim)
            ))),
            None => Some(Halt::Moved(
                "the plan that was cut off has been dealt with meanwhile".to_owned(),
            )),
        }
    }

    /// Writes the record that was `before`; again where meanwhile only the black box beside it was written.
    async fn write_unmoved(
        &self,
        before: &Record,
        changed: &mut RecordAt,
    ) -> Result<(), EffectError> {
        for _ in 1..TRIES {
            match self.context.write_record(changed).await {
                Err(error) if error.is_conflict() => {
                    let now = self.context.read_record().await?;
                    let is_newer = changed.version.is_some() && now.version != changed.version;
                    if !is_newer || now.record != *before {
                        return Err(error);
                    }
                    changed.version = now.version;
                    changed.black_box = now.black_box;
                }
                answer => return answer,
            }
        }
        self.context.write_record(changed).await
    }

    /// Watches another plan's heartbeat until it has stood still long enough for the claim to be taken.
    async fn outwait(&self, claim: &Claim) -> Result<RecordAt, Halt> {
        let since = Instant::now();
        loop {
            let left = DEAD_AFTER.saturating_sub(since.elapsed());
            let seen = self.context.read_record().await?;
            match &seen.record.current {
                None => {
                    return Err(Halt::Moved(format!(
                        "\"{}\" by {} has ended meanwhile",
                        claim.title, claim.by
                    )));
                }
                Some(now) if now.plan != claim.plan || now.heartbeat != claim.heartbeat => {
                    return Err(Halt::Moved(format!("{}; its heart beats", held_by(now))));
                }
                Some(_) if left.is_zero() || self.is_gone(claim).await => return Ok(seen),
                Some(_) => {}
            }
            let seconds = left.as_secs_f64().ceil();
            self.voice.waited(format!(
                "{}; watching for {seconds} s whether it lives",
                held_by(claim)
            ));
            sleep(WATCH_EVERY.min(left)).await;
        }
    }

    /// Whether the holder was a program of this machine and has ended.
    async fn is_gone(&self, claim: &Claim) -> bool {
        let (data_dir, plan) = (self.context.data_dir.clone(), claim.plan.clone());
        let holder = tokio::task::spawn_blocking(move || Alive::holder(&data_dir, &plan));
        holder.await.is_ok_and(|holder| holder == Holder::Gone)
    }

    /// Reads the claim before a write: still this plan's, or the plan stops.
    pub(super) async fn check(&self) -> Result<(), Halt> {
        if !self.is_kept {
            return Ok(());
        }
        match self.context.read_record().await {
            Ok(read) => self.is_own(&read.record),
            Err(_) if self.is_for_safety => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn is_own(&self, record: &Record) -> Result<(), Halt> {
        match &record.current {
            Some(claim) if claim.plan == self.plan.as_str() => Ok(()),
            Some(claim) => Err(Halt::Moved(held_by(claim))),
            None if self.is_for_safety => Ok(()),
            None => Err(Halt::Moved(
                "the claim was taken out of the record".to_owned(),
            )),
        }
    }

    /// Changes the record while the claim is held.
    pub(super) async fn update(&self, fold: impl Fn(&mut Record)) -> Result<Record, Halt> {
        let mut sent: Option<Record> = None;
        let mut last = EffectError::Contended(TRIES);
        for _ in 0..TRIES {
            match self.context.read_record().await {
                Ok(read) if sent.as_ref() == Some(&read.record) => return Ok(read.record),
                Ok(mut read) => {
                    if self.is_kept {
                        self.is_own(&read.record)?;
                    }
                    fold(&mut read.record);
                    match self.context.write_record(&mut read).await {
                        Ok(()) => return Ok(read.record),
                        Err(error) if error.is_conflict() => sent = None,
                        Err(error) if error.is_passing() || error.is_lost() => {
                            sent = Some(read.record);
                            last = error;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error) if error.is_passing() => last = error,
                Err(error) => return Err(error.into()),
            }
            sleep(TRY_PAUSE).await;
        }
        Err(last.into())
    }

    /// Beats until the claim is lost; answers why. Failures of the server are not a loss.
    pub(super) async fn beat(&self, done: usize) -> Halt {
        loop {
            sleep(BEAT_EVERY).await;
            if !self.is_kept {
                continue;
            }
            let beaten = self.update(|record| {
                record_change::beat(record, &self.plan, done);
            });
            if let Err(lost @ Halt::Moved(_)) = beaten.await {
                return lost;
            }
        }
    }
}

/// What the plan was made from may have been changed by a plan that has ended since.
fn still_allows(record: &Record, plan: &Plan) -> Result<(), Halt> {
    if let Some(release) = &plan.record.release
        && release.revision != record.next_revision()
    {
        return Err(Halt::Moved(
            "another release was begun meanwhile".to_owned(),
        ));
    }
    let goes_on = match &plan.goal {
        Goal::Deploy(_) | Goal::Promote | Goal::PromoteFully => true,
        Goal::Pause
        | Goal::Resume
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => false,
    };
    match &record.paused {
        Some(paused) if goes_on && plan.record.paused.is_none() && plan.record.began.is_none() => {
            Err(Halt::Moved(format!("{} paused it meanwhile", paused.by)))
        }
        Some(_) | None => Ok(()),
    }
}

fn claimed(record: Record, taken: Option<Claim>) -> Claimed {
    match taken {
        Some(claim) => Claimed::TakenOver(record, claim),
        None => Claimed::Free(record),
    }
}

/// `"Promote to 50 %" by mira (since 12:01:07Z) holds the claim`.
fn held_by(claim: &Claim) -> String {
    format!(
        "\"{}\" by {} holds the claim since {:.0}",
        claim.title, claim.by, claim.since
    )
}
