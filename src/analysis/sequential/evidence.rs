//! The evidence of one measure, interval by interval, as ln E.

use serde::{Deserialize, Serialize};

use super::growth::{self, Pair as Counted};
use super::onset::{Mixture, Onset};

pub use super::growth::Pair;

/// Requests that the history before the canary counts for in the guess of stable's share.
const HISTORY: f64 = 1000.0;

/// The canary's share is above the tolerated ratio to stable's: for shares that are small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioEvidence {
    mixture: Mixture,
    tolerated: f64,
    burst: f64,
}

impl RatioEvidence {
    /// `tolerated`: the ratio of shares that is still accepted. `burst`: how many requests fail together, at least 1.
    pub fn new(tolerated: f64, burst: f64, onset: Onset) -> Self {
        Self {
            mixture: Mixture::new(onset),
            tolerated,
            burst,
        }
    }

    /// Takes one interval; answers ln E.
    pub fn push(&mut self, pair: Counted) -> f64 {
        let growth = growth::ratio(pair, self.tolerated, self.burst);
        self.mixture.push(&growth)
    }

    /// ln E so far.
    pub fn ln_e(&self) -> f64 {
        self.mixture.ln_e()
    }
}

/// One version's share is above a fixed limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitEvidence {
    mixture: Mixture,
    limit: f64,
    burst: f64,
}

impl LimitEvidence {
    /// `limit`: the share, 0 to 1, up to which nothing is said.
    pub fn new(limit: f64, burst: f64, onset: Onset) -> Self {
        Self {
            mixture: Mixture::new(onset),
            limit,
            burst,
        }
    }

    /// Takes what one version did in one interval; answers ln E.
    pub fn push(&mut self, requests: f64, bad: f64) -> f64 {
        let growth = growth::limit(requests, bad, self.limit, self.burst);
        self.mixture.push(&growth)
    }

    /// ln E so far.
    pub fn ln_e(&self) -> f64 {
        self.mixture.ln_e()
    }
}

/// The canary's share is above the tolerated ratio to stable's: for shares that are not small, such as slow requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareEvidence {
    mixture: Mixture,
    /// Stable's share before the canary.
    tail: f64,
    burst: f64,
    stable_requests: f64,
    stable_bad: f64,
}

impl ShareEvidence {
    /// `tail`: stable's share in the history before the canary.
    pub fn new(tail: f64, burst: f64, onset: Onset) -> Self {
        Self {
            mixture: Mixture::new(onset),
            tail,
            burst,
            stable_requests: 0.0,
            stable_bad: 0.0,
        }
    }

    /// Takes one interval, in which `tolerated` is the ratio that is still accepted; answers ln E.
    pub fn push(&mut self, pair: Counted, tolerated: f64) -> f64 {
        let growth = growth::share(pair, self.guess(), tolerated, self.burst);
        self.stable_requests += pair.m;
        self.stable_bad += pair.y;
        self.mixture.push(&growth)
    }

    /// ln E so far.
    pub fn ln_e(&self) -> f64 {
        self.mixture.ln_e()
    }

    /// Stable's share as it is guessed before the next interval.
    fn guess(&self) -> f64 {
        (HISTORY * self.tail + self.stable_bad) / (HISTORY + self.stable_requests)
    }
}
