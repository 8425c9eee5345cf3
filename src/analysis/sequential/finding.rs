//! What evidence amounts to: its parts, what it advises, what it proves and what it leaves possible.

use serde::{Deserialize, Serialize};

use crate::analysis::ratio::Ratio;
use crate::domain::guardrails::{Consequence, Guardrail, Guardrails};

/// A kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// More errors than stable, and more than anyone cares about.
    Error,
    /// More slow requests than stable.
    Latency,
    /// More errors than promised.
    SloError,
    /// More slow requests than promised.
    SloLatency,
}

impl Part {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Latency => "latency",
            Self::SloError => "slo_error",
            Self::SloLatency => "slo_latency",
        }
    }

    /// Whose finding it is.
    pub fn guardrail(self) -> Guardrail {
        match self {
            Self::Error => Guardrail::ErrorRate,
            Self::Latency => Guardrail::LatencyP95,
            Self::SloError | Self::SloLatency => Guardrail::Slo,
        }
    }

    /// What its finding comes to.
    pub(super) fn effect(self, guardrails: Guardrails) -> Consequence {
        match self {
            Self::Error => guardrails.error_rate,
            Self::Latency => guardrails.latency_p95,
            Self::SloError | Self::SloLatency => guardrails.slo,
        }
    }

    /// What both versions may share the blame for.
    pub(super) fn is_promise(self) -> bool {
        match self {
            Self::Error | Self::Latency => false,
            Self::SloError | Self::SloLatency => true,
        }
    }
}

/// One part's last evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// What it looks at.
    pub part: Part,
    /// Its share of the weights of those that roll back; 1 for one that speaks for itself alone.
    pub weight: f64,
    /// ln E before weighting.
    pub ln_e: f64,
    /// What its finding comes to.
    pub effect: Consequence,
}

impl Piece {
    /// Whether it is part of the evidence that rolls back.
    pub(super) fn rolls_back(&self) -> bool {
        self.effect == Consequence::RollBack
    }

    /// ln of its weighted evidence.
    pub(super) fn weighted(&self) -> f64 {
        self.weight.ln() + self.ln_e
    }
}

/// What the evidence advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advised {
    /// Harm is proven; final.
    RollBack(Part),
    /// Nothing new comes.
    Stale,
    /// No interval yet.
    NoData,
    /// Both versions break a promise.
    SharedBreach,
    /// More CPU than tolerated.
    Cpu,
    /// A part that only holds has proven harm.
    Held(Part),
    /// It looks worse.
    Suspicious,
    /// Harm beyond the margins is excluded.
    Safe,
    /// None of these.
    Unproven,
}

/// What holds besides the intervals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Circumstances {
    /// Data stopped arriving.
    pub is_stale: bool,
    /// ln E of the CPU guardrail, where it is watched.
    pub cpu_ln_e: Option<f64>,
}

/// What is known of this step, each at its share of the total error.
#[derive(Debug, Clone, PartialEq)]
pub struct Knowledge {
    /// The canary's error share.
    pub error_share_canary: (f64, f64),
    /// Stable's error share.
    pub error_share_stable: (f64, f64),
    /// Their ratio.
    pub error_ratio: Ratio,
    /// The canary's less stable's.
    pub error_difference: (f64, f64),
    /// Whether harm by errors is excluded.
    pub safe_error: bool,
    /// The ratio of slow shares at the bound next to p95; `None` where none is watched.
    pub slow_ratio: Option<Ratio>,
    /// Whether harm by slow requests is excluded.
    pub safe_latency: Option<bool>,
}

/// Harm that was proven, as it stood at that moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The interval that proved it, counted from 0.
    pub index: usize,
    /// The part that weighed most.
    pub part: Part,
    /// ln of the total evidence.
    pub ln_e: f64,
    /// The canary's bad requests by the part's kind, and its requests, since the comparison began.
    pub canary: (f64, f64),
    /// The same of stable.
    pub stable: (f64, f64),
    /// The ratio of their shares.
    pub ratio: Ratio,
}
