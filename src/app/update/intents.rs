//! What a person wants, whatever key or command said it.

use super::{
    changes, charts, ci_question, fleet, lists, looks, pilot, pipeline, plans, pod_logs, pointing,
    remark, toast,
};
use crate::analysis::verdict::Call;
use crate::app::asking::Asking;
use crate::app::availability::missing_right;
use crate::app::effect::Effect;
use crate::app::fleet::{Opened, Reach};
use crate::app::guessed;
use crate::app::intent::{Intent, LogWish, Motion, Purpose};
use crate::app::model::Model;
use crate::app::pick::Pick;
use crate::app::screen::{Level, Overlay, Pane, Screen};
use crate::strategy::goal::{Goal, Mend};
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
        Intent::Remark(text) => remark(model, &text),
        Intent::Fly(wish) => pilot::wish(model, wish),
        Intent::TogglePilot => toggle_pilot(model),
        Intent::ReadBlackBox => vec![Effect::ReadBlackBox(model.ids.request())],
        Intent::Back => back(model),
        Intent::OpenMenu(key) => open(model, Overlay::Menu(key)),
        Intent::OpenHelp => open(model, Overlay::Help(Pick::default())),
        Intent::OpenPalette => open(model, Overlay::Palette(Pick::typing())),
        Intent::Spell(typed) => open(
            model,
            Overlay::Palette(Pick {
                typed,
                ..Pick::typing()
            }),
        ),
        Intent::Filter => lists::filter(model),
        Intent::Open => lists::open(model),
        Intent::Move(motion) => move_within(model, motion),
        Intent::Touch(touched) => pointing::touch(model, touched),
        Intent::Roll(over, motion) => pointing::roll(model, over, motion),
        Intent::GoFleet => fleet::go(model),
        Intent::OpenService(target) => fleet::open(model, &target),
        Intent::Neighbour(motion) => fleet::neighbour(model, motion),
        Intent::NextSort => fleet::next_sort(model),
        Intent::GoService => to_service(model, Screen::Service),
        Intent::GoHistory => to_service(model, Screen::History),
        Intent::GoMessages => go(model, Screen::Messages),
        Intent::GoPipeline => pipeline::go(model),
        Intent::AskCi(wish) => ci_question::ask(model, wish),
        Intent::GoChanges => changes::go(model),
        Intent::GoLogs => pod_logs::go(model),
        Intent::OtherTrack => pod_logs::other_track(model),
        Intent::OtherProcess if model.ui.screen == Screen::Logs => pod_logs::other_process(model),
        Intent::OtherProcess => Vec::new(),
        Intent::Log(wish) => {
            look(model, wish);
            Vec::new()
        }
        Intent::Zoom => zoom(model),
        Intent::ToggleCommands => looks::telling(model),
        Intent::ToggleStable => looks::stable(model),
        Intent::Range(change) => charts::range(model, change),
        Intent::UseRange(range) => charts::show(model, range),
        Intent::Pan(pan) => charts::pan(model, pan),
        Intent::ToggleInspect if model.ui.screen == Screen::Fleet => Vec::new(),
        Intent::ToggleInspect => charts::inspect(model),
        Intent::ToggleFreeze => looks::freeze(model),
        Intent::NextTimes => looks::next_times(model),
        Intent::UseTimes(times) => looks::times(model, times),
        Intent::NextLayout => looks::next_layout(model),
        Intent::UseLayout(layout) => looks::layout(model, layout),
        Intent::UseTheme(name) => looks::theme(model, name),
        Intent::Copy(what) => lists::copy(model, what),
        Intent::Export(form) => vec![Effect::Export(model.ids.request(), form)],
        Intent::SaveRecording => vec![Effect::SaveRecording(model.ids.request())],
        Intent::Refresh => vec![Effect::RefreshFeeds],
        Intent::Redraw => vec![Effect::Redraw],
        Intent::Suspend => vec![Effect::Suspend],
        Intent::Quit => quit(model),
        Intent::QuitNow => vec![Effect::Quit(0)],
    }
}

/// A remark is on what is seen: in the fleet no release is.
fn remark(model: &mut Model, text: &str) -> Vec<Effect> {
    if model.ui.screen == Screen::Fleet {
        toast(model, Level::Warn, "note: open a service first");
        return Vec::new();
    }
    remark::add(model, text)
}

/// The pilot is let drive what is seen.
fn toggle_pilot(model: &mut Model) -> Vec<Effect> {
    let mut effects = fleet::open_seen(model);
    effects.extend(pilot::toggle(model));
    effects
}

/// A goal becomes a fresh reading; the plan is made from its answer.
fn ask(model: &mut Model, goal: Goal, reason: Option<String>, purpose: Purpose) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    // What is asked is about what is seen.
    let mut effects = fleet::open_seen(model);
    // A decision is made on the present, not on a held picture.
    model.frozen = None;
    if let Some(refusal) = refused_at_once(model, &goal, purpose) {
        toast(
            model,
            Level::Warn,
            format!("{}: {}", goal.title(), refusal.text),
        );
        model.asking = Asking::Refused(goal, refusal);
        return effects;
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
    effects.push(Effect::Observe(id, model.target.clone()));
    effects
}

