//! Response times from cumulative histogram buckets.
//!
//! Invariant: a quantile that falls beyond the last finite bound is never passed off as that bound: it is
//! [`Quantile::Above`] it.

use serde::{Deserialize, Serialize};

use super::share::share_interval;
use crate::domain::counters::Bucket;

/// An estimated quantile, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantile {
    /// Interpolated inside its bucket.
    About(f64),
    /// Somewhere above the largest finite bound.
    Above(f64),
}

impl Quantile {
    /// The estimate, or the bound it lies above.
    pub fn seconds(self) -> f64 {
        match self {
            Self::About(seconds) | Self::Above(seconds) => seconds,
        }
    }
}

/// The `q` quantile (0 to 1) of cumulative buckets in ascending bounds, the last one infinite, as Prometheus computes it:
/// linear inside a bucket, the first one from 0, counts made monotonic. `None` without observations or without an infinite
/// and a finite bound.
pub fn quantile(buckets: &[Bucket], q: f64) -> Option<Quantile> {
    let (last, finite) = buckets.split_last()?;
    let largest = finite.last()?.le;
    if last.le != f64::INFINITY {
        return None;
    }
    let all = buckets
        .iter()
        .fold(0.0_f64, |most, bucket| most.max(bucket.count));
    if all <= 0.0 {
        return None;
    }
    let rank = q * all;
    let (mut below, mut lower) = (0.0_f64, 0.0_f64);
    for bucket in finite {
        let count = bucket.count.max(below);
        if count >= rank {
            return Some(Quantile::About(interpolate(
                lower,
                bucket.le,
                (rank - below) / (count - below),
            )));
        }
        (below, lower) = (count, bucket.le);
    }
    Some(Quantile::Above(largest))
}

/// A bound at or below 0 has no width to interpolate in, and a bucket without observations no share.
fn interpolate(lower: f64, upper: f64, share: f64) -> f64 {
    if upper <= lower || !share.is_finite() {
        upper
    } else {
        lower + (upper - lower) * share
    }
}

/// [`quantile`] as a plain number of seconds: the largest finite bound where the quantile lies above it.
pub fn bucket_quantile(buckets: &[Bucket], q: f64) -> Option<f64> {
    quantile(buckets, q).map(Quantile::seconds)
}

/// Between which bounds the `q` quantile surely lies, with total error `error` over all looks: 0 where there is no lower
/// bound, `None` where there is no upper one. Buckets as in [`quantile`].
pub fn quantile_bracket(buckets: &[Bucket], q: f64, error: f64) -> (f64, Option<f64>) {
    let Some((_, finite)) = buckets.split_last() else {
        return (0.0, None);
    };
    let all = buckets
        .iter()
        .fold(0.0_f64, |most, bucket| most.max(bucket.count));
    let each = error / finite.iter().map(|_| 1.0).sum::<f64>().max(1.0);
    let (mut lower, mut upper, mut count) = (0.0, None, 0.0_f64);
    for bucket in finite {
        count = count.max(bucket.count);
        let (least, most) = share_interval(count, all, each, 1.0);
        if most < q {
            lower = bucket.le;
        }
        if least >= q && upper.is_none() {
            upper = Some(bucket.le);
        }
    }
    (lower, upper)
}

/// Response times added up over pods and intervals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// Nothing was added yet.
    #[default]
    Empty,
    /// Cumulative buckets.
    Known(Vec<Bucket>),
    /// Some requests came without response times, or with other bounds: no quantile can be told.
    Unknown,
}

impl Latency {
    /// The quantile `q`; `None` where nothing is known.
    pub fn quantile(&self, q: f64) -> Option<Quantile> {
        match self {
            Self::Known(buckets) => quantile(buckets, q),
            Self::Empty | Self::Unknown => None,
        }
    }

    /// Adds what another pod or interval counted.
    pub fn add(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Self::Empty) | (Self::Unknown, _) => {}
            (Self::Empty, _) => self.clone_from(other),
            (Self::Known(mine), Self::Known(theirs)) if same_bounds(mine, theirs) => {
                for (sum, bucket) in mine.iter_mut().zip(theirs) {
                    sum.count += bucket.count;
                }
            }
            (Self::Known(_), Self::Known(_) | Self::Unknown) => *self = Self::Unknown,
        }
    }
}

/// Whether two histograms cut time at the same bounds.
pub(super) fn same_bounds(one: &[Bucket], other: &[Bucket]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| one.le.total_cmp(&other.le).is_eq())
}
