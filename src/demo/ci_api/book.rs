//! All runs, and what may be done to them.

use super::log;
use super::pipeline::{Job, PIPELINE, Planned, Run, Status, Work, steps};
use super::reviews::Decided;
use crate::demo::dice::fingerprint;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The environment that asks a person first.
pub(crate) const PROTECTED: &str = "production";
/// Numbers of the first run and of the first ids.
const FIRST_NUMBER: u64 = 4809;
const FIRST_ID: u64 = 7_103_400_000;

/// A run to be started.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRun {
    /// The branch; `main` where absent.
    pub(crate) branch: Option<String>,
    /// Hex digits; made up, or filled up to 40, where there are fewer.
    pub(crate) commit: Option<String>,
    /// The commit's subject.
    pub(crate) title: Option<String>,
    /// Who pushed it.
    pub(crate) actor: Option<String>,
    /// Names of jobs that only the controls move; the pipeline of the five gates where absent.
    pub(crate) jobs: Option<Vec<String>>,
}

/// A change to a job.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobChange {
    /// `queued`, `waiting`, `in_progress`, or a conclusion: `success`, `failure`, …
    pub(crate) state: String,
    /// Lines put behind its log.
    pub(crate) log: Option<String>,
}

#[derive(Debug, Default)]
struct Content {
    runs: Vec<Run>,
    ids: u64,
}

/// The runs. A clone is another handle on the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    content: Arc<Mutex<Content>>,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run; answers with it.
    pub(crate) fn start(&self, wanted: NewRun, now: Timestamp) -> Run {
        let mut content = self.lock();
        let number = FIRST_NUMBER + content.runs.len() as u64;
        content.ids += 1;
        let id = FIRST_ID + content.ids * 100;
        let jobs = match &wanted.jobs {
            Some(names) => names.iter().map(|name| by_hand(name)).collect(),
            None => PIPELINE.iter().map(planned).collect::<Vec<_>>(),
        };
        let jobs = (1..).zip(jobs).map(|(at, mut job): (u64, Job)| {
            job.id = id + at;
            job.created = now;
            job
        });
        let run = Run {
            id,
            number,
            attempt: 1,
            title: wanted
                .title
                .unwrap_or_else(|| "Faster basket totals".to_owned()),
            branch: wanted.branch.unwrap_or_else(|| "main".to_owned()),
            sha: whole_commit(wanted.commit.as_deref(), number),
            actor: wanted.actor.unwrap_or_else(|| "mira".to_owned()),
            event: "push".to_owned(),
            created: now,
            started: now,
            updated: now,
            cancelled: false,
            jobs: jobs.collect(),
            reviews: Vec::new(),
        };
        content.runs.push(run.clone());
        run
    }

    /// A run that ended long ago, all of it well.
    pub(crate) fn remember(&self, wanted: NewRun, began: Timestamp) {
        let run = self.start(wanted, began);
        self.edit(run.id, |run| {
            let mut at = began;
            for job in &mut run.jobs {
                let took = match job.work {
                    Work::Takes(seconds) => SignedDuration::from_secs_f64(seconds),
                    Work::Deploys | Work::ByHand => SignedDuration::from_secs(9),
                };
                job.put(Status::InProgress, at);
                let end = at.saturating_add(took).unwrap_or(at);
                job.put(Status::Ended("success"), end);
                job.log = log::of_job(job, &run.sha);
                at = end;
            }
            run.updated = at;
        });
    }

    /// Every run, newest first.
    pub(crate) fn runs(&self) -> Vec<Run> {
        self.lock().runs.iter().rev().cloned().collect()
    }

    /// Every run that is not over, newest first.
    pub(crate) fn unfinished(&self) -> Vec<Run> {
        let content = self.lock();
        let open = |run: &&Run| !run.status().is_over();
        content.runs.iter().rev().filter(open).cloned().collect()
    }

    pub(crate) fn run(&self, id: u64) -> Option<Run> {
        self.lock().runs.iter().find(|run| run.id == id).cloned()
    }

    /// The run of a job, and where the job is in it.
    pub(crate) fn job(&self, id: u64) -> Option<(Run, Job)> {
        let content = self.lock();
        let run = content
            .runs
            .iter()
            .find(|run| run.jobs.iter().any(|job| job.id == id))?;
        let job = run.jobs.iter().find(|job| job.id == id)?;
        Some((run.clone(), job.clone()))
    }

    /// Changes a run in one go.
    pub(crate) fn edit<T>(&self, id: u64, change: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let mut content = self.lock();
        content.runs.iter_mut().find(|run| run.id == id).map(change)
    }

    /// Changes a job in one go; where `change` says so, its run counts as changed now. `None` where there is no such job.
    pub(crate) fn edit_job(
        &self,
        id: u64,
        now: Timestamp,
        change: impl FnOnce(&mut Job, &str) -> bool,
    ) -> Option<bool> {
        let mut content = self.lock();
        let holds = |run: &&mut Run| run.jobs.iter().any(|job| job.id == id);
        let run = content.runs.iter_mut().find(holds)?;
        let job = run.jobs.iter_mut().find(|job| job.id == id)?;
        let is_changed = change(job, &run.sha);
        if is_changed {
            run.updated = now;
        }
        Some(is_changed)
    }

    /// Moves a job by hand.
    pub(crate) fn move_job(&self, id: u64, change: &JobChange, now: Timestamp) -> Option<()> {
        let status = Status::parse(&change.state)?;
        self.edit_job(id, now, |job, sha| {
            job.put(status, now);
            if status.is_over() && job.log.is_empty() {
                job.log = log::of_job(job, sha);
            }
            if let Some(lines) = &change.log {
                job.log.push_str(&log::stamped(lines, now));
            }
            true
        })
        .map(drop)
    }

    /// A person decides about environments.
    pub(crate) fn decide(&self, id: u64, decided: &Decided, now: Timestamp) -> Option<bool> {
        self.edit(id, |run| decided.apply(run, now))
    }

    /// Stops what is not over; `false` where everything is.
    pub(crate) fn cancel(&self, id: u64, now: Timestamp) -> Option<bool> {
        self.edit(id, |run| {
            if run.status().is_over() {
                return false;
            }
            run.cancelled = true;
            run.updated = now;
            for job in run.jobs.iter_mut().filter(|job| !job.status.is_over()) {
                job.put(Status::Ended("cancelled"), now);
                job.log = log::of_job(job, &run.sha);
            }
            true
        })
    }

    /// Runs the chosen jobs again as a new attempt, with new ids; `false` where the run is not over or none is chosen.
    pub(crate) fn rerun(
        &self,
        id: u64,
        now: Timestamp,
        chosen: impl Fn(&Job) -> bool,
    ) -> Option<bool> {
        let next = {
            let mut content = self.lock();
            content.ids += 1;
            FIRST_ID + content.ids * 100
        };
        self.edit(id, |run| {
            let mut again: Vec<String> = names(run, &chosen);
            if again.is_empty() || !run.status().is_over() {
                return false;
            }
            // What needs a job that is run again is run again too; the pipeline lists jobs in order.
            for job in &run.jobs {
                if job.needs.iter().any(|need| again.contains(need)) {
                    again.push(job.name.clone());
                }
            }
            run.attempt += 1;
            run.cancelled = false;
            (run.started, run.updated) = (now, now);
            run.reviews.clear();
            let attempt = run.attempt;
            for (at, job) in (1..).zip(run.jobs.iter_mut()) {
                job.id = next + at;
                job.attempt = attempt;
                if again.contains(&job.name) {
                    begin_anew(job, now);
                }
            }
            true
        })
    }
}

