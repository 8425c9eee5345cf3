//! Taking up a plan that was cut off: from the claim that it left in the record, with the state that it reached.
//!
//! Invariants: what is there now must be exactly what some number of its steps leave behind, else nothing is taken up; a plan
//! that carries on keeps all steps of the one before it, so that what was cut off twice can still be taken back to where it
//! began; every write of it is guarded by what was just read.

mod reached;
mod rebased;

use super::confirm::{Risk, confirm, freeze_warning, is_against};
use super::goal::{Goal, Mend};
use super::inverted::inverted;
use super::plan::{Check, Confirm, Plan, RecordChange, TakesUp};
use super::refusal::{Reason, Refusal};
use super::request::Request;
use super::step::{SetWeights, Step};
use crate::domain::cluster::{Snapshot, Template};
use crate::domain::policy::Policy;
use crate::domain::record::{Claim, Ended, RecordRead};
use crate::domain::rollout::Fingerprint;
use std::time::Duration;

/// A plan as it is left in the record: without pod templates, and without the way back, which is made anew from where it
/// stopped.
pub(super) fn portable(plan: &Plan) -> Option<serde_json::Value> {
    serde_json::to_value(without_templates(plan.clone())).ok()
}

fn without_templates(mut plan: Plan) -> Plan {
    plan.inverse.clear();
    for step in &mut plan.steps {
        if let Step::SetTemplate(step) = step {
            step.template = Template::default();
            step.from_template = Template::default();
        }
    }
    plan
}

/// The plan that a claim tells of; `None` where its version left none.
pub fn plan_of(claim: &Claim) -> Option<Plan> {
    serde_json::from_value(claim.whole.clone()?).ok()
}

/// What of what the plan wrote is otherwise now than its last steps left it.
pub fn end_differs(plan: &Plan, seen: &Snapshot) -> Option<String> {
    reached::reached(plan, plan.steps.len(), seen).err()
}

/// What a plan is taken up on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) request: &'a Request,
    pub(super) seen: &'a Snapshot,
    pub(super) policy: &'a Policy,
    pub(super) fingerprint: &'a Fingerprint,
}

/// A plan that was cut off.
struct CutOff<'a> {
    ground: Ground<'a>,
    claim: &'a Claim,
    /// With the templates that could be found again.
    plan: Plan,
    /// How many of its steps are done.
    reached: usize,
    /// It was being taken back when that was cut off too.
    is_taken_back: bool,
}

/// The way back that an engine made.
pub(super) struct WayBack {
    pub(super) steps: Vec<Step>,
    pub(super) checks: Vec<Check>,
    pub(super) takes: Duration,
}

/// The plan that carries on what was cut off, or takes it back by the steps that `back` makes of what is done.
pub(super) fn mended(
    ground: Ground<'_>,
    mend: Mend,
    back: impl FnOnce(&[Step]) -> WayBack,
) -> Result<Plan, Refusal> {
    let cut = CutOff::of(ground)?;
    if cut.goes_back(mend)? {
        let back = back(cut.done());
        cut.undone(back)
    } else {
        cut.resumed()
    }
}

impl<'a> CutOff<'a> {
    /// The plan that holds the claim, and how far it came.
    fn of(ground: Ground<'a>) -> Result<Self, Refusal> {
        let claim = claim(&ground.seen.record)?;
        let mut plan = plan_of(claim).ok_or_else(|| unknown(claim))?;
        let undoes = plan.takes_up.as_mut().and_then(|taken| taken.undoes.take());
        let is_taken_back = undoes.is_some();
        // On the way back fewer and fewer steps are done.
        let done = if is_taken_back { 0 } else { claim.done };
        plan = undoes.map_or(plan, |undone| *undone);
        reached::find_templates(&mut plan, ground.seen);
        let reached =
            reached::reached(&plan, done, ground.seen).map_err(|differs| moved(claim, &differs))?;
        Ok(Self {
            ground,
            claim,
            plan,
            reached,
            is_taken_back,
        })
    }

    /// Whether `mend` leads back to where the plan began; what makes no sense is refused.
    fn goes_back(&self, mend: Mend) -> Result<bool, Refusal> {
        match (mend, self.is_taken_back) {
            (Mend::Resume, is_taken_back) => Ok(is_taken_back),
            (Mend::Undo, false) => Ok(true),
            (Mend::Undo, true) => Err(Refusal::new(
                Reason::NothingToDo,
                format!("`{}` takes a plan back itself", self.claim.title),
            )
            .hint("resume it: flightdeck resume-plan")),
        }
    }

    /// Its steps that are done.
    fn done(&self) -> &[Step] {
        &self.plan.steps[..self.reached]
    }

    /// It goes on where it stopped. It was confirmed as things stood then: what speaks against its goal now is told, and
    /// confirmed by name.
    fn resumed(self) -> Result<Plan, Refusal> {
        let Ground {
            request,
            seen,
            policy,
            fingerprint,
        } = self.ground;
        let mut steps = self.plan.steps.clone();
        for step in &mut steps[self.reached..] {
            *step = self.rebased(step, seen)?;
        }
        let asked = Request {
            goal: self.plan.goal.clone(),
            ..request.clone()
        };
        let frozen = freeze_warning(&asked, policy);
        let against = asked.against_verdict.clone().filter(|_| is_against(&asked));
        let confirm = if frozen.is_some() || against.is_some() {
            Confirm::Name
        } else {
            self.plan.confirm
        };
        let warnings = frozen.into_iter().chain([self.cut_short()]).collect();
        Ok(Plan {
            id: request.plan.clone(),
            title: title("resume", &self.plan.title),
            fingerprint: fingerprint.clone(),
            made_at: request.at,
            by: request.by.clone(),
            reason: request.reason.clone().or_else(|| self.plan.reason.clone()),
            against_verdict: against.or_else(|| self.plan.against_verdict.clone()),
            steps,
            confirm,
            warnings,
            // What begins with a plan has begun: its claim stands in the record.
            record: RecordChange {
                release: None,
                began: None,
                ..self.plan.record.clone()
            },
            takes_up: Some(TakesUp {
                plan: self.claim.plan.clone(),
                done: self.reached,
                undoes: None,
            }),
            ..self.plan
        })
    }

