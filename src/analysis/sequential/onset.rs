//! The average over how much worse a canary may be, and since when.
//!
//! Half of the weight lies on "from the first interval", the rest is spread evenly over the planned intervals. All sums are
//! kept as logarithms: they span hundreds of orders of magnitude.

use serde::{Deserialize, Serialize};

/// How many times worse than tolerated the evidence looks for, each with its weight.
pub const ALTERNATIVES: [(f64, f64); 9] = [
    (1.2, 1.0 / 13.5),
    (1.5, 2.0 / 13.5),
    (2.0, 2.0 / 13.5),
    (3.0, 2.0 / 13.5),
    (5.0, 2.0 / 13.5),
    (8.0, 1.5 / 13.5),
    (15.0, 1.0 / 13.5),
    (40.0, 1.0 / 13.5),
    (100.0, 1.0 / 13.5),
];

/// A logarithm of nothing that JSON can bear; any sum with it is the other addend.
const NOTHING: f64 = f64::MIN;

/// One number for each of [`ALTERNATIVES`].
pub(super) type PerAlternative = [f64; ALTERNATIVES.len()];

/// When harm may begin, and how much one interval may say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Onset {
    /// Weight of "bad from the first interval on", 0 to 1.
    pub at_once: f64,
    /// Planned number of intervals.
    pub horizon: u32,
    /// The most that ln E of an alternative grows in one interval, so that no single scrape decides alone.
    pub cap: f64,
}

impl Default for Onset {
    fn default() -> Self {
        Self {
            at_once: 0.5,
            horizon: 180,
            cap: 30.0_f64.ln(),
        }
    }
}

impl Onset {
    /// Weight of "bad from interval `t` on", counted from 1.
    fn begins(&self, t: u32) -> f64 {
        match t {
            1 => self.at_once,
            t if t <= self.horizon => (1.0 - self.at_once) / self.later(),
            _ => 0.0,
        }
    }

    /// Weight of "begins after interval `t`".
    fn rest(&self, t: u32) -> f64 {
        (1.0 - self.at_once) * (1.0 - f64::from(t - 1) / self.later()).max(0.0)
    }

    fn later(&self) -> f64 {
        f64::from(self.horizon.max(2) - 1)
    }
}

/// The evidence of one measure, interval by interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mixture {
    onset: Onset,
    intervals: u32,
    ln_sums: PerAlternative,
    ln_e: f64,
}

impl Mixture {
    pub(super) fn new(onset: Onset) -> Self {
        Self {
            onset,
            intervals: 0,
            ln_sums: [NOTHING; ALTERNATIVES.len()],
            ln_e: 0.0,
        }
    }

    /// Takes one interval's growth of each alternative; answers ln E.
    pub(super) fn push(&mut self, growth: &PerAlternative) -> f64 {
        self.intervals = self.intervals.saturating_add(1);
        let begins = self.onset.begins(self.intervals).ln().max(NOTHING);
        let mut terms = [self.onset.rest(self.intervals).ln(); ALTERNATIVES.len() + 1];
        for (k, (_, weight)) in ALTERNATIVES.iter().enumerate() {
            self.ln_sums[k] = ln_add(self.ln_sums[k], begins) + growth[k].min(self.onset.cap);
            terms[k] = weight.ln() + self.ln_sums[k];
        }
        self.ln_e = ln_sum(&terms);
        self.ln_e
    }

    /// ln E so far; 0 before the first interval.
    pub(super) fn ln_e(&self) -> f64 {
        self.ln_e
    }
}

/// ln(e^a + e^b).
fn ln_add(a: f64, b: f64) -> f64 {
    let (large, small) = if a >= b { (a, b) } else { (b, a) };
    large + (small - large).exp().ln_1p()
}

/// ln of the sum of e^term; [`NOTHING`] or less for an empty sum.
pub(super) fn ln_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest <= NOTHING {
        return NOTHING;
    }
    let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
    largest + sum.ln()
}
