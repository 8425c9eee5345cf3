//! Lists with a chosen line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Scene, pointing, words};
use crate::app::pick::{Field, Pick};
use crate::app::pointing::{Spot, Spots};
use crate::config::theme::{Glyph, Role};
use crate::view::Paint;
use crate::view::widgets::put_line;

/// Rows of the line in full, its rule among them.
const WHOLE: u16 = 4;

/// Where the parts of a list with its chosen line in full stand: title, list, the line in full, keys.
pub(super) fn places(area: Rect) -> [Rect; 4] {
    let row = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    [
        row(0, 1),
        row(1, area.height.saturating_sub(2 + WHOLE)),
        row(area.height.saturating_sub(1 + WHOLE), WHOLE),
        row(area.height.saturating_sub(1), 1),
    ]
}

/// The line as it looks when it is the chosen one.
pub(super) fn chosen<'t>(mut line: Line<'t>, is_chosen: bool, paint: &Paint) -> Line<'t> {
    if is_chosen {
        for span in &mut line.spans {
            span.style = span.style.patch(paint.style(Role::Selection));
        }
    }
    line
}

/// Draws so many of the lines that the chosen one is among them.
pub(super) fn draw(
    scene: Scene<'_>,
    lines: Vec<Line<'_>>,
    at: usize,
    buf: &mut Buffer,
    area: Rect,
) {
    let at = at.min(lines.len().saturating_sub(1));
    let first = first(area.height, at, lines.len());
    for (row, (index, line)) in (0..area.height).zip(lines.into_iter().enumerate().skip(first)) {
        put_line(buf, area, row, &chosen(line, index == at, scene.paint));
    }
}

/// Where the lines of a list of `count` can be pressed on.
pub(super) fn spots(area: Rect, at: usize, count: usize, spots: &mut Spots) {
    let first = first(area.height, at.min(count.saturating_sub(1)), count);
    let shown = u16::try_from(count - first).unwrap_or(u16::MAX);
    let rows = Rect {
        height: area.height.min(shown),
        ..area
    };
    spots.add(pointing::area(rows), Spot::Lines(first));
}

/// The first of `count` lines that is drawn, so that the one at `at` stands in the middle where it can.
pub(super) fn first(height: u16, at: usize, count: usize) -> usize {
    let height = usize::from(height);
    at.saturating_sub(height / 2)
        .min(count.saturating_sub(height))
}

/// `filter: oom_`, and how many lines there are.
pub(super) fn filter<'t>(scene: Scene<'t>, pick: &Pick, count: usize) -> Line<'t> {
    let cursor = match pick.field {
        Field::Typed => scene.paint.glyph(Glyph::Cursor),
        Field::Left => "",
    };
    let said = match (pick.field, pick.typed.as_str()) {
        (Field::Left, "") => format!("{count} lines "),
        (Field::Left | Field::Typed, typed) => {
            format!("filter: {}{cursor}  {count} lines ", words::clean(typed))
        }
    };
    Line::from(scene.paint.span(Role::Input, said))
}
