//! The palette: everything that can be done, narrowed by a few letters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, listing, words};
use crate::app::command::{Command, palette};
use crate::app::pick::Pick;
use crate::app::pointing::Spots;
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::pane::{Frame, Pane};
use crate::view::widgets::{clear, put_line};

/// Columns of the keys at the right.
const KEYS: usize = 10;

fn place(area: Rect) -> Rect {
    let size = (64.min(area.width), 16.min(area.height));
    Rect {
        x: area.x + (area.width - size.0) / 2,
        y: area.y + (area.height - size.1) / 3,
        width: size.0,
        height: size.1,
    }
}

/// Where the list stands, below what is typed.
fn list(inner: Rect) -> Rect {
    Rect {
        y: inner.y + 1.min(inner.height),
        height: inner.height.saturating_sub(1),
        ..inner
    }
}

/// What can be pressed on: a line is chosen, not run.
pub(super) fn spots(scene: Scene<'_>, pick: &Pick, area: Rect, spots: &mut Spots) {
    let rows = list(Frame::Box.inner(place(area)));
    let count = palette(scene.model, &pick.typed).len();
    listing::spots(rows, pick.at, count, spots);
}

pub(super) fn draw(scene: Scene<'_>, pick: &Pick, buf: &mut Buffer, area: Rect) {
    let place = place(area);
    let paint = scene.paint;
    clear(buf, place, paint.style(Role::Text));
    let commands = palette(scene.model, &pick.typed);
    let counted = Line::from(paint.span(
        Role::Muted,
        format!("{} fit  Enter runs  Esc closes ", commands.len()),
    ));
    let inner = Pane::titled(Frame::Box, "palette", paint)
        .with_right(counted)
        .draw(buf, place, paint);
    let typed = format!(
        ":{}{}",
        words::clean(&pick.typed),
        paint.glyph(Glyph::Cursor)
    );
    put_line(buf, inner, 0, &Line::from(paint.span(Role::Input, typed)));
    let list = list(inner);
    if commands.is_empty() {
        put_line(
            buf,
            list,
            0,
            &Line::from(paint.span(Role::Muted, "nothing fits")),
        );
    }
    let lines = commands
        .iter()
        .map(|one| line(scene, one, usize::from(inner.width)))
        .collect();
    listing::draw(scene, lines, pick.at, buf, list);
}

fn line<'t>(scene: Scene<'t>, command: &Command, width: usize) -> Line<'t> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    let (key, does) = match command.refused {
        None => (Role::Key, Role::Text),
        Some(_) => (Role::KeyDisabled, Role::Muted),
    };
    let why = command
        .refused
        .as_ref()
        .map_or(String::new(), |why| format!(" ({why})"));
    let said = words::clean(&format!("{}{why}", command.does));
    Line::from(vec![
        paint.span(does, text::pad(&said, width.saturating_sub(KEYS), mark)),
        paint.span(key, text::pad_left(&command.keys, KEYS, mark)),
    ])
}
