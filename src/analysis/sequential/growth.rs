//! How much one interval makes ln E of each alternative grow.
//!
//! Each formula is a likelihood ratio that a tolerated canary cannot drive up on average; `burst` (at least 1) says how many
//! requests go wrong together and divides what they say.

use super::onset::{ALTERNATIVES, PerAlternative};

/// What both versions did in one interval: requests and bad requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Canary requests.
    pub n: f64,
    /// Canary bad requests.
    pub x: f64,
    /// Stable requests.
    pub m: f64,
    /// Stable bad requests.
    pub y: f64,
}

impl Pair {
    /// Nothing was counted.
    pub const NOTHING: Self = Self {
        n: 0.0,
        x: 0.0,
        m: 0.0,
        y: 0.0,
    };
}

/// From where on a share of bad requests is too common to be a tail.
const TOO_COMMON: f64 = 0.98;
/// Nothing was learnt.
const STANDSTILL: PerAlternative = [0.0; ALTERNATIVES.len()];

fn per_alternative(burst: f64, of: impl Fn(f64) -> f64) -> PerAlternative {
    ALTERNATIVES.map(|(times, _)| of(times) / burst)
}

/// The canary's share is above `tolerated` times stable's.
pub(super) fn ratio(pair: Pair, tolerated: f64, burst: f64) -> PerAlternative {
    let Pair { n, x, m, y } = pair;
    if n <= 0.0 || m <= 0.0 || x + y <= 0.0 {
        return STANDSTILL;
    }
    let weighed = n * tolerated;
    let share = weighed / (weighed + m);
    per_alternative(burst, |times| {
        x * times.ln() - (x + y) * (share * (times - 1.0)).ln_1p()
    })
}

/// One version's share, `bad` of `requests`, is above `limit`.
pub(super) fn limit(requests: f64, bad: f64, limit: f64, burst: f64) -> PerAlternative {
    if requests <= 0.0 {
        return STANDSTILL;
    }
    per_alternative(burst, |times| {
        bad * times.ln() - requests * (limit * (times - 1.0)).ln_1p()
    })
}

/// [`ratio`] for shares that are not small. `guess`: stable's share as guessed before the interval; a wrong guess costs
/// power, never the bound.
pub(super) fn share(pair: Pair, guess: f64, tolerated: f64, burst: f64) -> PerAlternative {
    let Pair { n, x, m, y } = pair;
    let base = tolerated * guess;
    if n <= 0.0 || m <= 0.0 || base >= TOO_COMMON || !base.is_finite() {
        return STANDSTILL;
    }
    if base <= 0.0 {
        // The limit of the formula below for shares that go to 0.
        return ratio(pair, tolerated, burst);
    }
    per_alternative(burst, |times| {
        let canary = times * base / (1.0 - base + times * base);
        let closest = closest_tolerated(pair, guess, canary, tolerated);
        x * (canary / (tolerated * closest)).ln()
            + (n - x) * ((-canary).ln_1p() - (-tolerated * closest).ln_1p())
            + y * (guess / closest).ln()
            + (m - y) * ((-guess).ln_1p() - (-closest).ln_1p())
    })
}

/// Stable's share in the tolerated pair that comes closest to the alternative.
fn closest_tolerated(pair: Pair, guess: f64, canary: f64, tolerated: f64) -> f64 {
    let Pair { n, m, .. } = pair;
    let a = tolerated * (n + m);
    let b = n * (canary + tolerated) + m * (1.0 + tolerated * guess);
    let c = n * canary + m * guess;
    2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt())
}
