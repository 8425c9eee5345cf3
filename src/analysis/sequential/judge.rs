//! The verdict from evidence, one interval at a time.
//!
//! Invariants: a roll back is final; nothing is called safe from silence; taking an interval costs the same however many came
//! before; what the intervals were judged by never changes under way, only where the present step begins.

use serde::{Deserialize, Serialize};

use super::evidence::{LimitEvidence, Pair, RatioEvidence, ShareEvidence};
use super::finding::{Advised, Circumstances, Knowledge, Part, Piece, Proof};
use super::known::Counted;
use super::onset::ln_sum;
use super::params::{Params, SlowBound};
use super::pieces::{heaviest, total};
use crate::analysis::ratio::Ratio;
use crate::analysis::share::difference;
use crate::domain::assurance::Margin;

/// Both versions in one used interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample<'a> {
    /// Requests and errors.
    pub errors: Pair,
    /// Slow requests, `[canary, stable]`, per watched bound. `None`: not known in this interval.
    pub slow: Option<&'a [[f64; 2]]>,
}

/// How a canary stands after the intervals so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    params: Params,
    taken: usize,
    ratio: RatioEvidence,
    floor: Option<LimitEvidence>,
    slow: Vec<ShareEvidence>,
    promised_errors: Option<Promise>,
    promised_latency: Option<Promise>,
    errors: Counted,
    latency: Counted,
    promised: Counted,
    step_errors: Counted,
    step_latency: Counted,
    rolled_back: Option<Proof>,
    is_shared: bool,
    ln_e: f64,
}

/// A promised limit, of which both versions may fall short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Promise {
    canary: LimitEvidence,
    stable: LimitEvidence,
}

impl Promise {
    fn new(limit: f64, burst: f64, params: &Params) -> Self {
        let evidence = LimitEvidence::new(limit, burst, params.onset());
        Self {
            canary: evidence.clone(),
            stable: evidence,
        }
    }

    fn push(&mut self, pair: Pair) {
        self.canary.push(pair.n, pair.x);
        self.stable.push(pair.m, pair.y);
    }
}

impl Judge {
    /// A judge that has seen nothing.
    pub fn new(params: Params) -> Self {
        let onset = params.onset();
        let slow = params
            .slow
            .iter()
            .map(|bound| ShareEvidence::new(bound.tail, bound.phi, onset))
            .collect();
        let promised_latency = params.slo_latency.and_then(|promised| {
            let bound = params.slow.get(promised.index)?;
            Some(Promise::new(promised.limit, bound.phi, &params))
        });
        Self {
            taken: 0,
            ratio: RatioEvidence::new(params.rho_error, params.phi_error, onset),
            floor: (params.floor_error > 0.0)
                .then(|| LimitEvidence::new(params.floor_error, params.phi_error, onset)),
            slow,
            promised_errors: params
                .slo_error
                .map(|limit| Promise::new(limit, params.phi_error, &params)),
            promised_latency,
            errors: Counted::NOTHING,
            latency: Counted::NOTHING,
            promised: Counted::NOTHING,
            step_errors: Counted::NOTHING,
            step_latency: Counted::NOTHING,
            rolled_back: None,
            is_shared: false,
            ln_e: 0.0,
            params,
        }
    }

    /// The present step begins with the next interval: its pods are fresh, and what is to be excluded is this.
    pub fn begin_step(&mut self, margin: &Margin) {
        let params = &mut self.params;
        if params.warm_at.last() != Some(&self.taken) {
            params.warm_at.push(self.taken);
        }
        params.safety_from = self.taken + params.warm_intervals;
        params.safe_ratio_error = margin.error_ratio;
        params.safe_floor_error = margin.error_share;
        params.safe_ratio_latency = margin.slow_ratio;
        self.step_errors = Counted::NOTHING;
        self.step_latency = Counted::NOTHING;
    }

    /// Works out what the last intervals left to do, so that asking costs little.
    pub fn settle(&mut self) {
        self.step_errors.settle();
        self.step_latency.settle();
    }

    /// Takes one used interval; answers ln of the total evidence.
    pub fn push(&mut self, sample: &Sample<'_>) -> f64 {
        let index = self.taken;
        self.taken += 1;
        self.take_errors(sample.errors, index);
        let known = |slow: &&[[f64; 2]]| slow.len() >= self.slow.len();
        self.take_slow(sample.errors, sample.slow.filter(known), index);
        let pieces: Vec<Piece> = self.pieces().collect();
        self.ln_e = total(&pieces, |_| true).unwrap_or_default();
        self.rule(&pieces, index);
        self.ln_e
    }

