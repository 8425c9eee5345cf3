//! How long jobs usually take, and which of them the run had to wait for.

use crate::domain::pipeline::{Job, JobId, Run, Span, State};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Jobs that begin so soon after another's end waited for it.
const HANDED_ON: SignedDuration = SignedDuration::from_secs(15);

/// The median time of the job of that name in the other runs of the same pipeline that it passed in.
pub fn usual(runs: &[Run], run: &Run, job: &Job) -> Option<SignedDuration> {
    let others = runs
        .iter()
        .filter(|other| other.id != run.id && other.name == run.name);
    let mut took: Vec<SignedDuration> = others
        .flat_map(Run::jobs)
        .filter(|(_, other)| other.name == job.name && other.state == State::Passed)
        .filter_map(|(_, other)| length(&other.span))
        .collect();
    took.sort();
    took.get(took.len() / 2).copied()
}

fn length(span: &Span) -> Option<SignedDuration> {
    Some(span.ended?.duration_since(span.started?))
}

/// From the job that ended last, or still runs, back to the first: each began when the one before it had ended.
pub fn critical_path(run: &Run) -> BTreeSet<JobId> {
    let jobs: Vec<&Job> = run.jobs().map(|(_, job)| job).collect();
    let began = || {
        jobs.iter()
            .copied()
            .filter(|job| job.span.started.is_some())
    };
    let running = || began().filter(|job| job.span.ended.is_none());
    let last = running()
        .min_by_key(|job| job.span.started)
        .or_else(|| began().max_by_key(|job| job.span.ended));
    let mut path = BTreeSet::new();
    let mut next = last;
    while let Some(job) = next {
        if !path.insert(job.id.clone()) {
            break;
        }
        next = before(job, &jobs);
    }
    path
}

/// The job that this one waited for: the last to end of those it needs, else of those that ended just before it began.
fn before<'j>(job: &Job, jobs: &[&'j Job]) -> Option<&'j Job> {
    let start = job.span.started?;
    let needed = |other: &&&Job| job.needs.is_empty() || job.needs.contains(&other.name);
    let handed_on = |other: &&&Job| {
        other.span.ended.is_some_and(|end| {
            end <= start && (!job.needs.is_empty() || start.duration_since(end) <= HANDED_ON)
        })
    };
    jobs.iter()
        .filter(needed)
        .filter(handed_on)
        .max_by_key(|other| other.span.ended)
        .copied()
}
