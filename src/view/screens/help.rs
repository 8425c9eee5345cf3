//! The help: every key, with the reason where one does nothing now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, actions};
use crate::app::keymap::bindings;
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::pane::{Frame, Pane};
use crate::view::widgets::{clear, put_line};

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let size = (76.min(area.width), 22.min(area.height));
    let place = Rect {
        x: area.x + (area.width - size.0) / 2,
        y: area.y + (area.height - size.1) / 2,
        width: size.0,
        height: size.1,
    };
    clear(buf, place, scene.paint.style(Role::Text));
    let pane = Pane::titled(Frame::Box, "help: service screen", scene.paint)
        .with_right(Line::from("Esc closes "));
    let inner = pane.draw(buf, place, scene.paint);
    let left = (inner.width / 2).saturating_sub(1);
    let columns = [
        (
            Rect {
                width: left,
                ..inner
            },
            first(scene, usize::from(left)),
        ),
        (
            Rect {
                x: inner.x + left + 2,
                width: inner.width.saturating_sub(left + 2),
                ..inner
            },
            second(scene, usize::from(left)),
        ),
    ];
    for (place, lines) in columns {
        for (row, line) in (0..place.height).zip(&lines) {
            put_line(buf, place, row, line);
        }
    }
}

fn head<'t>(scene: Scene<'t>, said: &'static str) -> Line<'t> {
    Line::from(scene.paint.span(Role::Title, said))
}

fn key<'t>(scene: Scene<'t>, label: &str, does: &str, role: Role, width: usize) -> Line<'t> {
    let does = text::cut(does, width.saturating_sub(6), scene.paint.glyph(Glyph::Cut));
    Line::from(vec![
        scene.paint.span(role, format!("{label:<6}")),
        scene.paint.span(Role::Text, does),
    ])
}

/// Actions with their reasons, and what the signs mean.
fn first(scene: Scene<'_>, width: usize) -> Vec<Line<'_>> {
    let paint = scene.paint;
    let mut lines = vec![head(scene, "ACTIONS: press a, then a letter")];
    for hint in actions::all(scene, actions::whole) {
        let role = if hint.refused.is_none() {
            Role::Key
        } else {
            Role::KeyDisabled
        };
        lines.push(key(
            scene,
            &format!("a {}", hint.key),
            &hint.label,
            role,
            width,
        ));
        if let Some(why) = hint.refused {
            let why = text::cut(&format!("      now: {why}"), width, paint.glyph(Glyph::Cut));
            lines.push(Line::from(paint.span(Role::Muted, why)));
        }
    }
    lines.push(Line::default());
    lines.push(head(scene, "SIGNS"));
    let sign = |glyph, means: &str| format!("{} {means}", paint.glyph(glyph));
    for pair in [
        [sign(Glyph::Canary, "canary"), sign(Glyph::Stable, "stable")],
        [
            sign(Glyph::Ok, "done, fine"),
            sign(Glyph::Running, "under way"),
        ],
        [sign(Glyph::Warn, "look here"), sign(Glyph::Fail, "failed")],
        [
            sign(Glyph::Unknown, "not known"),
            sign(Glyph::Gap, "no data"),
        ],
    ] {
        let [left, right] = pair;
        lines.push(Line::from(
            paint.span(Role::Text, format!("{}{right}", text::pad(&left, 16, ""))),
        ));
    }
    lines
}

fn second(scene: Scene<'_>, width: usize) -> Vec<Line<'_>> {
    let mut lines = vec![head(scene, "KEYS")];
    lines.extend(
        bindings()
            .iter()
            .map(|b| key(scene, b.label, b.does, Role::Key, width)),
    );
    lines
}
