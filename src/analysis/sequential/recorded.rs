//! Recorded counts, judged after the fact: what `flightdeck judge` reads and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evidence::Pair;
use super::finding::{Advised, Circumstances};
use super::judge::{Judge, Sample};
use super::params::{ParamFault, Params};
use crate::analysis::ratio::Ratio;

/// Counts and what they are to be judged by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Oldest first.
    pub intervals: Vec<Row>,
    /// What is not written has its default.
    #[serde(default)]
    pub params: Params,
}

/// Both versions in one interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Canary requests.
    pub n: f64,
    /// Stable requests.
    pub m: f64,
    /// Canary errors.
    pub x: f64,
    /// Stable errors.
    pub y: f64,
    /// Slow requests, `[canary, stable]`, per watched bound; `null`: not known in this interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<Vec<[f64; 2]>>,
    /// When it began and ended, in seconds; only their difference is used, for the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t0: Option<f64>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t1: Option<f64>,
    /// `false`: it is left out.
    #[serde(default = "used", skip_serializing_if = "Clone::clone")]
    pub used: bool,
    /// What is peculiar about it; told by whoever recorded it, not judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

fn used() -> bool {
    true
}

/// Why recorded counts cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum RecordedFault {
    /// A parameter makes no sense.
    #[error(transparent)]
    Param(#[from] ParamFault),
    /// A count makes no sense.
    #[error("`intervals[{index}].{key}` is {found}; expected {expected}")]
    Count {
        /// The interval, counted from 0.
        index: usize,
        /// Its key.
        key: String,
        /// What was written.
        found: f64,
        /// What may be.
        expected: &'static str,
    },
    /// Slow requests are missing or too many.
    #[error(
        "`intervals[{index}].slow` has {found} entries; expected one for each of the {expected} bounds in `params.slow`"
    )]
    Slow {
        /// The interval, counted from 0.
        index: usize,
        /// How many were written.
        found: usize,
        /// How many bounds there are.
        expected: usize,
    },
}

