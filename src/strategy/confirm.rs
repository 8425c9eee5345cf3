//! How a plan must be confirmed, by its risk.

use crate::domain::freeze::Frozen;
use crate::domain::policy::Policy;
use crate::strategy::goal::Goal;
use crate::strategy::plan::Confirm;
use crate::strategy::request::Request;

/// What a plan risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Risk {
    /// Nothing moves: a pause.
    Still,
    /// Traffic goes back to what serves already: abort, roll back to the serving stable side.
    Safety,
    /// The record says something new: resume, declare good.
    Word,
    /// A candidate gets traffic by the configured steps: deploy, promote, finish.
    Step,
    /// Steps are skipped, or what serves is replaced.
    Leap,
}

/// The level. Only what leads to safety without replacing anything is not raised by a protected environment.
pub(super) fn confirm(risk: Risk, request: &Request, policy: &Policy) -> Confirm {
    let own = match risk {
        Risk::Still => return Confirm::None,
        Risk::Safety => return Confirm::Yes,
        Risk::Step if request.blind || is_against(request) => Confirm::Name,
        Risk::Step if freeze(request, policy).is_some() => Confirm::Name,
        Risk::Word | Risk::Step => Confirm::Yes,
        Risk::Leap => Confirm::Name,
    };
    if policy.protected { own.raised() } else { own }
}

/// The freeze that holds what brings traffic to a release.
fn freeze(request: &Request, policy: &Policy) -> Option<Frozen> {
    request.goal.held_by(&policy.freezes, request.at)
}

/// What a person should know of the freeze that a plan goes against.
pub(super) fn freeze_warning(request: &Request, policy: &Policy) -> Option<String> {
    freeze(request, policy).map(|frozen| format!("{}: this goes against it", frozen.words()))
}

/// A verdict speaks of the candidate that is there: it binds a promote, not the deploy of another.
pub(super) fn is_against(request: &Request) -> bool {
    match request.goal {
        Goal::Promote | Goal::PromoteFully => request.against_verdict.is_some(),
        Goal::Deploy(_)
        | Goal::Pause
        | Goal::Resume
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => false,
    }
}
