//! The sequential verdict in words. Every sentence carries its numbers.

use jiff::Timestamp;

use super::cpu::CpuSign;
use super::detect::{Outlook, detectable};
use super::finding::{Advised, Knowledge, Part, Proof};
use super::judge::Judge;
use super::known::Counted;
use super::missing::{more_needed, number};
use crate::analysis::latency::Quantile;
use crate::analysis::wording::{count, percent, span, time};
use crate::domain::guardrails::Consequence;

/// What a sentence may tell besides the evidence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting<'a> {
    /// Seconds from interval to interval. `None`: not known.
    pub every: Option<f64>,
    /// The last usable scrape.
    pub last: Option<Timestamp>,
    /// 95th percentile of the canary and of stable.
    pub p95: Option<(Quantile, Quantile)>,
    /// How long the present step is held, in seconds.
    pub step: Option<f64>,
    /// The CPU guardrail.
    pub cpu: Option<&'a CpuSign>,
}

/// What is advised, for a person.
pub fn sentence(judge: &Judge, advised: Advised, setting: &Setting<'_>) -> String {
    match advised {
        Advised::RollBack(_) => match judge.rolled_back() {
            Some(proof) => roll_back(judge, proof, setting),
            None => "Rolling back.".to_owned(),
        },
        Advised::Stale => format!(
            "Holding: no fresh data{}. Nothing is concluded from silence.",
            setting
                .last
                .map_or_else(String::new, |last| format!(" since {}", last.strftime("%H:%M:%S")))
        ),
        Advised::NoData => {
            "Not enough data: no interval with traffic on both versions yet.".to_owned()
        }
        Advised::SharedBreach => {
            "Holding: both versions break the promised limit. The canary is not worse than stable, so rolling back would not help."
                .to_owned()
        }
        Advised::Cpu => cpu(judge, setting),
        Advised::Held(part) => held(judge, part, setting),
        Advised::Suspicious => format!(
            "Holding: the canary looks worse ({}; rollback at {}): {}. Watching.",
            evidence(judge.ln_e()),
            odds(judge.needed()),
            looks(judge)
        ),
        Advised::Safe => safe(judge),
        Advised::Unproven => unproven(judge, setting),
    }
}

fn roll_back(judge: &Judge, proof: &Proof, setting: &Setting<'_>) -> String {
    format!(
        "Rolling back: {}. {}, limit {}{}.",
        harm(judge, proof, setting),
        capital(&evidence(proof.ln_e)),
        odds(judge.needed()),
        after(proof.index + 1, setting.every)
    )
}

/// Harm that a part alone has proven which does not roll back: `hold` or `warn` is its guardrail's setting.
fn alone(judge: &Judge, part: Part, setting: &Setting<'_>) -> Option<String> {
    let piece = judge.pieces().find(|piece| piece.part == part)?;
    let proof = judge.proven_alone(&piece)?;
    Some(format!(
        "{}, {}",
        harm(judge, &proof, setting),
        evidence(proof.ln_e)
    ))
}

fn held(judge: &Judge, part: Part, setting: &Setting<'_>) -> String {
    let harm = alone(judge, part, setting).unwrap_or_else(|| "the canary is worse".to_owned());
    format!("Holding: {harm}; {} only holds.", part.guardrail())
}

/// What the guardrails that only warn have found, for a person.
pub fn warnings(judge: &Judge, setting: &Setting<'_>) -> Vec<String> {
    judge
        .warned()
        .map(|proof| {
            format!(
                "{}: {}, {}",
                proof.part.guardrail(),
                harm(judge, &proof, setting),
                evidence(proof.ln_e)
            )
        })
        .collect()
}

/// Proven harm with its numbers.
fn harm(judge: &Judge, proof: &Proof, setting: &Setting<'_>) -> String {
    let part = proof.part;
    let (canary, stable) = (share(proof.canary), share(proof.stable));
    let keeps = if judge.stable_keeps(part) {
        "stable keeps it"
    } else {
        "stable breaks it too"
    };
    match part {
        Part::Error => format!(
            "{canary} of {} canary requests fail against {stable} on stable{}",
            count(proof.canary.1),
            as_bad(proof)
        ),
        Part::Latency => format!(
            "{canary} of canary requests take longer than {} against {stable} on stable{}",
            bound(judge, part),
            p95(setting)
        ),
        Part::SloError => format!(
            "the canary breaks the promised limit ({canary} errors, limit {}); {keeps}",
            judge.params().slo_error.map_or_else(String::new, percent)
        ),
        Part::SloLatency => format!(
            "the canary breaks the promised limit ({canary} slower than {}, limit {}); {keeps}",
            bound(judge, part),
            judge
                .params()
                .slo_latency
                .map_or_else(String::new, |promised| percent(promised.limit))
        ),
    }
}

