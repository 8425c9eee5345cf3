//! How each version of the service behaves: its errors, latency, CPU and readiness.
//!
//! A version that nobody described behaves well. The table can be changed while pods serve; the next request sees it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::super::dice::Dice;

/// How many standard deviations above the mean 95 % of a normal distribution ends.
const P95_DEVIATIONS: f64 = 1.644_853_6;
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(9);

/// How one version answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// The share of `/orders` requests answered 500, from 0 to 1.
    pub error_share: f64,
    /// How long an answer takes.
    pub latency_ms: Latency,
    /// CPU time that one request costs, in milliseconds.
    pub cpu_ms: f64,
    /// Whether its pods become ready.
    pub ready: bool,
    /// What its pods log, and answer, when they fail.
    pub failure: String,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            error_share: 0.002,
            latency_ms: Latency::default(),
            cpu_ms: 3.0,
            ready: true,
            failure: "the stock service did not answer".to_owned(),
        }
    }
}

/// Two quantiles, in milliseconds, that fix a lognormal distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the answers take less.
    pub p50: f64,
    /// 95 % of the answers take less.
    pub p95: f64,
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            p50: 45.0,
            p95: 110.0,
        }
    }
}

impl Latency {
    pub(crate) fn draw(self, dice: &mut Dice) -> Duration {
        let deviation = (self.p95 / self.p50).ln() / P95_DEVIATIONS;
        let millis = self.p50 * (deviation * dice.normal()).exp();
        Duration::try_from_secs_f64(millis / 1000.0)
            .unwrap_or(LONGEST)
            .clamp(SHORTEST, LONGEST)
    }
}

/// Why a behaviour cannot be taken.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum BehaviourError {
    /// Not a share.
    #[error("error_share is {0}; it is a share from 0 to 1")]
    ErrorShare(f64),
    /// Not two ascending quantiles.
    #[error(
        "latency_ms is p50 {p50}, p95 {p95}; both are above 0, at most 9000, and p95 is not below p50"
    )]
    Latency {
        /// As it was asked for.
        p50: f64,
        /// As it was asked for.
        p95: f64,
    },
    /// Not a duration.
    #[error("cpu_ms is {0}; it is a number of milliseconds from 0 to 10000")]
    Cpu(f64),
}

impl Behaviour {
    /// Refuses what no server could do.
    pub fn check(&self) -> Result<(), BehaviourError> {
        let Latency { p50, p95 } = self.latency_ms;
        if !(0.0..=1.0).contains(&self.error_share) {
            return Err(BehaviourError::ErrorShare(self.error_share));
        }
        if !(p50 > 0.0 && p50 <= p95 && p95 <= 9000.0) {
            return Err(BehaviourError::Latency { p50, p95 });
        }
        if !(0.0..=10_000.0).contains(&self.cpu_ms) {
            return Err(BehaviourError::Cpu(self.cpu_ms));
        }
        Ok(())
    }

    pub(crate) fn cpu(&self) -> Duration {
        Duration::try_from_secs_f64(self.cpu_ms / 1000.0).unwrap_or_default()
    }
}

/// A change to a behaviour: what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BehaviourChange {
    error_share: Option<f64>,
    latency_ms: Option<Latency>,
    cpu_ms: Option<f64>,
    ready: Option<bool>,
    failure: Option<String>,
}

impl BehaviourChange {
    fn over(self, present: &Behaviour) -> Behaviour {
        Behaviour {
            error_share: self.error_share.unwrap_or(present.error_share),
            latency_ms: self.latency_ms.unwrap_or(present.latency_ms),
            cpu_ms: self.cpu_ms.unwrap_or(present.cpu_ms),
            ready: self.ready.unwrap_or(present.ready),
            failure: self.failure.unwrap_or_else(|| present.failure.clone()),
        }
    }
}

/// Behaviours by tag.
pub type Versions = BTreeMap<String, Behaviour>;

/// The table that the pods read.
#[derive(Debug)]
pub(crate) struct Behaviours(watch::Sender<Versions>);

impl Behaviours {
    pub(crate) fn new(versions: Versions) -> Self {
        Self(watch::Sender::new(versions))
    }

    pub(crate) fn of(&self, tag: &str) -> Behaviour {
        self.0.borrow().get(tag).cloned().unwrap_or_default()
    }

    pub(crate) fn change(
        &self,
        tag: &str,
        change: BehaviourChange,
    ) -> Result<Behaviour, BehaviourError> {
        let next = change.over(&self.of(tag));
        next.check()?;
        self.0.send_modify(|versions| {
            versions.insert(tag.to_owned(), next.clone());
        });
        Ok(next)
    }

    /// Makes a tag known, so that its image is recognised by its digest; its behaviour stays the default.
    pub(crate) fn know(&self, tag: &str) {
        self.0.send_if_modified(|versions| {
            let unknown = !versions.contains_key(tag);
            if unknown {
                versions.insert(tag.to_owned(), Behaviour::default());
            }
            unknown
        });
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Versions> {
        self.0.subscribe()
    }
}
