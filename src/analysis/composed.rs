//! One verdict from evidence and plain limits.
//!
//! The first that applies: proven harm; silence; a promise that both versions break; CPU; a limit that only the canary
//! breaks, surely (roll back) or by its numbers (hold); what looks worse; what cannot be told; what is safe.

use super::canary::{Canary, Course};
use super::counts::Totals;
use super::latency::{Latency, quantile_bracket};
use super::limits::{Comparison, Ruling, call_of};
use super::sequential::finding::{Advised, Circumstances, Part};
use super::sequential::sentence::{Setting, odds, sentence, warnings};
use super::share::share_interval;
use super::signals::Signals;
use super::verdict::{Call, Measure, Reason, Verdict};
use super::window::Freshness;
use crate::domain::goals::Goals;
use crate::domain::guardrails::Guardrail;
use crate::domain::traffic::Weight;

/// The numbers of the present that a verdict tells.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The canary's.
    pub canary: &'a Totals,
    /// Stable's.
    pub stable: &'a Totals,
    /// How far they are of now.
    pub freshness: Freshness,
    /// What is seen besides the numbers.
    pub signals: &'a Signals,
}

/// The verdict on a canary: its evidence, and its numbers beside the limits.
pub fn judge_canary(canary: &Canary, numbers: &Numbers<'_>, goals: &Goals) -> Verdict {
    let comparison = Comparison {
        canary: numbers.canary,
        stable: numbers.stable,
        goals,
    };
    let plain = comparison.ruling_when(numbers.freshness);
    let mut verdict = match canary.course() {
        Some(course) => {
            let composition = Composition {
                comparison,
                course,
                numbers,
            };
            let mut verdict = composition.verdict(plain);
            verdict.warnings = composition.warnings();
            verdict
        }
        None => comparison.judged(plain, numbers.freshness),
    };
    if matches!(numbers.freshness, Freshness::Live(_)) {
        verdict.warnings.extend(comparison.warnings());
    }
    numbers.signals.bear_on(&mut verdict, goals.guardrails);
    verdict
}

struct Composition<'a> {
    comparison: Comparison<'a>,
    course: &'a Course,
    numbers: &'a Numbers<'a>,
}

