//! The numbers on the value axis, and the time axis with its events.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Drawing, GUTTER, Unit, cells, put};
use crate::config::theme::{Glyph, Role};
use crate::view::text;

/// An event on the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// A word; its first letter stands alone where the word has no room.
    pub label: String,
    /// How it is drawn.
    pub role: Role,
    /// How far up.
    pub reach: Reach,
}

/// How far up an event is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// On the axis alone.
    #[default]
    Axis,
    /// As a line through the plot too.
    Plot,
}

/// A value in at most four cells.
pub(super) fn number(value: f64, unit: Unit) -> String {
    match unit {
        _ if value >= 9_950.0 => format!("{:.0}k", value / 1000.0),
        _ if value >= 1_000.0 => format!("{:.1}k", value / 1000.0),
        Unit::Percent if value < 0.995 && value > 0.0 => format!("{value:.2}"),
        Unit::Percent if value < 9.95 => format!("{value:.1}"),
        Unit::Percent | Unit::Millis => format!("{value:.0}"),
    }
}

/// The value axis: the top, the limit with its number, zero.
pub(super) fn values(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing {
        area, data, paint, ..
    } = *drawing;
    let rows = area.height - 1;
    let style = paint.style(Role::Axis);
    for row in 0..rows {
        put(
            buf,
            area,
            (GUTTER - 1, row),
            paint.glyph(Glyph::AxisV),
            style,
        );
    }
    let mut tick = |row: u16, value: f64, role| {
        let label = text::pad_left(
            &number(value, data.unit),
            usize::from(GUTTER) - 1,
            paint.glyph(Glyph::Cut),
        );
        put(buf, area, (0, row), &label, paint.style(role));
        put(
            buf,
            area,
            (GUTTER - 1, row),
            paint.glyph(Glyph::AxisTick),
            style,
        );
    };
    tick(0, drawing.scale.top(), Role::Axis);
    if rows > 1 {
        tick(rows - 1, 0.0, Role::Axis);
    }
    if let (Some(row), Some(limit)) = (drawing.scale.limit_row(), data.limit) {
        tick(cells(row), limit, Role::Limit);
    }
}

/// The time axis: how far back it reaches, events, bands without data, now.
pub(super) fn times(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing {
        area,
        plot,
        data,
        paint,
        window,
        ..
    } = *drawing;
    let style = paint.style(Role::Axis);
    let corner = Rect {
        y: area.y + plot.height,
        height: 1,
        ..area
    };
    put(
        buf,
        corner,
        (GUTTER - 1, 0),
        paint.glyph(Glyph::AxisCorner),
        style,
    );
    let mut axis = TimeAxis::new(Rect {
        x: plot.x,
        width: plot.width,
        ..corner
    });
    for (x, banded) in (0..plot.width).zip(&drawing.banded) {
        let glyph = if *banded {
            Glyph::GapAxis
        } else {
            Glyph::AxisH
        };
        put(buf, axis.area, (x, 0), paint.glyph(glyph), style);
    }
    let (end, word) = match window.cell(data.now) {
        Some(now) => (now, "now".to_owned()),
        None => (
            window.cells().saturating_sub(1),
            ago(data.now - data.until.unwrap_or(window.end())),
        ),
    };
    axis.label(
        buf,
        (end + 1).saturating_sub(text::width(&word)),
        &word,
        style,
    );
    axis.label(buf, 0, &ago(data.now - window.start()), style);
    for mark in data.marks.iter().rev() {
        let Some(at) = window.cell(mark.at) else {
            continue;
        };
        let letter = mark
            .label
            .get(..mark.label.chars().next().map_or(0, char::len_utf8))
            .unwrap_or_default();
        let style = paint.style(mark.role);
        if !axis.label(buf, at, &mark.label, style) {
            axis.label(buf, at, letter, style);
        }
    }
}

/// The row of the time axis and which of its cells bear a label.
struct TimeAxis {
    area: Rect,
    taken: Vec<bool>,
}

impl TimeAxis {
    fn new(area: Rect) -> Self {
        Self {
            area,
            taken: vec![false; usize::from(area.width)],
        }
    }

    /// Writes a label where the axis is still free; tells whether it did.
    fn label(&mut self, buf: &mut Buffer, at: usize, label: &str, style: Style) -> bool {
        let width = text::width(label);
        let Some(place) = self.taken.get_mut(at..at + width) else {
            return false;
        };
        if width == 0 || place.contains(&true) {
            return false;
        }
        place.fill(true);
        // A free cell behind it keeps two labels apart.
        if let Some(behind) = self.taken.get_mut(at + width) {
            *behind = true;
        }
        put(buf, self.area, (cells(at), 0), label, style);
        true
    }
}

/// How long ago, in round numbers: `-30m`, `-1m50s`.
fn ago(millis: i64) -> String {
    let seconds = u64::try_from(millis / 1000).unwrap_or(0);
    let round = match seconds {
        0..=59 => seconds,
        60..=599 => (seconds + 5) / 10 * 10,
        _ => (seconds + 30) / 60 * 60,
    };
    match (round / 60, round % 60) {
        (0, s) => format!("-{s}s"),
        (m, 0) => format!("-{m}m"),
        (m, s) => format!("-{m}m{s:02}s"),
    }
}
