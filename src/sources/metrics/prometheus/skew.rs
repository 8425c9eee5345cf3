//! How far a Prometheus's clock and this machine's are apart.
//!
//! Invariant: Prometheus is asked in its own time, and what it answers is told in that of here. Else a clock that is a minute
//! wrong would show nothing but old samples, or none at all.

use super::door::When;
use super::{Prometheus, PrometheusError, Recorded};
use crate::domain::counters::Scrape;
use crate::sources::Clock;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Below it the way of the answer may be what differs.
const LEAST: SignedDuration = SignedDuration::from_secs(2);
/// How long a comparison of the clocks holds.
const HOLDS: SignedDuration = SignedDuration::from_mins(5);

/// What is known of the two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    /// How far Prometheus's clock is ahead of the one here; negative where it is behind.
    ahead: SignedDuration,
    compared_at: Option<Timestamp>,
}

impl Skew {
    /// How far Prometheus's clock is ahead of the one here; zero where they agree to two seconds.
    pub fn ahead(self) -> SignedDuration {
        self.ahead
    }

    /// The difference in a sentence; `None` where there is none.
    pub fn told(self) -> Option<String> {
        let seconds = self.ahead.unsigned_abs().as_secs();
        match self.ahead {
            SignedDuration::ZERO => None,
            ahead if ahead.is_positive() => Some(format!(
                "the clock of Prometheus is {seconds} s ahead of this machine's"
            )),
            _ => Some(format!(
                "the clock of Prometheus is {seconds} s behind this machine's"
            )),
        }
    }

    /// A time of here in Prometheus's.
    pub fn there(self, here: Timestamp) -> Timestamp {
        here.saturating_add(self.ahead).unwrap_or(here)
    }

    /// A time of Prometheus's in that of here.
    pub fn here(self, there: Timestamp) -> Timestamp {
        there.saturating_sub(self.ahead).unwrap_or(there)
    }

    /// A reading in the time of here.
    pub(super) fn recorded_here(self, recorded: &mut Recorded) {
        recorded.scrape.at = self.here(recorded.scrape.at);
    }

    /// Readings in the time of here.
    pub(super) fn scrapes_here(self, scrapes: &mut [Scrape]) {
        for scrape in scrapes {
            scrape.at = self.here(scrape.at);
        }
    }

    fn is_fresh(self, now: Timestamp) -> bool {
        let apart = |at: Timestamp| now.duration_since(at).abs() < HOLDS;
        self.compared_at.is_some_and(apart)
    }
}

impl Prometheus {
    /// Compares the clocks, unless that was done just now.
    pub async fn compared(&self, known: Skew, clock: Clock) -> Result<Skew, PrometheusError> {
        let before = clock();
        if known.is_fresh(before) {
            return Ok(known);
        }
        let answer = self.ask("time()", When::Now).await?;
        let after = clock();
        let told = match answer.series.as_slice() {
            [one] if one.labels.is_empty() => one.values.first().map(|(at, _)| *at),
            // Whatever this is, it is no clock.
            _ => None,
        };
        let way = after.duration_since(before);
        let midway = before
            .saturating_add(Duration::try_from(way).unwrap_or_default() / 2)
            .unwrap_or(before);
        let ahead = told.map_or(SignedDuration::ZERO, |told| told.duration_since(midway));
        Ok(Skew {
            ahead: if ahead.abs() < LEAST + way.abs() {
                SignedDuration::ZERO
            } else {
                ahead
            },
            compared_at: Some(after),
        })
    }
}
