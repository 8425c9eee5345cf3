//! Widgets: plain data in, cells out. None of them knows the model.

pub mod chart;
pub mod dialog;
pub mod gates;
pub mod lines;
pub mod pane;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

/// Writes `text` at a column and row of `area`, clipped to it; gives the column behind the text.
pub fn put(buf: &mut Buffer, area: Rect, at: (u16, u16), text: &str, style: Style) -> u16 {
    let area = area.intersection(buf.area);
    if at.0 >= area.width || at.1 >= area.height {
        return at.0;
    }
    let room = usize::from(area.width - at.0);
    let (x, _) = buf.set_stringn(area.x + at.0, area.y + at.1, text, room, style);
    x - area.x
}

/// Writes a line of styled text into a row of `area`, clipped to it.
pub fn put_line(buf: &mut Buffer, area: Rect, row: u16, line: &Line<'_>) {
    let area = area.intersection(buf.area);
    if row < area.height && area.width > 0 {
        buf.set_line(area.x, area.y + row, line, area.width);
    }
}

/// Writes a line of styled text against the right edge of a row of `area`; nothing where it does not fit.
pub fn put_right(buf: &mut Buffer, area: Rect, row: u16, line: &Line<'_>) {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
    if width <= area.width {
        let place = Rect {
            x: area.x + area.width - width,
            width,
            ..area
        };
        put_line(buf, place, row, line);
    }
}

/// Empties `area`: nothing of what lay there shines through.
pub fn clear(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    let blank = " ".repeat(usize::from(area.width));
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buf[(x, y)].reset();
        }
        buf.set_stringn(area.x, y, &blank, blank.len(), style);
    }
}