    fn take_errors(&mut self, pair: Pair, index: usize) {
        self.ratio.push(pair);
        if let Some(floor) = &mut self.floor {
            floor.push(pair.n, pair.x);
        }
        if let Some(promise) = &mut self.promised_errors {
            promise.push(pair);
        }
        self.errors.push(pair);
        if index >= self.params.safety_from {
            self.step_errors.push(pair);
        }
    }

    /// An interval whose slow requests are not known says nothing of them.
    fn take_slow(&mut self, all: Pair, slow: Option<&[[f64; 2]]>, index: usize) {
        let pair = |bound: usize| match slow {
            Some(slow) => Pair {
                x: slow[bound][0],
                y: slow[bound][1],
                ..all
            },
            None => Pair::NOTHING,
        };
        for (bound, evidence) in self.slow.iter_mut().enumerate() {
            let tolerated = self.params.tolerated(&self.params.slow[bound], index);
            evidence.push(pair(bound), tolerated);
        }
        if let Some((promise, promised)) =
            self.promised_latency.as_mut().zip(self.params.slo_latency)
        {
            promise.push(pair(promised.index));
            self.promised.push(pair(promised.index));
        }
        if let Some(primary) = self.params.primary() {
            self.latency.push(pair(primary));
            if index >= self.params.safety_from {
                self.step_latency.push(pair(primary));
            }
        }
    }

    /// Looks whether the evidence suffices; once it did, it stays so.
    fn rule(&mut self, pieces: &[Piece], index: usize) {
        let needed = self.needed();
        if self.rolled_back.is_some() || self.ln_e < needed {
            return;
        }
        let compared = total(pieces, |part| !part.is_promise());
        if compared.is_none_or(|compared| compared < needed) && self.stable_breaks(pieces, needed) {
            self.is_shared = true;
        } else {
            self.rolled_back = heaviest(pieces, |_| true).map(|part| self.proof(part, index));
        }
    }

    pub(super) fn proof(&self, part: Part, index: usize) -> Proof {
        let counted = self.counted(part);
        let burst = self
            .slow_bound(part)
            .map_or(self.params.phi_error, |slow| slow.phi);
        Proof {
            index,
            part,
            ln_e: self.ln_e,
            canary: counted.canary,
            stable: counted.stable,
            ratio: counted.ratio.interval(self.params.alpha_safe, burst),
        }
    }

    /// The watched bound that a part is about. `None`: it is about errors.
    pub(super) fn slow_bound(&self, part: Part) -> Option<&SlowBound> {
        let index = match part {
            Part::Error | Part::SloError => None,
            Part::Latency => self.params.primary(),
            Part::SloLatency => self.params.slo_latency.map(|promised| promised.index),
        };
        self.params.slow.get(index?)
    }

    /// What a part has counted since the comparison began.
    pub(super) fn counted(&self, part: Part) -> &Counted {
        match part {
            Part::Error | Part::SloError => &self.errors,
            Part::Latency => &self.latency,
            Part::SloLatency => &self.promised,
        }
    }

    /// Whether stable breaks the promise that speaks loudest against the canary.
    fn stable_breaks(&self, pieces: &[Piece], needed: f64) -> bool {
        heaviest(pieces, Part::is_promise)
            .and_then(|part| self.promise(part))
            .is_some_and(|promise| promise.stable.ln_e() >= needed)
    }

    /// Whether stable keeps what a part promises, as far as is proven.
    pub(super) fn stable_keeps(&self, part: Part) -> bool {
        self.promise(part)
            .is_none_or(|promise| promise.stable.ln_e() < self.needed())
    }

    /// ln E of the canary against a part's promise.
    pub(super) fn promise_ln_e(&self, part: Part) -> Option<f64> {
        Some(self.promise(part)?.canary.ln_e())
    }

    fn promise(&self, part: Part) -> Option<&Promise> {
        match part {
            Part::SloError => self.promised_errors.as_ref(),
            Part::SloLatency => self.promised_latency.as_ref(),
            Part::Error | Part::Latency => None,
        }
    }

    /// Clearly worse than stable and above the share that anyone cares about: both must speak.
    pub(super) fn error_ln_e(&self) -> f64 {
        let ratio = self.ratio.ln_e();
        self.floor
            .as_ref()
            .map_or(ratio, |floor| ratio.min(floor.ln_e()))
    }

    /// The mean over the watched bounds.
    pub(super) fn latency_ln_e(&self) -> Option<f64> {
        if self.slow.is_empty() {
            return None;
        }
        let terms: Vec<f64> = self.slow.iter().map(ShareEvidence::ln_e).collect();
        let number: f64 = terms.iter().map(|_| 1.0).sum();
        Some(ln_sum(&terms) - f64::ln(number))
    }

