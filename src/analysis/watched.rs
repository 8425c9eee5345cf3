//! What is fixed when a release begins: which bounds tell whether requests are slow, and how requests go wrong together.

use jiff::Timestamp;

use super::bursts::Bursts;
use super::canary::Watched;
use super::counts::Totals;
use super::latency::Latency;
use super::sequential::burst::{ASSUMED_ERRORS, ASSUMED_SLOW};
use super::sequential::params::SlowBound;
use super::sequential::watched::{Tolerance, watched_bounds};
use crate::domain::assurance::Assurance;
use crate::domain::counters::Bucket;

/// Digits that are kept, so that what is written reads back the same.
const DIGITS: f64 = 1e6;

/// A release that begins.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    /// Its number.
    pub revision: u64,
    /// When it was deployed.
    pub at: Timestamp,
    /// What stable's pods counted since they started.
    pub stable: &'a Totals,
    /// How stable's requests go wrong together.
    pub bursts: &'a Bursts,
}

/// Fixes what a release is judged by.
pub fn fix(release: &Beginning<'_>, assurance: &Assurance) -> Watched {
    let tolerance = Tolerance {
        usual: assurance.slow_down,
        ..Tolerance::default()
    };
    let chosen = match &release.stable.counts.latency {
        Latency::Known(buckets) => chosen(buckets, tolerance),
        Latency::Empty | Latency::Unknown => super::sequential::watched::Watched::default(),
    };
    let mut is_assumed = false;
    let mut known = |told: Option<f64>, measured: Option<f64>, assumed: f64| {
        let factor = told.or(measured.map(rounded));
        is_assumed |= factor.is_none();
        factor.unwrap_or(assumed)
    };
    let measured = release.bursts.errors(release.at);
    let burst_errors = known(assurance.burst_errors, measured, ASSUMED_ERRORS);
    let slow = chosen
        .slow
        .iter()
        .map(|watched| SlowBound {
            bound: Some(watched.bound),
            tail: rounded(watched.tail),
            rho: rounded(watched.rho),
            rho_warm: Some(rounded(watched.rho_warm)),
            phi: known(
                assurance.burst_slow,
                release.bursts.slow(release.at, watched.bound),
                ASSUMED_SLOW,
            ),
        })
        .collect();
    Watched {
        revision: release.revision,
        slow,
        primary: chosen.primary,
        burst_errors,
        is_assumed,
    }
}

fn chosen(buckets: &[Bucket], tolerance: Tolerance) -> super::sequential::watched::Watched {
    let finite = buckets.iter().filter(|bucket| bucket.le.is_finite());
    let bounds: Vec<f64> = finite.map(|bucket| bucket.le).collect();
    let counts: Vec<f64> = buckets.iter().map(|bucket| bucket.count).collect();
    watched_bounds(&bounds, &counts, tolerance)
}

fn rounded(number: f64) -> f64 {
    (number * DIGITS).round() / DIGITS
}
