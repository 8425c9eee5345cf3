//! From a decision to a plan, and from its end to the next decision.

use super::{decision, held, tell};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::pilot::{self, Flight};
use crate::app::update::{feeds, plans};
use crate::domain::cluster::Snapshot;
use crate::domain::ids::{PlanId, RequestId};
use crate::domain::notice::Notice;
use crate::domain::outcome::{End, Outcome};
use crate::domain::text::Text;
use crate::domain::who::Who;
use crate::strategy::engine;
use crate::strategy::goal::Goal;
use crate::strategy::pilot::{Decision, Held, Topic};
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;
use crate::strategy::step::Step;

/// Whether a plan of the pilot is under way.
pub(super) fn is_flying(model: &Model) -> bool {
    let running = model.running().map(|run| &run.plan.id);
    running.is_some() && running == model.pilot.plan.as_ref().map(|flight| &flight.plan)
}

/// Decides, and begins what is to be done.
pub(super) fn drive(model: &mut Model) -> Vec<Effect> {
    let Some(decision) = decision(model) else {
        return Vec::new();
    };
    if is_flying(model) {
        return mind(model, &decision);
    }
    if model.running().is_some() {
        return Vec::new();
    }
    let mut effects = tell::tell(model, &decision);
    effects.extend(act(model, &decision));
    effects
}

/// A plan of the pilot is under way: it is stopped where it must not go on, and left for a roll back.
fn mind(model: &mut Model, decision: &Decision) -> Vec<Effect> {
    let is_raising = model
        .pilot
        .plan
        .as_ref()
        .is_some_and(|flight| flight.decision.raises() && !flight.is_stopped);
    if !is_raising {
        return Vec::new();
    }
    if let Decision::RollBack(_) = decision {
        let mut effects = tell::tell(model, decision);
        effects.extend(act(model, decision));
        return effects;
    }
    let must_stop = match decision {
        Decision::Yield(_) => true,
        Decision::StandStill(topic, _) => {
            matches!(topic, Topic::Driver | Topic::Lease | Topic::Record)
        }
        Decision::Advance(..)
        | Decision::Finish(_)
        | Decision::RollBack(_)
        | Decision::TakeUp(_)
        | Decision::WaitUntil(..)
        | Decision::HoldAndAsk(..)
        | Decision::Rest(_) => false,
    };
    match &mut model.pilot.plan {
        Some(flight) if must_stop => {
            flight.is_stopped = true;
            let stop = Effect::StopPlan(flight.plan.clone());
            let mut effects = tell::tell(model, decision);
            effects.push(stop);
            effects
        }
        Some(_) | None => Vec::new(),
    }
}

/// Asks for the reading that a plan is made from.
fn act(model: &mut Model, decision: &Decision) -> Vec<Effect> {
    let Some(goal) = decision.goal() else {
        return Vec::new();
    };
    let is_early = model.pilot.not_before.is_some_and(|at| model.now < at);
    // A note on its way into the record would get in the way of the claim.
    let is_noting = decision.raises() && model.pilot.note.is_busy();
    let is_leaving = decision.raises() && pilot::asked_to_hand_over(model).is_some();
    if model.pilot.planning.is_some() || is_early || is_noting || is_leaving {
        return Vec::new();
    }
    let request = Request {
        goal,
        target: model.target.clone(),
        plan: model.ids.plan(),
        by: by(&model.actor.who),
        reason: Some(decision.sentence()),
        against_verdict: None,
        blind: false,
        at: model.now,
    };
    let id = model.ids.request();
    model.pilot.planning = Some((id, Box::new(request)));
    vec![Effect::Observe(id, model.target.clone())]
}

/// Whoever lets the pilot drive; that it was the pilot is told.
fn by(who: &Who) -> Who {
    let user = who.os_user.as_ref();
    let user = user.map_or_else(|| "pilot".to_owned(), |user| format!("{user}, pilot"));
    Who {
        os_user: Some(Text::new(user)),
        ..who.clone()
    }
}

/// Whether the pilot waits for this reading.
pub(in crate::app::update) fn asked_for(model: &Model, id: RequestId) -> bool {
    matches!(&model.pilot.planning, Some((asked, _)) if *asked == id)
}

