//! Whether counted requests show a split: pure arithmetic.
//!
//! Invariants: a weight of 0 or 100 is shown only by a window in which the other side answered nothing; a window ends early
//! only once the old split would have shown in it.

use super::counters::Tally;
use crate::domain::traffic::{Split, Weight};

/// Fewest requests that tell anything.
pub(super) const FEWEST: f64 = 20.0;

/// The split that should be seen, after which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) split: Split,
    /// The split before; `None` where the plan did not change it.
    pub(super) from: Option<Split>,
}

/// What a window of requests says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The traffic is where it should be.
    Agrees,
    /// It is not.
    Contradicts,
    /// The window must go on.
    Open,
    /// It is over, and has too few requests.
    TooFew,
}

/// Judges a window that goes on, or `is_over`.
pub(super) fn judge(expected: Expected, tally: &Tally, is_over: bool) -> Judgement {
    let requests = tally.requests();
    let contradicts = contradicts(expected.split, tally);
    if contradicts && (is_over || requests >= FEWEST) {
        Judgement::Contradicts
    } else if !contradicts && requests >= wanted(expected) {
        Judgement::Agrees
    } else if !is_over {
        Judgement::Open
    } else if requests >= FEWEST {
        Judgement::Agrees
    } else {
        Judgement::TooFew
    }
}

fn contradicts(split: Split, tally: &Tally) -> bool {
    match split.canary {
        Weight::ZERO => tally.canary.requests > 0.0,
        Weight::FULL => tally.stable.requests > 0.0,
        weight => {
            let requests = tally.requests();
            let off = (tally.canary.requests - requests * weight.share()).abs();
            off > 4.0 * spread(weight.share()) * requests.sqrt() + 1.0
        }
    }
}

/// Standard deviation of one request's side.
fn spread(share: f64) -> f64 {
    (share * (1.0 - share)).sqrt()
}

/// Requests after which a window may end early: so many that the old split would hardly ever pass for the new one.
fn wanted(expected: Expected) -> f64 {
    /// Exponent of the chance to see nothing of the old split: one in a million.
    const NOTHING_SEEN: f64 = 14.0;
    /// A change that is looked for where none was made, as a share.
    const LEAST_CHANGE: f64 = 0.05;
    let new = expected.split.canary.share();
    let old = expected.from.map_or(new, |from| from.canary.share());
    let change = (new - old).abs().max(LEAST_CHANGE);
    let wanted = if expected.split.canary == Weight::ZERO || expected.split.canary == Weight::FULL {
        NOTHING_SEEN / change
    } else {
        // Solves n * change = (4 * new + 5 * old spread) * sqrt(n) + 1 for n.
        let spreads = 4.0 * spread(new) + 5.0 * spread(old);
        let root = (spreads + (spreads * spreads + 4.0 * change).sqrt()) / (2.0 * change);
        root * root
    };
    wanted.max(FEWEST)
}

/// What was seen, where it agrees.
pub(super) fn agreement(split: Split, canary_tag: &str, tally: &Tally) -> String {
    let (canary, all) = (tally.canary.requests, tally.requests());
    match split.canary {
        Weight::ZERO => format!("0 of {all:.0} requests on {canary_tag}"),
        Weight::FULL => format!("all of {all:.0} requests on {canary_tag}"),
        weight => format!(
            "{} of {all:.0} requests on {canary_tag}, {weight} expected",
            percent(canary, all)
        ),
    }
}

/// What was seen, where it contradicts.
pub(super) fn contradiction(split: Split, canary_tag: &str, tally: &Tally) -> String {
    let (canary, all) = (tally.canary.requests, tally.requests());
    let seen = percent(canary, all);
    match split.canary {
        Weight::ZERO => format!("the canary still gets {seen} of {all:.0} requests ({canary_tag})"),
        weight => {
            format!("the canary gets {seen} of {all:.0} requests ({canary_tag}), {weight} expected")
        }
    }
}

fn percent(part: f64, all: f64) -> String {
    if all > 0.0 {
        format!("{:.1} %", part / all * 100.0)
    } else {
        "0 %".to_owned()
    }
}
