//! What is known of both versions' shares from the counts of some intervals.

use serde::{Deserialize, Serialize};

use super::evidence::Pair;
use crate::analysis::ratio::RatioPath;
use crate::analysis::share::share_interval;

/// Counts of one kind of bad request over some intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The canary's bad requests, and its requests.
    pub canary: (f64, f64),
    /// The same of stable.
    pub stable: (f64, f64),
    /// What they say of the ratio of both shares.
    pub ratio: RatioPath,
}

impl Counted {
    /// No interval yet.
    pub const NOTHING: Self = Self {
        canary: (0.0, 0.0),
        stable: (0.0, 0.0),
        ratio: RatioPath::EMPTY,
    };

    pub(super) fn push(&mut self, pair: Pair) {
        self.canary = (self.canary.0 + pair.x, self.canary.1 + pair.n);
        self.stable = (self.stable.0 + pair.y, self.stable.1 + pair.m);
        self.ratio.push(pair.n, pair.x, pair.m, pair.y);
    }

    /// Makes ready to be asked after this interval.
    pub(super) fn settle(&mut self) {
        self.ratio.settle();
    }

    /// The intervals of both shares, the canary's first.
    pub(super) fn shares(&self, error: f64, burst: f64) -> ((f64, f64), (f64, f64)) {
        let of = |(bad, requests)| share_interval(bad, requests, error, burst);
        (of(self.canary), of(self.stable))
    }
}
