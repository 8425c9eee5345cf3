//! What a team lets each finding about a candidate come to.

use super::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a finding comes to, from nothing to a roll back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consequence {
    /// It is not looked at.
    Off,
    /// It is told, and changes no verdict.
    Warn,
    /// The traffic stays where it is.
    Hold,
    /// The traffic is taken off.
    RollBack,
}

impl Consequence {
    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Hold => "hold",
            Self::RollBack => "rollback",
        }
    }

    /// Whether a verdict depends on it.
    pub fn decides(self) -> bool {
        self >= Self::Hold
    }
}

/// What is watched on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guardrail {
    /// More errors than stable.
    ErrorRate,
    /// Slower than stable.
    LatencyP95,
    /// More CPU a request than stable.
    CpuPerRequest,
    /// Its pods restart.
    Restarts,
    /// Its pods are at the limit of their CPU or memory.
    Saturation,
    /// The promised limits.
    Slo,
    /// A query of the team's own.
    Extra,
}

impl Guardrail {
    /// The key in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::LatencyP95 => "latency_p95",
            Self::CpuPerRequest => "cpu_per_request",
            Self::Restarts => "restarts",
            Self::Saturation => "saturation",
            Self::Slo => "slo",
            Self::Extra => "extra",
        }
    }
}

impl fmt::Display for Guardrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The consequence of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardrails {
    /// Of more errors than stable.
    pub error_rate: Consequence,
    /// Of more slow requests than stable.
    pub latency_p95: Consequence,
    /// Of more CPU a request than stable.
    pub cpu_per_request: Consequence,
    /// Of restarts of the candidate's pods.
    pub restarts: Consequence,
    /// Of pods at the limit of their CPU or memory.
    pub saturation: Consequence,
    /// Of a promised limit that is broken.
    pub slo: Consequence,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            error_rate: Consequence::RollBack,
            latency_p95: Consequence::RollBack,
            cpu_per_request: Consequence::Hold,
            restarts: Consequence::Warn,
            saturation: Consequence::Warn,
            slo: Consequence::RollBack,
        }
    }
}

/// On which side of its limit a number is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Beyond {
    /// More is bad.
    Above,
    /// Less is bad.
    Below,
}

impl Beyond {
    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Whether `value` is beyond `limit`.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value > limit,
            Self::Below => value < limit,
        }
    }
}

/// A query of the team's own with its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtraGuardrail {
    /// What people call it.
    pub name: String,
    /// `PromQL` that gives one number.
    pub query: String,
    /// The number that it is held to.
    pub limit: f64,
    /// Where it is bad.
    pub beyond: Beyond,
    /// What that comes to.
    pub effect: Consequence,
}

/// What one of the team's queries answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtraReading {
    /// What people call it.
    pub name: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The number; why there is none otherwise.
    pub value: Result<f64, Text>,
}
