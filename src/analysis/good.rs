//! Whether a release that serves alone has earned the mark of a good one.
//!
//! Invariants: nothing is earned from silence: a gap begins the window anew; what cannot be told is not earned; the window
//! lies wholly after the release alone took all traffic and while all its pods were seen available.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Span};
use super::latency::Quantile;
use super::series::Flag;
use super::share::share_interval;
use super::window::Point;
use super::wording::{count, percent, percent_beside, span, time, time_beside};
use crate::domain::goals::Goals;

/// Scrape lengths without a reading that the window does not survive.
const GAP: u32 = 4;
/// How often the share's interval may be wrong, over all looks at it.
const ERROR: f64 = 0.05;
/// Failures of one serving version are counted one by one.
const BURST: f64 = 1.0;

/// Where and how a release is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window<'a> {
    /// Since when it serves alone with all its pods available.
    pub since: Timestamp,
    /// How long it must be seen so.
    pub length: Duration,
    /// The time from scrape to scrape.
    pub every: Duration,
    /// What it is held to.
    pub goals: &'a Goals,
    /// The present.
    pub now: Timestamp,
}

/// How far a release is from the mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// It has earned the mark.
    Earned {
        /// The numbers that speak for it.
        evidence: String,
    },
    /// The window is not over, or something is missing.
    Waiting {
        /// What there is, and what is missing.
        missing: String,
        /// When the window ends; `None` where that cannot be told.
        until: Option<Timestamp>,
    },
    /// It has broken a goal, or it cannot be told whether it has.
    Failed {
        /// The numbers that speak against it.
        why: String,
    },
}

/// Judges one version by the points of its own line, oldest first.
pub fn prove<'p>(points: impl Iterator<Item = &'p Point>, window: &Window<'_>) -> Proof {
    let Some(seen) = Seen::unbroken(points, window) else {
        return waiting("no fresh metrics of it yet", None);
    };
    if window.now.duration_since(seen.span.until).as_secs_f64() > gap(window) {
        let last = seen.span.until.strftime("%H:%M:%S");
        return waiting(format!("no fresh metrics since {last}"), None);
    }
    if seen.restarted {
        return failed("a pod's counters began anew within the window: it restarted");
    }
    seen.judge(window)
}

/// What was read without a gap up to the latest point.
struct Seen {
    span: Span,
    counts: Counts,
    restarted: bool,
}

impl Seen {
    fn unbroken<'p>(points: impl Iterator<Item = &'p Point>, window: &Window<'_>) -> Option<Self> {
        let mut seen: Option<Self> = None;
        for point in points.filter(|point| point.span.from >= window.since) {
            if point.span.seconds() > gap(window) {
                seen = None;
                continue;
            }
            let is_joined = |seen: &Self| {
                point
                    .span
                    .from
                    .duration_since(seen.span.until)
                    .as_secs_f64()
                    <= gap(window)
            };
            match seen.as_mut().filter(|seen| is_joined(seen)) {
                Some(seen) => seen.add(point),
                None => seen = Some(Self::of(point)),
            }
        }
        seen
    }

    fn of(point: &Point) -> Self {
        Self {
            span: point.span,
            counts: point.counts.clone(),
            restarted: is_reset(point),
        }
    }

    fn add(&mut self, point: &Point) {
        self.span.until = point.span.until;
        self.counts.add(&point.counts);
        self.restarted |= is_reset(point);
    }

    fn judge(&self, window: &Window<'_>) -> Proof {
        let goals = window.goals;
        let is_enough = self.counts.requests >= needed(goals);
        let (lower, upper) = share_interval(self.counts.errors, self.counts.requests, ERROR, BURST);
        if is_enough && lower > goals.error_share {
            return failed(self.errors(goals));
        }
        let end = window
            .length
            .try_into()
            .ok()
            .and_then(|length: jiff::SignedDuration| self.span.from.checked_add(length).ok());
        let end = end.filter(|end| *end > self.span.until);
        if end.is_some() || !is_enough {
            return waiting(self.progress(goals), end);
        }
        let share = self.counts.error_share().unwrap_or(1.0);
        let no_errors_are_promised = goals.error_share <= 0.0 && self.counts.errors <= 0.0;
        if share > goals.error_share {
            return failed(self.errors(goals));
        }
        if let Err(why) = self.latency(goals) {
            return failed(why);
        }
        if upper >= goals.error_share && !no_errors_are_promised {
            let least = percent(goals.error_share);
            let text = format!(
                "{} requests are too few to be sure of errors below {least}",
                count(self.counts.requests)
            );
            return waiting(text, None);
        }
        Proof::Earned {
            evidence: self.evidence(goals, upper),
        }
    }

    /// `214 of 500 requests`, and the errors once there are requests enough.
    fn progress(&self, goals: &Goals) -> String {
        let (have, needed) = (self.counts.requests, needed(goals));
        match self.counts.error_share() {
            Some(share) if have >= needed => {
                format!("{} requests, errors {}", count(have), percent(share))
            }
            Some(_) | None => format!("{} of {} requests", count(have), count(needed)),
        }
    }

    fn errors(&self, goals: &Goals) -> String {
        let share = self.counts.error_share().unwrap_or_default();
        let shown = percent_beside(share, goals.error_share);
        let requests = count(self.counts.requests);
        format!(
            "errors {shown} of {requests} requests, the goal is {}",
            percent(goals.error_share)
        )
    }

    /// p95 in words; an error where its goal is broken, or not known to be kept.
    fn latency(&self, goals: &Goals) -> Result<String, String> {
        let (limit, goal) = (goals.p95.as_secs_f64(), time(goals.p95.as_secs_f64()));
        match self.counts.quantile(0.95) {
            Some(Quantile::About(seconds)) if seconds < limit => {
                Ok(format!("p95 {}", time_beside(seconds, limit)))
            }
            Some(Quantile::About(seconds)) => Err(format!(
                "p95 {}, the goal is {goal}",
                time_beside(seconds, limit)
            )),
            Some(Quantile::Above(bound)) if bound >= limit => {
                Err(format!("p95 above {}, the goal is {goal}", time(bound)))
            }
            Some(Quantile::Above(bound)) => {
                let bound = time(bound);
                Err(format!(
                    "p95 is above {bound}, the largest bucket: whether it is below {goal} cannot be told"
                ))
            }
            None => Err(format!(
                "p95 is not reported: whether it is below {goal} cannot be told"
            )),
        }
    }

    fn evidence(&self, goals: &Goals, upper: f64) -> String {
        let share = percent(self.counts.error_share().unwrap_or_default());
        let latency = self.latency(goals).unwrap_or_default();
        let (requests, length) = (count(self.counts.requests), span(self.span.seconds()));
        let most = percent_beside(upper, goals.error_share);
        format!(
            "{requests} requests in {length}, errors {share} (at most {most}), {latency}, no restarts, all pods available"
        )
    }
}

fn waiting(missing: impl Into<String>, until: Option<Timestamp>) -> Proof {
    Proof::Waiting {
        missing: missing.into(),
        until,
    }
}

fn failed(why: impl Into<String>) -> Proof {
    Proof::Failed { why: why.into() }
}

fn is_reset(point: &Point) -> bool {
    [Flag::ResetStable, Flag::ResetCanary]
        .iter()
        .any(|flag| point.flags.contains(flag))
}

fn gap(window: &Window<'_>) -> f64 {
    (window.every * GAP).as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a minimum of requests is far below 2^52"
)]
fn needed(goals: &Goals) -> f64 {
    goals.min_requests.max(1) as f64
}
