//! The grid of dots: both series in one, so that neither hides the other.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::bucket::Slot;
use super::scale::Scale;
use super::{Footing, cells, put};
use crate::config::theme::{Glyph, Role, Stroke};
use crate::view::Paint;

/// Which line a dot belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Track {
    Canary = 0,
    Stable = 1,
}

/// How the grid becomes cells.
pub(super) struct Look<'p> {
    pub(super) paint: &'p Paint,
    pub(super) limit_row: Option<usize>,
    pub(super) footing: Footing,
}

/// Braille dots of both tracks, a byte for each track in each cell.
pub(super) struct Grid {
    width: usize,
    height: usize,
    dots: Vec<[u8; 2]>,
}

/// Braille's bits by column and row of the dot inside its cell.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Grid {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            dots: vec![[0; 2]; width * height],
        }
    }

    fn set(&mut self, track: Track, x: usize, y: usize) {
        if let Some(cell) = self.dots.get_mut(y / 4 * self.width + x / 2) {
            cell[track as usize] |= BITS[x % 2][y % 4];
        }
    }

    /// Sets the dots of a series.
    pub(super) fn trace(&mut self, track: Track, slots: &[Slot], scale: &Scale, stroke: Stroke) {
        let mut before: Option<(usize, usize)> = None;
        for (x, slot) in slots.iter().enumerate() {
            match slot {
                Slot::Empty => {}
                Slot::Broken => before = None,
                Slot::Value { mean, max, .. } => {
                    let y = scale.dot(*mean);
                    self.join(track, before, (x, y), stroke);
                    self.spike(track, x, scale.dot(*max), y);
                    before = Some((x, y));
                }
            }
        }
    }

    fn join(
        &mut self,
        track: Track,
        from: Option<(usize, usize)>,
        to: (usize, usize),
        stroke: Stroke,
    ) {
        let (x0, y0) = from.unwrap_or(to);
        for x in x0..=to.0 {
            let (y, next) = (between((x0, y0), to, x), between((x0, y0), to, x + 1));
            match stroke {
                Stroke::Dots => {
                    if x % 2 == 0 || from.is_none() {
                        self.set(track, x, y);
                    }
                }
                Stroke::Line | Stroke::Ascii => self.rise(track, x.min(to.0), y, next),
            }
        }
    }

    /// A vertical stretch that keeps a steep line whole, without its last dot.
    fn rise(&mut self, track: Track, x: usize, from: usize, to: usize) {
        self.set(track, x, from);
        let (low, high) = (from.min(to), from.max(to));
        for y in low + 1..high {
            self.set(track, x, y);
        }
    }

    /// A short maximum above a calm mean keeps a dot of its own where it crossed the limit's row.
    fn spike(&mut self, track: Track, x: usize, max: usize, mean: usize) {
        if track == Track::Canary && max / 4 < mean / 4 {
            self.set(track, x, max);
        }
    }

    /// Takes all dots out of the marked cell columns.
    pub(super) fn blank(&mut self, banded: &[bool]) {
        for row in self.dots.chunks_mut(self.width.max(1)) {
            for (cell, _) in row.iter_mut().zip(banded).filter(|(_, banded)| **banded) {
                *cell = [0; 2];
            }
        }
    }

    /// Writes the cells that have dots.
    pub(super) fn paint(&self, buf: &mut Buffer, plot: Rect, look: &Look<'_>) {
        for (i, [canary, stable]) in self.dots.iter().enumerate().filter(|(_, d)| **d != [0; 2]) {
            let (x, y) = (i % self.width, i / self.width);
            let style = look.style(y, *canary != 0, *stable != 0);
            let symbol = look.symbol(*canary, *stable);
            put(
                buf,
                plot,
                (cells(x), cells(y)),
                symbol.encode_utf8(&mut [0; 4]),
                style,
            );
        }
    }

    /// The letters `c` and `s` behind the last dots, for eyes and terminals that cannot go by colour.
    pub(super) fn name_lines(&self, buf: &mut Buffer, plot: Rect, paint: &Paint) {
        let ends = [Track::Canary, Track::Stable].map(|t| self.last(t));
        let apart = ends[0].zip(ends[1]).is_none_or(|(c, s)| c.1 != s.1);
        for (i, (letter, role)) in [("c", Role::SeriesCanary), ("s", Role::SeriesStable)]
            .into_iter()
            .enumerate()
        {
            let Some((x, y)) = ends[i] else { continue };
            let behind = x + 1 + if apart { 0 } else { i };
            if behind < self.width {
                put(
                    buf,
                    plot,
                    (cells(behind), cells(y)),
                    letter,
                    paint.style(role),
                );
            }
        }
    }

    fn last(&self, track: Track) -> Option<(usize, usize)> {
        (0..self.dots.len())
            .filter(|i| self.dots[*i][track as usize] != 0)
            .map(|i| (i % self.width, i / self.width))
            .max_by_key(|(x, y)| (*x, self.height - *y))
    }
}

impl Look<'_> {
    fn style(&self, row: usize, canary: bool, stable: bool) -> Style {
        if !canary {
            return self.paint.style(Role::SeriesStable);
        }
        let above = self.limit_row.is_some_and(|limit| row < limit);
        let style = self.paint.style(if above {
            Role::Breach
        } else {
            Role::SeriesCanary
        });
        match (self.footing, stable) {
            (Footing::Thin, _) => style.add_modifier(Modifier::DIM),
            (Footing::Sound, true) => style.add_modifier(Modifier::BOLD),
            (Footing::Sound, false) => style,
        }
    }

    fn symbol(&self, canary: u8, stable: u8) -> char {
        let glyph = |glyph| self.paint.glyph(glyph).chars().next().unwrap_or('?');
        if self.paint.strokes().0 != Stroke::Ascii {
            return char::from_u32(0x2800 + u32::from(canary | stable)).unwrap_or('?');
        }
        match (canary, stable) {
            (0, _) => glyph(Glyph::Stable),
            (_, 0) => glyph(Glyph::Canary),
            _ => glyph(Glyph::Both),
        }
    }
}

/// The row at column `x` on the way between two dots.
fn between(from: (usize, usize), to: (usize, usize), x: usize) -> usize {
    let (length, done) = (to.0.saturating_sub(from.0), x.saturating_sub(from.0));
    if length == 0 || done >= length {
        return to.1;
    }
    // Rounded to the nearest row, in whole numbers.
    (from.1 * (length - done) + to.1 * done + length / 2) / length
}
