//! What may be done where nothing but guesses tell what belongs together: look, hold, and get back to what serves.

use crate::app::model::Model;
use crate::domain::policy::Strategy;
use crate::strategy::goal::{Goal, RollBackTo};
use crate::strategy::plan::{Confirm, Plan};
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::step::Step;

/// Why a goal is out of reach without a config.
pub fn refuses_goal(model: &Model, goal: &Goal) -> Option<Refusal> {
    let allowed = match goal {
        Goal::Pause | Goal::Abort | Goal::RollBack(RollBackTo::LastKnownGood) => true,
        Goal::Deploy(_)
        | Goal::Promote
        | Goal::PromoteFully
        | Goal::Resume
        | Goal::RollBack(RollBackTo::Named(_))
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => false,
    };
    (model.settings.are_guessed() && !allowed).then(|| refusal(model))
}

/// Why a plan is out of reach without a config: it would replace what serves.
pub fn refuses_plan(model: &Model, plan: &Plan) -> Option<Refusal> {
    let replaces = plan.steps.iter().any(|step| match step {
        Step::SetImage(_) | Step::SetTemplate(_) => true,
        Step::SetWeights(_)
        | Step::Scale(_)
        | Step::SetPaused(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => false,
    });
    (model.settings.are_guessed() && replaces && !still_serves(model, plan)).then(|| refusal(model))
}

/// A rolling update is taken back by the template that serves beside it: nothing that serves is replaced then, and no name has
/// to be typed.
fn still_serves(model: &Model, plan: &Plan) -> bool {
    let strategy = model
        .environment()
        .map(|environment| &environment.policy.strategy);
    let is_rolling = strategy.is_some_and(|strategy| match strategy {
        Strategy::Rolling(_) => true,
        Strategy::Canary(_) => false,
    });
    is_rolling && plan.confirm != Confirm::Name
}

fn refusal(model: &Model) -> Refusal {
    let text = "there is no config, and on guesses only pause, abort and the roll back to the serving stable side are done";
    Refusal::new(Reason::Guessed, text).hint(format!(
        "flightdeck config init {} writes the guesses down, to be read and corrected",
        model.target.service
    ))
}
