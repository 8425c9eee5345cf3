//! The verdict on a canary: one call, why, and the evidence in numbers and words.
//!
//! Every way of judging gives this same type, so that screens, commands and the record need to know no other.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a verdict advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Call {
    /// More traffic may go to the canary.
    #[serde(rename = "promote")]
    Promote,
    /// Leave the traffic where it is.
    #[serde(rename = "hold")]
    Hold,
    /// Take the traffic off the canary.
    #[serde(rename = "rollback")]
    RollBack,
    /// Nothing can be concluded yet.
    #[serde(rename = "not_enough_data")]
    NotEnoughData,
}

impl Call {
    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promote => "PROMOTE",
            Self::Hold => "HOLD",
            Self::RollBack => "ROLL BACK",
            Self::NotEnoughData => "NO DATA",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Why a verdict calls what it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The canary's error share breaks its limit and stable's does not.
    Error,
    /// The canary's response time breaks its limit and stable's does not.
    Latency,
    /// The canary breaks the promised error share and stable keeps it.
    SloError,
    /// The canary breaks the promised share of slow requests and stable keeps it.
    SloLatency,
    /// The canary looks worse, which is not proven yet.
    Suspicious,
    /// Both versions break the same limit.
    SharedBreach,
    /// The canary needs more CPU a request than tolerated.
    Cpu,
    /// Whether the response time is within its limit cannot be told.
    LatencyUnknown,
    /// The last usable scrape is too old.
    Stale,
    /// No usable interval yet.
    NoData,
    /// Fewer canary requests than anything is concluded from.
    TooFewRequests,
    /// Harm beyond the margins is not excluded yet.
    Unproven,
    /// Harm beyond the margins is excluded.
    Safe,
    /// Everything is within its limit.
    WithinLimits,
    /// Its pods restart.
    Restarts,
    /// Its pods are at the limit of their CPU or memory.
    Saturation,
    /// A query of the team's own is beyond its limit, or cannot be read.
    Extra,
}

impl Reason {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Latency => "latency",
            Self::SloError => "slo_error",
            Self::SloLatency => "slo_latency",
            Self::Suspicious => "suspicious",
            Self::SharedBreach => "shared_breach",
            Self::Cpu => "cpu",
            Self::LatencyUnknown => "latency_unknown",
            Self::Stale => "stale",
            Self::NoData => "no_data",
            Self::TooFewRequests => "too_few_requests",
            Self::Unproven => "unproven",
            Self::Safe => "safe",
            Self::WithinLimits => "within_limits",
            Self::Restarts => "restarts",
            Self::Saturation => "saturation",
            Self::Extra => "extra",
        }
    }
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Failed requests by requests.
    ErrorShare,
    /// 95th percentile of the response time.
    P95,
    /// CPU time a request.
    CpuPerRequest,
    /// How many requests there are to judge by.
    SampleSize,
}

impl Measure {
    /// Its name on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorShare => "errors",
            Self::P95 => "p95",
            Self::CpuPerRequest => "cpu/request",
            Self::SampleSize => "requests",
        }
    }

    /// The unit of its numbers.
    pub fn unit(self) -> Unit {
        match self {
            Self::ErrorShare => Unit::Share,
            Self::P95 | Self::CpuPerRequest => Unit::Seconds,
            Self::SampleSize => Unit::Requests,
        }
    }
}

/// The unit of a check's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 0 to 1.
    Share,
    /// Seconds.
    Seconds,
    /// A number of requests.
    Requests,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Within its limit.
    Ok,
    /// Within its limit, but near it.
    Warn,
    /// Beyond its limit.
    Breach,
    /// Cannot be told: never drawn as ok.
    Unknown,
}

/// One line of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What it looks at.
    pub measure: Measure,
    /// The canary's number.
    pub value: Option<f64>,
    /// Stable's number.
    pub stable: Option<f64>,
    /// The limit it is held to.
    pub limit: Option<f64>,
    /// The unit of the three.
    pub unit: Unit,
    /// How it stands.
    pub state: CheckState,
    /// The line for a screen, numbers included.
    pub text: String,
}

/// The verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What it advises.
    pub call: Call,
    /// Why.
    pub reason: Reason,
    /// The measure that decided, where one did.
    pub culprit: Option<Measure>,
    /// Call and reason with their numbers, for a person.
    pub sentence: String,
    /// The evidence.
    pub checks: Vec<Check>,
    /// The guardrail that decided, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardrail: Option<String>,
    /// What has to change before it is another one, for a person; `None` where the sentence says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What guardrails found that only warn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
