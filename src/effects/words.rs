//! The line that a person remembers of a plan.
//!
//! Invariant: "recovered" is said only where the traffic was seen where it should be and nothing contradicts it.

use super::halt::Halt;
use crate::domain::outcome::{End, Outcome, StepOutcome, StepResult};
use crate::strategy::goal::Goal;
use crate::strategy::plan::Plan;

/// The sentence of an outcome that is complete but for it.
pub(super) fn sentence(plan: &Plan, outcome: &Outcome) -> String {
    match &outcome.end {
        End::Done => done(plan, outcome),
        End::WorldMoved(text) => undone(plan, "the world moved", text),
        End::Forbidden(text) => undone(plan, "not allowed", text),
        End::Unreachable(text) => undone(plan, "not reached", text),
        End::Stopped(text) => undone(plan, "stopped", text),
        End::Fault(text) => undone(plan, "not done", text),
        End::NotProven(text) => format!("NOT proven: {text}"),
        End::Bad(text) => bad(outcome, text),
    }
}

/// A halt in words.
pub(super) fn of_halt(halt: &Halt) -> String {
    match halt.end() {
        End::Done => String::new(),
        End::WorldMoved(text)
        | End::Forbidden(text)
        | End::Unreachable(text)
        | End::NotProven(text)
        | End::Bad(text)
        | End::Stopped(text)
        | End::Fault(text) => text,
    }
}

/// Bad news of a step ends the plan there; of a check, all steps are done.
fn bad(outcome: &Outcome, text: &str) -> String {
    let is_done = |step: &StepOutcome| step.result != StepResult::Failed;
    if outcome.steps.iter().all(is_done) {
        format!("traffic is where it should be and the metrics are still bad: {text}")
    } else {
        format!("{text}; nothing after it was done")
    }
}

fn undone(plan: &Plan, what: &str, text: &str) -> String {
    match plan.goal {
        Goal::Pause => {
            format!("NOT paused: {text}; a pilot may still advance, abort takes the traffic off")
        }
        Goal::Resume => format!("NOT resumed: {text}"),
        Goal::DeclareGood(_) => format!("NOT declared good: {text}"),
        Goal::Deploy(_)
        | Goal::Promote
        | Goal::PromoteFully
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::TakeUp(_) => format!("{what}: {text}"),
    }
}

fn done(plan: &Plan, outcome: &Outcome) -> String {
    match plan.goal {
        Goal::Pause => "paused".to_owned(),
        Goal::Resume => "resumed".to_owned(),
        Goal::DeclareGood(_) => plan.expected.clone(),
        Goal::Abort | Goal::RollBack(_) => recovered(plan, outcome),
        Goal::Deploy(_) | Goal::Promote | Goal::PromoteFully | Goal::TakeUp(_) => {
            // The other checks stand above the sentence, line by line.
            let seen = outcome
                .verified
                .iter()
                .find(|check| check.check == "weight" && check.ok == Some(true))
                .map_or("", |check| &check.text);
            let unseen = join(outcome, |ok| ok.is_none());
            match (seen.is_empty(), unseen.is_empty()) {
                (true, true) => plan.expected.clone(),
                (false, true) => format!("{}: {seen}", plan.expected),
                (true, false) => format!("{}; not verified: {unseen}", plan.expected),
                (false, false) => format!("{}: {seen}; not verified: {unseen}", plan.expected),
            }
        }
    }
}

fn recovered(plan: &Plan, outcome: &Outcome) -> String {
    let is_traffic_seen = outcome
        .verified
        .iter()
        .any(|check| check.check == "weight" && check.ok == Some(true));
    let is_all_seen = outcome.verified.iter().all(|check| check.ok == Some(true));
    match (is_all_seen, outcome.full_effect_s) {
        (true, Some(seconds)) if is_traffic_seen => {
            let told = join_of(outcome, &["weight", "metrics"]);
            format!("recovered in {:.0} s: {told}", seconds.max(1.0))
        }
        (true, _) if outcome.verified.is_empty() => plan.expected.clone(),
        (true, _) => format!("{}: {}", plan.expected, join(outcome, |_| true)),
        (false, _) => partly_verified(outcome),
    }
}

fn partly_verified(outcome: &Outcome) -> String {
    let seen: Vec<&str> = outcome
        .verified
        .iter()
        .filter(|check| check.ok == Some(true))
        .map(|check| {
            if check.check == "weight" {
                "traffic"
            } else {
                &check.check
            }
        })
        .collect();
    let unseen = join(outcome, |ok| ok != Some(true));
    if seen.is_empty() {
        format!("done, not verified: {unseen}")
    } else {
        format!("{} verified, {unseen}", and(&seen))
    }
}

fn join(outcome: &Outcome, wanted: impl Fn(Option<bool>) -> bool) -> String {
    let texts: Vec<&str> = outcome
        .verified
        .iter()
        .filter(|check| wanted(check.ok))
        .map(|check| check.text.as_str())
        .collect();
    texts.join(", ")
}

fn join_of(outcome: &Outcome, names: &[&str]) -> String {
    let texts: Vec<&str> = outcome
        .verified
        .iter()
        .filter(|check| names.contains(&check.check.as_str()))
        .map(|check| check.text.as_str())
        .collect();
    texts.join(", ")
}

/// `a, b and c`, each once.
fn and(words: &[&str]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for word in words {
        if !once.contains(word) {
            once.push(word);
        }
    }
    match once.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}
