//! What was said and what happened, newest first, with the chosen line in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, actions, listing, notices, title, words};
use crate::app::messages::{From, Message, messages};
use crate::app::pointing::Spots;
use crate::app::screen::Level;
use crate::config::theme::{Glyph, Role};
use crate::domain::event::NoteKind;
use crate::view::text;
use crate::view::widgets::lines::{EventLine, State, event};
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// What can be pressed on: the lines.
pub(super) fn spots(scene: Scene<'_>, area: Rect, spots: &mut Spots) {
    let [_, list, _, keys] = listing::places(area);
    let (rows, pick) = (scene.tier.frame().inner(list), &scene.model.ui.list);
    listing::spots(rows, pick.at, messages(scene.model).len(), spots);
    actions::spots(scene, keys, spots);
}

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let [head, list, whole, keys] = listing::places(area);
    title::draw(scene, buf, head);
    let all = messages(scene.model);
    let pick = &scene.model.ui.list;
    let pane = Pane::titled(scene.tier.frame(), "messages and events", scene.paint);
    let inner = pane
        .with_right(listing::filter(scene, pick, all.len()))
        .draw(buf, list, scene.paint);
    let lines = all
        .iter()
        .map(|one| event(&told(scene, one), usize::from(inner.width), scene.paint))
        .collect();
    listing::draw(scene, lines, pick.at, buf, inner);
    full(scene, all.get(pick.at), buf, whole);
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, keys);
}

/// The chosen line uncut, where it has room.
fn full(scene: Scene<'_>, message: Option<&Message>, buf: &mut Buffer, area: Rect) {
    let paint = scene.paint;
    let inner = Pane::titled(crate::view::widgets::pane::Frame::Rule, "in full", paint)
        .draw(buf, area, paint);
    let said = message.map_or("nothing fits".to_owned(), |one| {
        format!("{}  {}", words::moment(one.at), one.text)
    });
    let lines = text::wrap(
        &said,
        usize::from(inner.width),
        usize::from(inner.height),
        paint.glyph(Glyph::Cut),
    );
    for (row, line) in (0..).zip(lines) {
        put_line(buf, inner, row, &Line::from(paint.span(Role::Text, line)));
    }
}

fn told(scene: Scene<'_>, message: &Message) -> EventLine {
    let state = match message.from {
        From::Said(Level::Error) => State::Fail,
        From::Said(Level::Warn) | From::Happened(NoteKind::Pod | NoteKind::Feed) => State::Warn,
        From::Said(Level::Info)
        | From::Happened(
            NoteKind::Rollout | NoteKind::Plan | NoteKind::Verdict | NoteKind::Pilot | NoteKind::Ci,
        ) => State::Ok,
    };
    EventLine {
        time: words::when(scene, message.at),
        kind: message.from.word().to_owned(),
        state,
        text: message.text.clone(),
    }
}
