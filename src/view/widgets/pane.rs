//! Panes: a box where there is room, a top rule where there is not, with a title and a word at the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{put, put_line, put_right};
use crate::config::theme::{Glyph, Role};
use crate::view::Paint;

/// How a pane is set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// By a rule on its top row: gives back two columns and a row.
    Rule,
    /// By a box.
    Box,
}

/// What stands in a pane's frame.
#[derive(Debug, Clone)]
pub struct Pane<'p> {
    /// The kind of frame.
    pub frame: Frame,
    /// The title, at the left.
    pub title: Line<'p>,
    /// What stands at the right: the first that fits beside the title.
    pub right: Vec<Line<'p>>,
}

impl<'p> Pane<'p> {
    /// A pane with a plain title.
    pub fn titled(frame: Frame, title: &'p str, paint: &Paint) -> Self {
        Self {
            frame,
            title: Line::from(paint.span(Role::Title, title)),
            right: Vec::new(),
        }
    }

    /// With something at the right end of the title row; of several, the first that fits.
    #[must_use]
    pub fn with_right(mut self, line: Line<'p>) -> Self {
        self.right.push(line);
        self
    }

    /// Draws the frame and gives what is inside.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, paint: &Paint) -> Rect {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return area;
        }
        match self.frame {
            Frame::Rule => self.rule(buf, area, paint),
            Frame::Box => self.boxed(buf, area, paint),
        }
    }

    fn rule(&self, buf: &mut Buffer, area: Rect, paint: &Paint) -> Rect {
        let line = paint.glyph(Glyph::Rule).repeat(usize::from(area.width));
        put(buf, area, (0, 0), &line, paint.style(Role::Border));
        self.titles(buf, area);
        Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        }
    }

    fn boxed(&self, buf: &mut Buffer, area: Rect, paint: &Paint) -> Rect {
        border(buf, area, &Sides::thin(Role::Border), paint);
        self.titles(buf, inset(area, 1, 0));
        inset(area, 1, 1)
    }

    fn titles(&self, buf: &mut Buffer, area: Rect) {
        let mut title = self.title.clone();
        title.spans.insert(0, " ".into());
        title.spans.push(" ".into());
        let used = u16::try_from(title.width()).unwrap_or(u16::MAX);
        put_line(buf, area, 0, &title);
        let room = Rect {
            x: area.x + used.min(area.width),
            width: area.width.saturating_sub(used),
            height: 1,
            ..area
        };
        let fits = |line: &&Line<'_>| line.width() < usize::from(room.width);
        if let Some(right) = self.right.iter().find(fits) {
            let mut right = right.clone();
            right.spans.insert(0, " ".into());
            put_right(buf, room, 0, &right);
        }
    }
}

/// A rectangle's four corners and sides.
pub(super) struct Sides {
    pub(super) corners: [Glyph; 4],
    pub(super) h: Glyph,
    pub(super) v: Glyph,
    pub(super) role: Role,
}

impl Sides {
    /// Single lines in the colour of `role`.
    pub(super) fn thin(role: Role) -> Self {
        Self {
            corners: [
                Glyph::BoxTopLeft,
                Glyph::BoxTopRight,
                Glyph::BoxBottomLeft,
                Glyph::BoxBottomRight,
            ],
            h: Glyph::BoxH,
            v: Glyph::BoxV,
            role,
        }
    }
}

impl Frame {
    /// Rows that it takes.
    pub fn rows(self) -> u16 {
        match self {
            Self::Rule => 1,
            Self::Box => 2,
        }
    }

    /// What is inside such a frame around `area`.
    pub fn inner(self, area: Rect) -> Rect {
        match self {
            Self::Rule => Rect {
                y: area.y + 1.min(area.height),
                height: area.height.saturating_sub(1),
                ..area
            },
            Self::Box => inset(area, 1, 1),
        }
    }
}

/// Draws a rectangle's border.
pub(super) fn border(buf: &mut Buffer, area: Rect, sides: &Sides, paint: &Paint) {
    if area.width < 2 || area.height < 2 {
        return;
    }
    let style = paint.style(sides.role);
    let (right, bottom) = (area.width - 1, area.height - 1);
    let line = paint.glyph(sides.h).repeat(usize::from(right - 1));
    for row in [0, bottom] {
        put(buf, area, (1, row), &line, style);
    }
    for row in 1..bottom {
        put(buf, area, (0, row), paint.glyph(sides.v), style);
        put(buf, area, (right, row), paint.glyph(sides.v), style);
    }
    for (corner, at) in
        sides
            .corners
            .into_iter()
            .zip([(0, 0), (right, 0), (0, bottom), (right, bottom)])
    {
        put(buf, area, at, paint.glyph(corner), style);
    }
}

/// `area` without so many columns on both sides and rows above and below.
pub fn inset(area: Rect, columns: u16, rows: u16) -> Rect {
    let width = area.width.saturating_sub(2 * columns);
    let height = area.height.saturating_sub(2 * rows);
    Rect {
        x: area.x + columns.min(area.width),
        y: area.y + rows.min(area.height),
        width,
        height,
    }
}
