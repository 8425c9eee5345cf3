//! What a person wants, whatever key or command said it.

use super::{plans, toast};
use crate::analysis::verdict::Call;
use crate::app::asking::Asking;
use crate::app::availability::missing_right;
use crate::app::effect::Effect;
use crate::app::intent::{Intent, Purpose, Range};
use crate::app::model::Model;
use crate::app::screen::{Level, Overlay, Pane, RANGES, Screen, Shown, Telling};
use crate::strategy::goal::Goal;
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::request::Request;

pub(super) fn carry(model: &mut Model, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Ask {
            goal,
            reason,
            purpose,
        } => ask(model, goal, reason, purpose),
        Intent::Accept { typed } => plans::accept(model, &typed),
        Intent::Back => back(model),
        Intent::OpenMenu => open(model, Overlay::Menu),
        Intent::OpenHelp => open(model, Overlay::Help),
        Intent::Zoom => zoom(model),
        Intent::ToggleCommands => {
            model.ui.telling = match model.ui.telling {
                Telling::Words => Telling::Commands,
                Telling::Commands => Telling::Words,
            };
            Vec::new()
        }
        Intent::ToggleStable => {
            model.ui.stable_shown = match model.ui.stable_shown {
                Shown::Shown => Shown::Hidden,
                Shown::Hidden => Shown::Shown,
            };
            Vec::new()
        }
        Intent::Range(change) => range(model, change),
        Intent::Refresh => vec![Effect::RefreshFeeds],
        Intent::Redraw => vec![Effect::Redraw],
        Intent::Suspend => vec![Effect::Suspend],
        Intent::Quit => quit(model),
        Intent::QuitNow => vec![Effect::Quit(0)],
    }
}

/// A goal becomes a fresh reading; the plan is made from its answer.
fn ask(model: &mut Model, goal: Goal, reason: Option<String>, purpose: Purpose) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    if let Some(refusal) = refused_at_once(model, &goal, purpose) {
        toast(
            model,
            Level::Warn,
            format!("{}: {}", goal.title(), refusal.text),
        );
        model.asking = Asking::Refused(goal, refusal);
        return Vec::new();
    }
    let request = Request {
        against_verdict: against(model, &goal),
        blind: model.feeds.metrics.live(model.now).is_none(),
        target: model.target.clone(),
        plan: model.ids.plan(),
        by: model.actor.who.clone(),
        reason: reason.or_else(|| verdict_as_reason(model, &goal)),
        at: model.now,
        goal,
    };
    let id = model.ids.request();
    model.asking = Asking::Observing(id, Box::new(request), purpose);
    vec![Effect::Observe(id, model.target.clone())]
}

/// What moved a person who gave no reason: the verdict, where it can have.
fn verdict_as_reason(model: &Model, goal: &Goal) -> Option<String> {
    match goal {
        Goal::Deploy(_) | Goal::DeclareGood(_) => None,
        Goal::Promote
        | Goal::PromoteFully
        | Goal::Pause
        | Goal::Resume
        | Goal::Abort
        | Goal::RollBack(_) => Some(model.reading.verdict.sentence.clone()),
    }
}

fn refused_at_once(model: &Model, goal: &Goal, purpose: Purpose) -> Option<Refusal> {
    if purpose == Purpose::Preview {
        return None;
    }
    if model.settings.read_only {
        return Some(
            Refusal::new(
                Reason::ReadOnly,
                "the program runs read-only, nothing is changed",
            )
            .hint("start it without `--read-only`"),
        );
    }
    if model.running().is_some() && !goal.takes_over() {
        return Some(
            Refusal::new(Reason::ClaimHeld, "a plan is under way")
                .hint("abort and roll back are always possible"),
        );
    }
    let missing = missing_right(model, goal)?;
    let text = format!("no right to {}", missing.words());
    Some(
        Refusal::new(Reason::Forbidden, text)
            .hint("`kubectl auth can-i --list` shows the rights of this login"),
    )
}

/// The sentence of a verdict that a promote goes against.
fn against(model: &Model, goal: &Goal) -> Option<String> {
    match goal {
        Goal::Promote | Goal::PromoteFully => match model.reading.verdict.call {
            Call::Promote => None,
            Call::Hold | Call::RollBack | Call::NotEnoughData => {
                Some(model.reading.verdict.sentence.clone())
            }
        },
        Goal::Deploy(_)
        | Goal::Pause
        | Goal::Resume
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::DeclareGood(_) => None,
    }
}

/// Closes what is on top: overlay, refusal, outcome, zoom.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.ui.overlay != Overlay::None {
        model.ui.overlay = Overlay::None;
    } else if model.asking != Asking::Nothing {
        model.asking = Asking::Nothing;
    } else if let Some(run) = model.run.as_mut().filter(|run| !run.hidden) {
        run.hidden = true;
    } else {
        model.ui.screen = Screen::Service;
    }
    Vec::new()
}

fn open(model: &mut Model, overlay: Overlay) -> Vec<Effect> {
    model.ui.overlay = overlay;
    Vec::new()
}

fn zoom(model: &mut Model) -> Vec<Effect> {
    model.ui.screen = match model.ui.screen {
        Screen::Service => Screen::Zoomed(Pane::Errors),
        Screen::Zoomed(Pane::Errors) => Screen::Zoomed(Pane::Latency),
        Screen::Zoomed(Pane::Latency) => Screen::Zoomed(Pane::Verdict),
        Screen::Zoomed(Pane::Verdict) => Screen::Zoomed(Pane::Events),
        Screen::Zoomed(Pane::Events) => Screen::Service,
    };
    Vec::new()
}

fn range(model: &mut Model, change: Range) -> Vec<Effect> {
    let at = RANGES
        .iter()
        .position(|range| *range == model.ui.range)
        .unwrap_or(0);
    let next = match change {
        Range::In => at.saturating_sub(1),
        Range::Out => (at + 1).min(RANGES.len() - 1),
        Range::Reset => usize::from(!model.settings.is_demo()) * 2,
    };
    if let Some(range) = RANGES.get(next) {
        model.ui.range = *range;
    }
    Vec::new()
}

/// Back first; at the top a running plan is named before leaving.
fn quit(model: &mut Model) -> Vec<Effect> {
    if model.ui.screen != Screen::Service {
        model.ui.screen = Screen::Service;
        return Vec::new();
    }
    if model.running().is_some() {
        return open(model, Overlay::Leaving);
    }
    vec![Effect::Quit(0)]
}
