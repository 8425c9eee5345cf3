//! How a drill went: every moment with its number, in a box over the screen that the roll back is proved on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, words};
use crate::app::drill::Drill;
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::{dialog, put_line};

/// Columns and rows of the frame.
const SIZE: (u16, u16) = (70, 14);

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let Some(drill) = &scene.model.drill else {
        return;
    };
    let inner = dialog::frame(buf, area, SIZE, "DRILL: THE RELEASE IS BACK", scene.paint);
    for (row, line) in (0..).zip(lines(scene, drill, usize::from(inner.width))) {
        put_line(buf, inner, row, &line);
    }
}

fn lines<'t>(scene: Scene<'t>, drill: &Drill, width: usize) -> Vec<Line<'t>> {
    let paint = scene.paint;
    let mark = paint.glyph(Glyph::Cut);
    let said = |role, text: &str| Line::from(paint.span(role, text::cut(text, width, mark)));
    let mut lines = Vec::new();
    if let Some(truth) = &drill.truth {
        let at = truth.began_at.strftime("%H:%M:%SZ");
        let who = format!("{} turned bad at {at}", truth.tag.shown());
        lines.push(said(Role::Text, &who));
        lines.push(Line::default());
    }
    for part in drill.parts(scene.model.now) {
        lines.push(said(Role::Strong, &format!("  {}", words::clean(&part))));
    }
    lines.push(Line::default());
    let ground = "Harm is counted by the demo world where requests are answered,";
    lines.push(said(Role::Muted, ground));
    lines.push(said(
        Role::Muted,
        "all else by this cockpit. It is printed again after q.",
    ));
    lines.push(Line::default());
    lines.push(said(Role::Key, "Esc back to the cockpit    q quit"));
    lines
}
