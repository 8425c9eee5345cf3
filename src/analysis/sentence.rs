//! The plain verdict in words. Every sentence carries its numbers; a number stands beside its limit so that they differ
//! where they differ.

use super::counts::Totals;
use super::latency::Quantile;
use super::limits::{Comparison, Ruling, Standing, number};
use super::verdict::{Call, Check, Measure, Reason};
use super::window::Freshness;
use super::wording::{count, percent, percent_beside, span, time, time_beside};
use crate::domain::guardrails::Consequence;

impl Comparison<'_> {
    /// The ruling for a person.
    pub(super) fn sentence(&self, ruling: Ruling, freshness: Freshness) -> String {
        let culprit = ruling.culprit.unwrap_or(Measure::ErrorShare);
        match ruling.reason {
            Reason::Error | Reason::Latency | Reason::SloError | Reason::SloLatency => {
                format!(
                    "{}: {}; limit {}.",
                    begins(ruling.call),
                    self.against(culprit),
                    self.limit_text(culprit)
                )
            }
            Reason::Suspicious => format!(
                "Holding: {}; limit {}. It is not proven yet.",
                self.against(culprit),
                self.limit_text(culprit)
            ),
            Reason::SharedBreach => format!(
                "Holding: both versions break the limit: {}; limit {}. Rolling back would not help.",
                self.against(culprit),
                self.limit_text(culprit)
            ),
            Reason::Cpu => format!("{}: {}.", begins(ruling.call), self.cpu()),
            Reason::LatencyUnknown => format!(
                "Holding: {}; {}, limit {}.",
                self.latency_unknown(),
                self.errors(),
                self.limit_text(Measure::ErrorShare)
            ),
            Reason::Stale => format!(
                "Holding: no fresh data{}. Nothing is concluded from silence.",
                since(freshness)
            ),
            Reason::NoData => {
                "Not enough data: no interval with traffic on both versions yet.".to_owned()
            }
            Reason::TooFewRequests => self.too_few(),
            Reason::Unproven => format!(
                "Not enough data: {} It is not proven yet that nothing worse hides behind it.",
                self.within()
            ),
            Reason::Safe
            | Reason::WithinLimits
            | Reason::Restarts
            | Reason::Saturation
            | Reason::Extra => self.within(),
        }
    }

    /// What has to change before a hold or a roll back is another verdict; `None` where the sentence says it.
    pub(super) fn until(&self, ruling: Ruling) -> Option<String> {
        match ruling.call {
            Call::Promote | Call::NotEnoughData => None,
            Call::RollBack => Some("nothing but a new release changes this".to_owned()),
            Call::Hold => self.hold_until(ruling),
        }
    }

    fn hold_until(&self, ruling: Ruling) -> Option<String> {
        let measure = ruling.culprit?;
        let limit = self.limit_text(measure);
        let name = measure.name();
        match ruling.reason {
            Reason::SharedBreach => Some(format!(
                "{name} of both versions have to fall below {limit}"
            )),
            Reason::LatencyUnknown => {
                Some(format!("response times up to {limit} have to be reported"))
            }
            Reason::Cpu
            | Reason::Suspicious
            | Reason::Error
            | Reason::Latency
            | Reason::SloError
            | Reason::SloLatency => Some(format!("the canary's {name} must fall below {limit}")),
            Reason::Stale
            | Reason::NoData
            | Reason::TooFewRequests
            | Reason::Unproven
            | Reason::Safe
            | Reason::WithinLimits
            | Reason::Restarts
            | Reason::Saturation
            | Reason::Extra => None,
        }
    }

    /// What guardrails found in the numbers that only warn.
    pub(super) fn warnings(&self) -> Vec<String> {
        let guardrails = &self.goals.guardrails;
        let mut warnings = Vec::new();
        if guardrails.slo == Consequence::Warn {
            let broken = [Measure::ErrorShare, Measure::P95].into_iter();
            let broken =
                broken.filter(|measure| self.standing(*measure, self.canary) == Standing::Beyond);
            warnings.extend(broken.map(|measure| {
                format!(
                    "slo: {}; limit {}",
                    self.against(measure),
                    self.limit_text(measure)
                )
            }));
        }
        warnings
    }

    /// The evidence, line by line.
    pub(super) fn checks(&self) -> Vec<Check> {
        let mut checks = vec![self.check(Measure::ErrorShare), self.check(Measure::P95)];
        if self.watches_cpu() {
            checks.push(self.check(Measure::CpuPerRequest));
        }
        checks.push(self.check(Measure::SampleSize));
        checks
    }

    fn watches_cpu(&self) -> bool {
        self.goals.cpu_tolerance.is_some()
            && self.goals.guardrails.cpu_per_request != Consequence::Off
    }

    fn check(&self, measure: Measure) -> Check {
        Check {
            measure,
            value: number(measure, self.canary),
            stable: number(measure, self.stable),
            limit: self.limit(measure),
            unit: measure.unit(),
            state: self.standing(measure, self.canary).state(),
            text: format!(
                "{} {} of {}",
                measure.name(),
                self.value_text(measure),
                self.limit_text(measure)
            ),
        }
    }

    fn value_text(&self, measure: Measure) -> String {
        let limit = self.limit(measure).unwrap_or(f64::NAN);
        match (measure, number(measure, self.canary)) {
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

    fn limit_text(&self, measure: Measure) -> String {
        match (measure, self.limit(measure)) {
            (_, None) => "unknown".to_owned(),
            (Measure::ErrorShare, Some(limit)) => percent(limit),
            (Measure::P95 | Measure::CpuPerRequest, Some(limit)) => time(limit),
            (Measure::SampleSize, Some(limit)) => count(limit),
        }
    }

    /// The canary's number against stable's, where stable has requests enough to compare with.
    fn against(&self, measure: Measure) -> String {
        let (canary, stable) = match measure {
            Measure::P95 => {
                let requests = count(self.canary.counts.requests);
                (
                    format!(
                        "p95 of {requests} canary requests is {}",
                        self.p95(self.canary)
                    ),
                    self.p95(self.stable),
                )
            }
            Measure::ErrorShare | Measure::CpuPerRequest | Measure::SampleSize => {
                (self.errors(), self.share(self.stable))
            }
        };
        if self.is_enough(self.stable) {
            format!("{canary} against {stable} on stable")
        } else {
            let few = count(self.stable.counts.requests);
            format!("{canary}, stable had only {few} requests to compare with")
        }
    }

    fn errors(&self) -> String {
        format!(
            "{} of {} canary requests fail",
            self.share(self.canary),
            count(self.canary.counts.requests)
        )
    }

    fn share(&self, totals: &Totals) -> String {
        let share = totals.counts.error_share();
        share.map_or_else(
            || "unknown".to_owned(),
            |share| percent_beside(share, self.goals.error_share),
        )
    }

    fn p95(&self, totals: &Totals) -> String {
        let limit = self.goals.p95.as_secs_f64();
        match totals.counts.quantile(0.95) {
            Some(Quantile::About(seconds)) => format!("about {}", time_beside(seconds, limit)),
            Some(Quantile::Above(seconds)) => format!("above {}", time(seconds)),
            None => "unknown".to_owned(),
        }
    }

    fn cpu(&self) -> String {
        let each = self
            .canary
            .counts
            .cpu_per_request()
            .zip(self.stable.counts.cpu_per_request());
        let Some(((canary, stable), tolerance)) = each.zip(self.goals.cpu_tolerance) else {
            return "CPU per request is unknown".to_owned();
        };
        format!(
            "CPU per request {} against {} on stable, {} more; {} is tolerated",
            time(canary),
            time(stable),
            percent_beside(canary / stable - 1.0, tolerance),
            percent(tolerance)
        )
    }

    fn latency_unknown(&self) -> String {
        let limit = self.limit_text(Measure::P95);
        match self
            .canary
            .counts
            .quantile(0.95)
            .map(|quantile| time(quantile.seconds()))
        {
            Some(bound) => {
                format!(
                    "p95 is above {bound}, the largest bucket, so whether it is within {limit} cannot be told"
                )
            }
            None => "the canary's response times are not known".to_owned(),
        }
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
}

fn begins(call: Call) -> &'static str {
    match call {
        Call::RollBack => "Rolling back",
        Call::Promote | Call::Hold | Call::NotEnoughData => "Holding",
    }
}

fn since(freshness: Freshness) -> String {
    match freshness {
        Freshness::Stale(last) => format!(" since {}", last.strftime("%H:%M:%S")),
        Freshness::Waiting | Freshness::Live(_) => String::new(),
    }
}