fn after(intervals: usize, every: Option<f64>) -> String {
    let number = number(intervals);
    match every {
        Some(seconds) => format!(", after {}", span(number * seconds)),
        None if intervals == 1 => ", after 1 interval".to_owned(),
        None => format!(", after {} intervals", count(number)),
    }
}

fn as_bad(proof: &Proof) -> String {
    match proof.ratio {
        (lower, _) if lower < 1.0 => String::new(),
        (lower, Some(upper)) => {
            format!(
                " (canary is {} to {} times as bad)",
                times(lower),
                times(upper)
            )
        }
        (lower, None) => format!(" (canary is at least {} times as bad)", times(lower)),
    }
}

fn p95(setting: &Setting<'_>) -> String {
    let about = |quantile| match quantile {
        Quantile::About(seconds) => format!("about {}", time(seconds)),
        Quantile::Above(seconds) => format!("above {}", time(seconds)),
    };
    setting.p95.map_or_else(String::new, |(canary, stable)| {
        format!("; p95 {}, stable {}", about(canary), about(stable))
    })
}

/// The bound that a part of the evidence is about.
fn bound(judge: &Judge, part: Part) -> String {
    let bound = judge.slow_bound(part).and_then(|slow| slow.bound);
    bound.map_or_else(|| "the watched bound".to_owned(), time)
}

/// What looks worse, by the part that weighs most.
fn looks(judge: &Judge) -> String {
    let part = judge.heaviest().unwrap_or(Part::Error);
    let counted = judge.counted(part);
    match part {
        Part::Latency | Part::SloLatency => format!(
            "{} of canary requests take longer than {} against {} on stable",
            share(counted.canary),
            bound(judge, part),
            share(counted.stable)
        ),
        Part::Error | Part::SloError => format!(
            "{} of {} canary requests fail against {} on stable",
            share(counted.canary),
            count(counted.canary.1),
            share(counted.stable)
        ),
    }
}

fn cpu(judge: &Judge, setting: &Setting<'_>) -> String {
    let begins = match judge.params().guardrails.cpu_per_request {
        Consequence::RollBack => "Rolling back",
        Consequence::Off | Consequence::Warn | Consequence::Hold => "Holding",
    };
    format!("{begins}: {}.", cpu_high(setting.cpu))
}

/// How much of the time the canary used too much CPU a request.
pub(in crate::analysis) fn cpu_high(sign: Option<&CpuSign>) -> String {
    let Some(sign) = sign else {
        return "CPU per request above stable by more than tolerated".to_owned();
    };
    format!(
        "CPU per request above stable by more than {} in {} of {} minutes",
        percent(sign.tolerance()),
        sign.high,
        sign.blocks
    )
}

fn safe(judge: &Judge) -> String {
    let known = judge.knowledge();
    let guardrails = &judge.params().guardrails;
    let mut parts = Vec::new();
    if guardrails.error_rate.decides() {
        parts.push(at_most_errors(judge, &known));
    }
    parts.extend(
        known
            .slow_ratio
            .and_then(|(_, upper)| upper)
            .filter(|_| guardrails.latency_p95.decides())
            .map(|upper| format!("slow share at most {} times", times(upper))),
    );
    let sure = percent(1.0 - judge.params().alpha_safe).replace(".0 %", " %");
    format!("Safe to continue: {} ({sure} sure).", parts.join(", "))
}

fn at_most_errors(judge: &Judge, known: &Knowledge) -> String {
    let by_ratio = known
        .error_ratio
        .1
        .filter(|upper| *upper < judge.params().safe_ratio_error);
    match by_ratio {
        Some(upper) => format!("error share at most {} times stable", times(upper)),
        None => format!(
            "error share at most {}",
            percent(known.error_share_canary.1)
        ),
    }
}

