//! Screens that are lists: moving, filtering, opening, copying from them.

use super::{intents, pipeline, toast};
use crate::app::effect::Effect;
use crate::app::intent::{Copied, LogWish, Motion};
use crate::app::key::{Key, KeyCode};
use crate::app::messages::messages;
use crate::app::model::Model;
use crate::app::pick::{Field, Pick};
use crate::app::releases::{looked_at, record, releases};
use crate::app::screen::{Level, Screen};
use crate::domain::text::Text;

/// Longest text that is handed to the terminal's clipboard, in bytes.
const CLIPBOARD: usize = 4096;

fn is_list(model: &Model) -> bool {
    match model.ui.screen {
        Screen::History | Screen::Messages | Screen::Pipeline => true,
        Screen::Service | Screen::Zoomed(_) | Screen::Release => false,
    }
}

/// Whether keys go into the filter.
pub(super) fn is_typing(model: &Model) -> bool {
    is_list(model) && model.ui.list.field == Field::Typed
}

/// A key that goes into the filter.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let list = &mut model.ui.list;
    match key.code {
        KeyCode::Char(c) if !key.ctrl => list.push(c),
        KeyCode::Backspace => list.pop(),
        KeyCode::Enter => {
            list.field = Field::Left;
            if model.ui.screen == Screen::Pipeline {
                pipeline::look(model, LogWish::Next);
            }
        }
        KeyCode::Esc => *list = Pick::default(),
        KeyCode::Down => step(model, Motion::Down),
        KeyCode::Up => step(model, Motion::Up),
        KeyCode::Char(_)
        | KeyCode::Tab
        | KeyCode::BackTab
        | KeyCode::Delete
        | KeyCode::Left
        | KeyCode::Right
        | KeyCode::Home
        | KeyCode::End
        | KeyCode::PageUp
        | KeyCode::PageDown
        | KeyCode::Other => {}
    }
    Vec::new()
}

/// Typing narrows the list; where there is none, the messages are searched.
pub(super) fn filter(model: &mut Model) -> Vec<Effect> {
    if !is_list(model) {
        intents::go(model, Screen::Messages);
    }
    model.ui.list.field = Field::Typed;
    Vec::new()
}

pub(super) fn step(model: &mut Model, motion: Motion) {
    let picture = model.picture();
    let count = match model.ui.screen {
        Screen::History | Screen::Release => releases(picture).len(),
        Screen::Messages => messages(picture).len(),
        Screen::Service | Screen::Zoomed(_) | Screen::Pipeline => 0,
    };
    model.ui.list.step(motion, count);
}

pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.ui.screen {
        Screen::History => model.ui.screen = Screen::Release,
        Screen::Pipeline => return pipeline::open(model),
        Screen::Service | Screen::Zoomed(_) | Screen::Release | Screen::Messages => {}
    }
    Vec::new()
}

/// Hands one value to the terminal's clipboard: cleaned, and without line ends, so that a paste into a shell does not run.
pub(super) fn copy(model: &mut Model, what: Copied) -> Vec<Effect> {
    let Some(text) = value(model.picture(), what).filter(|text| !text.is_empty()) else {
        toast(
            model,
            Level::Warn,
            format!("no {} is known here", what.word()),
        );
        return Vec::new();
    };
    let bytes = text.len();
    let said = format!(
        "{} {text}: {bytes} bytes handed to the terminal's clipboard (OSC 52)",
        what.word()
    );
    toast(model, Level::Info, said);
    vec![Effect::Copy(text)]
}

fn value(model: &Model, what: Copied) -> Option<String> {
    let image = looked_at(model)?;
    let raw = match what {
        Copied::Version => image.label().to_owned(),
        Copied::Image => image.to_string(),
        Copied::Commit => record(model)?
            .release_of(image)?
            .commit
            .as_ref()?
            .shown()
            .to_owned(),
    };
    let mut clean: String = Text::new(raw)
        .shown()
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    while clean.len() > CLIPBOARD {
        clean.pop();
    }
    Some(clean.trim().to_owned())
}
