//! What a verdict is held to: the promised false-alarm rate, what is tolerated, and what must be excluded before more
//! traffic moves. Fixed when a release begins, so that two observers judge alike.

use serde::{Deserialize, Serialize};

use super::onset::Onset;
use crate::domain::guardrails::Guardrails;

/// The tail of the bound next to p95.
const P95: f64 = 0.05;

/// The parameters of a verdict; each is optional in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// The chance that a canary within the tolerances is ever rolled back, at most.
    pub alpha: f64,
    /// Evidence of 1 / `warn` holds.
    pub warn: f64,
    /// The same for CPU.
    pub cpu_warn: f64,
    /// The tolerated ratio of error shares.
    pub rho_error: f64,
    /// An error share up to here never causes a roll back; 0 switches it off.
    pub floor_error: f64,
    /// The tolerated slow-down of response times: 0.03 is 3 %. Already contained in `slow`.
    pub latency_tolerance: f64,
    /// The same while pods are fresh.
    pub warm_tolerance: f64,
    /// Intervals for which pods are fresh.
    pub warm_intervals: usize,
    /// The intervals, counted from 0, from which on pods are fresh.
    pub warm_at: Vec<usize>,
    /// How many errors come together.
    pub phi_error: f64,
    /// The most that ln E of an alternative grows in one interval.
    pub cap: f64,
    /// Planned number of intervals.
    pub horizon: u32,
    /// Weight of "bad from the first interval on".
    pub p_on: f64,
    /// Weight of the errors.
    pub w_error: f64,
    /// Weight of the latency.
    pub w_latency: f64,
    /// Weight of the promised error share.
    pub w_slo_error: f64,
    /// Weight of the promised slow share.
    pub w_slo_latency: f64,
    /// The promised error share, 0 to 1.
    pub slo_error: Option<f64>,
    /// The promised slow share.
    pub slo_latency: Option<SlowLimit>,
    /// Total error of what "safe" is concluded from.
    pub alpha_safe: f64,
    /// The ratio of error shares that must be excluded.
    pub safe_ratio_error: f64,
    /// Or the canary's error share that must be excluded.
    pub safe_floor_error: f64,
    /// The ratio of slow shares that must be excluded.
    pub safe_ratio_latency: f64,
    /// The fewest intervals of a step.
    pub min_intervals: usize,
    /// The first interval, counted from 0, of the present step after its warm-up.
    pub safety_from: usize,
    /// The bounds above which requests are slow.
    pub slow: Vec<SlowBound>,
    /// The one next to p95; by default the one whose tail is next to 5 %.
    pub primary: Option<usize>,
    /// Whether data stopped arriving.
    pub stale: bool,
    /// ln E of the CPU guardrail.
    pub cpu_log_e: Option<f64>,
    /// What each part's finding comes to; usually a roll back.
    #[serde(skip_serializing_if = "is_usual")]
    pub guardrails: Guardrails,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_usual(guardrails: &Guardrails) -> bool {
    *guardrails == Guardrails::default()
}

/// A promised share of slow requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowLimit {
    /// Index of the bound in `slow`.
    pub index: usize,
    /// The highest share, 0 to 1.
    pub limit: f64,
}

/// A bound above which requests are slow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlowBound {
    /// In seconds, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// Stable's share of slow requests before the canary.
    pub tail: f64,
    /// The tolerated ratio of slow shares.
    pub rho: f64,
    /// The same while pods are fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rho_warm: Option<f64>,
    /// How many slow requests come together.
    #[serde(default = "even")]
    pub phi: f64,
}

fn even() -> f64 {
    1.0
}

impl Default for Params {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            warn: 0.2,
            cpu_warn: 0.1,
            rho_error: 1.1,
            floor_error: 0.001,
            latency_tolerance: 0.03,
            warm_tolerance: 0.5,
            warm_intervals: 4,
            warm_at: vec![0],
            phi_error: 1.0,
            cap: Onset::default().cap,
            horizon: Onset::default().horizon,
            p_on: Onset::default().at_once,
            w_error: 0.4,
            w_latency: 0.4,
            w_slo_error: 0.1,
            w_slo_latency: 0.1,
            slo_error: None,
            slo_latency: None,
            alpha_safe: 0.05,
            safe_ratio_error: 3.0,
            safe_floor_error: 0.01,
            safe_ratio_latency: 1.5,
            min_intervals: 8,
            safety_from: 0,
            slow: Vec::new(),
            primary: None,
            stale: false,
            cpu_log_e: None,
            guardrails: Guardrails::default(),
        }
    }
}

/// A parameter that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`params.{key}` is {found}; expected {expected}")]
pub struct ParamFault {
    /// Its key.
    pub key: String,
    /// What was written.
    pub found: String,
    /// What may be.
    pub expected: &'static str,
}

