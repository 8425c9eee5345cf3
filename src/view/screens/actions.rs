//! The keys: the bar on the last row and the menu behind `a`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Scene;
use crate::app::availability::obstacle;
use crate::app::keymap::menu as entries;
use crate::app::screen::{Screen, Telling};
use crate::strategy::goal::Goal;
use crate::view::widgets::lines::{Hint, hints};
use crate::view::widgets::{dialog, put_line};

/// The bar: every action that is allowed now with its key, then the keys of the screen.
pub(super) fn bar(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let mut actions = vec![Hint::new("a", "actions:")];
    actions.extend(
        all(scene, brief)
            .into_iter()
            .filter(|h| h.refused.is_none()),
    );
    if actions.len() == 1 {
        actions = vec![Hint::new("a", "actions")];
    }
    let mut more = vec![Hint::new(
        "z",
        if scene.model.ui.screen == Screen::Service {
            "zoom"
        } else {
            "next pane"
        },
    )];
    if scene.model.run.as_ref().is_some_and(|run| !run.hidden) {
        let telling = match scene.model.ui.telling {
            Telling::Words => "commands",
            Telling::Commands => "words",
        };
        more.push(Hint::new("@", telling));
        more.push(Hint::new("Esc", "hide"));
    }
    more.extend([Hint::new("?", "help"), Hint::new("q", "quit")]);
    put_line(
        buf,
        area,
        0,
        &hints(&[&actions, &more], usize::from(area.width), scene.paint),
    );
}

/// The menu: every action, the ones that make no sense now with the reason.
pub(super) fn menu(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let mut hints = all(scene, whole);
    hints.push(Hint::new("Esc", "close"));
    dialog::which_key(buf, area, "a: actions", &hints, scene.paint);
}

pub(super) fn all(scene: Scene<'_>, label: fn(&Goal) -> &'static str) -> Vec<Hint> {
    let hint = |entry: crate::app::keymap::MenuEntry| Hint {
        key: entry.label.to_owned(),
        label: label(&entry.goal).to_owned(),
        refused: obstacle(scene.model, &entry.goal).map(|why| super::words::clean(&why)),
    };
    entries().into_iter().map(hint).collect()
}

fn brief(goal: &Goal) -> &'static str {
    match goal {
        Goal::Deploy(_) => "deploy",
        Goal::Promote => "promote",
        Goal::PromoteFully => "fully",
        Goal::Pause => "pause",
        Goal::Resume => "resume",
        Goal::Abort => "abort",
        Goal::RollBack(_) => "roll back",
        Goal::DeclareGood(_) => "good",
    }
}

pub(super) fn whole(goal: &Goal) -> &'static str {
    match goal {
        Goal::Deploy(_) => "deploy a release",
        Goal::Promote => "promote one step",
        Goal::PromoteFully => "promote fully",
        Goal::Pause => "pause",
        Goal::Resume => "resume",
        Goal::Abort => "abort, traffic leaves",
        Goal::RollBack(_) => "roll back to last good",
        Goal::DeclareGood(_) => "declare good",
    }
}
