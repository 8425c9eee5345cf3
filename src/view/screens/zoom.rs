//! One pane alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts::Figure;
use super::layout::Tier;
use super::{Scene, actions, charts, events, notices, pipeline, rollout, title, verdict};
use crate::app::screen::Pane as Zoomed;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

pub(super) fn draw(scene: Scene<'_>, pane: Zoomed, buf: &mut Buffer, area: Rect) {
    let row = |y, height| Rect {
        y: area.y + y,
        height,
        ..area
    };
    title::draw(scene, buf, row(0, 1));
    let top = match scene.tier {
        Tier::Compact | Tier::Text => 3,
        Tier::Boxed | Tier::Wide => 5,
    };
    pipeline::draw(scene, buf, row(1, top - 1));
    let body = row(top, area.height.saturating_sub(top + 1));
    match pane {
        Zoomed::Errors => charts::draw(scene, Figure::Errors, buf, body),
        Zoomed::Latency => charts::draw(scene, Figure::Latency, buf, body),
        Zoomed::Verdict => words(scene, buf, body),
        Zoomed::Events => events::draw(scene, buf, body),
    }
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, row(area.height.saturating_sub(1), 1));
}

/// Rollout at the left, the verdict with its whole sentence at the right.
fn words(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let half = area.width / 2;
    let (left, right) = (
        Rect {
            width: half.saturating_sub(1),
            ..area
        },
        Rect {
            x: area.x + half,
            width: area.width - half,
            ..area
        },
    );
    let wide = Scene {
        tier: Tier::Boxed,
        ..scene
    };
    let inner =
        Pane::titled(scene.tier.frame(), "rollout", scene.paint).draw(buf, left, scene.paint);
    let mut lines = rollout::lines(wide, usize::from(inner.width), usize::from(inner.height));
    lines.truncate(usize::from(inner.height));
    for (row, line) in (0..).zip(&lines) {
        put_line(buf, inner, row, line);
    }
    let inner =
        Pane::titled(scene.tier.frame(), "verdict", scene.paint).draw(buf, right, scene.paint);
    verdict::fill(scene, buf, inner);
}
