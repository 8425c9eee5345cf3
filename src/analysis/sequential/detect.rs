//! What a canary can show at all, at a given traffic and in a given time. An expected time, not a promise.

use super::onset::ALTERNATIVES;

/// Nobody looks for more.
const MOST: f64 = 1000.0;
/// The traffic and the rules of a canary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Canary requests a second.
    pub canary_rps: f64,
    /// Stable requests a second.
    pub stable_rps: f64,
    /// Stable's share of bad requests.
    pub bad_share: f64,
    /// The tolerated ratio of shares.
    pub tolerated: f64,
    /// The promised chance of a false alarm.
    pub alpha: f64,
    /// The measure's weight among all, 0 to 1.
    pub weight: f64,
    /// Weight of "bad from the first interval on".
    pub at_once: f64,
    /// How many requests go wrong together.
    pub burst: f64,
}

impl Default for Outlook {
    fn default() -> Self {
        Self {
            canary_rps: 0.0,
            stable_rps: 0.0,
            bad_share: 0.0,
            tolerated: 1.1,
            alpha: 0.05,
            weight: 0.5,
            at_once: 0.5,
            burst: 1.0,
        }
    }
}

impl Outlook {
    /// Seconds until a canary with `ratio` times stable's share is expected to be found. `None`: never.
    pub fn seconds_to_find(&self, ratio: f64) -> Option<f64> {
        ALTERNATIVES
            .iter()
            .filter_map(|&(times, weight)| {
                let growth = self.growth(times, ratio);
                (growth > 0.0).then(|| self.needed(weight) / growth)
            })
            .min_by(f64::total_cmp)
    }

    fn needed(&self, weight: f64) -> f64 {
        -self.alpha.ln() - self.weight.ln() - self.at_once.ln() - weight.ln()
    }

    /// Expected growth of ln E a second.
    fn growth(&self, times: f64, ratio: f64) -> f64 {
        let (canary, stable) = (self.canary_rps, self.stable_rps);
        let weighed = canary * self.tolerated;
        let all = (weighed * (times - 1.0) / (weighed + stable)).ln_1p();
        self.bad_share * (canary * ratio * times.ln() - (canary * ratio + stable) * all)
            / self.burst
    }
}

/// The smallest ratio of shares that is expected to be found within `seconds`. `None`: none is.
pub fn detectable(outlook: &Outlook, seconds: f64) -> Option<f64> {
    let wanted = [
        outlook.canary_rps,
        outlook.stable_rps,
        outlook.bad_share,
        seconds,
    ];
    if wanted.iter().any(|value| value.is_nan() || *value <= 0.0) {
        return None;
    }
    let is_found = |ln_ratio: f64| {
        let found = outlook.seconds_to_find(ln_ratio.exp());
        found.is_some_and(|found| found <= seconds)
    };
    let mut low = outlook.tolerated.ln();
    let mut high = (1.0 / outlook.bad_share).min(MOST).ln();
    if high < low || !is_found(high) {
        return None;
    }
    if is_found(low) {
        return Some(outlook.tolerated);
    }
    // Until nothing but rounding is left between them.
    let mut middle = f64::midpoint(low, high);
    while low < middle && middle < high {
        if is_found(middle) {
            high = middle;
        } else {
            low = middle;
        }
        middle = f64::midpoint(low, high);
    }
    Some(high.exp())
}
