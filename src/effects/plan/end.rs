//! The end of a plan: the record brought up to date, the Event, the outcome.

use super::super::announce::Announcement;
use super::super::halt::Halt;
use super::super::ran::ran;
use super::super::traffic::Traffic;
use super::super::words;
use super::life::{Life, Stage};
use super::steps::reached_weight;
use crate::domain::outcome::{End, Outcome};
use crate::record::entry::What;
use crate::strategy::goal::Goal;
use crate::strategy::record_change;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::timeout;

/// How long the record is tried for in the end where it could not be claimed.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(5);

impl Life {
    /// A plan that takes no claim: a change of the record is its whole effect, unless its steps had theirs already.
    pub(super) async fn write_down(&mut self) -> Result<(), Halt> {
        let (plan, now) = (self.plan.clone(), Timestamp::now());
        let seen = match &plan.goal {
            Goal::DeclareGood(_) => self.carrier.look().await.ok(),
            // Nothing runs that the record should learn of, and a pause must not wait.
            Goal::Pause
            | Goal::Resume
            | Goal::Deploy(_)
            | Goal::Promote
            | Goal::PromoteFully
            | Goal::Abort
            | Goal::RollBack(_)
            | Goal::TakeUp(_) => None,
        };
        let ran = ran(&self.context, seen.as_ref());
        let updated = self
            .carrier
            .hold
            .update(|record| {
                // It began with nobody: a release that it brings into the record is not there yet.
                record_change::begin(record, &plan, now);
                record_change::finish(record, &plan, now, &ran);
            })
            .await;
        match updated {
            Ok(record) => {
                self.report
                    .note(What::RecordWritten(Box::new(record)))
                    .await;
                Ok(())
            }
            Err(halt) if self.plan.steps.is_empty() => {
                self.record_fault = Some(words::of_halt(&halt));
                Err(halt)
            }
            Err(halt) => {
                let reason = words::of_halt(&halt);
                self.report.told(format!("other machines do not see who did it, for the record could not be written: {reason}")).await;
                self.record_fault = Some(reason);
                Ok(())
            }
        }
    }

    /// Brings the record up to date, announces the plan in the cluster and puts its outcome together.
    pub(super) async fn conclude(&mut self, halt: Option<Halt>) -> Outcome {
        if self.stage != Stage::Unclaimed && record_change::claims(&self.plan) {
            if self.stage == Stage::CarriedOut && !self.carrier.hold.is_kept {
                self.catch_up().await;
            } else {
                self.finish_record(halt.as_ref()).await;
            }
        }
        let end = halt.map_or(End::Done, |halt| halt.end());
        let full_effect = self.full_effect();
        let mut outcome = Outcome {
            goal: self.plan.goal.word().to_owned(),
            title: self.plan.title.clone(),
            steps: std::mem::take(&mut self.report.steps),
            verified: std::mem::take(&mut self.report.verified),
            end,
            took_s: 0.0,
            full_effect_s: full_effect.map(|time| time.as_secs_f64()),
            record: self.record_place(),
            sentence: String::new(),
            notices: Vec::new(),
        };
        outcome.sentence = words::sentence(&self.plan, &outcome);
        self.announce(&outcome).await;
        outcome.took_s = self.since.elapsed().as_secs_f64();
        outcome.notices = self.report.notices.clone();
        outcome
    }

    /// A plan that went on without the record tells it what it did, where that has become possible since.
    async fn catch_up(&mut self) {
        let (plan, now) = (self.plan.clone(), Timestamp::now());
        let seen = self.carrier.look().await.ok();
        let ran = ran(&self.context, seen.as_ref());
        let reached = plan.steps.iter().rev().find_map(reached_weight);
        let updated = self.carrier.hold.update(|record| {
            if let Some(weight) = reached {
                record_change::weight(record, weight, now);
            }
            record_change::finish(record, &plan, now, &ran);
        });
        if let Ok(Ok(record)) = timeout(CATCHES_UP_WITHIN, updated).await {
            self.report
                .told("the record could be written in the end".to_owned())
                .await;
            self.report
                .note(What::RecordWritten(Box::new(record)))
                .await;
            self.record_fault = None;
        }
    }

    async fn finish_record(&mut self, halt: Option<&Halt>) {
        if !self.carrier.hold.is_kept {
            // A claim that was broken off may stand in the record nevertheless.
            if matches!(halt, Some(Halt::Stopped(_))) {
                self.carrier.hold.is_kept = true;
            } else {
                return;
            }
        }
        if self.stays(halt) {
            self.stage = Stage::Left;
            self.report
                .told("the plan stays in the record: resume-plan carries it on, undo-plan takes it back".to_owned())
                .await;
            return;
        }
        let (plan, now) = (self.plan.clone(), Timestamp::now());
        let is_carried_out = self.stage == Stage::CarriedOut;
        // A plan that was taken up without any write stays to be taken up.
        let is_kept = self.plan.takes_up.is_some() && !self.has_written;
        let kept = self.taken_over.take().filter(|_| is_kept);
        let seen = if is_carried_out {
            self.carrier.look().await.ok()
        } else {
            None
        };
        let ran = ran(&self.context, seen.as_ref());
        let updated = self.carrier.hold.update(|record| {
            if is_carried_out {
                record_change::finish(record, &plan, now, &ran);
            } else {
                record_change::give_back(record, &plan.id);
                if record.current.is_none() {
                    record.current.clone_from(&kept);
                }
            }
        });
        match updated.await {
            Ok(record) => {
                self.report
                    .note(What::RecordWritten(Box::new(record)))
                    .await;
            }
            // Another plan holds it now: there is nothing to give back.
            Err(Halt::Moved(_)) if halt.is_some() => {}
            Err(halt) => {
                let reason = words::of_halt(&halt);
                self.report
                    .told(format!(
                        "the record could not be brought up to date: {reason}"
                    ))
                    .await;
                self.record_fault = Some(reason);
            }
        }
    }

    /// The program ends with some of the steps done: its claim stays, so that the next one can take the plan up.
    fn stays(&self, halt: Option<&Halt>) -> bool {
        self.hurry.is_cancelled()
            && matches!(halt, Some(Halt::Stopped(_)))
            && self.stage == Stage::Claimed
            && self.has_written
    }

    /// From the confirmation until the traffic was seen where it should be at the end.
    fn full_effect(&self) -> Option<Duration> {
        match &self.traffic {
            Some((_, Traffic::Proven(proof))) if self.stage == Stage::CarriedOut => {
                Some(proof.since.duration_since(self.since))
            }
            Some(_) | None => None,
        }
    }

    fn record_place(&self) -> String {
        match &self.record_fault {
            None if self.stage == Stage::Unclaimed && !self.report.is_journaled() => {
                self.report.journal_place()
            }
            None => self.context.record_place(),
            Some(reason) => format!("{} ({reason})", self.report.journal_place()),
        }
    }

    async fn announce(&mut self, outcome: &Outcome) {
        // A plan that was refused before it began did nothing that others must know.
        if matches!(outcome.end, End::Fault(_)) && !self.report.is_journaled() {
            return;
        }
        let announcement = Announcement {
            plan: &self.plan,
            outcome,
        };
        if let Err(error) = self.context.announce(&announcement).await {
            let reason = error.sentence();
            self.report
                .told(format!("no Event tells of it in the cluster: {reason}"))
                .await;
        }
    }
}