impl Composition<'_> {
    fn verdict(&self, plain: Ruling) -> Verdict {
        let advised = self.course.judge.advised(Circumstances {
            is_stale: matches!(self.numbers.freshness, Freshness::Stale(_)),
            cpu_ln_e: self.course.cpu_ln_e(),
        });
        match advised {
            Advised::RollBack(part) => self.told(
                advised,
                Ruling::by(measure(part), Call::RollBack, reason(part)).of(part.guardrail()),
            ),
            _ if matches!(plain.reason, Reason::Stale | Reason::NoData) => self.limits(plain),
            _ if self.is_alone() => self.limits(plain),
            Advised::SharedBreach => self.told(
                advised,
                Ruling::by(Measure::ErrorShare, Call::Hold, Reason::SharedBreach)
                    .of(Guardrail::Slo),
            ),
            Advised::Cpu => {
                let effect = self.comparison.goals.guardrails.cpu_per_request;
                let call = call_of(effect).unwrap_or(Call::Hold);
                let ruling = Ruling::by(Measure::CpuPerRequest, call, Reason::Cpu);
                self.told(advised, ruling.of(Guardrail::CpuPerRequest))
            }
            Advised::Stale
            | Advised::NoData
            | Advised::Held(_)
            | Advised::Suspicious
            | Advised::Safe
            | Advised::Unproven => self.without_proof(advised, plain),
        }
    }

    /// At full weight there is nothing to compare with.
    fn is_alone(&self) -> bool {
        self.course.weight() == Some(Weight::FULL)
    }

    /// Neither harm nor a shared breach is proven by comparison.
    fn without_proof(&self, advised: Advised, plain: Ruling) -> Verdict {
        match (plain.call, plain.culprit) {
            (Call::RollBack, Some(measure)) if self.is_sure(measure) => self.limits(plain),
            (Call::RollBack, Some(measure)) => {
                let ruling = Ruling::by(measure, Call::Hold, Reason::Suspicious);
                self.limits(ruling.of(Guardrail::Slo))
            }
            _ if let Advised::Held(part) = advised => {
                let ruling = Ruling::by(measure(part), Call::Hold, reason(part));
                until_evidence_falls(
                    self.told(advised, ruling.of(part.guardrail())),
                    self.course.judge.needed(),
                )
            }
            _ if advised == Advised::Suspicious => {
                let mut ruling = Ruling::new(Call::Hold, Reason::Suspicious);
                ruling.guardrail = self.course.judge.heaviest().map(Part::guardrail);
                until_evidence_falls(
                    self.told(advised, ruling),
                    -self.course.judge.params().warn.ln(),
                )
            }
            // CPU is judged minute by minute: one number over a step does not hold.
            (Call::Hold, _) if plain.reason != Reason::Cpu => self.limits(plain),
            (Call::NotEnoughData, _) => self.limits(plain),
            _ if advised == Advised::Safe => {
                let mut verdict = self.told(advised, Ruling::new(Call::Promote, Reason::Safe));
                let within = Ruling::new(Call::Promote, Reason::WithinLimits);
                verdict.sentence.push(' ');
                let within = self.comparison.sentence(within, self.numbers.freshness);
                verdict.sentence.push_str(&within);
                verdict
            }
            _ if advised == Advised::NoData => {
                self.limits(Ruling::new(Call::NotEnoughData, Reason::Unproven))
            }
            _ => self.told(
                Advised::Unproven,
                Ruling::new(Call::NotEnoughData, Reason::Unproven),
            ),
        }
    }

    /// What the evidence of guardrails that only warn has found.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = warnings(&self.course.judge, &self.setting());
        warnings.extend(self.course.cpu_warning());
        warnings
    }

    /// Whether the canary breaks a limit and stable keeps it beyond doubt.
    fn is_sure(&self, measure: Measure) -> bool {
        let error = self.course.judge.params().alpha / 2.0;
        let (canary, stable) = (self.numbers.canary, self.numbers.stable);
        let goals = self.comparison.goals;
        match measure {
            Measure::ErrorShare => {
                let burst = self.course.judge.params().phi_error;
                let of = |totals: &Totals| {
                    share_interval(totals.counts.errors, totals.counts.requests, error, burst)
                };
                of(canary).0 > goals.error_share && of(stable).1 < goals.error_share
            }
            Measure::P95 => {
                let limit = goals.p95.as_secs_f64();
                let of = |totals: &Totals| match &totals.counts.latency {
                    Latency::Known(buckets) => quantile_bracket(buckets, 0.95, error),
                    Latency::Empty | Latency::Unknown => (0.0, None),
                };
                of(canary).0 >= limit && of(stable).1.is_some_and(|upper| upper <= limit)
            }
            Measure::CpuPerRequest | Measure::SampleSize => false,
        }
    }

    /// In the words of the plain limits.
    fn limits(&self, ruling: Ruling) -> Verdict {
        self.comparison.judged(ruling, self.numbers.freshness)
    }

    /// In the words of the evidence.
    fn told(&self, advised: Advised, ruling: Ruling) -> Verdict {
        let sentence = sentence(&self.course.judge, advised, &self.setting());
        self.comparison
            .told(ruling, self.numbers.freshness, sentence)
    }

    fn setting(&self) -> Setting<'_> {
        let quantile = |totals: &Totals| totals.counts.quantile(0.95);
        let hold = self
            .course
            .weight()
            .and_then(|weight| self.course.rules.hold(weight));
        Setting {
            every: self.course.every(),
            last: self.course.span.map(|span| span.until),
            p95: quantile(self.numbers.canary).zip(quantile(self.numbers.stable)),
            step: hold.map(|hold| hold.as_secs_f64()),
            cpu: self.course.cpu.as_ref(),
        }
    }
}

fn until_evidence_falls(verdict: Verdict, below: f64) -> Verdict {
    Verdict {
        until: Some(format!("the evidence has to fall below {}", odds(below))),
        ..verdict
    }
}

fn measure(part: Part) -> Measure {
    match part {
        Part::Error | Part::SloError => Measure::ErrorShare,
        Part::Latency | Part::SloLatency => Measure::P95,
    }
}

fn reason(part: Part) -> Reason {
    match part {
        Part::Error => Reason::Error,
        Part::Latency => Reason::Latency,
        Part::SloError => Reason::SloError,
        Part::SloLatency => Reason::SloLatency,
    }
}
