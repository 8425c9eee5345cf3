//! From arguments to goals.

use super::trouble;
use crate::cli::actions::{Action, Good, Promote, RollBack};

use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::strategy::goal::{Deploy, Goal, Mend, RollBackTo, Until};

/// A goal and where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The goal.
    pub goal: Goal,
    /// Where.
    pub target: Target,
    /// How long the command stays.
    pub stays: Stays,
}

/// How long a command stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Until its plan has ended.
    UntilDone,
    /// Until the release is good, or will not be.
    UntilGood,
}

/// The goal of an action.
pub fn wanted(action: &Action, settings: &Settings) -> Result<Wanted, Notice> {
    let target = action
        .named()
        .target(settings)
        .map_err(|fault| trouble::target(&fault))?;
    let goal = match action {
        Action::Deploy(deploy) => {
            let image = deploy.image.image(target.service.as_str());
            let image = image.map_err(|missing| trouble::image(&missing))?;
            Goal::Deploy(Deploy {
                provenance: Box::new(
                    deploy
                        .provenance
                        .provenance(&image, |name| std::env::var(name).ok()),
                ),
                image,
                // What is tested must be there.
                until: if deploy.wait || deploy.until_good || deploy.smoke {
                    Until::Complete
                } else {
                    Until::Begun
                },
                smoke: settings
                    .environment(&target)
                    .filter(|_| deploy.smoke)
                    .map(|environment| deploy.health_check.of(environment.policy.smoke_test())),
            })
        }
        Action::Promote(Promote { full: false, .. }) => Goal::Promote,
        Action::Promote(Promote { full: true, .. }) => Goal::PromoteFully,
        Action::Pause(_) => Goal::Pause,
        Action::Resume(_) => Goal::Resume,
        Action::Abort(_) => Goal::Abort,
        Action::ResumePlan(_) => Goal::TakeUp(Mend::Resume),
        Action::UndoPlan(_) => Goal::TakeUp(Mend::Undo),
        Action::Rollback(RollBack { to, .. }) => Goal::RollBack(match to {
            Some(name) => RollBackTo::Named(name.clone()),
            None => RollBackTo::LastKnownGood,
        }),
        Action::Good(Good { tag, .. }) => Goal::DeclareGood(tag.clone()),
    };
    let until_good = match action {
        Action::Deploy(deploy) => deploy.until_good,
        Action::Promote(promote) => promote.until_good,
        Action::Pause(_)
        | Action::Resume(_)
        | Action::Abort(_)
        | Action::ResumePlan(_)
        | Action::UndoPlan(_)
        | Action::Rollback(_)
        | Action::Good(_) => false,
    };
    let stays = if until_good {
        Stays::UntilGood
    } else {
        Stays::UntilDone
    };
    Ok(Wanted {
        goal,
        target,
        stays,
    })
}
