//! The plain verdict: both versions held to the same limits, from a minimum number of requests on.
//!
//! Invariants: nothing is concluded from silence, from too few requests, or from what could not be measured; a limit that
//! stable breaks as well is no reason to roll back.

use super::counts::Totals;
use super::latency::Quantile;
use super::verdict::{Call, CheckState, Measure, Reason, Verdict};
use super::window::Freshness;
use crate::domain::goals::Goals;
use crate::domain::guardrails::{Consequence, Guardrail};

/// The share of a limit from which a check warns.
const WARN_FROM: f64 = 0.8;

/// A decision without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ruling {
    pub(super) call: Call,
    pub(super) reason: Reason,
    pub(super) culprit: Option<Measure>,
    /// The guardrail that decided.
    pub(super) guardrail: Option<Guardrail>,
}

impl Ruling {
    pub(super) fn new(call: Call, reason: Reason) -> Self {
        Self {
            call,
            reason,
            culprit: None,
            guardrail: None,
        }
    }

    pub(super) fn by(measure: Measure, call: Call, reason: Reason) -> Self {
        Self {
            call,
            reason,
            culprit: Some(measure),
            guardrail: None,
        }
    }

    pub(super) fn of(self, guardrail: Guardrail) -> Self {
        Self {
            guardrail: Some(guardrail),
            ..self
        }
    }
}

/// How one version stands to one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Within,
    Near,
    Beyond,
    Unknown,
}

impl Standing {
    /// `near`: from where on a value within the limit is close to it.
    fn of(value: f64, near: f64, limit: f64) -> Self {
        if value > limit {
            Self::Beyond
        } else if value >= near && value > 0.0 {
            Self::Near
        } else {
            Self::Within
        }
    }

    pub(super) fn state(self) -> CheckState {
        match self {
            Self::Within => CheckState::Ok,
            Self::Near => CheckState::Warn,
            Self::Beyond => CheckState::Breach,
            Self::Unknown => CheckState::Unknown,
        }
    }
}

/// Both versions and what they are held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) canary: &'a Totals,
    pub(super) stable: &'a Totals,
    pub(super) goals: &'a Goals,
}

