//! What a person should know first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::sign;
use crate::app::fleet::Notable;
use crate::config::theme::{Glyph, Role};
use crate::view::screens::{Scene, words};
use crate::view::text;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// Columns of the names.
const NAMES: usize = 24;

pub(super) fn draw(scene: Scene<'_>, notable: &[Notable<'_>], buf: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    let paint = scene.paint;
    let pane =
        Pane::titled(scene.tier.frame(), "attention", paint).with_right(since(scene, notable));
    pane.draw(buf, area, paint);
    let list = list(scene, area);
    if notable.is_empty() {
        let said = Line::from(paint.span(Role::Muted, "  nobody is waited for"));
        return put_line(buf, list, 0, &said);
    }
    let room = usize::from(list.height);
    let left_out = notable.len().saturating_sub(room);
    for (row, one) in (0..list.height).zip(notable) {
        let mut said = line(scene, one, usize::from(list.width));
        if left_out > 0 && row + 1 == list.height {
            let more = format!("  and {} more: / filters, s sorts", left_out + 1);
            said = Line::from(paint.span(Role::Muted, more));
        }
        put_line(buf, list, row, &said);
    }
}

/// Where the lines stand.
pub(super) fn list(scene: Scene<'_>, area: Rect) -> Rect {
    scene.tier.frame().inner(area)
}

fn since<'t>(scene: Scene<'t>, notable: &[Notable<'_>]) -> Line<'t> {
    let changed = notable.iter().filter(|one| one.risk.is_none()).count();
    let said = match scene.model.fleet.looked.at {
        None => String::new(),
        Some(at) => format!(
            "{changed} changed since you last looked, {} ago ",
            words::ago(scene, at)
        ),
    };
    Line::from(scene.paint.span(Role::Muted, said))
}

fn line<'t>(scene: Scene<'t>, one: &Notable<'_>, width: usize) -> Line<'t> {
    let (paint, mark) = (scene.paint, scene.paint.glyph(Glyph::Cut));
    let (glyph, role) = match one.risk {
        Some(risk) => sign(risk),
        None => (Glyph::Arrow, Role::Accent),
    };
    let name = words::clean(&one.name);
    let said = words::clean(&one.text);
    let room = width.saturating_sub(NAMES + 4);
    Line::from(vec![
        paint.span(role, text::pad(paint.glyph(glyph), 2, "")),
        paint.span(Role::Strong, text::pad(&name, NAMES, mark)),
        paint.span(Role::Text, format!(" {}", text::cut(&said, room, mark))),
    ])
}