fn unproven(judge: &Judge, setting: &Setting<'_>) -> String {
    let step = judge.step_errors();
    let known = judge.knowledge();
    let (bad, requests) = step.canary;
    if requests <= 0.0 {
        return if judge.errors().canary.1 > 0.0 {
            "Not enough data: the step's pods are still warming up; nothing bad seen so far."
                .to_owned()
        } else {
            "Not enough data: no canary requests yet.".to_owned()
        };
    }
    if !judge.params().guardrails.error_rate.decides() {
        return unproven_latency(judge, setting);
    }
    let seen = if bad > 0.0 {
        format!(
            "{} of {} canary requests fail, stable {}",
            share(step.canary),
            count(requests),
            share(step.stable)
        )
    } else {
        format!("nothing bad seen in {} canary requests", count(requests))
    };
    let sure = format!(" (surely at most {})", percent(known.error_share_canary.1));
    let show = would_show(judge, step, setting).unwrap_or_default();
    format!(
        "Not enough data: {seen}{sure}{show}. {}",
        missing(judge, setting)
    )
}

/// Errors are not what it waits for.
fn unproven_latency(judge: &Judge, setting: &Setting<'_>) -> String {
    if !judge.params().guardrails.latency_p95.decides() {
        return "Not enough data: neither error_rate nor latency_p95 decides, so nothing can be proven."
            .to_owned();
    }
    let counted = judge.step_latency();
    let missing = missing(judge, setting);
    if judge.params().primary().is_none() {
        return "Not enough data: the response times are not known in enough detail to compare them."
            .to_owned();
    }
    format!(
        "Not enough data: {} of canary requests take longer than {} against {} on stable. {missing}",
        share(counted.canary),
        bound(judge, Part::Latency),
        share(counted.stable)
    )
}

/// What the present step can show at its traffic.
fn would_show(judge: &Judge, step: &Counted, setting: &Setting<'_>) -> Option<String> {
    let (seconds, every) = (setting.step?, setting.every?);
    let elapsed = number(judge.step_intervals()) * every;
    let (bad, requests) = step.stable;
    if elapsed <= 0.0 || bad <= 0.0 {
        return None;
    }
    let params = judge.params();
    let outlook = Outlook {
        canary_rps: step.canary.1 / elapsed,
        stable_rps: requests / elapsed,
        bad_share: bad / requests,
        tolerated: params.rho_error,
        alpha: params.alpha,
        at_once: params.p_on,
        burst: params.phi_error,
        ..Outlook::default()
    };
    Some(match detectable(&outlook, seconds) {
        Some(ratio) => format!(
            "; in this step only a rise to {} times the errors would show",
            times(ratio)
        ),
        None => "; in this step no rise of the errors would show".to_owned(),
    })
}

/// How long, or how much more traffic, it takes.
fn missing(judge: &Judge, setting: &Setting<'_>) -> String {
    let Some(more) = more_needed(judge) else {
        return "These counts in these proportions would not become safe with more of them."
            .to_owned();
    };
    let wait = match setting.every {
        Some(every) => format!("about {} more", span(more.intervals * every)),
        None => format!("about {} more intervals", count(more.intervals)),
    };
    if more.times >= 2.0 {
        format!(
            "At this traffic it needs {wait}, or {} times the traffic share.",
            count(more.times.ceil())
        )
    } else {
        format!("At this traffic it needs {wait}.")
    }
}

/// `2.1 %` of `(bad, requests)`.
fn share((bad, requests): (f64, f64)) -> String {
    if requests > 0.0 {
        percent(bad / requests)
    } else {
        "no requests".to_owned()
    }
}

/// `1.6`; whole from 10 up.
fn times(ratio: f64) -> String {
    if ratio >= 9.95 {
        count(ratio)
    } else {
        format!("{ratio:.1}")
    }
}

/// `evidence 84:1`.
fn evidence(ln_e: f64) -> String {
    format!("evidence {}", odds(ln_e))
}

/// `84:1`, one decimal below 10; above a million only that.
pub fn odds(ln_e: f64) -> String {
    let odds = ln_e.exp();
    if odds > 1e6 {
        "over 1000000:1".to_owned()
    } else if odds < 9.95 {
        format!("{}:1", format!("{odds:.1}").trim_end_matches(".0"))
    } else {
        format!("{odds:.0}:1")
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
