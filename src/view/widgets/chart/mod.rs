//! A chart of canary beside stable, straight on the buffer.
//!
//! Both series share one grid of Braille dots, two by four a cell. Invariants: a dot above the limit lies above the limit's
//! row and one at or below it does not; the columns of a gap hold no dots; a bucket once drawn is never drawn differently,
//! because buckets are aligned to absolute time and the window stands still until it is full.

mod axis;
mod bucket;
mod grid;
mod scale;
mod window;

pub use axis::{Mark, Reach};
pub use bucket::Sample;
pub use scale::Scale;
pub use window::{Jump, Window};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::put;
use crate::config::theme::{Glyph, Role};
use crate::view::{Paint, text};
use bucket::Slot;
use grid::{Grid, Track};

/// Columns taken by the numbers of the value axis and the axis itself.
pub const GUTTER: u16 = 5;

/// What the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Per cent, 0 to 100.
    Percent,
    /// Milliseconds.
    Millis,
}

/// A time without data, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The last moment with data before it.
    pub from: i64,
    /// The first moment with data after it.
    pub to: i64,
}

/// Whether the canary's values rest on enough requests to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Footing {
    /// Enough.
    #[default]
    Sound,
    /// Too few: the canary is drawn faint.
    Thin,
}

/// Everything a chart shows. Times are milliseconds since the epoch, values in `unit`.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartData {
    /// The present moment.
    pub now: i64,
    /// How much time the plot holds, in milliseconds.
    pub span: i64,
    /// How far the window jumps when it is full.
    pub jump: Jump,
    /// When data begin; `None` where there are none.
    pub first: Option<i64>,
    /// The moment at the right of the plot where that is not the present.
    pub until: Option<i64>,
    /// The inspected moment: a line through both charts.
    pub cursor: Option<i64>,
    /// The canary's samples, oldest first.
    pub canary: Vec<Sample>,
    /// Stable's samples, oldest first.
    pub stable: Vec<Sample>,
    /// The canary's limit.
    pub limit: Option<f64>,
    /// Times without data, ended ones.
    pub gaps: Vec<Gap>,
    /// The last sample's time, where the next is overdue.
    pub late_from: Option<i64>,
    /// Events on the time axis, oldest first.
    pub marks: Vec<Mark>,
    /// What the values are.
    pub unit: Unit,
    /// How much the canary's values can be trusted.
    pub footing: Footing,
    /// What stands in the plot where there is no line to draw, such as `no requests`.
    pub empty: String,
}

impl ChartData {
    /// The window of a plot of so many cells.
    pub fn window(&self, cells: usize) -> Window {
        match (self.until, self.first) {
            (Some(until), _) => Window::ending(until, self.span, cells),
            // A window that widens with its data is drawn anew each time.
            (None, Some(first)) if self.jump == Jump::Tenth => {
                Window::since(first, self.now, self.span, cells)
            }
            (None, _) => Window::jumping(self.now, self.span, cells, self.jump),
        }
    }
}

/// Where the plot stands within the chart's area; empty where there is no room for one.
pub fn plot(area: Rect) -> Rect {
    if area.width <= GUTTER || area.height < 2 {
        return Rect::default();
    }
    Rect {
        x: area.x + GUTTER,
        width: area.width - GUTTER,
        height: area.height - 1,
        ..area
    }
}

/// Everything that the parts of one chart are drawn from.
struct Drawing<'c> {
    data: &'c ChartData,
    paint: &'c Paint,
    /// Plot, gutter and time axis.
    area: Rect,
    /// The plot alone.
    plot: Rect,
    window: Window,
    scale: Scale,
    /// Cell columns without data.
    banded: Vec<bool>,
    canary: Vec<Slot>,
    stable: Vec<Slot>,
}

/// Draws plot and axes. The title, with [`legend`], belongs to the pane around it.
pub fn draw(buf: &mut Buffer, area: Rect, data: &ChartData, paint: &Paint) {
    let area = area.intersection(buf.area);
    if area.width <= GUTTER || area.height < 2 {
        return;
    }
    let drawing = Drawing::new(area, data, paint);
    axis::values(buf, &drawing);
    axis::times(buf, &drawing);
    ground(buf, &drawing);
    moments(buf, &drawing);
    lines(buf, &drawing);
    peaks(buf, &drawing);
    notes(buf, &drawing);
}

impl<'c> Drawing<'c> {
    fn new(area: Rect, data: &'c ChartData, paint: &'c Paint) -> Self {
        let plot = plot(area);
        let window = data.window(usize::from(plot.width));
        let (canary, stable) = (
            bucket::fill(&data.canary, &window),
            bucket::fill(&data.stable, &window),
        );
        let peak = [&canary, &stable]
            .into_iter()
            .flatten()
            .filter_map(Slot::mean)
            .fold(0.0, f64::max);
        let scale = Scale::new(peak, data.limit, usize::from(plot.height));
        let banded = bands(data, &window);
        Self {
            data,
            paint,
            area,
            plot,
            window,
            scale,
            banded,
            canary,
            stable,
        }
    }
}

