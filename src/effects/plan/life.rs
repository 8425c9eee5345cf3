//! A plan from its confirmation to its outcome.

use super::super::carrier::Carrier;
use super::super::claim::{Claimed, Hold};
use super::super::context::Context;
use super::super::halt::Halt;
use super::super::report::Report;
use super::super::step::Before;
use super::super::traffic::Traffic;
use super::super::voice::Voice;
use crate::domain::event::PlanEvent;
use crate::domain::record::Claim;
use crate::domain::traffic::Split;
use crate::record::alive::Alive;
use crate::record::entry::What;
use crate::strategy::plan::Plan;
use crate::strategy::record_change;
use std::sync::Arc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The record was not touched.
    Unclaimed,
    /// The record may bear its claim.
    Claimed,
    /// All steps are behind it.
    CarriedOut,
    /// Its claim stays in the record, so that the next program can take it up.
    Left,
}

/// What ends a plan before its time.
pub(in crate::effects) struct Halts {
    /// After the step in hand.
    pub(in crate::effects) stop: CancellationToken,
    /// Once its steps are done, without looking at the effect any longer.
    pub(in crate::effects) hurry: CancellationToken,
}

/// A plan under way.
pub(in crate::effects) struct Life {
    pub(super) context: Arc<Context>,
    pub(super) plan: Plan,
    pub(super) report: Report,
    pub(super) carrier: Carrier,
    pub(super) stop: CancellationToken,
    pub(super) hurry: CancellationToken,
    pub(super) since: Instant,
    pub(super) before: Before,
    /// The traffic as it was seen last, with the split it had.
    pub(super) traffic: Option<(Split, Traffic)>,
    pub(super) stage: Stage,
    /// The claim of another plan was taken, whose late writes must be kept out.
    pub(super) is_to_fence: bool,
    /// It may still be planned anew, once.
    pub(super) may_plan_anew: bool,
    /// Why the record was not written.
    pub(super) record_fault: Option<String>,
    /// The claim that was another plan's.
    pub(super) taken_over: Option<Claim>,
    /// One of its writes is in effect, or may be.
    pub(super) has_written: bool,
    /// The sign on this machine that its program lives.
    alive: Option<Alive>,
}

impl Life {
    pub(in crate::effects) fn new(
        context: &Arc<Context>,
        plan: Plan,
        voice: Voice,
        halts: Halts,
    ) -> Self {
        // Messages about missing rights name who asked, by the cluster's own name where it told that.
        let context = Arc::new(Context {
            who: plan.by.clone(),
            ..Context::clone(context)
        });
        let hold = Hold {
            context: context.clone(),
            plan: plan.id.clone(),
            voice: voice.clone(),
            is_for_safety: plan.goal.leads_to_safety(),
            is_kept: false,
        };
        Self {
            report: Report::new(voice.clone(), context.journal()),
            carrier: Carrier {
                context: context.clone(),
                plan: plan.id.clone(),
                hold,
                voice,
            },
            context,
            plan,
            stop: halts.stop,
            hurry: halts.hurry,
            since: Instant::now(),
            before: Before::default(),
            traffic: None,
            stage: Stage::Unclaimed,
            is_to_fence: false,
            may_plan_anew: false,
            record_fault: None,
            taken_over: None,
            has_written: false,
            alive: None,
        }
    }

    /// Lives it to its outcome, which is told last.
    pub(in crate::effects) async fn live(mut self) {
        let halt = Box::pin(self.carry_out()).await.err();
        let outcome = self.conclude(halt).await;
        self.report
            .note(What::PlanEnded(Box::new(outcome.clone())))
            .await;
        if let Some(alive) = self.alive.take().filter(|_| self.stage != Stage::Left) {
            let ended = tokio::task::spawn_blocking(move || alive.end());
            // What is left of it is thrown away in time.
            drop(ended.await);
        }
        self.report
            .voice
            .tell(PlanEvent::Ended(Box::new(outcome)))
            .await;
    }

    async fn carry_out(&mut self) -> Result<(), Halt> {
        self.journal().await?;
        self.show_life().await;
        self.claim().await?;
        self.steps().await?;
        self.stage = Stage::CarriedOut;
        if !record_change::claims(&self.plan) {
            return self.write_down().await;
        }
        self.checks().await?;
        self.look_for_owner().await
    }

    /// The whole plan is on the disk before anything is written to the cluster.
    async fn journal(&mut self) -> Result<(), Halt> {
        let plan = What::PlanBegan(Box::new(self.plan.clone()));
        let Err(error) = self.report.flush(plan).await else {
            return Ok(());
        };
        if !self.plan.goal.leads_to_safety() {
            let reason = error.sentence();
            self.report.give_up_journal(&error).await;
            return Err(Halt::Refused(format!(
                "nothing was done, for it could not be journaled: {reason}"
            )));
        }
        self.report.give_up_journal(&error).await;
        Ok(())
    }

    /// Without it others have to watch the heartbeat for longer.
    async fn show_life(&mut self) {
        let (data_dir, plan) = (self.context.data_dir.clone(), self.plan.id.clone());
        let shown = tokio::task::spawn_blocking(move || Alive::show(&data_dir, plan.as_str()));
        match shown.await {
            Ok(Ok(alive)) => self.alive = Some(alive),
            Ok(Err(error)) => tracing::warn!(plan = %self.plan.id, "no sign of life: {error}"),
            Err(error) => tracing::warn!(plan = %self.plan.id, "no sign of life: {error}"),
        }
    }

    async fn claim(&mut self) -> Result<(), Halt> {
        if !record_change::claims(&self.plan) {
            self.report.claimed(None).await;
            return Ok(());
        }
        self.stage = Stage::Claimed;
        let claimed = tokio::select! {
            claimed = self.carrier.hold.claim(&self.plan) => claimed,
            () = self.stop.cancelled() => Err(stopped()),
        };
        let record = match claimed {
            Ok(Claimed::Free(record)) => record,
            Ok(Claimed::TakenOver(record, claim)) => {
                self.is_to_fence = true;
                self.may_plan_anew = self.plan.goal.takes_over();
                let (data_dir, plan) = (self.context.data_dir.clone(), claim.plan.clone());
                drop(tokio::task::spawn_blocking(move || Alive::forget(&data_dir, &plan)).await);
                self.report
                    .told(format!(
                        "took the claim from \"{}\" by {}",
                        claim.title, claim.by
                    ))
                    .await;
                self.taken_over = Some(claim);
                record
            }
            Err(Halt::Failed(error)) if self.plan.goal.leads_to_safety() => {
                let reason = error.sentence();
                self.report
                    .told(format!("other machines do not see this plan, for the record could not be written: {reason}"))
                    .await;
                self.record_fault = Some(reason);
                self.report.claimed(None).await;
                return Ok(());
            }
            Err(halt) => return Err(halt),
        };
        self.carrier.hold.is_kept = true;
        self.report.claimed(Some(record)).await;
        Ok(())
    }
}

/// What a plan ends with that was asked to stop.
pub(super) fn stopped() -> Halt {
    Halt::Stopped("stopped before it was done".to_owned())
}