impl Recorded {
    /// Looks whether it can be judged.
    pub fn check(&self) -> Result<(), RecordedFault> {
        self.params.check()?;
        for (index, row) in self.intervals.iter().enumerate() {
            row.check(index)?;
            let expected = self.params.slow.len();
            if let Some(slow) = row.slow.as_ref().filter(|slow| slow.len() != expected) {
                return Err(RecordedFault::Slow {
                    index,
                    found: slow.len(),
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Judges all intervals; [`Recorded::check`] comes first.
    pub fn judge(&self) -> (Judge, Judgement) {
        let mut judge = Judge::new(self.params.clone());
        let path = self
            .intervals
            .iter()
            .filter(|row| row.used)
            .map(|row| judge.push(&row.sample()))
            .collect();
        judge.settle();
        let judgement = Judgement::of(&judge, path, self.circumstances());
        (judge, judgement)
    }

    /// Seconds from interval to interval, on average. `None`: not written.
    pub fn every(&self) -> Option<f64> {
        let lengths = self.intervals.iter().filter(|row| row.used);
        let lengths = lengths.filter_map(|row| Some(row.t1? - row.t0?));
        let (sum, number) = lengths.fold((0.0, 0.0), |(sum, number), length| {
            (sum + length, number + 1.0)
        });
        (sum > 0.0).then(|| sum / number)
    }

    /// What holds besides the intervals.
    pub fn circumstances(&self) -> Circumstances {
        Circumstances {
            is_stale: self.params.stale,
            cpu_ln_e: self.params.cpu_log_e,
        }
    }
}

impl Row {
    fn sample(&self) -> Sample<'_> {
        Sample {
            errors: Pair {
                n: self.n,
                x: self.x,
                m: self.m,
                y: self.y,
            },
            slow: self.slow.as_deref(),
        }
    }

    fn check(&self, index: usize) -> Result<(), RecordedFault> {
        let check = |key: &str, found: f64, is_sound: bool, expected: &'static str| {
            if is_sound {
                return Ok(());
            }
            Err(RecordedFault::Count {
                index,
                key: key.to_owned(),
                found,
                expected,
            })
        };
        for (key, count) in [("n", self.n), ("m", self.m)] {
            check(key, count, is_count(count), "a number from 0 up")?;
        }
        for (key, bad, all) in [("x", self.x, self.n), ("y", self.y, self.m)] {
            check(key, bad, is_count(bad) && bad <= all, AMONG)?;
        }
        for (bound, slow) in self.slow.iter().flatten().enumerate() {
            for (side, all) in [self.n, self.m].into_iter().enumerate() {
                let key = format!("slow[{bound}][{side}]");
                check(
                    &key,
                    slow[side],
                    is_count(slow[side]) && slow[side] <= all,
                    AMONG,
                )?;
            }
        }
        Ok(())
    }
}

const AMONG: &str = "a number from 0 up to that version's requests";

fn is_count(count: f64) -> bool {
    count.is_finite() && count >= 0.0
}

/// What the intervals say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// `continue`, `hold`, `rollback` or `not_enough_data`.
    pub verdict: &'static str,
    /// Why, in a word.
    pub reason: &'static str,
    /// The interval that proved harm, counted from 0.
    pub first_rollback: Option<usize>,
    /// The part that weighed most in it.
    pub culprit: Option<&'static str>,
    /// ln of the total evidence after each interval.
    pub log_e_path: Vec<f64>,
    /// Its last value.
    pub log_e_total: f64,
    /// The last ln E of each part, before weighting.
    pub log_e: BTreeMap<&'static str, f64>,
    /// ln E of "more errors than stable".
    pub log_e_ratio: f64,
    /// ln E of "more errors than the floor"; `null` where there is no floor.
    pub log_e_floor: Option<f64>,
    /// ln E per watched bound.
    pub log_e_slow: Vec<f64>,
    /// Where the canary's error share lies.
    pub error_share_canary: (f64, f64),
    /// Where stable's lies.
    pub error_share_stable: (f64, f64),
    /// Where their ratio lies.
    pub error_ratio: Ratio,
    /// Where their difference lies.
    pub error_difference: (f64, f64),
    /// Whether harm by errors is excluded.
    pub safe_error: bool,
    /// Where the ratio of slow shares lies, at the bound next to p95.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_ratio: Option<Ratio>,
    /// Whether harm by slow requests is excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_latency: Option<bool>,
}

impl Judgement {
    fn of(judge: &Judge, log_e_path: Vec<f64>, circumstances: Circumstances) -> Self {
        let (verdict, reason) = words(judge.advised(circumstances));
        let known = judge.knowledge();
        let proof = judge.rolled_back();
        let parts = judge.pieces();
        Self {
            verdict,
            reason,
            first_rollback: proof.map(|proof| proof.index),
            culprit: proof.map(|proof| proof.part.word()),
            log_e_path,
            log_e_total: judge.ln_e(),
            log_e: parts.map(|piece| (piece.part.word(), piece.ln_e)).collect(),
            log_e_ratio: judge.ratio_ln_e(),
            log_e_floor: judge.floor_ln_e(),
            log_e_slow: judge.slow_ln_e().collect(),
            error_share_canary: known.error_share_canary,
            error_share_stable: known.error_share_stable,
            error_ratio: known.error_ratio,
            error_difference: known.error_difference,
            safe_error: known.safe_error,
            slow_ratio: known.slow_ratio,
            safe_latency: known.safe_latency,
        }
    }
}

/// Verdict and reason as they are written.
fn words(advised: Advised) -> (&'static str, &'static str) {
    match advised {
        Advised::RollBack(part) => ("rollback", part.word()),
        Advised::Stale => ("hold", "stale"),
        Advised::NoData => ("not_enough_data", "no_data"),
        Advised::SharedBreach => ("hold", "shared_slo_breach"),
        Advised::Cpu => ("hold", "cpu"),
        Advised::Held(part) => ("hold", part.word()),
        Advised::Suspicious => ("hold", "suspicious"),
        Advised::Safe => ("continue", "safe"),
        Advised::Unproven => ("not_enough_data", "unproven"),
    }
}
