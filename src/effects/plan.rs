//! The life of a plan: journal, claim, steps, checks, record, Event, outcome.

use super::announce::Announcement;
use super::carrier::Carrier;
use super::checks::{Answer, Band};
use super::claim::{Claimed, Hold};
use super::context::Context;
use super::halt::Halt;
use super::judgement::Expected;
use super::ran::ran;
use super::report::Report;
use super::step::{Before, Carried};
use super::traffic::{Proof, Sought, Traffic};
use super::voice::Voice;
use super::wait::ExactPods;
use super::words;
use crate::domain::event::PlanEvent;
use crate::domain::outcome::{End, Outcome, Verified};
use crate::domain::traffic::Split;
use crate::record::entry::What;
use crate::strategy::engine;
use crate::strategy::goal::Goal;
use crate::strategy::plan::{Check, Plan};
use crate::strategy::record_change;
use crate::strategy::request::Request;
use crate::strategy::step::{AwaitEndpoints, Step};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a check of the traffic watches before it says that the traffic is elsewhere.
const WEIGHT_CHECK: Duration = Duration::from_secs(30);

/// A plan under way.
pub(super) struct Life {
    context: Arc<Context>,
    plan: Plan,
    report: Report,
    carrier: Carrier,
    stop: CancellationToken,
    since: Instant,
    before: Before,
    /// The traffic as it was seen last, with the split it had.
    proof: Option<(Split, Proof)>,
    /// The record may have been written.
    is_claimed: bool,
    /// All steps are behind it.
    is_carried_out: bool,
    /// The claim of another plan was taken, whose late writes must be kept out.
    is_to_fence: bool,
    /// It may still be planned anew, once.
    may_plan_anew: bool,
    /// Why the record was not written.
    record_fault: Option<String>,
}

