//! From a key to what it means where it was pressed.

use super::{intents, question};
use crate::app::asking::Asking;
use crate::app::effect::Effect;
use crate::app::intent::{Intent, Purpose};
use crate::app::key::{Key, KeyCode};
use crate::app::keymap;
use crate::app::model::Model;
use crate::app::screen::Overlay;

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    if key == Key::ctrl('c') {
        return interrupt(model);
    }
    if let Asking::Question(_) = model.asking {
        return question::press(model, key);
    }
    match model.ui.overlay {
        Overlay::None => match keymap::intent(key) {
            Some(intent) => intents::carry(model, intent),
            None => Vec::new(),
        },
        Overlay::Menu => in_menu(model, key),
        Overlay::Help => in_help(model, key),
        Overlay::Leaving => in_leaving(model, key),
    }
}

/// The first Ctrl-C asks where a plan is under way; the second leaves whatever is asked.
fn interrupt(model: &mut Model) -> Vec<Effect> {
    let intent = match model.ui.overlay {
        Overlay::Leaving => Intent::QuitNow,
        Overlay::None | Overlay::Menu | Overlay::Help => Intent::Quit,
    };
    intents::carry(model, intent)
}

fn in_menu(model: &mut Model, key: Key) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    match keymap::menu_goal(key) {
        Some(goal) => intents::carry(
            model,
            Intent::Ask {
                goal,
                reason: None,
                purpose: Purpose::Act,
            },
        ),
        None => Vec::new(),
    }
}

fn in_help(model: &mut Model, key: Key) -> Vec<Effect> {
    let closes = matches!(
        key.code,
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | '?')
    );
    if closes {
        model.ui.overlay = Overlay::None;
    }
    Vec::new()
}

fn in_leaving(model: &mut Model, key: Key) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    match key.code {
        KeyCode::Char('y') => vec![Effect::Quit(0)],
        KeyCode::Char(_)
        | KeyCode::Enter
        | KeyCode::Esc
        | KeyCode::Tab
        | KeyCode::BackTab
        | KeyCode::Backspace
        | KeyCode::Delete
        | KeyCode::Up
        | KeyCode::Down
        | KeyCode::Left
        | KeyCode::Right
        | KeyCode::Home
        | KeyCode::End
        | KeyCode::PageUp
        | KeyCode::PageDown
        | KeyCode::Other => Vec::new(),
    }
}
