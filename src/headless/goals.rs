//! From arguments to goals.

use super::trouble;
use crate::cli::actions::{Deploy, Good, Promote, RollBack};
use crate::cli::target::Named;
use crate::cli::PlanAction;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::strategy::goal::{Goal, RollBackTo};

/// A goal and where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The goal.
    pub goal: Goal,
    /// Where.
    pub target: Target,
}

/// The goal of an action.
pub fn wanted(action: &PlanAction, settings: &Settings) -> Result<Wanted, Notice> {
    let target = named(action)
        .target(settings)
        .map_err(|fault| trouble::target(&fault))?;
    let goal = match action {
        PlanAction::Deploy(deploy) => {
            let image = deploy.image.image(target.service.as_str());
            Goal::Deploy(image.map_err(|missing| trouble::image(&missing))?)
        }
        PlanAction::Promote(Promote { full: false, .. }) => Goal::Promote,
        PlanAction::Promote(Promote { full: true, .. }) => Goal::PromoteFully,
        PlanAction::Pause(_) => Goal::Pause,
        PlanAction::Resume(_) => Goal::Resume,
        PlanAction::Abort(_) => Goal::Abort,
        PlanAction::Rollback(RollBack { to, .. }) => Goal::RollBack(match to {
            Some(name) => RollBackTo::Named(name.clone()),
            None => RollBackTo::LastKnownGood,
        }),
        PlanAction::Good(Good { tag, .. }) => Goal::DeclareGood(tag.clone()),
    };
    Ok(Wanted { goal, target })
}

fn named(action: &PlanAction) -> &Named {
    match action {
        PlanAction::Deploy(Deploy { named, .. })
        | PlanAction::Promote(Promote { named, .. })
        | PlanAction::Rollback(RollBack { named, .. })
        | PlanAction::Good(Good { named, .. }) => named,
        PlanAction::Pause(simple) | PlanAction::Resume(simple) | PlanAction::Abort(simple) => &simple.named,
    }
}
