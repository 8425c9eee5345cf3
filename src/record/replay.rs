//! What the journal tells when it is read again: the plan that was cut off, and the releases as this machine last knew them.

use super::entry::{Entry, What};
use crate::domain::outcome::{Outcome, StepResult};
use crate::domain::record::Record;
use crate::strategy::plan::Plan;
use jiff::Timestamp;

/// A plan as the journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// When it began.
    pub began_at: Timestamp,
    /// Whether its claim reached the cluster's record.
    pub claimed: bool,
    /// What became of each step that was begun; `None` where the journal breaks off within it.
    pub steps: Vec<Option<StepResult>>,
    /// How it ended; `None` where it was cut off.
    pub outcome: Option<&'a Outcome>,
}

impl Told<'_> {
    /// How many steps are behind it.
    pub fn done(&self) -> usize {
        let is_behind = |step: &&Option<StepResult>| {
            matches!(step, Some(StepResult::Done | StepResult::Skipped))
        };
        self.steps.iter().take_while(is_behind).count()
    }
}

/// Every plan of the journal, oldest first.
pub fn plans(entries: &[Entry]) -> Vec<Told<'_>> {
    let mut plans: Vec<(&Entry, Told<'_>)> = Vec::new();
    for entry in entries {
        if let What::PlanBegan(plan) = &entry.what {
            let told = Told {
                plan,
                began_at: entry.at,
                claimed: false,
                steps: Vec::new(),
                outcome: None,
            };
            plans.push((entry, told));
        } else if let Some((_, told)) = plans
            .iter_mut()
            .rev()
            .find(|(began, _)| began.plan == entry.plan)
        {
            take(told, &entry.what);
        }
    }
    plans.into_iter().map(|(_, told)| told).collect()
}

/// The newest plan, where it was cut off: begun, and never ended.
pub fn unfinished(entries: &[Entry]) -> Option<Told<'_>> {
    plans(entries).pop().filter(|told| told.outcome.is_none())
}

/// The record as this machine last wrote it: the history where the cluster's own cannot be read.
pub fn last_record(entries: &[Entry]) -> Option<(Timestamp, &Record)> {
    entries.iter().rev().find_map(|entry| match &entry.what {
        What::RecordWritten(record) => Some((entry.at, record.as_ref())),
        What::PlanBegan(_)
        | What::StepBegan(_)
        | What::StepEnded(..)
        | What::Told(_)
        | What::Checked(_)
        | What::PlanEnded(_) => None,
    })
}

fn take<'a>(told: &mut Told<'a>, what: &'a What) {
    match what {
        What::RecordWritten(_) => told.claimed = true,
        What::StepBegan(_) => told.steps.push(None),
        What::StepEnded(_, result) => {
            if let Some(last) = told.steps.last_mut() {
                *last = Some(*result);
            }
        }
        What::PlanEnded(outcome) => told.outcome = Some(outcome),
        What::PlanBegan(_) | What::Told(_) | What::Checked(_) => {}
    }
}