/// What the lines are: `◆canary ●stable ┄limit`, with the marks of this theme.
pub fn legend<'t>(data: &ChartData, paint: &Paint) -> Line<'t> {
    let mut spans = Vec::new();
    let mut entry = |role, glyph: Glyph, name: &str| {
        spans.push(paint.span(role, format!("{}{name} ", paint.glyph(glyph))));
    };
    entry(Role::SeriesCanary, Glyph::Canary, "canary");
    if !data.stable.is_empty() {
        entry(Role::SeriesStable, Glyph::Stable, "stable");
    }
    if data.limit.is_some() {
        entry(Role::Limit, Glyph::Limit, "limit");
    }
    if let Some(last) = spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    Line::from(spans)
}

/// Which cell columns hold no data: ended gaps, and the time since the last sample where the next is late.
fn bands(data: &ChartData, window: &Window) -> Vec<bool> {
    let mut banded = vec![false; window.cells()];
    let late = data.late_from.map(|from| Gap { from, to: data.now });
    for gap in data.gaps.iter().copied().chain(late) {
        for cell in window.cells_between(gap.from, gap.to) {
            banded[cell] = true;
        }
    }
    // Nothing ends a late stretch: the present belongs to it.
    if let (Some(_), Some(cell)) = (late, window.cell(data.now)) {
        banded[cell] = true;
    }
    banded
}

/// What lies under the lines: the bands, and over them the limit.
fn ground(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing { plot, paint, .. } = *drawing;
    for y in 0..plot.height {
        for (x, _) in (0..plot.width)
            .zip(&drawing.banded)
            .filter(|(_, banded)| **banded)
        {
            put(
                buf,
                plot,
                (x, y),
                paint.glyph(Glyph::Gap),
                paint.style(Role::Gap),
            );
        }
    }
    if let Some(row) = drawing.scale.limit_row() {
        let line = paint.glyph(Glyph::Limit).repeat(usize::from(plot.width));
        put(buf, plot, (0, cells(row)), &line, paint.style(Role::Limit));
    }
}

/// Moments that reach through the plot, the inspected one last, under the lines: they show through, so the line is thin and only its
/// label has the mark's colours.
fn moments(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing {
        plot,
        paint,
        window,
        data,
        ..
    } = drawing;
    let events = data.marks.iter().filter(|mark| mark.reach == Reach::Plot);
    let moments = events
        .map(|mark| (mark.at, Role::Marker))
        .chain(data.cursor.map(|at| (at, Role::Inspect)));
    for (at, role) in moments {
        let Some(x) = window.cell(at) else { continue };
        for y in 0..plot.height {
            let line = paint.glyph(Glyph::AxisV);
            put(buf, *plot, (cells(x), y), line, paint.style(role));
        }
    }
}

/// Both series through one grid.
fn lines(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing {
        plot, paint, scale, ..
    } = drawing;
    let mut grid = Grid::new(usize::from(plot.width), usize::from(plot.height));
    let (canary, stable) = paint.strokes();
    grid.trace(Track::Stable, &drawing.stable, scale, stable);
    grid.trace(Track::Canary, &drawing.canary, scale, canary);
    grid.blank(&drawing.banded);
    let look = grid::Look {
        paint,
        limit_row: scale.limit_row(),
        footing: drawing.data.footing,
    };
    grid.paint(buf, *plot, &look);
    if paint.names_lines() {
        grid.name_lines(buf, *plot, paint);
    }
}

/// Marks and values of what lies above the top of the axis, the highest of each run.
fn peaks(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing { plot, paint, .. } = *drawing;
    let mut free = 0;
    for (column, value) in bucket::peaks(&drawing.canary, drawing.scale.top()) {
        let label = format!(
            "{}{}",
            paint.glyph(Glyph::Peak),
            axis::number(value, drawing.data.unit)
        );
        let x = cells(column / 2).min(plot.width.saturating_sub(cells(text::width(&label))));
        if x >= free {
            free = 1 + put(buf, plot, (x, 0), &label, paint.style(Role::Breach));
        }
    }
}

/// Words in the plot: that there is nothing to draw, or since when data is late.
fn notes(buf: &mut Buffer, drawing: &Drawing<'_>) {
    let Drawing {
        data,
        plot,
        paint,
        window,
        ..
    } = drawing;
    let middle = plot.height / 2;
    let drawn = drawing
        .canary
        .iter()
        .chain(&drawing.stable)
        .any(|slot| slot.mean().is_some());
    if !drawn && !data.empty.is_empty() {
        let note = text::cut(
            &format!(" {} ", data.empty),
            usize::from(plot.width),
            paint.glyph(Glyph::Cut),
        );
        let x = plot.width.saturating_sub(cells(text::width(&note))) / 2;
        put(buf, *plot, (x, middle), &note, paint.style(Role::Unknown));
        return;
    }
    let Some(from) = data.late_from.filter(|_| data.until.is_none()) else {
        return;
    };
    let late = u64::try_from(data.now.saturating_sub(from) / 1000).unwrap_or(0);
    let label = format!(" no data {} ", text::age(late));
    let end = window.cell(data.now).map_or(plot.width, |c| cells(c + 1));
    let x = end.saturating_sub(cells(text::width(&label)));
    put(buf, *plot, (x, middle), &label, paint.style(Role::Stale));
}

/// A count as a coordinate; what is beyond any screen is clipped there anyway.
fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
