//! Keys while the help or the palette is open.

use super::intents;
use crate::app::action::Action;
use crate::app::command::{Command, help, palette};
use crate::app::effect::Effect;
use crate::app::intent::Motion;
use crate::app::key::{Key, KeyCode};
use crate::app::keymap::{Hit, Scope};
use crate::app::model::Model;
use crate::app::pick::{Field, Pick};
use crate::app::screen::Overlay;

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    if recalls(model, key) {
        recall(model);
        return Vec::new();
    }
    let commands = listed(model);
    let hit = model.keys.first(Scope::Global, key);
    let (Overlay::Help(pick) | Overlay::Palette(pick)) = &mut model.ui.overlay else {
        return Vec::new();
    };
    let next = match pick.field {
        Field::Typed => typed(pick, key, commands.len()),
        Field::Left => moved(pick, hit, commands.len()),
    };
    match next {
        Next::Stay => Vec::new(),
        Next::Close => {
            model.ui.overlay = Overlay::None;
            Vec::new()
        }
        Next::Run(at) => run(model, commands, at),
    }
}

/// Moves within what is listed.
pub(super) fn step(model: &mut Model, motion: Motion) {
    let count = listed(model).len();
    if let Overlay::Help(pick) | Overlay::Palette(pick) = &mut model.ui.overlay {
        pick.step(motion, count);
    }
}

enum Next {
    Stay,
    Close,
    Run(usize),
}

fn listed(model: &Model) -> Vec<Command> {
    match &model.ui.overlay {
        Overlay::Help(pick) => help(model, &pick.typed),
        Overlay::Palette(pick) => palette(model, &pick.typed),
        Overlay::None
        | Overlay::Menu(_)
        | Overlay::Pilot(_)
        | Overlay::Leaving
        | Overlay::Drill => Vec::new(),
    }
}

fn run(model: &mut Model, commands: Vec<Command>, at: usize) -> Vec<Effect> {
    let Some(command) = commands.into_iter().nth(at) else {
        return Vec::new();
    };
    if let Overlay::Palette(pick) = &model.ui.overlay {
        remember(&mut model.ui.spelled, pick.typed.trim().to_owned());
    }
    model.ui.overlay = Overlay::None;
    intents::carry(model, command.intent)
}

/// Texts kept.
const REMEMBERED: usize = 30;

/// The newest stands last, and once.
fn remember(spelled: &mut Vec<String>, typed: String) {
    spelled.retain(|known| *known != typed);
    if !typed.is_empty() {
        spelled.push(typed);
    }
    let more = spelled.len().saturating_sub(REMEMBERED);
    spelled.drain(..more);
}

/// Up from the first line of the palette goes back in what was typed earlier, as in a shell.
fn recalls(model: &Model, key: Key) -> bool {
    match &model.ui.overlay {
        Overlay::Palette(pick) => key.code == KeyCode::Up && pick.at == 0,
        Overlay::None
        | Overlay::Menu(_)
        | Overlay::Help(_)
        | Overlay::Pilot(_)
        | Overlay::Leaving
        | Overlay::Drill => false,
    }
}

fn recall(model: &mut Model) {
    let Overlay::Palette(pick) = &mut model.ui.overlay else {
        return;
    };
    let back = pick.recalled + 1;
    let typed = model.ui.spelled.iter().rev().nth(back - 1);
    if let Some(typed) = typed {
        pick.typed.clone_from(typed);
        pick.recalled = back;
    }
}

fn typed(pick: &mut Pick, key: Key, count: usize) -> Next {
    match key.code {
        KeyCode::Char(c) if !key.ctrl => pick.push(c),
        KeyCode::Backspace => pick.pop(),
        KeyCode::Enter => return Next::Run(pick.at),
        KeyCode::Esc => return Next::Close,
        KeyCode::Down | KeyCode::Tab => pick.step(Motion::Down, count),
        KeyCode::Up | KeyCode::BackTab => pick.step(Motion::Up, count),
        KeyCode::PageDown => pick.step(Motion::PageDown, count),
        KeyCode::PageUp => pick.step(Motion::PageUp, count),
        KeyCode::Home => pick.step(Motion::First, count),
        KeyCode::End => pick.step(Motion::Last, count),
        _ => {}
    }
    Next::Stay
}

/// The help moves by the keys that move everywhere; `/` begins to search, what closes or opens it closes it.
fn moved(pick: &mut Pick, hit: Hit, count: usize) -> Next {
    let Hit::Action(action) = hit else {
        return Next::Stay;
    };
    let motion = match action {
        Action::Down => Motion::Down,
        Action::Up => Motion::Up,
        Action::First => Motion::First,
        Action::Last => Motion::Last,
        Action::PageDown => Motion::PageDown,
        Action::PageUp => Motion::PageUp,
        Action::Open => return Next::Run(pick.at),
        Action::Back | Action::Quit | Action::Help => return Next::Close,
        Action::Filter => {
            pick.field = Field::Typed;
            return Next::Stay;
        }
        _ => return Next::Stay,
    };
    pick.step(motion, count);
    Next::Stay
}
