//! The value axis: from zero to a stepped top, with the limit on a row of its own.

/// Dot rows a cell has.
const DOTS: usize = 4;

/// From values to dot rows, counted from the top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    top: f64,
    limit: Option<(f64, usize)>,
    rows: usize,
}

impl Scale {
    /// The scale for the highest visible value and a limit, in `rows` cells.
    ///
    /// The top is 1.1 times the larger of the two, rounded up to 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten: not so
    /// fine that it moves with every reading, not so coarse that half of the plot stays empty. What is far beyond the limit does not press everything else to the floor: it leaves the plot at its top.
    pub fn new(peak: f64, limit: Option<f64>, rows: usize) -> Self {
        let limit = limit.filter(|l| l.is_finite() && *l > 0.0);
        let highest = limit.map_or(peak, |l| peak.clamp(l, 4.0 * l));
        let top = step_up(1.1 * highest);
        // The first row is for what lies above; a single row has no place for a line.
        let limit = limit
            .filter(|_| rows > 1)
            .map(|l| (l, row_of(1.0 - l / top, rows).max(1)));
        Self { top, limit, rows }
    }

    /// The value at the top edge.
    pub fn top(&self) -> f64 {
        self.top
    }

    /// The cell row of the limit line, from the top.
    pub fn limit_row(&self) -> Option<usize> {
        self.limit.map(|(_, row)| row)
    }

    /// The dot row of a value, from the top; values beyond the axis are at its ends.
    pub fn dot(&self, value: f64) -> usize {
        let last = (self.rows * DOTS).saturating_sub(1);
        let dot = nearest_dot(1.0 - value / self.top, last);
        match self.limit {
            Some((limit, row)) if value > limit => dot.min(row * DOTS - 1),
            Some((_, row)) => dot.max(row * DOTS).min(last),
            None => dot,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to 0..=last"
)]
fn nearest_dot(from_top: f64, last: usize) -> usize {
    (from_top.clamp(0.0, 1.0) * last as f64).round() as usize
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to 0..rows"
)]
fn row_of(from_top: f64, rows: usize) -> usize {
    ((from_top.clamp(0.0, 1.0) * rows as f64) as usize).min(rows - 1)
}

/// The next of the steps times a power of ten.
fn step_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // The tolerance keeps 1.1 times a round limit from being pushed a step further by its last bit.
    steps
        .into_iter()
        .map(|s| s * power)
        .find(|s| *s >= value * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}
