//! What a pointer asks for.
//!
//! Invariant: questions are answered by keys alone, and what a pointer begins changes nothing.

use super::{charts, fleet, intents, lists, pipeline};
use crate::app::asking::Asking;
use crate::app::command;
use crate::app::effect::Effect;
use crate::app::fleet::{chosen, listed};
use crate::app::inspect;
use crate::app::intent::{Intent, Motion, Range};
use crate::app::model::Model;
use crate::app::pipeline::Side;
use crate::app::pointing::{Rolled, Touched};
use crate::app::screen::{Overlay, Pane, Screen};
use crate::domain::ids::Target;
use jiff::Timestamp;

/// Lines of a log that a wheel moves by.
const LINES: usize = 3;

/// Does what was pressed on.
pub(super) fn touch(model: &mut Model, touched: Touched) -> Vec<Effect> {
    if is_asked(model) {
        return Vec::new();
    }
    if model.ui.overlay != Overlay::None {
        if let Touched::Line(at) = touched {
            choose_over(model, at);
        }
        return Vec::new();
    }
    match touched {
        Touched::Hint(action) if action.changes() => Vec::new(),
        Touched::Hint(action) => {
            let intent = command::intent(model, action);
            intents::carry(model, intent)
        }
        Touched::Menu(key) => super::keys::menu(model, key),
        Touched::Line(at) => line(model, at),
        Touched::Service(target) => service(model, target),
        Touched::Log => {
            if model.ui.screen == Screen::Pipeline {
                model.pipeline.side = Side::Log;
            }
            Vec::new()
        }
        Touched::Moment(at) => moment(model, at),
        Touched::Title(pane) => title(model, pane),
        Touched::Strip => pipeline::go(model),
    }
}

/// Whether something is open that only keys answer.
fn is_asked(model: &Model) -> bool {
    let is_question = matches!(model.asking, Asking::Question(_));
    let is_over = match model.ui.overlay {
        Overlay::None | Overlay::Help(_) | Overlay::Palette(_) => false,
        Overlay::Menu(_) | Overlay::Pilot(_) | Overlay::Leaving | Overlay::Drill => true,
    };
    is_question || is_over || model.pipeline.question.is_some()
}

/// In the help and the palette a line is chosen, never run.
fn choose_over(model: &mut Model, at: usize) {
    if let Overlay::Help(pick) | Overlay::Palette(pick) = &mut model.ui.overlay {
        pick.at = at;
    }
}

/// The line is chosen; the chosen one is opened.
fn line(model: &mut Model, at: usize) -> Vec<Effect> {
    match model.ui.screen {
        Screen::History if model.ui.list.at == at => return lists::open(model),
        Screen::History | Screen::Messages | Screen::Changes => model.ui.list.at = at,
        Screen::Pipeline => {
            let is_chosen = model.pipeline.side == Side::Tree && model.pipeline.row == at;
            model.pipeline.side = Side::Tree;
            model.pipeline.row = at;
            if is_chosen {
                return lists::open(model);
            }
        }
        Screen::Fleet | Screen::Service | Screen::Zoomed(_) | Screen::Release | Screen::Logs => {}
    }
    Vec::new()
}

/// The row is chosen; the chosen one is opened.
fn service(model: &mut Model, target: Target) -> Vec<Effect> {
    if model.ui.screen != Screen::Fleet {
        return Vec::new();
    }
    let picture = model.picture();
    let rows = listed(&picture.fleet, picture.now);
    let is_chosen = chosen(&model.fleet, &rows).is_some_and(|(_, row)| row.target == target);
    if is_chosen {
        return fleet::open(model, &target);
    }
    model.fleet.chosen = Some(target);
    Vec::new()
}

/// The charts' cursor goes to what was measured next to a moment.
fn moment(model: &mut Model, at: Timestamp) -> Vec<Effect> {
    if let Some(at) = inspect::nearest(model.picture(), at) {
        model.ui.inspect = Some(at);
    }
    Vec::new()
}

/// The pane is zoomed; the zoomed one gives the room back.
fn title(model: &mut Model, pane: Pane) -> Vec<Effect> {
    model.ui.screen = match model.ui.screen {
        Screen::Service => Screen::Zoomed(pane),
        Screen::Zoomed(_) => Screen::Service,
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

/// Scrolls a list or a log, or shows another range of time.
pub(super) fn roll(model: &mut Model, over: Rolled, motion: Motion) -> Vec<Effect> {
    if is_asked(model) {
        return Vec::new();
    }
    if let Overlay::Help(_) | Overlay::Palette(_) = model.ui.overlay {
        super::picking::step(model, motion);
        return Vec::new();
    }
    match (over, motion) {
        (Rolled::List, motion) => intents::carry(model, Intent::Move(motion)),
        (Rolled::Log, motion) => {
            let pane = match model.ui.screen {
                Screen::Logs => &mut model.pod_logs.pane,
                _ => &mut model.pipeline.log,
            };
            for _ in 0..LINES {
                pane.step(motion);
            }
            Vec::new()
        }
        (Rolled::Chart, Motion::Up) => charts::range(model, Range::In),
        (Rolled::Chart, _) => charts::range(model, Range::Out),
    }
}
