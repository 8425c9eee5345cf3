//! The steps, one after the other, under a beating heart; and what each leaves behind.

use super::super::halt::Halt;
use super::super::step::{Before, Carried};
use super::life::{Life, stopped};
use crate::domain::cluster::Snapshot;
use crate::domain::outcome::StepResult;
use crate::domain::record::{Claim, Record, RecordRead};
use crate::domain::text::Text;
use crate::domain::traffic::{Split, Weight};
use crate::strategy::engine;
use crate::strategy::plan::Plan;
use crate::strategy::record_change;
use crate::strategy::request::Request;
use crate::strategy::step::Step;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::timeout;

const BRIEFLY: Duration = Duration::from_secs(2);
const ANEW: &str = "the plan before it had gone on meanwhile; planned anew from what is there now";

impl Life {
    pub(super) async fn steps(&mut self) -> Result<(), Halt> {
        let sets_weights = self
            .plan
            .steps
            .iter()
            .any(|step| matches!(step, Step::SetWeights(_)));
        let is_taken_up = self.plan.takes_up.is_some();
        if is_taken_up || !(sets_weights && self.plan.goal.takes_over()) {
            self.fence().await;
        }
        let mut index = match self.taken_over.clone() {
            Some(claim) => self.look_first(&claim).await?,
            None => self.plan.begins_at(),
        };
        self.skip_done(index).await;
        while let Some(step) = self.plan.steps.get(index).cloned() {
            if self.stop.is_cancelled() {
                return Err(stopped());
            }
            self.report.began(index).await;
            if let Step::SetWeights(weights) = &step {
                self.before.from = Some(weights.from);
            }
            let kept = self.keeping(index, &step).await;
            // A guard that failed kept the write out; of any other failure that is not known.
            self.has_written |= step.writes() && !matches!(kept, Err(Halt::Moved(_)));
            match kept {
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

    /// The plan whose claim was taken may have written since this one was made, the last time while it was being replaced:
    /// then this one is planned anew where that comes to the same steps, else it stops before its first write. Answers the
    /// step that it begins with: a plan made anew has none behind it.
    async fn look_first(&mut self, taken: &Claim) -> Result<usize, Halt> {
        let begins_at = self.plan.begins_at();
        let is_urgent = self.plan.goal.takes_over();
        if !is_urgent && self.plan.takes_up.is_none() {
            // Its Deployments are marked, and a late write of weights fails its guard or this plan's.
            return Ok(begins_at);
        }
        let mut seen = if is_urgent {
            match self.look_briefly().await {
                Ok(seen) => seen,
                Err(reason) => {
                    let text = format!("not looked at again before the first write: {reason}");
                    self.report.told(text).await;
                    return Ok(begins_at);
                }
            }
        } else {
            self.carrier.look().await?
        };
        let engine = engine(&self.context.environment.policy);
        let split = engine.read(&seen).split;
        let stands = [Some(taken), None].into_iter().any(|claim| {
            set_claim(&mut seen, claim);
            engine.read(&seen).fingerprint == self.plan.fingerprint
        });
        if stands {
            self.tell_reached(split).await?;
            return Ok(begins_at);
        }
        if std::mem::take(&mut self.may_plan_anew)
            && let Some(from @ 0) = self.plan_anew(0).await
        {
            self.report.told(ANEW.to_owned()).await;
            return Ok(from);
        }
        // Two who ask for the same at the same moment: each step finds out by itself what the other did of it.
        if taken.title == Text::new(self.plan.title.as_str())
            && taken.steps == self.plan.steps.len()
        {
            return Ok(begins_at);
        }
        Err(Halt::Moved(format!(
            "`{}` had gone on before it could be stopped: ask again",
            taken.title
        )))
    }

    /// What leads to safety waits for no more than its writes need; why it could not be seen, in words.
    async fn look_briefly(&self) -> Result<Snapshot, String> {
        match timeout(BRIEFLY, self.context.observe()).await {
            Ok(Ok(seen)) => Ok(seen),
            Ok(Err(error)) => Err(error.sentence()),
            Err(_) => Err(format!("no answer within {} s", BRIEFLY.as_secs())),
        }
    }

    /// What a plan that was cut off wrote last may not stand in the record yet.
    async fn tell_reached(&mut self, split: Option<Split>) -> Result<(), Halt> {
        let (Some(reached), true) = (split, divides_traffic(&self.plan)) else {
            return Ok(());
        };
        let now = Timestamp::now();
        self.tell_record(self.plan.begins_at(), |record| {
            if record.set_weight != Some(reached.canary) {
                record_change::weight(record, reached.canary, now);
            }
        })
        .await
    }

    /// Steps that were done before this plan began are told as such.
    async fn skip_done(&mut self, done: usize) {
        for index in 0..done {
            let text = self.plan.steps[index].text();
            self.report.ended(index, text, StepResult::Skipped).await;
        }
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
            self.forget_traffic(step);
        }
        if let (Some(traffic), Step::ConfirmTraffic(confirmed)) = (carried.traffic, step) {
            self.traffic = Some((confirmed.split, traffic));
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
    fn forget_traffic(&mut self, step: &Step) {
        if let Step::SetWeights(weights) = step
            && self
                .traffic
                .as_ref()
                .is_some_and(|(split, _)| *split != weights.to)
        {
            self.traffic = None;
        }
    }

    async fn beat(&mut self, done: usize, step: &Step) -> Result<(), Halt> {
        let now = Timestamp::now();
        let reached = reached_weight(step);
        self.tell_record(done, |record| {
            if let Some(weight) = reached {
                record_change::weight(record, weight, now);
            }
        })
        .await
    }

    /// The steps behind it, and what else they changed, in the record.
    async fn tell_record(&mut self, done: usize, fold: impl Fn(&mut Record)) -> Result<(), Halt> {
        if !self.carrier.hold.is_kept {
            return Ok(());
        }
        let id = self.plan.id.clone();
        let updated = self.carrier.hold.update(|record| {
            record_change::beat(record, &id, done);
            fold(record);
        });
        match updated.await {
            Ok(_) => Ok(()),
            Err(Halt::Failed(error)) if self.plan.goal.leads_to_safety() => {
                let reason = error.sentence();
                self.report
                    .told(format!("the record is behind what was done: {reason}"))
                    .await;
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
            self.report.told(ANEW.to_owned()).await;
            return Ok(from);
        }
        self.report
            .ended(index, step.text(), halt.step_result())
            .await;
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
        if !anew.steps.iter().any(Step::writes) {
            // It does less than what was confirmed: it only stops the other.
            self.plan.steps = anew.steps;
            self.plan.checks = anew.checks;
            self.plan.record = anew.record;
            self.plan.expected = anew.expected;
            self.before = Before::default();
            return Some(0);
        }
        // Once the other has gone back, the last known good release is another one: that was not confirmed.
        if anew.title != self.plan.title {
            return None;
        }
        let verbs = |steps: &[Step]| steps.iter().map(Step::verb).collect::<Vec<_>>();
        let from = self.plan.steps.len().checked_sub(anew.steps.len())?;
        if from > index || verbs(&self.plan.steps[from..]) != verbs(&anew.steps) {
            return None;
        }
        self.plan.steps.splice(from.., anew.steps);
        self.before = Before::default();
        Some(from)
    }
}

/// The canary's share once this step is done, where it changes it.
pub(super) fn reached_weight(step: &Step) -> Option<Weight> {
    match step {
        Step::SetWeights(weights) => Some(weights.to.canary).filter(|_| !weights.restated),
        // Without a route a share is there once its pods are.
        Step::ConfirmTraffic(confirmed) if confirmed.route.is_none() => {
            Some(confirmed.split.canary)
        }
        Step::Scale(_)
        | Step::SetImage(_)
        | Step::SetTemplate(_)
        | Step::SetPaused(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}

/// Whether a plan that takes another up, or back, is about the division of the traffic.
fn divides_traffic(plan: &Plan) -> bool {
    let Some(taken) = &plan.takes_up else {
        return false;
    };
    let undone = taken.undoes.iter().flat_map(|undone| &undone.steps);
    plan.steps
        .iter()
        .chain(undone)
        .any(|step| matches!(step, Step::SetWeights(_) | Step::ConfirmTraffic(_)))
}

fn set_claim(seen: &mut Snapshot, claim: Option<&Claim>) {
    if let RecordRead::Read { record, .. } = &mut seen.record {
        record.current = claim.cloned();
    }
}
