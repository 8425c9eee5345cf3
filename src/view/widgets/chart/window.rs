//! The window of time a plot shows: it stands still while samples are appended and jumps by a tenth when it is full.
//!
//! While less data is there than the range asks for, the window begins with the data and widens by a quarter when full: a
//! chart is never mostly empty because it was just opened.
//!
//! A window that scrolled with every sample would redraw the whole plot each time, which over a slow line is most of all
//! bytes written.

use std::ops::Range;

/// Dot columns a cell has.
const DOTS: usize = 2;

/// The shortest time a window shows, in milliseconds, where the range is no shorter.
const SHORTEST: i64 = 60_000;

/// How far a window jumps when it is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jump {
    /// By a tenth of its width: little is empty.
    #[default]
    Tenth,
    /// By half of it: it is seldom drawn anew.
    Half,
}

/// A fixed stretch of time, cut into buckets, one for each dot column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: i64,
    bucket: i64,
    columns: usize,
}

impl Window {
    /// The window for the moment `now` that holds about `span` milliseconds in `cells` cells, with `now` in its last tenth or
    /// its last half. Buckets are whole divisions of absolute time.
    pub fn jumping(now: i64, span: i64, cells: usize, jump: Jump) -> Self {
        let columns = cells.max(1) * DOTS;
        let count = i64::try_from(columns).unwrap_or(i64::MAX);
        let bucket = (span.max(1) / count).max(1);
        let share = match jump {
            Jump::Tenth => 10,
            Jump::Half => 2,
        };
        // Even, so that a jump moves whole cells.
        let jump = (count / share).max(2) / 2 * 2;
        let end = (now.div_euclid(bucket).div_euclid(jump) + 1).saturating_mul(jump);
        Self {
            start: end.saturating_sub(count).saturating_mul(bucket),
            bucket,
            columns,
        }
    }

    /// The window for the moment `now` when data begin at `first`: it begins with them until they fill `span` milliseconds.
    pub fn since(first: i64, now: i64, span: i64, cells: usize) -> Self {
        let columns = cells.max(1) * DOTS;
        let count = i64::try_from(columns).unwrap_or(i64::MAX);
        let there = now.saturating_sub(first).max(0);
        let mut width = SHORTEST;
        // The first bucket may begin before the data, the last holds `now`: hence two more.
        while width < span && there.saturating_add(2 * (width / count).max(1)) > width {
            width += width / 4;
        }
        if width >= span {
            return Self::jumping(now, span, cells, Jump::Tenth);
        }
        let bucket = (width / count).max(1);
        Self {
            start: first.div_euclid(bucket).saturating_mul(bucket),
            bucket,
            columns,
        }
    }

    /// The window of the past that ends with the moment `until`.
    pub fn ending(until: i64, span: i64, cells: usize) -> Self {
        let columns = cells.max(1) * DOTS;
        let count = i64::try_from(columns).unwrap_or(i64::MAX);
        let bucket = (span.max(1) / count).max(1);
        let end = until.div_euclid(bucket) + 1;
        Self {
            start: end.saturating_sub(count).saturating_mul(bucket),
            bucket,
            columns,
        }
    }

    /// Its first moment, in milliseconds since the epoch.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The moment behind its last one, in milliseconds since the epoch.
    pub fn end(&self) -> i64 {
        let columns = i64::try_from(self.columns).unwrap_or(i64::MAX);
        self.start
            .saturating_add(self.bucket.saturating_mul(columns))
    }

    /// How many dot columns it has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many cells it has.
    pub fn cells(&self) -> usize {
        self.columns / DOTS
    }

    /// The dot column of a moment inside the window.
    pub fn column(&self, at: i64) -> Option<usize> {
        let column = usize::try_from(at.checked_sub(self.start)?.div_euclid(self.bucket)).ok()?;
        (column < self.columns).then_some(column)
    }

    /// The cell of a moment inside the window.
    pub fn cell(&self, at: i64) -> Option<usize> {
        self.column(at).map(|c| c / DOTS)
    }

    /// The cells that lie wholly or partly between two moments, at least one where the stretch touches the window.
    ///
    /// The bucket that holds `from` has data and stays out, unless that would leave none.
    pub fn cells_between(&self, from: i64, to: i64) -> Range<usize> {
        if to < self.start || from >= self.end() || to < from {
            return 0..0;
        }
        let first = self.cell(from).map_or(0, |c| c + 1);
        let last = self.cell(to).unwrap_or(self.cells());
        if first < last {
            first..last
        } else {
            self.cell(to).map_or(first..first, |c| c..c + 1)
        }
    }
}
