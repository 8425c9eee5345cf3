//! What a canary's steps can show at today's traffic, before it begins.

use std::time::Duration;

use super::canary::Rules;
use super::counts::Totals;
use super::sequential::detect::{Outlook, detectable};
use super::wording::{count, percent, span};
use crate::domain::traffic::Weight;

/// What each step can show, and a warning where that is less than the goals ask. `stable`: what it did lately.
pub fn preflight(rules: &Rules, stable: &Totals) -> Vec<String> {
    let Some(rps) = stable.requests_per_second().filter(|rps| *rps > 0.0) else {
        return vec![
            "what the steps can show is unknown: stable's traffic is not known".to_owned(),
        ];
    };
    let share = stable.counts.error_share().unwrap_or_default();
    if share <= 0.0 {
        return vec![format!(
            "what the steps can show at {} requests/s is unknown: stable had no errors to compare with",
            count(rps)
        )];
    }
    let steps: Vec<Step> = rules
        .steps
        .iter()
        .filter(|(weight, _)| *weight < Weight::FULL)
        .map(|&(weight, hold)| Step::of(rules, weight, hold, (rps, share)))
        .collect();
    let told: Vec<String> = steps.iter().map(Step::told).collect();
    let mut lines = vec![format!(
        "at {} requests/s and {} errors: {}",
        count(rps),
        percent(share),
        told.join("; ")
    )];
    let goal = rules.goals.error_share;
    let blind: Vec<String> = steps
        .iter()
        .filter(|step| step.shows.is_none_or(|ratio| ratio * share > goal))
        .map(|step| step.weight.to_string())
        .collect();
    if !blind.is_empty() && goal > share {
        lines.push(format!(
            "at {} errors at the goal of {} would not show within the step: hold it longer, or begin with more traffic",
            blind.join(" and "),
            percent(goal)
        ));
    }
    lines
}

struct Step {
    weight: Weight,
    hold: Duration,
    /// The smallest rise that is expected to be found.
    shows: Option<f64>,
    /// Seconds until a doubling is expected to be found.
    doubling: Option<f64>,
}

impl Step {
    fn of(rules: &Rules, weight: Weight, hold: Duration, (rps, share): (f64, f64)) -> Self {
        let canary = rps * weight.share();
        let outlook = Outlook {
            canary_rps: canary,
            stable_rps: rps - canary,
            bad_share: share,
            tolerated: rules.assurance.error_ratio,
            alpha: rules.assurance.false_alarms,
            burst: rules.watched.burst_errors.max(1.0),
            ..Outlook::default()
        };
        Self {
            weight,
            hold,
            shows: detectable(&outlook, hold.as_secs_f64()),
            doubling: outlook.seconds_to_find(2.0),
        }
    }

    fn told(&self) -> String {
        let hold = span(self.hold.as_secs_f64());
        let shows = match self.shows {
            Some(ratio) => format!("shows a rise to {ratio:.1} times"),
            None => "shows no rise".to_owned(),
        };
        let doubling = self
            .doubling
            .filter(|_| self.shows.is_none_or(|ratio| ratio > 2.0))
            .map_or_else(String::new, |seconds| {
                format!(", a doubling needs about {}", span(seconds))
            });
        format!("{} for {hold} {shows}{doubling}", self.weight)
    }
}
