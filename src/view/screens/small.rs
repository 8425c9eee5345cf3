//! A terminal too small for panes: numbers only, the most important first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::charts::Figure;
use super::layout::Tier;
use super::{Scene, actions, notices, rollout, title, verdict};
use crate::app::advice::advice;
use crate::config::theme::{Glyph, Role};
use crate::view::text;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let keys = Rect {
        y: area.bottom().saturating_sub(1),
        height: area.height.min(1),
        ..area
    };
    title::draw(
        scene,
        buf,
        Rect {
            height: area.height.min(1),
            ..area
        },
    );
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    let width = usize::from(area.width);
    let mark = scene.paint.glyph(Glyph::Cut);
    let verdict = &scene.model.reading.verdict;
    let mut lines = vec![verdict::head(scene)];
    if let Some(first) = verdict.checks.first() {
        lines.push(Line::from(scene.paint.span(
            Role::Strong,
            text::cut(&super::words::clean(&first.text), width, mark),
        )));
    }
    let advice = advice(scene.model);
    let said = advice.action.map_or(advice.text.clone(), |action| {
        format!("{}: {}", actions::written(scene, action), advice.text)
    });
    lines.push(Line::from(scene.paint.span(
        Role::Key,
        text::cut(&super::words::clean(&said), width, mark),
    )));
    lines.push(title::feeds(scene));
    lines.push(title::versions_line(scene, width));
    for figure in [Figure::Errors, Figure::Latency] {
        lines.push(Line::from(scene.paint.span(
            Role::Text,
            text::cut(&super::charts::numbers(scene, figure), width, mark),
        )));
    }
    lines.extend(rollout::lines(
        Scene {
            tier: Tier::Compact,
            ..scene
        },
        width,
        8,
    ));
    lines.push(Line::from(scene.paint.span(
        Role::Muted,
        text::cut("charts need 60 columns and 20 rows", width, mark),
    )));
    for (row, line) in (0..body.height).zip(&lines) {
        put_line(buf, body, row, line);
    }
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, keys);
}
