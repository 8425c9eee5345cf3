//! Jobs that belong together by their names: the parts of a matrix, the jobs of a called workflow.

use crate::domain::pipeline::{Job, Stage};
use crate::domain::text::Text;

/// Stages in the order of their first jobs: of `caller / called` the caller, of `test (ubuntu, 1.80)` the test.
pub(super) fn staged(jobs: Vec<Job>) -> Vec<Stage> {
    let mut stages: Vec<(String, Stage)> = Vec::new();
    for job in jobs {
        let key = group(job.name.shown()).to_owned();
        if let Some((_, stage)) = stages.iter_mut().find(|(known, _)| *known == key) {
            stage.jobs.push(job);
        } else {
            let name = Text::new(key.clone());
            let jobs = vec![job];
            stages.push((key, Stage { name, jobs }));
        }
    }
    stages.into_iter().map(|(_, stage)| stage).collect()
}

fn group(name: &str) -> &str {
    let caller = name.split(" / ").next().unwrap_or(name);
    match caller.split_once(" (") {
        Some((test, matrix)) if matrix.ends_with(')') => test,
        _ => caller,
    }
}