/// The fresh reading: it is decided on anew, and only if that comes to the same a plan is made from it.
pub(in crate::app::update) fn observed(
    model: &mut Model,
    result: Result<Box<Snapshot>, Notice>,
) -> Vec<Effect> {
    let Some((_, request)) = model.pilot.planning.take() else {
        return Vec::new();
    };
    let snapshot = match result {
        Ok(snapshot) => snapshot,
        Err(notice) => {
            let why = format!("the cluster cannot be read: {}", notice.summary);
            model.pilot.back_off(model.now);
            return tell::tell(model, &Decision::StandStill(Topic::Cluster, why));
        }
    };
    feeds::cluster_read(model, (*snapshot).clone());
    let Some(again) = decision(model).filter(|_| model.pilot.is_on()) else {
        return Vec::new();
    };
    if again.goal().as_ref() != Some(&request.goal) {
        return Vec::new();
    }
    match plan(model, *request, &snapshot) {
        Ok(plan) => begin(model, plan, again),
        Err(refusal) => {
            model.pilot.back_off(model.now);
            let why = format!("{}: {}", again.sentence(), refusal.text);
            tell::tell(model, &Decision::HoldAndAsk(Topic::Plan, why))
        }
    }
}

/// The plan; a roll back that would replace what serves only takes the traffic off the candidate.
fn plan(model: &Model, request: Request, seen: &Snapshot) -> Result<Plan, Refusal> {
    let Some(environment) = model.environment() else {
        return Err(Refusal::new(
            Reason::NotFresh,
            "the environment is not known",
        ));
    };
    let policy = &environment.policy;
    let made = engine(policy).plan(&request, seen, policy);
    let is_back = matches!(request.goal, Goal::RollBack(_));
    let replaces = |plan: &Plan| {
        plan.steps
            .iter()
            .any(|step| matches!(step, Step::SetImage(_) | Step::SetTemplate(_)))
    };
    match made {
        Ok(plan) if replaces(&plan) && is_resumed_roll_back(&request, &plan) => Err(Refusal::new(
            Reason::NothingToDo,
            "it replaces what serves, which needs a person",
        )),
        Ok(plan) if !is_back || !replaces(&plan) => Ok(plan),
        Err(refusal) if !is_back => Err(refusal),
        Ok(_) | Err(_) => {
            let goal = Goal::Abort;
            engine(policy).plan(&Request { goal, ..request }, seen, policy)
        }
    }
}

fn is_resumed_roll_back(request: &Request, plan: &Plan) -> bool {
    matches!(
        (&request.goal, &plan.goal),
        (Goal::TakeUp(_), Goal::RollBack(_))
    )
}

fn begin(model: &mut Model, plan: Plan, decision: Decision) -> Vec<Effect> {
    model.pilot.plan = Some(Flight {
        plan: plan.id.clone(),
        decision,
        is_stopped: false,
        ended_at: None,
    });
    plans::begin(model, plan)
}

/// A plan ended.
pub(in crate::app::update) fn landed(
    model: &mut Model,
    id: &PlanId,
    outcome: &Outcome,
) -> Vec<Effect> {
    let Some(flight) = model.pilot.plan.clone().filter(|flight| flight.plan == *id) else {
        return Vec::new();
    };
    let now = model.now;
    if let Some(flight) = &mut model.pilot.plan {
        flight.ended_at = Some(now);
    }
    if let End::Done = outcome.end {
        model.pilot.failures = 0;
        model.pilot.failed = None;
        model.pilot.not_before = None;
    } else {
        model.pilot.back_off(model.now);
        let is_settled = matches!(
            outcome.end,
            End::NotProven(_) | End::Forbidden(_) | End::Bad(_) | End::Fault(_)
        );
        let rollout = model.reading.rollout.as_ref();
        model.pilot.failed = rollout
            .filter(|_| is_settled && flight.decision.raises())
            .map(|rollout| (rollout.fingerprint.clone(), outcome.sentence.clone()));
    }
    // What it came to is decided anew, also where it is the same as before.
    model.pilot.decision = None;
    if held(model) == Held::Here {
        tell::send(model, flight.decision.word(), &outcome.sentence)
    } else {
        Vec::new()
    }
}
