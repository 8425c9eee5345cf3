//! Looking at the effect after the steps: traffic, endpoints, pods, metrics.

use super::carrier::Carrier;
use super::counters::between;
use super::halt::Halt;
use super::judgement::FEWEST;
use super::wait::{self, WantedPods};
use crate::analysis::counts::Counts;
use crate::strategy::plan::Ppm;
use crate::strategy::step::AwaitEndpoints;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long endpoints and pods may take to be as they should after the last step.
const SETTLE: Duration = Duration::from_secs(30);
/// An interval of metrics ends after so many requests, or after so long.
const ENOUGH: f64 = 100.0;
const INTERVAL: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(500);

/// Error share and p95 that must not be exceeded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Band {
    pub(super) error_share: Ppm,
    pub(super) p95: Duration,
    pub(super) within: Duration,
}

/// A check's answer; a halt means that it contradicts the effect.
pub(super) type Answer = Result<(Option<bool>, String), Halt>;

impl Carrier {
    pub(super) async fn endpoints_check(&self, wanted: &AwaitEndpoints) -> Answer {
        let seen = self.look().await?;
        if seen.endpoints.is_none() {
            return Ok((
                None,
                format!("the endpoints of {} may not be read", wanted.service),
            ));
        }
        let text = self
            .until(SETTLE, |seen| wait::endpoints(wanted, seen))
            .await?;
        Ok((Some(true), text))
    }

    pub(super) async fn pods_check(&self, wanted: &WantedPods<'_>) -> Answer {
        let text = self.until(SETTLE, |seen| wait::pods(wanted, seen)).await?;
        Ok((Some(true), text))
    }

    /// Fresh intervals of what serves now, until one is in band or the time is over.
    pub(super) async fn metrics_check(&self, band: Band) -> Answer {
        let deadline = Instant::now() + band.within;
        loop {
            let counts = match self.known_interval().await {
                Ok(counts) => counts,
                Err(reason) => return Ok((None, format!("error rate unknown: {reason}"))),
            };
            if counts.requests < FEWEST {
                let text = format!(
                    "error rate unknown: only {:.0} requests in {} s",
                    counts.requests,
                    INTERVAL.as_secs()
                );
                return Ok((None, text));
            }
            match in_band(band, &counts) {
                (Some(false), text) if Instant::now() >= deadline => return Err(Halt::Bad(text)),
                (Some(false), text) => self.voice.waited(format!("{text}; still out of band")),
                answer => return Ok(answer),
            }
        }
    }

    /// A fresh interval by the pods, else as it was recorded.
    async fn known_interval(&self) -> Result<Counts, String> {
        match self.interval().await {
            Err(reason) if self.has_recorder() => {
                let recorded = self.recorded(&self.pods().await?).await;
                let tally = recorded.map_err(|recorded| format!("{reason}; {recorded}"))?;
                Ok(tally.together())
            }
            answer => answer,
        }
    }

    async fn interval(&self) -> Result<Counts, String> {
        let asked = self.pods().await?;
        let first = self.scrape(&asked).await?;
        let since = Instant::now();
        loop {
            sleep(POLL).await;
            let second = self.scrape(&asked).await?;
            let counts = between(&asked, &first, &second)?.together();
            if counts.requests >= ENOUGH || since.elapsed() >= INTERVAL {
                return Ok(counts);
            }
            self.voice.waited(format!(
                "{:.0} requests of a fresh interval",
                counts.requests
            ));
        }
    }
}

fn in_band(band: Band, counts: &Counts) -> (Option<bool>, String) {
    let limit = f64::from(band.error_share.0) / 1e6;
    let share = counts.error_share().unwrap_or_default();
    let p95 = counts
        .quantile(0.95)
        .map(crate::analysis::latency::Quantile::seconds);
    let errors = format!("errors {}", percent(share));
    let slow = p95.is_some_and(|p95| p95 > band.p95.as_secs_f64());
    let words = p95.map_or_else(
        || "p95 unknown".to_owned(),
        |p95| format!("p95 {:.0} ms", p95 * 1000.0),
    );
    if share > limit {
        (
            Some(false),
            format!("{errors}, above {}; {words}", percent(limit)),
        )
    } else if slow {
        (
            Some(false),
            format!("{errors}; {words}, above {} ms", band.p95.as_millis()),
        )
    } else {
        (p95.map(|_| true), format!("{errors}, {words}"))
    }
}

/// `0.6 %`.
fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
