//! Keys while a question is open.
//!
//! Cancel has the focus. Keys typed ahead are dropped, and a `y` that may be the end of a split sequence counts for nothing.

use super::{plans, within};
use crate::app::asking::{Asking, Focus, Question, SPLIT_MS, TYPED_AHEAD_MS};
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::model::Model;
use crate::strategy::plan::Confirm;

/// Longest text that can be typed into the field.
const FIELD: usize = 80;
/// Steps of a page.
const PAGE: usize = 4;

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now;
    let Asking::Question(question) = &model.asking else {
        return Vec::new();
    };
    if key.code == KeyCode::Esc {
        model.asking = Asking::Nothing;
        return Vec::new();
    }
    let early = within(model, question.opened_at, TYPED_AHEAD_MS);
    let split = question
        .escape_at
        .is_some_and(|at| within(model, at, SPLIT_MS));
    let Asking::Question(question) = &mut model.asking else {
        return Vec::new();
    };
    if early || key.ctrl {
        return Vec::new();
    }
    if key.opens_sequence() {
        question.escape_at = Some(now);
    }
    match answer(question, key) {
        Answer::Accept if !split => {
            let typed = question.typed.clone();
            plans::accept(model, &typed)
        }
        Answer::Cancel => {
            model.asking = Asking::Nothing;
            Vec::new()
        }
        Answer::Accept | Answer::Nothing => Vec::new(),
    }
}

enum Answer {
    Accept,
    Cancel,
    Nothing,
}

fn answer(question: &mut Question, key: Key) -> Answer {
    match key.code {
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Left | KeyCode::Right => {
            question.focus = match question.focus {
                Focus::Cancel => Focus::Accept,
                Focus::Accept => Focus::Cancel,
            };
            Answer::Nothing
        }
        KeyCode::Enter => match question.focus {
            Focus::Cancel => Answer::Cancel,
            Focus::Accept => Answer::Accept,
        },
        KeyCode::Backspace => {
            question.typed.pop();
            Answer::Nothing
        }
        KeyCode::Char(c) => character(question, c),
        KeyCode::Down => scroll(question, question.scrolled + 1),
        KeyCode::Up => scroll(question, question.scrolled.saturating_sub(1)),
        KeyCode::PageDown => scroll(question, question.scrolled + PAGE),
        KeyCode::PageUp => scroll(question, question.scrolled.saturating_sub(PAGE)),
        KeyCode::Esc | KeyCode::Delete | KeyCode::Home | KeyCode::End | KeyCode::Other => {
            Answer::Nothing
        }
    }
}

/// No further than to the last step.
fn scroll(question: &mut Question, to: usize) -> Answer {
    let last = question.plan.steps.len().saturating_sub(1);
    question.scrolled = to.min(last);
    Answer::Nothing
}

fn character(question: &mut Question, c: char) -> Answer {
    match (question.plan.confirm, c) {
        (Confirm::Name, c) => {
            if question.typed.chars().count() < FIELD {
                question.typed.push(c);
            }
            Answer::Nothing
        }
        (Confirm::Yes | Confirm::None, 'y') => Answer::Accept,
        (Confirm::Yes | Confirm::None, 'n' | 'q') => Answer::Cancel,
        (Confirm::Yes | Confirm::None, _) => Answer::Nothing,
    }
}
