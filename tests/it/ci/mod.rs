//! CI providers against doubles on real sockets, and against a real server where there is one.

mod double;
mod faults;
mod gitea;
mod gitlab;
mod jenkins;
mod real;

use flightdeck::domain::pipeline::{Job, Run, State};

/// Jobs by name.
fn job<'r>(run: &'r Run, name: &str) -> &'r Job {
    let found = run.jobs().find(|(_, job)| job.name.shown() == name);
    found
        .unwrap_or_else(|| panic!("no job {name} in {run:?}"))
        .1
}

/// Names of stages with the names of their jobs.
fn outline(run: &Run) -> Vec<(String, Vec<String>)> {
    let stages = run.stages.as_deref().unwrap_or_default();
    let names = |jobs: &[Job]| jobs.iter().map(|job| job.name.shown().to_owned()).collect();
    stages
        .iter()
        .map(|stage| (stage.name.shown().to_owned(), names(&stage.jobs)))
        .collect()
}

fn unknown(word: &str) -> State {
    State::Unknown(word.into())
}
