//! What lies where on the picture, for a pointer.
//!
//! Invariant: while something is open that only keys answer, nothing lies anywhere.

use ratatui::layout::Rect;

use super::layout::Tier;
use super::{
    Scene, changes, fleet, help, history, messages, palette, pod_logs, run, service, zoom,
};
use crate::app::asking::Asking;
use crate::app::pointing::{Area, Spots};
use crate::app::screen::{Overlay, Screen};

pub(super) fn spots(scene: Scene<'_>, area: Rect) -> Spots {
    let mut spots = Spots::default();
    let (model, into) = (scene.model, &mut spots);
    let is_asked = matches!(model.asking, Asking::Question(_)) || model.pipeline.question.is_some();
    if is_asked {
        return spots;
    }
    match &model.ui.overlay {
        Overlay::None => {}
        Overlay::Help(pick) => {
            help::spots(scene, pick, area, into);
            return spots;
        }
        Overlay::Palette(pick) => {
            palette::spots(scene, pick, area, into);
            return spots;
        }
        Overlay::Menu(_) | Overlay::Pilot(_) | Overlay::Leaving | Overlay::Drill => return spots,
    }
    match (scene.tier, model.ui.screen) {
        // Numbers only, and no bar.
        (Tier::Text, Screen::Service | Screen::Zoomed(_)) => {}
        (_, Screen::Fleet) => fleet::spots(scene, area, into),
        (_, Screen::Service) => service::spots(scene, area, into),
        (_, Screen::Zoomed(pane)) => zoom::spots(scene, pane, area, into),
        (_, Screen::History | Screen::Release) => history::spots(scene, area, into),
        (_, Screen::Messages) => messages::spots(scene, area, into),
        (_, Screen::Pipeline) => run::spots(scene, area, into),
        (_, Screen::Changes) => changes::spots(scene, area, into),
        (_, Screen::Logs) => pod_logs::spots(scene, area, into),
    }
    spots
}

/// A rectangle in the core's terms.
pub(super) fn area(rect: Rect) -> Area {
    Area {
        x: rect.x,
        y: rect.y,
        width: rect.width,
        height: rect.height,
    }
}

/// The first row of a rectangle: a pane's title.
pub(super) fn top(rect: Rect) -> Rect {
    Rect {
        height: rect.height.min(1),
        ..rect
    }
}
