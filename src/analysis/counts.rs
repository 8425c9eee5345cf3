//! What one version did over a stretch of time, in counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::latency::{Latency, Quantile};

/// Counts of one version. Shares and quantiles are `None` where they are not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Answered requests.
    pub requests: f64,
    /// Those answered with a 5xx code; never more than `requests` in a closed interval.
    pub errors: f64,
    /// CPU time in seconds. `None`: some pod that answered requests did not report it.
    pub cpu_seconds: Option<f64>,
    /// Response times.
    pub latency: Latency,
}

impl Counts {
    /// Nothing counted yet.
    pub const ZERO: Self = Self {
        requests: 0.0,
        errors: 0.0,
        cpu_seconds: Some(0.0),
        latency: Latency::Empty,
    };

    /// Adds what another pod or interval counted.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.cpu_seconds = self
            .cpu_seconds
            .zip(other.cpu_seconds)
            .map(|(one, other)| one + other);
        self.latency.add(&other.latency);
    }

    /// Failed requests by requests, 0 to 1. `None`: no requests.
    pub fn error_share(&self) -> Option<f64> {
        (self.requests > 0.0).then(|| self.errors / self.requests)
    }

    /// The quantile `q` of the response times. `None`: no requests, or not reported.
    pub fn quantile(&self, q: f64) -> Option<Quantile> {
        self.latency.quantile(q)
    }

    /// Requests that took longer than `bound` seconds. `None`: not reported, or by buckets with other bounds.
    pub fn slower_than(&self, bound: f64) -> Option<f64> {
        let buckets = match &self.latency {
            Latency::Known(buckets) => buckets,
            Latency::Empty if self.requests <= 0.0 => return Some(0.0),
            Latency::Empty | Latency::Unknown => return None,
        };
        let all = buckets.last()?.count;
        let within = buckets
            .iter()
            .find(|bucket| (bucket.le - bound).abs() < 1e-9)?;
        Some((all - within.count).clamp(0.0, self.requests))
    }

    /// CPU seconds a request. `None`: no requests, or not reported.
    pub fn cpu_per_request(&self) -> Option<f64> {
        self.cpu_seconds
            .filter(|_| self.requests > 0.0)
            .map(|cpu| cpu / self.requests)
    }
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Span {
    /// Its length in seconds.
    pub fn seconds(self) -> f64 {
        self.until.duration_since(self.from).as_secs_f64()
    }
}

/// Counts of one version added up over a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// What was counted.
    pub counts: Counts,
    /// From when to when. `None`: nothing was counted, or it is not known since when.
    pub span: Option<Span>,
}

impl Totals {
    /// Nothing counted.
    pub const EMPTY: Self = Self {
        counts: Counts::ZERO,
        span: None,
    };

    /// Requests a second over the span. `None` without a span.
    pub fn requests_per_second(&self) -> Option<f64> {
        let seconds = self.span?.seconds();
        (seconds > 0.0).then(|| self.counts.requests / seconds)
    }

    /// Adds one more interval, later than those before.
    pub fn add(&mut self, counts: &Counts, span: Span) {
        self.counts.add(counts);
        let from = self
            .span
            .map_or(span.from, |known| known.from.min(span.from));
        self.span = Some(Span {
            from,
            until: span.until,
        });
    }
}
