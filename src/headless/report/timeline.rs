//! What happened, in the order of time, each thing once.

use super::document::Sources;
use crate::analysis::black_box::{Line, Seen};
use crate::domain::outcome::{StepResult, Verified};
use crate::headless::json::{Moment, release_moments};
use crate::record::entry::{Entry, What};
use crate::record::replay::{Told, plans};
use crate::strategy::step::Step;
use jiff::{SignedDuration, Timestamp};

/// The same words within so long are one thing, told by two observers.
const SAME_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// `observer`: whose verdicts and weights are told; of the others only what they did.
pub(super) fn timeline(
    sources: &Sources,
    observer: Option<&str>,
    is_within: impl Fn(Timestamp) -> bool,
) -> Vec<Moment> {
    let mut moments: Vec<Moment> = sources
        .record
        .releases
        .iter()
        .flat_map(release_moments)
        .collect();
    moments.extend(of_journal(&sources.entries));
    moments.extend(
        sources
            .lines
            .iter()
            .filter_map(|line| of_line(line, observer)),
    );
    moments.retain(|moment| is_within(moment.at));
    moments.sort_by_key(|moment| moment.at);
    once(moments)
}

/// Of two tellings of one thing the longer stays, where the first stood.
fn once(moments: Vec<Moment>) -> Vec<Moment> {
    let mut told: Vec<Moment> = Vec::new();
    for moment in moments {
        let is_same = |before: &&mut Moment| {
            moment.at.duration_since(before.at) <= SAME_WITHIN
                && (before.text.starts_with(&moment.text) || moment.text.starts_with(&before.text))
        };
        match told.iter_mut().rev().find(is_same) {
            Some(before) if before.text.len() < moment.text.len() => before.text = moment.text,
            Some(_) => {}
            None => told.push(moment),
        }
    }
    told
}

fn of_line(line: &Line, observer: Option<&str>) -> Option<Moment> {
    let (at, kind, text) = match &line.seen {
        Seen::Plan(text) => (line.at, "plan", text.clone()),
        Seen::Interval(_) => return None,
        Seen::Candidate(_) | Seen::Weight { .. } | Seen::Verdict(_) | Seen::Proof(_)
            if observer != Some(line.by.as_str()) =>
        {
            return None;
        }
        Seen::Candidate(Some(tag)) => (line.at, "release", format!("candidate {tag}")),
        Seen::Candidate(None) => (line.at, "release", "no candidate any more".to_owned()),
        Seen::Weight { since, weight } => (*since, "weight", format!("the canary has {weight}")),
        Seen::Verdict(shown) => (
            line.at,
            "verdict",
            format!("{}: {}", shown.verdict.call, shown.verdict.sentence),
        ),
        Seen::Proof(text) => (line.at, "proof", text.clone()),
    };
    Some(Moment { at, kind, text })
}

fn of_journal(entries: &[Entry]) -> Vec<Moment> {
    let told = plans(entries);
    entries
        .iter()
        .filter_map(|entry| of_entry(entry, &told))
        .collect()
}

fn of_entry(entry: &Entry, told: &[Told<'_>]) -> Option<Moment> {
    let step = |index: usize| {
        let plan = told
            .iter()
            .rev()
            .find(|told| told.plan.id == entry.plan)?
            .plan;
        plan.steps.get(index).map(Step::text)
    };
    let (kind, text) = match &entry.what {
        What::PlanBegan(plan) => {
            let against = plan
                .against_verdict
                .as_ref()
                .map_or_else(String::new, |_| ", against the verdict".to_owned());
            let why = plan
                .reason
                .as_ref()
                .map_or_else(String::new, |why| format!(": {why}"));
            (
                "plan",
                format!("{} begun by {}{against}{why}", plan.title, plan.by.line()),
            )
        }
        What::StepEnded(index, result) => (
            "step",
            format!("{}: {}", step(*index)?, result_word(*result)),
        ),
        What::Told(text) => ("plan", text.clone()),
        What::Checked(verified) => ("check", check_text(verified)),
        What::PlanEnded(outcome) => ("plan", outcome.sentence.clone()),
        What::RecordWritten(_) | What::StepBegan(_) => return None,
    };
    let at = entry.at;
    Some(Moment { at, kind, text })
}

fn result_word(result: StepResult) -> &'static str {
    match result {
        StepResult::Done => "done",
        StepResult::Skipped => "was so already",
        StepResult::Failed => "FAILED",
        StepResult::GuardFailed => "NOT DONE, the world moved",
    }
}

fn check_text(verified: &Verified) -> String {
    let answer = match verified.ok {
        Some(true) => "ok",
        Some(false) => "NOT OK",
        None => "unknown",
    };
    format!("{} {answer}: {}", verified.check, verified.text)
}
