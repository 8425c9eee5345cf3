//! From a key to what it means where it was pressed.

use super::{ci_question, fleet, intents, lists, picking, pilot, question};
use crate::app::action::Action;
use crate::app::asking::Asking;
use crate::app::command;
use crate::app::effect::Effect;
use crate::app::intent::Intent;
use crate::app::key::{Key, KeyCode};
use crate::app::keymap::{Hit, Scope};
use crate::app::model::Model;
use crate::app::screen::Overlay;

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::ctrl('c') {
        return interrupt(model);
    }
    if let Asking::Question(_) = model.asking {
        return question::press(model, key);
    }
    if model.pipeline.question.is_some() {
        return ci_question::press(model, key);
    }
    match model.ui.overlay {
        Overlay::None if lists::is_typing(model) => lists::typed(model, key),
        Overlay::None => on_screen(model, key),
        Overlay::Menu(first) => in_menu(model, first, key),
        Overlay::Help(_) | Overlay::Palette(_) => picking::press(model, key),
        Overlay::Pilot(_) => pilot::press(model, key),
        Overlay::Leaving => in_leaving(model, key),
        Overlay::Drill => on_drill(model, key),
    }
}

fn on_screen(model: &mut Model, key: Key) -> Vec<Effect> {
    match model.keys.first(Scope::of(model.ui.screen), key) {
        Hit::Action(action) => act(model, action),
        Hit::Prefix => menu(model, key),
        Hit::Nothing => Vec::new(),
    }
}

/// Shows what can follow a key.
pub(super) fn menu(model: &mut Model, first: Key) -> Vec<Effect> {
    let mut effects = to_act_on(model, first);
    effects.extend(intents::carry(model, Intent::OpenMenu(first)));
    effects
}

/// A menu of actions is one of the chosen service: from the fleet it is opened first, so that what is asked is about what is seen.
fn to_act_on(model: &mut Model, first: Key) -> Vec<Effect> {
    let acts = model
        .keys
        .behind(Scope::of(model.ui.screen), first)
        .any(|(action, _)| action.goal().is_some());
    if acts {
        fleet::open_seen(model)
    } else {
        Vec::new()
    }
}

/// The first Ctrl-C asks where a plan is under way; the second leaves whatever is asked.
fn interrupt(model: &mut Model) -> Vec<Effect> {
    let intent = match model.ui.overlay {
        Overlay::Leaving => Intent::QuitNow,
        Overlay::None
        | Overlay::Menu(_)
        | Overlay::Help(_)
        | Overlay::Palette(_)
        | Overlay::Pilot(_)
        | Overlay::Drill => Intent::Quit,
    };
    intents::carry(model, intent)
}

/// The result of a drill goes away with Esc or Enter; any other key does what it does.
fn on_drill(model: &mut Model, key: Key) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    if matches!(key.code, KeyCode::Esc | KeyCode::Enter) {
        return Vec::new();
    }
    on_screen(model, key)
}

fn in_menu(model: &mut Model, first: Key, key: Key) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    match model.keys.second(Scope::of(model.ui.screen), first, key) {
        Some(action) => act(model, action),
        None => Vec::new(),
    }
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let intent = command::intent(model, action);
    intents::carry(model, intent)
}

fn in_leaving(model: &mut Model, key: Key) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    if key == Key::char('y') {
        return vec![Effect::Quit(0)];
    }
    Vec::new()
}
