//! Which bucket bounds tell whether requests are slow; chosen from stable's history and fixed before a canary starts.

use serde::{Deserialize, Serialize};

/// Shares of slow requests that are looked for.
const TARGETS: [f64; 3] = [0.30, 0.10, 0.03];
/// The bound with a tail next to this is the one next to p95.
const P95: f64 = 0.05;
/// Tails outside of this tell nothing.
const USEFUL: std::ops::RangeInclusive<f64> = 0.002..=0.6;

/// A bound above which a request is slow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WatchedBound {
    /// In seconds.
    pub bound: f64,
    /// Stable's share of slow requests before the canary.
    pub tail: f64,
    /// The ratio of slow shares that is accepted.
    pub rho: f64,
    /// The same while pods are fresh.
    pub rho_warm: f64,
}

/// The bounds that are watched, ascending.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// At most three. None: latency cannot be judged with these buckets.
    pub slow: Vec<WatchedBound>,
    /// The index of the bound next to p95.
    pub primary: Option<usize>,
}

/// How much slower, as a share of the response time, is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Always: 0.03 is 3 %.
    pub usual: f64,
    /// While pods are fresh.
    pub warm: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            usual: 0.03,
            warm: 0.5,
        }
    }
}

/// Chooses from finite upper `bounds` in seconds, ascending, and stable's `cumulative` counts at each, the last entry all.
pub fn watched_bounds(bounds: &[f64], cumulative: &[f64], tolerance: Tolerance) -> Watched {
    let tails = tails(bounds.len(), cumulative);
    let mut kept: Vec<usize> = TARGETS
        .iter()
        .filter_map(|target| nearest(&tails, *target, |_| true))
        .collect();
    kept.sort_unstable();
    kept.dedup();
    let primary = nearest(&tails, P95, |j| kept.contains(&j))
        .and_then(|chosen| kept.iter().position(|&j| j == chosen));
    let slow = kept
        .iter()
        .map(|&j| WatchedBound {
            bound: bounds[j],
            tail: tails[j],
            rho: accepted(bounds, &tails, j, tolerance.usual),
            rho_warm: accepted(bounds, &tails, j, tolerance.warm),
        })
        .collect();
    Watched { slow, primary }
}

/// The share of requests above each bound; none without requests.
fn tails(bounds: usize, cumulative: &[f64]) -> Vec<f64> {
    let running: Vec<f64> = cumulative
        .iter()
        .scan(0.0_f64, |most, count| {
            *most = most.max(*count);
            Some(*most)
        })
        .collect();
    match running.last() {
        Some(&all) if all > 0.0 && running.len() > bounds => running[..bounds]
            .iter()
            .map(|count| 1.0 - count / all)
            .collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The first index whose useful tail comes next to the target, by ratio.
fn nearest(tails: &[f64], target: f64, among: impl Fn(usize) -> bool) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (j, tail) in tails.iter().enumerate() {
        if !USEFUL.contains(tail) || !among(j) {
            continue;
        }
        let distance = (tail / target).ln().abs();
        if best.is_none_or(|(_, nearest)| distance < nearest) {
            best = Some((j, distance));
        }
    }
    best.map(|(j, _)| j)
}

/// The ratio of slow shares to which a slow-down by `tolerance` leads, read off the slope of stable's own distribution.
fn accepted(bounds: &[f64], tails: &[f64], j: usize, tolerance: f64) -> f64 {
    let slope = j.checked_sub(1).and_then(|before| {
        let width = (bounds[j] / bounds[before]).ln();
        (width.is_finite() && width > 0.0).then(|| (tails[before] / tails[j]).ln() / width)
    });
    match slope {
        Some(slope) => (slope * tolerance.ln_1p()).exp(),
        None => 1.0 + tolerance,
    }
}
