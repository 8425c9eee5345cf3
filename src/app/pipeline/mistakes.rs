//! Common mistakes of a service's pipeline, as one of its runs shows them.

use super::strip::placed;
use crate::analysis::gates::{Mistake, Part, mistakes as seen};
use crate::config::settings::Settings;
use crate::domain::ids::ServiceName;
use crate::domain::pipeline::{Job, Run, State};
use jiff::Timestamp;

/// The mistakes that a run with its parts shows; none where its jobs were not read.
///
/// Whether a person was asked is only known while a run waits, or where the provider keeps what was decided: of a run that is
/// over and tells nothing of it, nothing is said.
pub fn mistakes(settings: &Settings, service: &ServiceName, run: &Run) -> Vec<Mistake> {
    let placed = placed(settings, service, run);
    let mut starts: Vec<Timestamp> = placed
        .iter()
        .filter_map(|(_, job)| job.span.started)
        .collect();
    starts.sort();
    starts.dedup();
    let steps: Vec<Vec<&str>> = placed
        .iter()
        .map(|(_, job)| job.steps.iter().map(|step| step.name.shown()).collect())
        .collect();
    let parts: Vec<Part<'_>> = placed
        .iter()
        .zip(&steps)
        .map(|((place, job), steps)| Part {
            name: job.name.shown(),
            place: *place,
            // What has not begun comes after all that has.
            order: job
                .span
                .started
                .and_then(|at| starts.binary_search(&at).ok())
                .unwrap_or(starts.len()),
            steps,
            asks_a_person: asks(run, job),
        })
        .collect();
    let event = run.event.as_ref().map_or("", |event| event.shown());
    let on_request = event.contains("pull_request") || event.contains("merge_request");
    let mut found = seen(&parts, on_request, None);
    if run.state.is_over() && run.approvals.is_empty() {
        found.retain(|mistake| !matches!(mistake, Mistake::NoApproval(_)));
    }
    found
}

fn asks(run: &Run, job: &Job) -> bool {
    job.state == State::NeedsHuman
        || run.approvals.iter().any(|approval| {
            approval.job.as_ref() == Some(&job.id)
                || approval.environment.is_some() && approval.environment == job.environment
                || approval.job.is_none() && approval.environment.is_none()
        })
}
