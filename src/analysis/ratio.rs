//! What is known of the ratio of both versions' shares: an interval that holds at every moment it is looked at.
//!
//! Invariants: a split of traffic that changes from interval to interval, and error weather common to both versions, leave
//! it right; without a bad request nothing is known.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Points of the grid on which the mixture lies: ln ratios from -6 to 6.
const POINTS: usize = 1201;
const APART: f64 = 0.01;
/// Width of the prior around "equal".
const SCALE: f64 = 0.25;
/// No ln ratio is looked for beyond this.
const FAR: f64 = 40.0;
/// Newton's method comes from outside and doubles its digits with each step.
const STEPS: u32 = 200;

/// The grid's e^u with the logarithm of its prior.
static GRID: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let prior = |u: f64| 1.0 / (1.0 + (u / SCALE).powi(2));
    let all: f64 = (0..POINTS).map(|j| prior(point(j))).sum();
    (0..POINTS)
        .map(|j| (point(j).exp(), (prior(point(j)) / all).ln()))
        .collect()
});

#[expect(clippy::cast_precision_loss, reason = "an index below 1201")]
fn point(j: usize) -> f64 {
    (j as f64 - 600.0) * APART
}

/// One interval that tells something: requests of the canary and of stable, and bad requests of both.
type Kept = (f64, f64, f64);

/// What the intervals of a step say of the ratio, one at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RatioPath {
    kept: Vec<Kept>,
    canary_bad: f64,
    bad: f64,
    /// What the grid's points make of the first `settled` intervals; derived, so not a part of the value.
    #[serde(skip)]
    sums: Vec<f64>,
    #[serde(skip)]
    settled: usize,
}

impl PartialEq for RatioPath {
    fn eq(&self, other: &Self) -> bool {
        self.kept == other.kept && self.canary_bad == other.canary_bad && self.bad == other.bad
    }
}

/// Where the interval lies: its ends as ratios; no upper end where nothing bounds it.
pub type Ratio = (f64, Option<f64>);

impl RatioPath {
    /// Nothing seen.
    pub const EMPTY: Self = Self {
        kept: Vec::new(),
        canary_bad: 0.0,
        bad: 0.0,
        sums: Vec::new(),
        settled: 0,
    };

    /// Takes one interval: `n` canary requests, `x` of them bad, `m` stable requests, `y` of them bad.
    pub fn push(&mut self, n: f64, x: f64, m: f64, y: f64) {
        let bad = x + y;
        if n <= 0.0 || m <= 0.0 || bad <= 0.0 {
            return;
        }
        self.kept.push((n, m, bad));
        self.canary_bad += x;
        self.bad += bad;
    }

    /// Works out on the grid what was pushed since the last time, so that the next interval costs little.
    pub fn settle(&mut self) {
        self.sums.resize(POINTS, 0.0);
        for &kept in &self.kept[self.settled..] {
            add(&mut self.sums, kept);
        }
        self.settled = self.kept.len();
    }

    fn settled_sums(&self) -> Cow<'_, [f64]> {
        if self.settled == self.kept.len() {
            return Cow::Borrowed(&self.sums);
        }
        let mut sums = vec![0.0; POINTS];
        for &kept in &self.kept {
            add(&mut sums, kept);
        }
        Cow::Owned(sums)
    }

    /// The ratios that the counts leave possible, with total error `error` over all looks; `burst`: how many requests fail
    /// together.
    pub fn interval(&self, error: f64, burst: f64) -> Ratio {
        if self.bad <= 0.0 {
            return (0.0, None);
        }
        let sums = self.settled_sums();
        let likelihoods: Vec<f64> = (0..POINTS)
            .map(|j| (self.canary_bad * point(j) - sums[j]) / burst)
            .collect();
        let floor = mixture(&likelihoods) + error.ln();
        let inside = || (0..POINTS).filter(|&j| likelihoods[j] >= floor);
        let edge = |start: f64| self.edge(start, floor, burst).exp();
        let lower = (self.canary_bad > 0.0).then(|| {
            let before = inside().next().and_then(|j| j.checked_sub(1));
            edge(before.map_or(-FAR, point))
        });
        let upper = (self.canary_bad < self.bad).then(|| {
            let after = inside().next_back().map(|j| j + 1).filter(|j| *j < POINTS);
            edge(after.map_or(FAR, point))
        });
        (lower.unwrap_or(0.0), upper)
    }

    /// Where the likelihood falls to `floor`, coming from `start` outside of it. It is concave, so that each tangent meets
    /// the floor on the outer side of the edge.
    fn edge(&self, start: f64, floor: f64, burst: f64) -> f64 {
        let mut u = start;
        for _ in 0..STEPS {
            let (value, slope) = self.likelihood(u, burst);
            if value >= floor {
                return u;
            }
            let next = u + (floor - value) / slope;
            if !next.is_finite() || (next - u).abs() <= f64::EPSILON * (1.0 + u.abs()) {
                return u;
            }
            u = next;
        }
        u
    }

    /// ln likelihood and its slope.
    fn likelihood(&self, u: f64, burst: f64) -> (f64, f64) {
        let ratio = u.exp();
        let (mut sum, mut slope) = (0.0, 0.0);
        for &(n, m, bad) in &self.kept {
            let weighed = n * ratio;
            sum += bad * ((weighed + m) / (n + m)).ln();
            slope += bad * weighed / (weighed + m);
        }
        (
            (self.canary_bad * u - sum) / burst,
            (self.canary_bad - slope) / burst,
        )
    }
}

/// Adds `bad * ln((n e^u + m) / (n + m))` at each point of the grid.
fn add(sums: &mut [f64], (n, m, bad): Kept) {
    for (sum, (ratio, _)) in sums.iter_mut().zip(GRID.iter()) {
        *sum += bad * ((n * ratio + m) / (n + m)).ln();
    }
}

/// ln of the average likelihood under the prior.
fn mixture(likelihoods: &[f64]) -> f64 {
    let terms = || {
        likelihoods
            .iter()
            .zip(GRID.iter())
            .map(|(likelihood, (_, ln_prior))| likelihood + ln_prior)
    };
    let largest = terms().fold(f64::NEG_INFINITY, f64::max);
    largest + terms().map(|term| (term - largest).exp()).sum::<f64>().ln()
}
