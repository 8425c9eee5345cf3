//! One pane alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts::Figure;
use super::layout::Tier;
use super::{
    Scene, actions, charts, events, evidence, notices, pipeline, pointing, rollout, title, verdict,
};
use crate::app::pointing::{Spot, Spots};
use crate::app::screen::Pane as Zoomed;
use crate::view::widgets::pane::Pane;
use crate::view::widgets::put_line;

/// Columns from which on the rollout stands beside the verdict.
const BESIDE: u16 = 100;
/// Rows from which on the verdict above its detail tells its sentence.
const ROOMY: u16 = 13;
/// Rows that the verdict's word, sentence, checks and advice keep.
const LEAST: u16 = 6;

/// Where the parts stand: title, pipeline, the pane, keys.
fn places(scene: Scene<'_>, area: Rect) -> [Rect; 4] {
    let row = |y, height| Rect {
        y: area.y + y,
        height,
        ..area
    };
    let top = match scene.tier {
        Tier::Compact | Tier::Text => 3,
        Tier::Boxed | Tier::Wide => 5,
    };
    [
        row(0, 1),
        row(1, top - 1),
        row(top, area.height.saturating_sub(top + 1)),
        row(area.height.saturating_sub(1), 1),
    ]
}

/// What can be pressed on: the pane's title gives the room back.
pub(super) fn spots(scene: Scene<'_>, pane: Zoomed, area: Rect, spots: &mut Spots) {
    let [_, strip, body, keys] = places(scene, area);
    spots.add(pointing::area(strip), Spot::Strip);
    match pane {
        Zoomed::Errors | Zoomed::Latency => charts::spots(scene, Some(pane), body, spots),
        Zoomed::Verdict | Zoomed::Events => {
            spots.add(pointing::area(pointing::top(body)), Spot::Title(pane));
        }
    }
    actions::spots(scene, keys, spots);
}

pub(super) fn draw(scene: Scene<'_>, pane: Zoomed, buf: &mut Buffer, area: Rect) {
    let [head, strip, body, keys] = places(scene, area);
    title::draw(scene, buf, head);
    pipeline::draw(scene, buf, strip);
    match pane {
        Zoomed::Errors => charts::draw(scene, Figure::Errors, buf, body),
        Zoomed::Latency => charts::draw(scene, Figure::Latency, buf, body),
        Zoomed::Verdict => words(scene, buf, body),
        Zoomed::Events => events::draw(scene, buf, body),
    }
    notices::draw(scene, buf, area);
    actions::bar(scene, buf, keys);
}

/// The verdict with its whole sentence and its evidence; where there is room, the rollout at the left.
fn words(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let left = if area.width < BESIDE {
        0
    } else {
        area.width * 2 / 5
    };
    if left > 0 {
        rollout_beside(
            scene,
            buf,
            Rect {
                width: left.saturating_sub(1),
                ..area
            },
        );
    }
    let right = Rect {
        x: area.x + left,
        width: area.width - left,
        ..area
    };
    let inner =
        Pane::titled(scene.tier.frame(), "verdict", scene.paint).draw(buf, right, scene.paint);
    let mut detail = evidence::lines(scene, usize::from(inner.width));
    let rows = u16::try_from(detail.len()).unwrap_or(u16::MAX);
    if !detail.is_empty() && inner.height.saturating_sub(rows) < ROOMY {
        // Above it there is no room for the sentence.
        detail.splice(0..0, evidence::sentence(scene, usize::from(inner.width)));
    }
    // Word, sentence, checks and advice come first.
    let needed = u16::try_from(detail.len()).unwrap_or(u16::MAX);
    let top = inner
        .height
        .saturating_sub(needed)
        .max(inner.height.min(LEAST));
    verdict::fill(
        scene,
        buf,
        Rect {
            height: top,
            ..inner
        },
    );
    for (row, line) in (top..inner.height).zip(&detail) {
        put_line(buf, inner, row, line);
    }
}

fn rollout_beside(scene: Scene<'_>, buf: &mut Buffer, area: Rect) {
    let wide = Scene {
        tier: Tier::Boxed,
        ..scene
    };
    let inner =
        Pane::titled(scene.tier.frame(), "rollout", scene.paint).draw(buf, area, scene.paint);
    let mut lines = rollout::lines(wide, usize::from(inner.width), usize::from(inner.height));
    lines.truncate(usize::from(inner.height));
    for (row, line) in (0..).zip(&lines) {
        put_line(buf, inner, row, line);
    }
}