fn names(run: &Run, chosen: impl Fn(&Job) -> bool) -> Vec<String> {
    run.jobs
        .iter()
        .filter(|job| chosen(job))
        .map(|job| job.name.clone())
        .collect()
}

fn begin_anew(job: &mut Job, now: Timestamp) {
    job.status = Status::Queued;
    job.created = now;
    (job.started, job.ended) = (None, None);
    job.log.clear();
    for step in &mut job.steps {
        step.status = Status::Queued;
        (step.started, step.ended) = (None, None);
    }
}

fn planned(planned: &Planned) -> Job {
    Job {
        needs: planned
            .needs
            .iter()
            .map(|need| (*need).to_owned())
            .collect(),
        environment: planned.environment.map(str::to_owned),
        work: planned.work,
        steps: steps(planned.steps),
        ..by_hand(planned.name)
    }
}

fn by_hand(name: &str) -> Job {
    Job {
        id: 0,
        name: name.to_owned(),
        needs: Vec::new(),
        environment: None,
        work: Work::ByHand,
        attempt: 1,
        status: Status::Queued,
        created: Timestamp::UNIX_EPOCH,
        started: None,
        ended: None,
        steps: steps(&["Run"]),
        log: String::new(),
    }
}

/// Forty hex digits that begin with what is given.
fn whole_commit(given: Option<&str>, number: u64) -> String {
    let given: String = given
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    let [one, two, three] = [1, 2, 3].map(|part| fingerprint(part, &format!("{given}{number}")));
    let whole = format!("{given}{one:016x}{two:016x}{three:016x}");
    whole.chars().take(40).collect()
}