    /// What it did is taken back, by the steps that its engine made for that.
    fn undone(self, back: WayBack) -> Result<Plan, Refusal> {
        let Ground {
            request,
            seen,
            policy,
            fingerprint,
        } = self.ground;
        let mut steps = Vec::new();
        steps.extend(self.fence(&back.steps, seen)?);
        for step in &back.steps {
            steps.push(self.rebased(step, seen)?);
        }
        let risk = if self.plan.goal.takes_over() {
            Risk::Leap
        } else {
            Risk::Step
        };
        Ok(Plan {
            id: request.plan.clone(),
            goal: Goal::TakeUp(Mend::Undo),
            target: request.target.clone(),
            title: title("undo", &self.plan.title),
            fingerprint: fingerprint.clone(),
            made_at: request.at,
            by: request.by.clone(),
            reason: request.reason.clone(),
            against_verdict: None,
            inverse: steps.iter().rev().filter_map(inverted).collect(),
            steps,
            checks: back.checks,
            expected: format!("as it was before `{}`", self.plan.title),
            confirm: confirm(risk, request, policy),
            warnings: vec![self.cut_short()],
            takes: back.takes,
            record: self.taken_back(),
            takes_up: Some(TakesUp {
                plan: self.claim.plan.clone(),
                done: 0,
                undoes: Some(Box::new(without_templates(self.plan))),
            }),
        })
    }

    /// The release that began with it has not come to anything.
    fn taken_back(&self) -> RecordChange {
        let begun = self.plan.record.release.as_ref();
        let begun = begun.filter(|_| matches!(self.plan.goal, Goal::Deploy(_)));
        RecordChange {
            ended: begun
                .iter()
                .map(|release| (release.revision, Ended::Aborted))
                .collect(),
            notes: begun
                .iter()
                .map(|release| {
                    let text = format!("`{}` was cut off and taken back", self.plan.title);
                    (release.revision, text)
                })
                .collect(),
            ..RecordChange::default()
        }
    }

    /// The weights that the plan was about to write may still be on their way to the server: they are refused once the
    /// route has another generation.
    fn fence(&self, back: &[Step], seen: &Snapshot) -> Result<Option<Step>, Refusal> {
        let next = self.plan.steps[self.reached..]
            .iter()
            .find(|step| step.writes());
        let Some(Step::SetWeights(next)) = next else {
            return Ok(None);
        };
        if matches!(
            back.iter().find(|step| step.writes()),
            Some(Step::SetWeights(_))
        ) {
            return Ok(None);
        }
        let restated = Step::SetWeights(SetWeights {
            to: next.from,
            restated: true,
            ..next.clone()
        });
        self.rebased(&restated, seen).map(Some)
    }

    fn rebased(&self, step: &Step, seen: &Snapshot) -> Result<Step, Refusal> {
        rebased::rebased(step, seen).map_err(|differs| moved(self.claim, &differs))
    }

    fn cut_short(&self) -> String {
        format!(
            "{} began `{}` at {} and was cut off: {} of {} steps are done",
            self.claim.by,
            self.claim.title,
            self.claim.since.strftime("%H:%M:%SZ"),
            self.reached,
            self.plan.steps.len()
        )
    }
}

fn claim(record: &RecordRead) -> Result<&Claim, Refusal> {
    let unread = |why: String| {
        Refusal::new(
            Reason::RecordUnreadable,
            format!("the record {why}: whether a plan was cut off is not known"),
        )
        .hint("abort and roll back need no record")
    };
    let record = match record {
        RecordRead::Read { record, .. } => record,
        RecordRead::Absent => return Err(none()),
        RecordRead::Unread => return Err(unread("has not been read".to_owned())),
        RecordRead::Unreadable(why) => return Err(unread(format!("makes no sense: {why}"))),
        RecordRead::Failed(why) => return Err(unread(format!("could not be read: {why}"))),
    };
    record.current.as_ref().ok_or_else(none)
}

fn none() -> Refusal {
    Refusal::new(
        Reason::NothingToDo,
        "no plan is under way, so none was cut off",
    )
}

fn unknown(claim: &Claim) -> Refusal {
    Refusal::new(
        Reason::UnknownRelease,
        format!(
            "`{}` by {} left no plan in the record that this version can read",
            claim.title, claim.by
        ),
    )
    .hint("abort and roll back plan anew from what is there now")
}

fn moved(claim: &Claim, differs: &str) -> Refusal {
    Refusal::new(
        Reason::WorldMoved,
        format!(
            "the world moved since `{}` was cut off: {differs}",
            claim.title
        ),
    )
    .hint("abort and roll back plan anew from what is there now")
}

/// `resume: promote v2.42.0 to 50 %`; the word is not said twice.
fn title(word: &str, of: &str) -> String {
    let bare = of.strip_prefix("resume: ").unwrap_or(of);
    format!("{word}: {bare}")
}