impl Life {
    pub(super) fn new(context: Arc<Context>, plan: Plan, voice: Voice, stop: CancellationToken) -> Self {
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
            stop,
            since: Instant::now(),
            before: Before::default(),
            proof: None,
            is_claimed: false,
            is_carried_out: false,
            is_to_fence: false,
            may_plan_anew: false,
            record_fault: None,
        }
    }

    /// Lives it to its outcome, which is told last.
    pub(super) async fn live(mut self) {
        let halt = self.carry_out().await.err();
        let outcome = self.conclude(halt).await;
        self.report.note(What::PlanEnded(Box::new(outcome.clone()))).await;
        self.report.voice.tell(PlanEvent::Ended(Box::new(outcome))).await;
    }

    async fn carry_out(&mut self) -> Result<(), Halt> {
        self.journal().await?;
        self.claim().await?;
        self.steps().await?;
        self.is_carried_out = true;
        if !record_change::claims(&self.plan) {
            return self.write_down().await;
        }
        self.checks().await
    }

    /// The whole plan is on the disk before anything is written to the cluster.
    async fn journal(&mut self) -> Result<(), Halt> {
        let plan = What::PlanBegan(Box::new(self.plan.clone()));
        let Err(error) = self.report.flush(plan).await else {
            return Ok(());
        };
        if !self.plan.goal.leads_to_safety() {
            let reason = error.sentence();
            return Err(Halt::Refused(format!("nothing was done, for it could not be journaled: {reason}")));
        }
        self.report.give_up_journal(&error).await;
        Ok(())
    }

    async fn claim(&mut self) -> Result<(), Halt> {
        if !record_change::claims(&self.plan) {
            self.report.claimed(None).await;
            return Ok(());
        }
        self.is_claimed = true;
        let claimed = tokio::select! {
            claimed = self.carrier.hold.claim(&self.plan) => claimed,
            () = self.stop.cancelled() => Err(stopped()),
        };
        let record = match claimed {
            Ok(Claimed::Free(record)) => record,
            Ok(Claimed::TakenOver(record, claim)) => {
                self.is_to_fence = true;
                self.may_plan_anew = self.plan.goal.takes_over();
                self.report
                    .told(format!("took the claim from \"{}\" by {}", claim.title, claim.by))
                    .await;
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

    async fn steps(&mut self) -> Result<(), Halt> {
        let sets_weights = self.plan.steps.iter().any(|step| matches!(step, Step::SetWeights(_)));
        if !(sets_weights && self.plan.goal.takes_over()) {
            self.fence().await;
        }
        let mut index = 0;
        while let Some(step) = self.plan.steps.get(index).cloned() {
            if self.stop.is_cancelled() {
                return Err(stopped());
            }
            self.report.began(index).await;
            if let Step::SetWeights(weights) = &step {
                self.before.from = Some(weights.from);
            }
            match self.keeping(index, &step).await {
                Ok(carried) => {
                    self.report.ended(index, step.text(), carried.result).await;
                    self.after(index, &step, carried).await?;
                    index += 1;
                }
                Err(halt) => index = self.halted(index, &step, halt).await?,
            }
        }
        Ok(())
    }

    /// Carries a step out while the heart beats. A wait ends at once when it is asked to stop, or when the claim is lost; a
    /// write is always carried through to where its result is known.
    async fn keeping(&self, index: usize, step: &Step) -> Result<Carried, Halt> {
        let may_break_off = !step.writes();
        let mut carried = Box::pin(self.carrier.step(step, self.before));
        let mut beats = Box::pin(self.carrier.hold.beat(index));
        let mut is_beating = true;
        loop {
            tokio::select! {
                biased;
                carried = &mut carried => return carried,
                lost = &mut beats, if is_beating => {
                    if may_break_off {
                        return Err(lost);
                    }
                    is_beating = false;
                }
                () = self.stop.cancelled(), if may_break_off => return Err(stopped()),
            }
        }
    }

    /// Keeps what a step leaves: the record, the proof, the fence.
    async fn after(&mut self, index: usize, step: &Step, carried: Carried) -> Result<(), Halt> {
        if let Some(generation) = carried.generation {
            self.before.generation = Some(generation);
        }
        if step.writes() {
            self.forget_proof(step);
        }
        if let (Some(proof), Step::ConfirmTraffic(confirmed)) = (carried.proof, step) {
            self.proof = Some((confirmed.split, proof));
        }
        if let Some(told) = carried.told {
            self.report.told(told).await;
        }
        self.beat(index + 1, step).await?;
        if matches!(step, Step::SetWeights(_)) {
            self.fence().await;
        }
        Ok(())
    }

    /// What was seen of another split proves nothing about the present one.
    fn forget_proof(&mut self, step: &Step) {
        if let Step::SetWeights(weights) = step
            && self.proof.as_ref().is_some_and(|(split, _)| *split != weights.to)
        {
            self.proof = None;
        }
    }

    async fn beat(&mut self, done: usize, step: &Step) -> Result<(), Halt> {
        if !self.carrier.hold.is_kept {
            return Ok(());
        }
        let id = self.plan.id.clone();
        let weight = match step {
            Step::SetWeights(weights) => Some(weights.to.canary),
            Step::Scale(_)
            | Step::SetImage(_)
            | Step::SetTemplate(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_) => None,
        };
        let now = Timestamp::now();
        let updated = self.carrier.hold.update(|record| {
            record_change::beat(record, &id, done);
            if let Some(weight) = weight {
                record_change::weight(record, weight, now);
            }
        });
        match updated.await {
            Ok(_) => Ok(()),
            Err(Halt::Failed(error)) if self.plan.goal.leads_to_safety() => {
                let reason = error.sentence();
                self.report.told(format!("the record is behind what was done: {reason}")).await;
                Ok(())
            }
            Err(halt) => Err(halt),
        }
    }

    async fn fence(&mut self) {
        if std::mem::take(&mut self.is_to_fence) {
            for told in self.carrier.fence().await {
                self.report.told(told).await;
            }
        }
    }

    /// A step failed: where it met the last write of the plan that it replaced, it is planned anew, once.
    async fn halted(&mut self, index: usize, step: &Step, halt: Halt) -> Result<usize, Halt> {
        if matches!(halt, Halt::Moved(_))
            && std::mem::take(&mut self.may_plan_anew)
            && let Some(from) = self.plan_anew(index).await
        {
            self.report
                .told("the plan before it had gone on meanwhile; planned anew from what is there now".to_owned())
                .await;
            return Ok(from);
        }
        self.report.ended(index, step.text(), halt.step_result()).await;
        Err(halt)
    }

    /// Plans from a fresh reading; the new steps must be the rest of the old ones, since those were confirmed.
    async fn plan_anew(&mut self, index: usize) -> Option<usize> {
        self.carrier.hold.check().await.ok()?;
        let seen = self.carrier.look().await.ok()?;
        let request = Request {
            goal: self.plan.goal.clone(),
            target: self.plan.target.clone(),
            plan: self.plan.id.clone(),
            by: self.plan.by.clone(),
            reason: self.plan.reason.clone(),
            against_verdict: self.plan.against_verdict.clone(),
            blind: false,
            at: Timestamp::now(),
        };
        let policy = &self.context.environment.policy;
        let anew = engine(policy).plan(&request, &seen, policy).ok()?;
        let verbs = |steps: &[Step]| steps.iter().map(Step::verb).collect::<Vec<_>>();
        let from = self.plan.steps.len().checked_sub(anew.steps.len())?;
        if from > index || verbs(&self.plan.steps[from..]) != verbs(&anew.steps) {
            return None;
        }
        self.plan.steps.splice(from.., anew.steps);
        self.before = Before::default();
        Some(from)
    }

    async fn checks(&mut self) -> Result<(), Halt> {
        for index in 0..self.plan.checks.len() {
            let check = self.plan.checks[index].clone();
            let answer = self.keeping_check(&check).await;
            let (ok, text, halt) = match answer {
                Ok((ok, text)) => (ok, text, None),
                Err(Halt::NotProven(text)) => (Some(false), text.clone(), Some(Halt::NotProven(text))),
                Err(Halt::Bad(text)) => (Some(false), text.clone(), Some(Halt::Bad(text))),
                Err(Halt::Failed(error)) => (None, error.sentence(), None),
                Err(halt) => return Err(halt),
            };
            if ok.is_none() {
                self.report.told(format!("{}: {text}", check.name())).await;
            }
            let check = check.name().to_owned();
            self.report.checked(index, Verified { check, ok, text }).await;
            if let Some(halt) = halt {
                return Err(halt);
            }
        }
        Ok(())
    }

    async fn keeping_check(&mut self, check: &Check) -> Answer {
        let (hold, stop) = (self.carrier.hold.clone(), self.stop.clone());
        let done = self.plan.steps.len();
        tokio::select! {
            answer = Box::pin(self.check(check)) => answer,
            lost = Box::pin(hold.beat(done)) => Err(lost),
            () = stop.cancelled() => Err(stopped()),
        }
    }

    async fn check(&mut self, check: &Check) -> Answer {
        match check {
            Check::Weight {
                split,
                route,
                canary_tag,
            } => self.weight_check(*split, route, canary_tag).await,
            Check::Endpoints {
                service,
                deployment,
                container,
                image,
                at_least,
            } => {
                let wanted = AwaitEndpoints {
                    service: service.clone(),
                    deployment: deployment.clone(),
                    container: container.clone(),
                    image: image.clone(),
                    at_least: *at_least,
                    within: Duration::ZERO,
                };
                self.carrier.endpoints_check(&wanted).await
            }
            Check::Pods {
                deployment,
                container,
                image,
                replicas,
            } => {
                let wanted = ExactPods {
                    deployment,
                    container,
                    image,
                    replicas: *replicas,
                };
                self.carrier.pods_check(&wanted).await
            }
            Check::Metrics {
                error_share,
                p95,
                within,
            } => {
                let band = Band {
                    error_share: *error_share,
                    p95: *p95,
                    within: *within,
                };
                self.carrier.metrics_check(band).await
            }
        }
    }

    /// A proof from the last step still holds; after other steps the traffic is looked at again, and the earlier moment is
    /// kept as the one of full effect.
    async fn weight_check(&mut self, split: Split, route: &str, canary_tag: &str) -> Answer {
        let seen = self.proof.as_ref().filter(|(seen, _)| *seen == split).map(|(_, proof)| proof.clone());
        let is_last = matches!(self.plan.steps.last(), Some(Step::ConfirmTraffic(_)));
        if let (Some(proof), true) = (&seen, is_last) {
            return Ok((Some(true), proof.text.clone()));
        }
        let sought = Sought {
            expected: Expected {
                split,
                from: self.before.from,
            },
            canary_tag,
            route,
            within: WEIGHT_CHECK,
        };
        match self.carrier.traffic(sought).await? {
            Traffic::Proven(proof) => {
                let text = proof.text.clone();
                self.proof = Some((split, seen.unwrap_or(proof)));
                Ok((Some(true), text))
            }
            Traffic::Unknown(text) => {
                self.proof = None;
                Ok((None, text))
            }
        }
    }

    /// A plan that is nothing but a change of the record: that change is its whole effect.
    async fn write_down(&mut self) -> Result<(), Halt> {
        let (plan, now) = (self.plan.clone(), Timestamp::now());
        let seen = self.carrier.look().await.ok();
        let ran = ran(&self.context, seen.as_ref());
        let updated = self.carrier.hold.update(|record| record_change::finish(record, &plan, now, &ran)).await;
        match updated {
            Ok(record) => {
                self.report.note(What::RecordWritten(Box::new(record))).await;
                Ok(())
            }
            Err(halt) => {
                self.record_fault = Some(words::of_halt(&halt));
                Err(halt)
            }
        }
    }

    /// Brings the record up to date, announces the plan in the cluster and puts its outcome together.
    async fn conclude(&mut self, halt: Option<Halt>) -> Outcome {
        if self.is_claimed {
            self.finish_record(halt.as_ref()).await;
        }
        let end = halt.map_or(End::Done, |halt| halt.end());
        let proof = self.proof.as_ref().map(|(_, proof)| proof);
        let full_effect = proof.filter(|_| self.is_carried_out).map(|proof| proof.since.duration_since(self.since));
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

    async fn finish_record(&mut self, halt: Option<&Halt>) {
        if !self.carrier.hold.is_kept {
            // A claim that was broken off may stand in the record nevertheless.
            if matches!(halt, Some(Halt::Stopped(_))) {
                self.carrier.hold.is_kept = true;
            } else {
                return;
            }
        }
        let (plan, now) = (self.plan.clone(), Timestamp::now());
        let seen = if self.is_carried_out { self.carrier.look().await.ok() } else { None };
        let ran = ran(&self.context, seen.as_ref());
        let is_carried_out = self.is_carried_out;
        let updated = self.carrier.hold.update(|record| {
            if is_carried_out {
                record_change::finish(record, &plan, now, &ran);
            } else {
                record_change::give_back(record, &plan.id);
            }
        });
        match updated.await {
            Ok(record) => self.report.note(What::RecordWritten(Box::new(record))).await,
            // Another plan holds it now: there is nothing to give back.
            Err(Halt::Moved(_)) if halt.is_some() => {}
            Err(halt) => {
                let reason = words::of_halt(&halt);
                self.report.told(format!("the record could not be brought up to date: {reason}")).await;
                self.record_fault = Some(reason);
            }
        }
    }

    fn record_place(&self) -> String {
        match &self.record_fault {
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
            self.report.told(format!("no Event tells of it in the cluster: {reason}")).await;
        }
    }
}

fn stopped() -> Halt {
    Halt::Stopped("stopped before it was done".to_owned())
}

/// Whether a plan ends at the program's end only when it is done.
pub(super) fn is_finished_first(goal: &Goal) -> bool {
    goal.leads_to_safety()
}
