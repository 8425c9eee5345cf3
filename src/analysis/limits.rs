//! The plain verdict: both versions held to the same limits, from a minimum number of requests on.
//!
//! Invariants: nothing is concluded from silence, from too few requests, or from what could not be measured; a limit that
//! stable breaks as well is no reason to roll back.

use super::counts::Totals;
use super::latency::Quantile;
use super::verdict::{Call, Check, CheckState, Measure, Reason, Verdict};
use super::window::Freshness;
use super::wording::{count, percent, percent_beside, span, time, time_beside};
use crate::domain::goals::Goals;

/// The share of a limit from which a check warns.
const WARN_FROM: f64 = 0.8;

/// Judges the canary's totals of a step against the goals, beside stable's totals over the same time.
pub fn judge_limits(
    canary: &Totals,
    stable: &Totals,
    goals: &Goals,
    freshness: Freshness,
) -> Verdict {
    let comparison = Comparison {
        canary,
        stable,
        goals,
    };
    let ruling = match freshness {
        Freshness::Stale(since) => Ruling::new(
            Call::Hold,
            Reason::Stale,
            format!(
                "Holding: no fresh data since {}. Nothing is concluded from silence.",
                since.strftime("%H:%M:%S")
            ),
        ),
        Freshness::Waiting => Ruling::new(
            Call::NotEnoughData,
            Reason::NoData,
            "Not enough data: no interval with traffic on both versions yet.".to_owned(),
        ),
        Freshness::Live(_) => comparison.ruling(),
    };
    let mut checks = comparison.checks();
    if !matches!(freshness, Freshness::Live(_)) {
        for check in &mut checks {
            check.state = CheckState::Unknown;
        }
    }
    let Ruling {
        call,
        reason,
        culprit,
        sentence,
    } = ruling;
    Verdict {
        call,
        reason,
        culprit,
        sentence,
        checks,
    }
}

struct Ruling {
    call: Call,
    reason: Reason,
    culprit: Option<Measure>,
    sentence: String,
}

impl Ruling {
    fn new(call: Call, reason: Reason, sentence: String) -> Self {
        Self {
            call,
            reason,
            culprit: None,
            sentence,
        }
    }

    fn by(self, measure: Measure) -> Self {
        Self {
            culprit: Some(measure),
            ..self
        }
    }
}

/// How one version stands to one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
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

    fn state(self) -> CheckState {
        match self {
            Self::Within => CheckState::Ok,
            Self::Near => CheckState::Warn,
            Self::Beyond => CheckState::Breach,
            Self::Unknown => CheckState::Unknown,
        }
    }
}

struct Comparison<'a> {
    canary: &'a Totals,
    stable: &'a Totals,
    goals: &'a Goals,
}