impl Params {
    /// The onset of harm that they describe.
    pub fn onset(&self) -> Onset {
        Onset {
            at_once: self.p_on,
            horizon: self.horizon,
            cap: self.cap,
        }
    }

    /// Whether pods are fresh in interval `index`.
    pub(super) fn is_warm(&self, index: usize) -> bool {
        let is_from = |at: &usize| *at <= index && index < at.saturating_add(self.warm_intervals);
        self.warm_at.iter().any(is_from)
    }

    /// The bound next to p95; `None` where no bound is watched.
    pub fn primary(&self) -> Option<usize> {
        let distance = |bound: &SlowBound| (bound.tail / P95).ln().abs();
        let nearest = || {
            (0..self.slow.len()).min_by(|one, other| {
                distance(&self.slow[*one]).total_cmp(&distance(&self.slow[*other]))
            })
        };
        self.primary
            .filter(|index| *index < self.slow.len())
            .or_else(nearest)
    }

    /// The tolerated ratio of slow shares in interval `index`.
    pub(super) fn tolerated(&self, bound: &SlowBound, index: usize) -> f64 {
        if self.is_warm(index) {
            bound.rho_warm.unwrap_or(bound.rho)
        } else {
            bound.rho
        }
    }

    /// Looks whether they make sense.
    pub fn check(&self) -> Result<(), ParamFault> {
        self.check_chances()?;
        self.check_sizes()?;
        self.check_bounds()
    }

    fn check_chances(&self) -> Result<(), ParamFault> {
        let chances = [
            ("alpha", self.alpha),
            ("warn", self.warn),
            ("cpu_warn", self.cpu_warn),
            ("alpha_safe", self.alpha_safe),
        ];
        for (key, value) in chances {
            let is_chance = value > 0.0 && value < 1.0;
            check(key, &value, is_chance, "a number above 0 and below 1")?;
        }
        let shares = [("p_on", self.p_on), ("floor_error", self.floor_error)];
        for (key, value) in shares
            .into_iter()
            .chain(self.slo_error.map(|value| ("slo_error", value)))
        {
            check(key, &value, is_share(value), "a number from 0 to 1")?;
        }
        Ok(())
    }

    fn check_sizes(&self) -> Result<(), ParamFault> {
        let positive = [
            ("rho_error", self.rho_error),
            ("cap", self.cap),
            ("safe_ratio_error", self.safe_ratio_error),
            ("safe_ratio_latency", self.safe_ratio_latency),
            ("w_error", self.w_error),
            ("w_latency", self.w_latency),
            ("w_slo_error", self.w_slo_error),
            ("w_slo_latency", self.w_slo_latency),
        ];
        for (key, value) in positive {
            check(
                key,
                &value,
                value > 0.0 && value.is_finite(),
                "a number above 0",
            )?;
        }
        check(
            "phi_error",
            &self.phi_error,
            is_burst(self.phi_error),
            BURST,
        )
    }

    fn check_bounds(&self) -> Result<(), ParamFault> {
        for (index, bound) in self.slow.iter().enumerate() {
            let at = |key: &str| format!("slow[{index}].{key}");
            check(
                at("tail"),
                &bound.tail,
                is_share(bound.tail),
                "a number from 0 to 1",
            )?;
            let is_ratio = bound.rho > 0.0 && bound.rho.is_finite();
            check(at("rho"), &bound.rho, is_ratio, "a number above 0")?;
            check(at("phi"), &bound.phi, is_burst(bound.phi), BURST)?;
        }
        let indexes = [
            self.primary
                .filter(|_| !self.slow.is_empty())
                .map(|index| ("primary", index)),
            self.slo_latency
                .map(|limit| ("slo_latency.index", limit.index)),
        ];
        for (key, index) in indexes.into_iter().flatten() {
            let is_there = index < self.slow.len();
            check(
                key,
                &index,
                is_there,
                "the index of an entry of `params.slow`",
            )?;
        }
        match self.slo_latency {
            Some(SlowLimit { limit, .. }) => check(
                "slo_latency.limit",
                &limit,
                is_share(limit),
                "a number from 0 to 1",
            ),
            None => Ok(()),
        }
    }
}

const BURST: &str = "a number from 1 up";

fn is_share(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

fn is_burst(value: f64) -> bool {
    value >= 1.0 && value.is_finite()
}

fn check(
    key: impl Into<String>,
    found: &impl ToString,
    is_sound: bool,
    expected: &'static str,
) -> Result<(), ParamFault> {
    if is_sound {
        return Ok(());
    }
    Err(ParamFault {
        key: key.into(),
        found: found.to_string(),
        expected,
    })
}