impl Comparison<'_> {
    /// What the limits say of numbers that are so fresh.
    pub(super) fn ruling_when(&self, freshness: Freshness) -> Ruling {
        match freshness {
            Freshness::Stale(_) => Ruling::new(Call::Hold, Reason::Stale),
            Freshness::Waiting => Ruling::new(Call::NotEnoughData, Reason::NoData),
            Freshness::Live(_) => self.ruling(),
        }
    }

    /// A ruling with its words and its evidence.
    pub(super) fn judged(&self, ruling: Ruling, freshness: Freshness) -> Verdict {
        self.told(ruling, freshness, self.sentence(ruling, freshness))
    }

    /// A ruling with its evidence, in the words of somebody else.
    pub(super) fn told(&self, ruling: Ruling, freshness: Freshness, sentence: String) -> Verdict {
        let mut checks = self.checks();
        if !matches!(freshness, Freshness::Live(_)) {
            for check in &mut checks {
                check.state = CheckState::Unknown;
            }
        }
        Verdict {
            call: ruling.call,
            reason: ruling.reason,
            culprit: ruling.culprit,
            sentence,
            checks,
            guardrail: ruling
                .guardrail
                .map(|guardrail| guardrail.word().to_owned()),
            until: self.until(ruling),
            warnings: Vec::new(),
        }
    }

    /// The first that applies. What only the canary breaks goes before what both break.
    fn ruling(&self) -> Ruling {
        if !self.is_enough(self.canary) {
            return Ruling::new(Call::NotEnoughData, Reason::TooFewRequests);
        }
        self.broken()
            .or_else(|| self.too_much_cpu())
            .or_else(|| self.unknown_latency())
            .unwrap_or_else(|| Ruling::new(Call::Promote, Reason::WithinLimits))
    }

    /// A promised limit that is broken, as far as that decides anything.
    fn broken(&self) -> Option<Ruling> {
        let call = call_of(self.goals.guardrails.slo)?;
        let judged = [
            (Measure::ErrorShare, Reason::Error),
            (Measure::P95, Reason::Latency),
        ];
        let breaks = |measure, totals| self.standing(measure, totals) == Standing::Beyond;
        let mut broken = judged
            .into_iter()
            .filter(|(measure, _)| breaks(*measure, self.canary));
        let (shared, _) = broken.clone().next()?;
        let ruling = broken
            .find(|(measure, _)| !breaks(*measure, self.stable))
            .map_or(
                Ruling::by(shared, Call::Hold, Reason::SharedBreach),
                |(measure, reason)| Ruling::by(measure, call, reason),
            );
        Some(ruling.of(Guardrail::Slo))
    }

    fn too_much_cpu(&self) -> Option<Ruling> {
        let call = call_of(self.goals.guardrails.cpu_per_request)?;
        let is_beyond = self.standing(Measure::CpuPerRequest, self.canary) == Standing::Beyond;
        is_beyond.then(|| {
            Ruling::by(Measure::CpuPerRequest, call, Reason::Cpu).of(Guardrail::CpuPerRequest)
        })
    }

    /// A response time that decides something and cannot be told.
    fn unknown_latency(&self) -> Option<Ruling> {
        let guardrails = &self.goals.guardrails;
        let (is_unknown, guardrail) = if guardrails.slo.decides() {
            let standing = self.standing(Measure::P95, self.canary);
            (standing == Standing::Unknown, Guardrail::Slo)
        } else {
            let is_unknown = self.canary.counts.quantile(0.95).is_none();
            let decides = guardrails.latency_p95.decides();
            (decides && is_unknown, Guardrail::LatencyP95)
        };
        is_unknown
            .then(|| Ruling::by(Measure::P95, Call::Hold, Reason::LatencyUnknown).of(guardrail))
    }

    /// The fewest requests that count, never none at all.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a minimum of requests is far below 2^52"
    )]
    pub(super) fn needed(&self) -> f64 {
        self.goals.min_requests.max(1) as f64
    }

    pub(super) fn is_enough(&self, totals: &Totals) -> bool {
        totals.counts.requests >= self.needed()
    }

    /// How a version stands to the limit of a measure: unknown from too few requests.
    pub(super) fn standing(&self, measure: Measure, totals: &Totals) -> Standing {
        if !self.is_enough(totals) {
            return Standing::Unknown;
        }
        if measure == Measure::P95 {
            return self.latency_standing(totals);
        }
        if measure == Measure::SampleSize {
            return Standing::Within;
        }
        let Some((value, limit)) = number(measure, totals).zip(self.limit(measure)) else {
            return Standing::Unknown;
        };
        Standing::of(value, self.near(measure, limit), limit)
    }

    /// Above the largest bucket is beyond a limit up to that bound, and unknown against a higher one.
    fn latency_standing(&self, totals: &Totals) -> Standing {
        let limit = self.goals.p95.as_secs_f64();
        match totals.counts.quantile(0.95) {
            Some(Quantile::About(seconds)) => Standing::of(seconds, limit * WARN_FROM, limit),
            Some(Quantile::Above(seconds)) if seconds >= limit => Standing::Beyond,
            Some(Quantile::Above(_)) | None => Standing::Unknown,
        }
    }

    /// The number a measure is held to; CPU is held to stable's.
    pub(super) fn limit(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::ErrorShare => Some(self.goals.error_share),
            Measure::P95 => Some(self.goals.p95.as_secs_f64()),
            Measure::CpuPerRequest => {
                let stable = self
                    .stable
                    .counts
                    .cpu_per_request()
                    .filter(|_| self.is_enough(self.stable));
                self.goals
                    .cpu_tolerance
                    .zip(stable)
                    .map(|(tolerance, stable)| stable * (1.0 + tolerance))
            }
            Measure::SampleSize => Some(self.needed()),
        }
    }

    /// CPU is near its limit by what it uses above stable, not by what stable uses already.
    fn near(&self, measure: Measure, limit: f64) -> f64 {
        match (measure, self.stable.counts.cpu_per_request()) {
            (Measure::CpuPerRequest, Some(stable)) => stable + (limit - stable) * WARN_FROM,
            _ => limit * WARN_FROM,
        }
    }
}

/// What a finding calls for; `None` where it decides nothing.
pub(super) fn call_of(effect: Consequence) -> Option<Call> {
    match effect {
        Consequence::Off | Consequence::Warn => None,
        Consequence::Hold => Some(Call::Hold),
        Consequence::RollBack => Some(Call::RollBack),
    }
}

/// A version's number; `None` where it is not known.
pub(super) fn number(measure: Measure, totals: &Totals) -> Option<f64> {
    match measure {
        Measure::ErrorShare => totals.counts.error_share(),
        Measure::P95 => totals.counts.quantile(0.95).map(Quantile::seconds),
        Measure::CpuPerRequest => totals.counts.cpu_per_request(),
        Measure::SampleSize => Some(totals.counts.requests),
    }
}
