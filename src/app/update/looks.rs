//! How it looks: the held picture, times, layout, theme.

use super::toast;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::screen::{Layout, Level, Screen, Shown, Telling, Times};

/// Holds the picture as it is, or lets it go on. That of the pipeline is not held: its keys move what is live.
pub(super) fn freeze(model: &mut Model) -> Vec<Effect> {
    let follows = match model.ui.screen {
        Screen::Pipeline => "the pipeline is not held: it follows its run",
        Screen::Logs => "the logs are not held: they stay where you are, and F follows their end",
        _ => "",
    };
    if !follows.is_empty() {
        toast(model, Level::Info, follows);
        return Vec::new();
    }
    model.frozen = match model.frozen {
        Some(_) => None,
        None => Some(Box::new(model.clone())),
    };
    Vec::new()
}

/// What a person does shows in the held picture too; what the world does, does not.
pub(super) fn hold(model: &mut Model) {
    let Some(picture) = &mut model.frozen else {
        return;
    };
    picture.ui.clone_from(&model.ui);
    picture.fleet.chosen.clone_from(&model.fleet.chosen);
    picture.fleet.filter.clone_from(&model.fleet.filter);
    picture.fleet.sort = model.fleet.sort;
    picture.asking.clone_from(&model.asking);
    picture.run.clone_from(&model.run);
}

/// A plan's steps in words, or as commands.
pub(super) fn telling(model: &mut Model) -> Vec<Effect> {
    model.ui.telling = match model.ui.telling {
        Telling::Words => Telling::Commands,
        Telling::Commands => Telling::Words,
    };
    Vec::new()
}

/// The stable series, or not.
pub(super) fn stable(model: &mut Model) -> Vec<Effect> {
    model.ui.stable_shown = match model.ui.stable_shown {
        Shown::Shown => Shown::Hidden,
        Shown::Hidden => Shown::Shown,
    };
    Vec::new()
}

pub(super) fn next_times(model: &mut Model) -> Vec<Effect> {
    let next = after(&Times::ALL, model.ui.times);
    times(model, next)
}

pub(super) fn times(model: &mut Model, times: Times) -> Vec<Effect> {
    model.ui.times = times;
    toast(model, Level::Info, format!("times: {}", times.word()));
    Vec::new()
}

pub(super) fn next_layout(model: &mut Model) -> Vec<Effect> {
    let next = after(&Layout::ALL, model.ui.layout);
    layout(model, next)
}

pub(super) fn layout(model: &mut Model, layout: Layout) -> Vec<Effect> {
    model.ui.layout = layout;
    toast(model, Level::Info, format!("layout: {}", layout.word()));
    Vec::new()
}

pub(super) fn theme(model: &mut Model, name: String) -> Vec<Effect> {
    toast(
        model,
        Level::Info,
        format!("theme: {name}; to keep it write ui.theme = \"{name}\" in the config"),
    );
    model.ui.theme = name;
    Vec::new()
}

/// The one after `present`, round and round.
pub(super) fn after<T: Copy + PartialEq>(all: &[T], present: T) -> T {
    let at = all.iter().position(|one| *one == present).unwrap_or(0);
    all.get((at + 1) % all.len().max(1))
        .copied()
        .unwrap_or(present)
}
