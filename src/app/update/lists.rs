//! Screens that are lists: moving, filtering, opening, copying from them.

use super::{intents, pipeline, toast};
use crate::app::changes;
use crate::app::effect::Effect;
use crate::app::intent::{Copied, LogWish, Motion};
use crate::app::key::{Key, KeyCode};
use crate::app::messages::messages;
use crate::app::model::Model;
use crate::app::pick::{Field, Pick};
use crate::app::releases::{chosen, looked_at, record_seen, releases};
use crate::app::screen::{Level, Screen, Subject};
use crate::domain::artifact::Image;
use crate::domain::cluster::Pod;
use crate::domain::record::Release;
use crate::domain::text::Text;
use crate::domain::traffic::Track;

/// Longest text that is handed to the terminal's clipboard, in bytes.
const CLIPBOARD: usize = 4096;

fn is_list(model: &Model) -> bool {
    match model.ui.screen {
        Screen::Fleet | Screen::History | Screen::Messages | Screen::Pipeline | Screen::Logs => {
            true
        }
        Screen::Service | Screen::Zoomed(_) | Screen::Release | Screen::Changes => false,
    }
}

/// Whether keys go into the filter.
pub(super) fn is_typing(model: &Model) -> bool {
    is_list(model) && pick(model).field == Field::Typed
}

/// A key that goes into the filter.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let list = pick_mut(model);
    match key.code {
        KeyCode::Char(c) if !key.ctrl => list.push(c),
        KeyCode::Backspace => list.pop(),
        KeyCode::Enter => {
            list.field = Field::Left;
            if matches!(model.ui.screen, Screen::Pipeline | Screen::Logs) {
                intents::look(model, LogWish::Next);
            }
        }
        KeyCode::Esc => *list = Pick::default(),
        KeyCode::Down => step(model, Motion::Down),
        KeyCode::Up => step(model, Motion::Up),
        _ => {}
    }
    Vec::new()
}

/// Typing narrows the list; where there is none, the messages are searched.
pub(super) fn filter(model: &mut Model) -> Vec<Effect> {
    if !is_list(model) {
        intents::go(model, Screen::Messages);
    }
    pick_mut(model).field = Field::Typed;
    Vec::new()
}

fn pick(model: &Model) -> &Pick {
    match model.ui.screen.subject() {
        Subject::Fleet => &model.fleet.filter,
        Subject::Service => &model.ui.list,
    }
}

fn pick_mut(model: &mut Model) -> &mut Pick {
    match model.ui.screen.subject() {
        Subject::Fleet => &mut model.fleet.filter,
        Subject::Service => &mut model.ui.list,
    }
}

pub(super) fn step(model: &mut Model, motion: Motion) {
    if model.ui.screen == Screen::Fleet {
        return super::fleet::step(model, motion);
    }
    let picture = model.picture();
    let count = match model.ui.screen {
        Screen::History | Screen::Release => releases(picture).len(),
        Screen::Messages => messages(picture).len(),
        Screen::Changes => changes::rows(picture).len(),
        Screen::Fleet | Screen::Service | Screen::Zoomed(_) | Screen::Pipeline | Screen::Logs => 0,
    };
    model.ui.list.step(motion, count);
}

pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    match model.ui.screen {
        Screen::Fleet => return super::fleet::open_chosen(model),
        Screen::History => model.ui.screen = Screen::Release,
        Screen::Pipeline => return pipeline::open(model),
        Screen::Service
        | Screen::Zoomed(_)
        | Screen::Release
        | Screen::Messages
        | Screen::Changes
        | Screen::Logs => {}
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
    let of_image = |take: fn(&Image) -> String| looked_at(model).map(take);
    let raw = match what {
        Copied::Version => of_image(|image| image.label().to_owned())?,
        Copied::Image => of_image(ToString::to_string)?,
        Copied::Commit => shown(looked_at_release(model)?.commit.as_ref()?),
        Copied::Url => shown(
            looked_at_release(model)?
                .run
                .as_ref()
                .filter(|run| is_url(run))?,
        ),
        Copied::Pod => pod(model)?.name.clone(),
        Copied::Line => line(model)?,
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

fn shown(text: &Text) -> String {
    text.shown().to_owned()
}

fn is_url(run: &Text) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| run.shown().starts_with(scheme))
}

fn looked_at_release(model: &Model) -> Option<&Release> {
    record_seen(model)?.release_of(looked_at(model)?)
}

/// One in trouble, else the first of the candidate, else of stable; a row of the fleet keeps none.
fn pod(model: &Model) -> Option<&Pod> {
    if model.ui.screen == Screen::Fleet {
        return None;
    }
    let pods = || {
        let rollout = model.reading.rollout.iter();
        rollout
            .flat_map(|rollout| &rollout.pods)
            .filter(|pod| !pod.deleting)
    };
    pods()
        .find(|pod| !pod.ready)
        .or_else(|| pods().find(|pod| pod.track == Track::Canary))
        .or_else(|| pods().next())
}

fn line(model: &Model) -> Option<String> {
    match model.ui.screen {
        Screen::History | Screen::Release => {
            let release = chosen(model)?;
            let why = release.reason.as_ref().map_or("", Text::shown);
            Some(format!(
                "{} {} {} {} {why}",
                release.revision,
                release.tag(),
                release.by.shown(),
                release.ended.word()
            ))
        }
        Screen::Messages => {
            let all = messages(model);
            let at = model.ui.list.at.min(all.len().saturating_sub(1));
            let message = all.get(at)?;
            Some(format!("{} {}", message.at, message.text))
        }
        Screen::Fleet => model.fleet.chosen.as_ref().map(ToString::to_string),
        Screen::Pipeline => model.pipeline.log.line().map(str::to_owned),
        Screen::Logs => model.pod_logs.pane.line().map(str::to_owned),
        Screen::Service | Screen::Zoomed(_) | Screen::Changes => {
            let newest = messages(model).into_iter().next()?;
            Some(format!("{} {}", newest.at, newest.text))
        }
    }
}