/// What moved a person who gave no reason: the verdict, where it can have.
fn verdict_as_reason(model: &Model, goal: &Goal) -> Option<String> {
    match goal {
        Goal::Deploy(_) | Goal::DeclareGood(_) | Goal::TakeUp(_) => None,
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
    if let Some(refusal) = guessed::refuses_goal(model, goal) {
        return Some(refusal);
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

/// The sentence of a verdict that a promote goes against. One that was cut off has been confirmed once, without data too: only
/// what speaks against it now binds it anew.
fn against(model: &Model, goal: &Goal) -> Option<String> {
    let verdict = &model.reading.verdict;
    let is_against = match (goal, verdict.call) {
        (Goal::Promote | Goal::PromoteFully, Call::NotEnoughData)
        | (
            Goal::Promote | Goal::PromoteFully | Goal::TakeUp(Mend::Resume),
            Call::Hold | Call::RollBack,
        ) => true,
        (
            Goal::Promote
            | Goal::PromoteFully
            | Goal::Deploy(_)
            | Goal::Pause
            | Goal::Resume
            | Goal::Abort
            | Goal::RollBack(_)
            | Goal::DeclareGood(_)
            | Goal::TakeUp(_),
            _,
        ) => false,
    };
    is_against.then(|| verdict.sentence.clone())
}

/// Closes what is on top: overlay, refusal, outcome, cursor, filter, screen, held time.
fn back(model: &mut Model) -> Vec<Effect> {
    if model.ui.overlay != Overlay::None {
        model.ui.overlay = Overlay::None;
    } else if model.asking != Asking::Nothing {
        model.asking = Asking::Nothing;
    } else if let Some(run) = model.run.as_mut().filter(|run| !run.hidden) {
        run.hidden = true;
    } else if model.ui.inspect.take().is_none() {
        out_of_screen(model);
    }
    Vec::new()
}

fn out_of_screen(model: &mut Model) {
    match model.ui.screen {
        Screen::Release => model.ui.screen = Screen::History,
        Screen::History | Screen::Messages | Screen::Pipeline | Screen::Logs
            if !model.ui.list.typed.is_empty() =>
        {
            model.ui.list = Pick::default();
        }
        Screen::Messages if model.fleet.opened == Opened::Nothing => {
            model.ui.screen = Screen::Fleet;
        }
        Screen::Pipeline => {
            if !pipeline::back(model) {
                model.ui.screen = Screen::Service;
            }
        }
        Screen::History | Screen::Messages | Screen::Zoomed(_) | Screen::Changes | Screen::Logs => {
            model.ui.screen = Screen::Service;
        }
        Screen::Service => {
            let held = model.ui.until.take().is_some() || model.frozen.take().is_some();
            if !held {
                fleet::go(model);
            }
        }
        Screen::Fleet if model.frozen.is_some() => model.frozen = None,
        Screen::Fleet => model.fleet.filter = Pick::default(),
    }
}

/// Does something to the log that is shown.
pub(super) fn look(model: &mut Model, wish: LogWish) {
    match model.ui.screen {
        Screen::Pipeline => pipeline::look(model, wish),
        Screen::Logs => pod_logs::look(model, wish),
        Screen::Fleet
        | Screen::Service
        | Screen::Zoomed(_)
        | Screen::History
        | Screen::Release
        | Screen::Messages
        | Screen::Changes => {}
    }
}

/// A screen of the open service; from the fleet, of the chosen one.
fn to_service(model: &mut Model, screen: Screen) -> Vec<Effect> {
    let effects = fleet::open_seen(model);
    go(model, screen);
    effects
}

pub(super) fn go(model: &mut Model, screen: Screen) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    model.ui.screen = screen;
    model.ui.list = Pick::default();
    Vec::new()
}

fn move_within(model: &mut Model, motion: Motion) -> Vec<Effect> {
    match model.ui.screen {
        Screen::Fleet => fleet::step(model, motion),
        Screen::Service | Screen::Zoomed(_) => charts::step(model, motion),
        Screen::History | Screen::Release | Screen::Messages | Screen::Changes => {
            lists::step(model, motion);
        }
        Screen::Pipeline => pipeline::step(model, motion),
        Screen::Logs => pod_logs::step(model, motion),
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
        other @ (Screen::Fleet
        | Screen::History
        | Screen::Release
        | Screen::Messages
        | Screen::Pipeline
        | Screen::Changes
        | Screen::Logs) => other,
    };
    Vec::new()
}

/// Back first; at the top a running plan is named before leaving.
fn quit(model: &mut Model) -> Vec<Effect> {
    match model.ui.screen {
        Screen::Zoomed(_)
        | Screen::History
        | Screen::Release
        | Screen::Messages
        | Screen::Pipeline
        | Screen::Changes
        | Screen::Logs => {
            model.ui.screen = match model.fleet.opened {
                Opened::Nothing => Screen::Fleet,
                Opened::Target => Screen::Service,
            };
            return Vec::new();
        }
        Screen::Service if model.fleet.reach == Reach::All && model.fleet.is_one_of_many() => {
            return fleet::go(model);
        }
        Screen::Service | Screen::Fleet => {}
    }
    let mut effects = Vec::new();
    if model.running().is_none()
        && let Some(target) = model.fleet.acting()
    {
        effects = fleet::open(model, &target);
    }
    if model.running().is_some() {
        model.ui.overlay = Overlay::Leaving;
    } else {
        effects.push(Effect::Quit(0));
    }
    effects
}
