//! How much more would have to be seen before harm is excluded.

use super::judge::Judge;

/// Nobody waits for more than this many times what was seen.
const MOST: f64 = 256.0;
/// Halvings on the logarithm: to within 5 %.
const HALVINGS: u32 = 7;

/// What it takes until harm is excluded, if all goes on as now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct More {
    /// How many times the present counts.
    pub(super) times: f64,
    /// How many intervals from now; at least one.
    pub(super) intervals: f64,
}

/// What it takes; `None` where more of the same would not do.
pub(super) fn more_needed(judge: &Judge) -> Option<More> {
    let times = times_needed(judge)?;
    let seen = judge.step_intervals();
    let fewest = judge.params().min_intervals.saturating_sub(seen);
    let intervals = (number(seen) * (times - 1.0))
        .ceil()
        .max(number(fewest))
        .max(1.0);
    Some(More { times, intervals })
}

/// So many intervals, to reckon with.
#[expect(clippy::cast_precision_loss, reason = "intervals are far below 2^52")]
pub(super) fn number(intervals: usize) -> f64 {
    intervals as f64
}

/// How many times the present counts, in the same proportions, would exclude harm beyond the margins. `None`: not even 256
/// times would, or nothing was counted.
pub fn times_needed(judge: &Judge) -> Option<f64> {
    let would = |times: f64| judge.is_safe_at(times);
    if judge.step_errors().canary.1 <= 0.0 || !would(MOST) {
        return None;
    }
    let (mut low, mut high) = (0.0, MOST.ln());
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if would(middle.exp()) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high.exp())
}
