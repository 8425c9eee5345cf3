//! Screens: the model as a frame.
//!
//! [`draw`] is a pure function of the model: it reads no clock and keeps nothing. Text from outside passes through
//! [`words::clean`] or arrives as cleaned `Text`; what does not fit is cut with a mark and can be zoomed.

mod actions;
mod changes;
mod charts;
mod ci_question;
mod drill;
mod events;
mod evidence;
pub(super) mod fleet;
mod guardrails;
mod help;
mod history;
mod job_log;
mod layout;
mod listing;
mod messages;
mod notices;
mod palette;
mod pilot;
mod pipeline;
mod plan;
mod pod_logs;
mod pointing;
mod question;
mod rollout;
mod run;
mod service;
mod small;
mod title;
mod verdict;
mod words;
mod zoom;

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::asking::Asking;
use crate::app::model::Model;
use crate::app::pointing::Spots;
use crate::app::screen::{Overlay, Screen};
use layout::Tier;

use super::Paint;

/// What every part of a screen is drawn from.
#[derive(Clone, Copy)]
struct Scene<'a> {
    model: &'a Model,
    paint: &'a Paint,
    tier: Tier,
    /// Since when the picture is held, where it is.
    held: Option<SignedDuration>,
}

/// Draws the model over the whole buffer.
pub fn draw(model: &Model, paint: &Paint, buf: &mut Buffer) {
    let area = buf.area;
    let scene = scene(model, paint, area);
    if let Some(ground) = paint.ground() {
        buf.set_style(area, ground);
    }
    match (scene.tier, model.ui.screen) {
        (Tier::Text, Screen::Service | Screen::Zoomed(_)) => small::draw(scene, buf, area),
        (_, Screen::Fleet) => fleet::draw(scene, buf, area),
        (_, Screen::Service) => service::draw(scene, buf, area),
        (_, Screen::Zoomed(pane)) => zoom::draw(scene, pane, buf, area),
        (_, Screen::History | Screen::Release) => history::draw(scene, buf, area),
        (_, Screen::Messages) => messages::draw(scene, buf, area),
        (_, Screen::Pipeline) => run::draw(scene, buf, area),
        (_, Screen::Changes) => changes::draw(scene, buf, area),
        (_, Screen::Logs) => pod_logs::draw(scene, buf, area),
    }
    over(scene, buf, area);
}

/// What lies where on the picture that [`draw`] makes of the same model.
pub fn spots(model: &Model, paint: &Paint, area: Rect) -> Spots {
    pointing::spots(scene(model, paint, area), area)
}

fn scene<'a>(model: &'a Model, paint: &'a Paint, area: Rect) -> Scene<'a> {
    let held = model
        .frozen
        .as_ref()
        .map(|picture| model.now.duration_since(picture.now));
    Scene {
        model: model.picture(),
        paint,
        tier: Tier::of(area),
        held,
    }
}

/// What lies over the screen: the open question before everything else.
fn over(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    if let Asking::Question(question) = &scene.model.asking {
        return question::draw(scene, question, buf, area);
    }
    if let Some(question) = &scene.model.pipeline.question {
        return ci_question::draw(scene, question, buf, area);
    }
    match &scene.model.ui.overlay {
        Overlay::None => {}
        Overlay::Menu(first) => actions::menu(scene, *first, buf, area),
        Overlay::Help(pick) => help::draw(scene, pick, buf, area),
        Overlay::Palette(pick) => palette::draw(scene, pick, buf, area),
        Overlay::Pilot(typed) => pilot::question(scene, typed, buf, area),
        Overlay::Leaving => question::leaving(scene, buf, area),
        Overlay::Drill => drill::draw(scene, buf, area),
    }
}
