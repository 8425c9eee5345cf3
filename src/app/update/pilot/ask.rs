//! The question before a pilot is let drive: it will act without asking again.
//!
//! A protected environment wants the service's name typed. While another drives, it is asked to hand over.

use super::lease::wish;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::model::Model;
use crate::app::pilot;
use crate::app::screen::{Level, Overlay};
use crate::strategy::pilot::Wish;

/// Longest text that can be typed.
const FIELD: usize = 80;

/// Off at once; on after a question.
pub(in crate::app::update) fn toggle(model: &mut Model) -> Vec<Effect> {
    if model.pilot.is_on() {
        model.say(Level::Info, "the pilot drives no more from here");
        return wish(model, Wish::GiveBack);
    }
    if let Some(refusal) = pilot::refuses(model) {
        model.say(Level::Warn, format!("pilot: {}", refusal.text));
        return Vec::new();
    }
    // A decision is made on the present, not on a held picture.
    model.frozen = None;
    model.ui.overlay = Overlay::Pilot(String::new());
    Vec::new()
}

/// A key while the question is open.
pub(in crate::app::update) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Overlay::Pilot(typed) = &model.ui.overlay else {
        return Vec::new();
    };
    let mut typed = typed.clone();
    let by_name = pilot::is_confirmed_by_name(model);
    match key.code {
        KeyCode::Enter if by_name && typed == model.target.service.as_str() => {
            return let_drive(model);
        }
        KeyCode::Char('y') if !by_name && !key.ctrl => return let_drive(model),
        KeyCode::Char(c) if by_name && !key.ctrl => {
            if typed.chars().count() < FIELD {
                typed.push(c);
            }
        }
        KeyCode::Backspace if by_name => {
            typed.pop();
        }
        KeyCode::Enter if by_name => {
            model.say(Level::Warn, "type the service's name to confirm");
        }
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
        | KeyCode::Other => {
            model.ui.overlay = Overlay::None;
            return Vec::new();
        }
    }
    model.ui.overlay = Overlay::Pilot(typed);
    Vec::new()
}

fn let_drive(model: &mut Model) -> Vec<Effect> {
    let wanted = match pilot::driver(model) {
        Some(_) => Wish::TakeOver,
        None => Wish::Drive,
    };
    wish(model, wanted)
}