    /// What is advised now.
    pub fn advised(&self, circumstances: Circumstances) -> Advised {
        if let Some(proof) = &self.rolled_back {
            return Advised::RollBack(proof.part);
        }
        if circumstances.is_stale {
            return Advised::Stale;
        }
        if self.taken == 0 {
            return Advised::NoData;
        }
        if self.is_shared && self.ln_e >= self.needed() {
            return Advised::SharedBreach;
        }
        let cpu_needed = -self.params.cpu_warn.ln();
        if circumstances
            .cpu_ln_e
            .is_some_and(|ln_e| ln_e >= cpu_needed)
        {
            return Advised::Cpu;
        }
        if let Some(part) = self.held() {
            return Advised::Held(part);
        }
        if self.ln_e >= -self.params.warn.ln() {
            return Advised::Suspicious;
        }
        if self.step_intervals() >= self.params.min_intervals && self.is_safe_at(1.0) {
            Advised::Safe
        } else {
            Advised::Unproven
        }
    }

    /// What is known since the present step's pods are warm.
    pub fn knowledge(&self) -> Knowledge {
        self.knowledge_at(1.0)
    }

    /// What would be known from so many times the counts in the same proportions.
    pub fn knowledge_at(&self, times: f64) -> Knowledge {
        let params = &self.params;
        let (half, burst) = (params.alpha_safe / 2.0, params.phi_error / times);
        let (canary, stable) = self.step_errors.shares(half, burst);
        let error_ratio = self.step_errors.ratio.interval(half, burst);
        let is_below = |ratio: Ratio, most: f64| ratio.1.is_some_and(|upper| upper < most);
        let slow_ratio = params.primary().map(|primary| {
            let burst = params.slow[primary].phi / times;
            self.step_latency.ratio.interval(params.alpha_safe, burst)
        });
        Knowledge {
            error_share_canary: canary,
            error_share_stable: stable,
            error_ratio,
            error_difference: difference(canary, stable),
            safe_error: is_below(error_ratio, params.safe_ratio_error)
                || canary.1 < params.safe_floor_error,
            slow_ratio,
            safe_latency: slow_ratio.map(|ratio| is_below(ratio, params.safe_ratio_latency)),
        }
    }

    /// Whether so many times the counts, in the same proportions, would exclude all harm that is looked at beyond its margin.
    pub(super) fn is_safe_at(&self, times: f64) -> bool {
        let (known, guardrails) = (self.knowledge_at(times), &self.params.guardrails);
        let errors = guardrails.error_rate.decides().then_some(known.safe_error);
        let latency = known
            .safe_latency
            .filter(|_| guardrails.latency_p95.decides());
        let asked = [errors, latency];
        asked.iter().any(Option::is_some) && asked.into_iter().flatten().all(|safe| safe)
    }

    /// What it judges by.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// How many intervals it has taken.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// ln of the total evidence.
    pub fn ln_e(&self) -> f64 {
        self.ln_e
    }

    /// ln of the evidence that rolls back.
    pub fn needed(&self) -> f64 {
        -self.params.alpha.ln()
    }

    /// The harm that was proven.
    pub fn rolled_back(&self) -> Option<&Proof> {
        self.rolled_back.as_ref()
    }

    /// ln E of "more errors than stable".
    pub fn ratio_ln_e(&self) -> f64 {
        self.ratio.ln_e()
    }

    /// ln E of "more errors than anyone cares about"; `None` where that is not asked.
    pub fn floor_ln_e(&self) -> Option<f64> {
        self.floor.as_ref().map(LimitEvidence::ln_e)
    }

    /// ln E per watched bound.
    pub fn slow_ln_e(&self) -> impl Iterator<Item = f64> {
        self.slow.iter().map(ShareEvidence::ln_e)
    }

    /// Intervals of the present step since its pods are warm.
    pub fn step_intervals(&self) -> usize {
        self.taken.saturating_sub(self.params.safety_from)
    }

    /// Errors and requests since the comparison began.
    pub fn errors(&self) -> &Counted {
        &self.errors
    }

    /// Slow requests, at the bound next to p95, and requests since the comparison began.
    pub fn latency(&self) -> &Counted {
        &self.latency
    }

    /// Errors and requests of this step.
    pub fn step_errors(&self) -> &Counted {
        &self.step_errors
    }

    /// Slow requests, at the bound next to p95, and requests of this step.
    pub fn step_latency(&self) -> &Counted {
        &self.step_latency
    }
}
