//! Approve, reject, run again, cancel: asked, answered, sent.
//!
//! As for a plan's question: Cancel has the focus, keys typed ahead are dropped, and a `y` that may be the end of a split
//! sequence counts for nothing.

use super::{toast, within};
use crate::app::asking::{SPLIT_MS, TYPED_AHEAD_MS};
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::model::Model;
use crate::app::pipeline::{CiQuestion, CiWish, FocusOn, obstacle};
use crate::app::screen::{Level, Overlay, Screen};

/// Longest comment, in characters.
const COMMENT: usize = 200;

/// Opens the question, or says why not.
pub(super) fn ask(model: &mut Model, wish: CiWish) -> Vec<Effect> {
    model.ui.overlay = Overlay::None;
    if model.ui.screen == Screen::Fleet {
        // What is open there is not what is seen.
        let text = format!("{}: open a service first", wish.word());
        toast(model, Level::Warn, text);
        return Vec::new();
    }
    // A decision is made on the present, not on a held picture.
    model.frozen = None;
    if let Some(reason) = obstacle(model, wish) {
        toast(model, Level::Warn, format!("{}: {reason}", wish.word()));
        return Vec::new();
    }
    if let Some(run) = model.pipeline.run().cloned() {
        model.pipeline.question = Some(CiQuestion {
            wish,
            run: Box::new(run),
            comment: String::new(),
            focus: FocusOn::Cancel,
            opened_at: model.now,
            escape_at: None,
        });
    }
    Vec::new()
}

pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(question) = &model.pipeline.question else {
        return Vec::new();
    };
    if key.code == KeyCode::Esc {
        model.pipeline.question = None;
        return Vec::new();
    }
    let early = within(model, question.opened_at, TYPED_AHEAD_MS);
    let split = question
        .escape_at
        .is_some_and(|at| within(model, at, SPLIT_MS));
    if early || key.ctrl {
        return Vec::new();
    }
    let now = model.now;
    let Some(question) = &mut model.pipeline.question else {
        return Vec::new();
    };
    if key.opens_sequence() {
        question.escape_at = Some(now);
    }
    match answer(question, key) {
        Answer::Accept if !split => send(model),
        Answer::Cancel => {
            model.pipeline.question = None;
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

fn answer(question: &mut CiQuestion, key: Key) -> Answer {
    match (key.code, question.focus) {
        (KeyCode::Tab | KeyCode::Right | KeyCode::Down, _) => question.focus = next(question),
        (KeyCode::BackTab | KeyCode::Left | KeyCode::Up, _) => {
            question.focus = next(question);
            if question.wish.takes_comment() {
                question.focus = next(question);
            }
        }
        (KeyCode::Enter, FocusOn::Comment) => question.focus = FocusOn::Cancel,
        (KeyCode::Backspace, FocusOn::Comment) => drop(question.comment.pop()),
        (KeyCode::Char(c), FocusOn::Comment) => write(&mut question.comment, c),
        (KeyCode::Enter, FocusOn::Accept) | (KeyCode::Char('y'), _) => return Answer::Accept,
        (KeyCode::Enter, FocusOn::Cancel) | (KeyCode::Char('n' | 'q'), _) => {
            return Answer::Cancel;
        }
        (KeyCode::Char('c'), _) if question.wish.takes_comment() => {
            question.focus = FocusOn::Comment;
        }
        _ => {}
    }
    Answer::Nothing
}

fn write(comment: &mut String, c: char) {
    if comment.chars().count() < COMMENT && !c.is_control() {
        comment.push(c);
    }
}

fn next(question: &CiQuestion) -> FocusOn {
    match question.focus {
        FocusOn::Cancel => FocusOn::Accept,
        FocusOn::Accept if question.wish.takes_comment() => FocusOn::Comment,
        FocusOn::Accept | FocusOn::Comment => FocusOn::Cancel,
    }
}

/// What was asked about must still be so.
fn send(model: &mut Model) -> Vec<Effect> {
    let Some(question) = model.pipeline.question.take() else {
        return Vec::new();
    };
    let runs = model.pipeline.feed.value.as_ref().map(|known| &known.runs);
    let present = runs.and_then(|runs| runs.iter().find(|run| run.id == question.run.id));
    let command = question.wish.command(&question.run, &question.comment);
    let same = present.is_some_and(|run| {
        question.wish.command(run, &question.comment) == command
            && run.attempt == question.run.attempt
    });
    if !same {
        let text = "the run changed behind the question: look, and ask again";
        toast(model, Level::Warn, text);
        return Vec::new();
    }
    let id = model.ids.request();
    model.pipeline.sent = Some((id, command.clone()));
    vec![Effect::AskPipeline(id, model.target.clone(), command)]
}