impl Comparison<'_> {
    fn ruling(&self) -> Ruling {
        if !self.is_enough(self.canary) {
            return Ruling::new(Call::NotEnoughData, Reason::TooFewRequests, self.too_few());
        }
        self.breach(Measure::ErrorShare)
            .or_else(|| self.breach(Measure::P95))
            .or_else(|| self.shared(Measure::ErrorShare))
            .or_else(|| self.shared(Measure::P95))
            .or_else(|| self.cpu_breach())
            .or_else(|| self.latency_unknown())
            .unwrap_or_else(|| Ruling::new(Call::Promote, Reason::WithinLimits, self.within()))
    }

    /// The fewest requests that count, never none at all.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a minimum of requests is far below 2^52"
    )]
    fn needed(&self) -> f64 {
        self.goals.min_requests.max(1) as f64
    }

    fn is_enough(&self, totals: &Totals) -> bool {
        totals.counts.requests >= self.needed()
    }

    fn standing(&self, measure: Measure, totals: &Totals) -> Standing {
        if !self.is_enough(totals) {
            return Standing::Unknown;
        }
        let value = match measure {
            Measure::ErrorShare => totals.counts.error_share(),
            Measure::P95 => return self.latency_standing(totals),
            Measure::CpuPerRequest => totals.counts.cpu_per_request(),
            Measure::SampleSize => return Standing::Within,
        };
        let Some((value, limit)) = value.zip(self.limit(measure)) else {
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
    fn limit(&self, measure: Measure) -> Option<f64> {
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

    fn breach(&self, measure: Measure) -> Option<Ruling> {
        let canary_only = self.standing(measure, self.canary) == Standing::Beyond
            && self.standing(measure, self.stable) != Standing::Beyond;
        let reason = if measure == Measure::P95 {
            Reason::Latency
        } else {
            Reason::Error
        };
        canary_only.then(|| {
            let sentence = format!(
                "Rolling back: {}; limit {}.",
                self.against(measure),
                self.limit_text(measure)
            );
            Ruling::new(Call::RollBack, reason, sentence).by(measure)
        })
    }

    fn shared(&self, measure: Measure) -> Option<Ruling> {
        (self.standing(measure, self.canary) == Standing::Beyond).then(|| {
            let sentence = format!(
                "Holding: both versions break the limit: {}; limit {}. Rolling back would not help.",
                self.against(measure),
                self.limit_text(measure)
            );
            Ruling::new(Call::Hold, Reason::SharedBreach, sentence).by(measure)
        })
    }

    fn cpu_breach(&self) -> Option<Ruling> {
        let measure = Measure::CpuPerRequest;
        if self.standing(measure, self.canary) != Standing::Beyond {
            return None;
        }
        let (canary, stable) = self
            .canary
            .counts
            .cpu_per_request()
            .zip(self.stable.counts.cpu_per_request())?;
        let tolerance = self.goals.cpu_tolerance?;
        let sentence = format!(
            "Holding: CPU per request {} against {} on stable, {} more; {} is tolerated.",
            time(canary),
            time(stable),
            percent_beside(canary / stable - 1.0, tolerance),
            percent(tolerance)
        );
        Some(Ruling::new(Call::Hold, Reason::Cpu, sentence).by(measure))
    }

    fn latency_unknown(&self) -> Option<Ruling> {
        if self.standing(Measure::P95, self.canary) != Standing::Unknown {
            return None;
        }
        let why = match self.canary.counts.quantile(0.95) {
            Some(quantile) => format!(
                "p95 is above {}, the largest bucket, so whether it is within {} cannot be told",
                time(quantile.seconds()),
                self.limit_text(Measure::P95)
            ),
            None => "the canary's response times are not known".to_owned(),
        };
        let sentence = format!(
            "Holding: {why}; {}, limit {}.",
            self.errors(),
            self.limit_text(Measure::ErrorShare)
        );
        Some(Ruling::new(Call::Hold, Reason::LatencyUnknown, sentence).by(Measure::P95))
    }

    fn too_few(&self) -> String {
        let (have, needed) = (self.canary.counts.requests, self.needed());
        if have <= 0.0 {
            return format!(
                "Not enough data: no canary requests yet, {} are needed.",
                count(needed)
            );
        }
        let wait = self
            .canary
            .requests_per_second()
            .map(|rate| span((needed - have) / rate));
        let wait = wait.map_or_else(String::new, |wait| {
            format!("; at this traffic about {wait} more")
        });
        format!(
            "Not enough data: {} of {} canary requests{wait}.",
            count(have),
            count(needed)
        )
    }

    fn within(&self) -> String {
        let stable = match self.stable.counts.error_share() {
            Some(share) => format!("stable {}", percent(share)),
            None => "no requests on stable".to_owned(),
        };
        format!(
            "Within limits: {} (limit {}, {stable}), p95 {} (limit {}).",
            self.errors(),
            self.limit_text(Measure::ErrorShare),
            self.p95(self.canary),
            self.limit_text(Measure::P95)
        )
    }

    fn errors(&self) -> String {
        let counts = &self.canary.counts;
        let share = counts.error_share().map_or_else(
            || "?".to_owned(),
            |share| percent_beside(share, self.goals.error_share),
        );
        format!("{share} of {} canary requests fail", count(counts.requests))
    }

    /// The canary's number against stable's, where stable has requests enough to compare with.
    fn against(&self, measure: Measure) -> String {
        let canary = match measure {
            Measure::P95 => format!(
                "p95 of {} canary requests is {}",
                count(self.canary.counts.requests),
                self.p95(self.canary)
            ),
            Measure::ErrorShare | Measure::CpuPerRequest | Measure::SampleSize => self.errors(),
        };
        if !self.is_enough(self.stable) {
            return format!(
                "{canary}, stable had only {} requests to compare with",
                count(self.stable.counts.requests)
            );
        }
        let stable = match measure {
            Measure::P95 => self.p95(self.stable),
            Measure::ErrorShare | Measure::CpuPerRequest | Measure::SampleSize => {
                let share = self.stable.counts.error_share().unwrap_or_default();
                percent_beside(share, self.goals.error_share)
            }
        };
        format!("{canary} against {stable} on stable")
    }

    fn p95(&self, totals: &Totals) -> String {
        let limit = self.goals.p95.as_secs_f64();
        match totals.counts.quantile(0.95) {
            Some(Quantile::About(seconds)) => format!("about {}", time_beside(seconds, limit)),
            Some(Quantile::Above(seconds)) => format!("above {}", time(seconds)),
            None => "unknown".to_owned(),
        }
    }

    fn limit_text(&self, measure: Measure) -> String {
        match (measure, self.limit(measure)) {
            (_, None) => "unknown".to_owned(),
            (Measure::ErrorShare, Some(limit)) => percent(limit),
            (Measure::P95 | Measure::CpuPerRequest, Some(limit)) => time(limit),
            (Measure::SampleSize, Some(limit)) => count(limit),
        }
    }

    fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.check(Measure::ErrorShare), self.check(Measure::P95)];
        if self.goals.cpu_tolerance.is_some() {
            checks.push(self.check(Measure::CpuPerRequest));
        }
        checks.push(self.check(Measure::SampleSize));
        checks
    }

    fn check(&self, measure: Measure) -> Check {
        let value = number(measure, self.canary);
        Check {
            measure,
            value,
            stable: number(measure, self.stable),
            limit: self.limit(measure),
            unit: measure.unit(),
            state: self.standing(measure, self.canary).state(),
            text: format!(
                "{} {} of {}",
                measure.name(),
                self.value_text(measure, value),
                self.limit_text(measure)
            ),
        }
    }

    fn value_text(&self, measure: Measure, value: Option<f64>) -> String {
        let limit = self.limit(measure).unwrap_or(f64::NAN);
        match (measure, value) {
            (Measure::P95, Some(seconds)) => match self.canary.counts.quantile(0.95) {
                Some(Quantile::Above(_)) => format!(">{}", time(seconds)),
                Some(Quantile::About(_)) | None => time_beside(seconds, limit),
            },
            (Measure::ErrorShare, Some(share)) => percent_beside(share, limit),
            (Measure::CpuPerRequest, Some(seconds)) => time_beside(seconds, limit),
            (Measure::SampleSize, Some(requests)) => count(requests),
            (_, None) if self.canary.counts.requests > 0.0 => "unknown".to_owned(),
            (_, None) => "no requests".to_owned(),
        }
    }
}

fn number(measure: Measure, totals: &Totals) -> Option<f64> {
    match measure {
        Measure::ErrorShare => totals.counts.error_share(),
        Measure::P95 => totals.counts.quantile(0.95).map(Quantile::seconds),
        Measure::CpuPerRequest => totals.counts.cpu_per_request(),
        Measure::SampleSize => Some(totals.counts.requests),
    }
}
