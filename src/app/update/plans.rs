//! From a confirmed plan to its outcome.

use super::{black_box, canary, toast};
use crate::analysis::black_box::Seen;
use crate::app::asking::{Asking, Focus, Ground, Question};
use crate::app::effect::Effect;
use crate::app::guessed;
use crate::app::intent::Purpose;
use crate::app::model::Model;
use crate::app::run::{PlanRun, Progress};
use crate::app::screen::{Level, Overlay, Screen};
use crate::domain::cluster::Snapshot;
use crate::domain::event::{NoteKind, PlanEvent};
use crate::domain::ids::PlanId;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::outcome::{End, Outcome};
use crate::strategy::engine;
use crate::strategy::goal::Goal;
use crate::strategy::plan::{Confirm, Plan};
use crate::strategy::request::Request;

/// Makes the plan from the reading that was taken for it, and asks about it.
pub(super) fn make(
    model: &mut Model,
    request: &Request,
    seen: &Snapshot,
    purpose: Purpose,
) -> Vec<Effect> {
    let Some(policy) = model
        .environment()
        .map(|environment| environment.policy.clone())
    else {
        model.asking = Asking::Nothing;
        return Vec::new();
    };
    let planned = engine(&policy).plan(request, seen, &policy);
    let planned = planned.and_then(|plan| match guessed::refuses_plan(model, &plan) {
        Some(refusal) if purpose == Purpose::Act => Err(refusal),
        Some(_) | None => Ok(plan),
    });
    let planned = planned.map(|mut plan| {
        if matches!(plan.goal, Goal::Deploy(_)) {
            plan.warnings.extend(canary::preflight_lines(model));
        }
        plan
    });
    match planned {
        Err(refusal) => {
            toast(
                model,
                Level::Warn,
                format!("{}: {}", request.goal.title(), refusal.text),
            );
            model.asking = Asking::Refused(request.goal.clone(), refusal);
            Vec::new()
        }
        Ok(plan) if plan.confirm == Confirm::None && purpose == Purpose::Act => start(model, plan),
        Ok(plan) => {
            model.asking = Asking::Question(Box::new(Question {
                plan,
                read_at: seen.at,
                opened_at: model.now,
                typed: String::new(),
                focus: Focus::Cancel,
                escape_at: None,
                ground: Ground::Same,
                purpose,
                scrolled: 0,
            }));
            Vec::new()
        }
    }
}

/// Carries out the plan of the open question, if what was typed confirms it and nothing moved behind it.
pub(super) fn accept(model: &mut Model, typed: &str) -> Vec<Effect> {
    let Asking::Question(question) = &model.asking else {
        return Vec::new();
    };
    if question.purpose == Purpose::Preview {
        return Vec::new();
    }
    let confirmed = match question.plan.confirm {
        Confirm::None | Confirm::Yes => true,
        Confirm::Name => typed == model.target.service.as_str(),
    };
    if !confirmed {
        toast(model, Level::Warn, "type the service's name to confirm");
        return Vec::new();
    }
    if question.ground == Ground::Moved {
        let goal = question.plan.goal.clone();
        let notice = Notice::new(
            NoticeKind::Conflict,
            format!(
                "{}: the world moved while the question was open, nothing was done",
                goal.title()
            ),
        )
        .hint("ask again: the new plan is made from what is there now");
        toast(model, Level::Warn, notice.summary.clone());
        model.asking = Asking::Failed(goal, notice);
        return Vec::new();
    }
    let plan = question.plan.clone();
    start(model, plan)
}

/// Begins a plan; one of this process that is under way stops after the step in hand.
fn start(model: &mut Model, plan: Plan) -> Vec<Effect> {
    model.asking = Asking::Nothing;
    begin(model, plan)
}

/// The same where nobody was asked: what is asked meanwhile stays open.
pub(super) fn begin(model: &mut Model, plan: Plan) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(running) = model.running() {
        effects.push(Effect::StopPlan(running.plan.id.clone()));
    }
    let line = format!("{} begun by {}", plan.title, plan.by.line());
    model.log.push(model.now, NoteKind::Plan, line.as_str());
    black_box::event(model, Seen::Plan(line));
    model.run = Some(PlanRun::new(plan.clone(), model.now));
    effects.push(Effect::CarryOut(Box::new(plan)));
    effects
}

/// A plan made progress.
pub(super) fn moved(model: &mut Model, id: &PlanId, event: PlanEvent) {
    let ended = match &event {
        PlanEvent::Ended(outcome) => Some(outcome.clone()),
        PlanEvent::Claimed(_)
        | PlanEvent::StepBegan(..)
        | PlanEvent::Waited(_)
        | PlanEvent::StepEnded(..)
        | PlanEvent::Checked(..)
        | PlanEvent::Told(_) => None,
    };
    if let Some(outcome) = &ended {
        model
            .log
            .push(model.now, NoteKind::Plan, outcome.sentence.clone());
        black_box::event(model, Seen::Plan(outcome.sentence.clone()));
    }
    // News of a plan that a newer one replaced goes to the log only.
    let Some(run) = model.run.as_mut().filter(|run| run.plan.id == *id) else {
        return;
    };
    fold(run, event);
    if let Some(outcome) = ended {
        run.hidden = false;
        if model.ui.overlay == Overlay::Leaving {
            // What it asked about is over.
            model.ui.overlay = Overlay::None;
        }
        // On the service screen the outcome stands in the plan's own pane.
        if model.ui.screen != Screen::Service {
            toast(model, level(&outcome), outcome.sentence);
        }
    }
}

fn fold(run: &mut PlanRun, event: PlanEvent) {
    match event {
        PlanEvent::Claimed(_) => run.claimed = true,
        PlanEvent::StepBegan(index, at) => {
            run.waiting = None;
            if let Some(step) = run.steps.get_mut(index) {
                *step = Progress::Began(at);
            }
        }
        PlanEvent::Waited(text) => run.waiting = Some(text),
        PlanEvent::StepEnded(index, result, at) => {
            run.waiting = None;
            if let Some(step) = run.steps.get_mut(index) {
                let seconds = match step {
                    Progress::Began(began) => at.duration_since(*began).as_secs_f64(),
                    Progress::Ahead | Progress::Ended(..) => 0.0,
                };
                *step = Progress::Ended(result, seconds);
            }
        }
        PlanEvent::Checked(index, ok, text) => {
            run.waiting = None;
            if let Some(check) = run.checks.get_mut(index) {
                *check = Some((ok, text));
            }
        }
        PlanEvent::Told(text) => run.told.push(text),
        PlanEvent::Ended(outcome) => {
            run.waiting = None;
            run.outcome = Some(outcome);
        }
    }
}

fn level(outcome: &Outcome) -> Level {
    match outcome.end {
        End::Done => Level::Info,
        End::WorldMoved(_) | End::Stopped(_) => Level::Warn,
        End::Forbidden(_)
        | End::Unreachable(_)
        | End::NotProven(_)
        | End::Bad(_)
        | End::Fault(_) => Level::Error,
    }
}
