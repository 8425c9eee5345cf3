//! How much more would have to be seen before harm is excluded.

use super::judge::Judge;

/// Nobody waits for more than this many times what was seen.
const MOST: f64 = 256.0;
/// Halvings on the logarithm: to within 5 %.
const HALVINGS: u32 = 7;

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
