//! Moves runs on with time: what needs nothing more begins, what has had its time ends, deploys are carried out.

use super::book::{Book, PROTECTED};
use super::deploy::Deployer;
use super::log;
use super::pipeline::{Job, Run, Status, Work};
use jiff::Timestamp;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often the runs are looked at.
const EVERY: Duration = Duration::from_millis(200);
/// A queued job waits so long for its runner, in seconds.
const QUEUED_FOR: f64 = 1.0;

/// Plays until `stop`; no deploy outlives it.
pub(crate) async fn play(book: Book, deployer: Deployer, stop: CancellationToken) {
    let mut deploys = JoinSet::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        while deploys.try_join_next().is_some() {}
        let now = Timestamp::now();
        for run in book.unfinished() {
            for job in &run.jobs {
                move_on(&book, &deployer, &mut deploys, (&run, job), now);
            }
        }
    }
    deploys.shutdown().await;
}

fn move_on(
    book: &Book,
    deployer: &Deployer,
    deploys: &mut JoinSet<()>,
    (run, job): (&Run, &Job),
    now: Timestamp,
) {
    match (job.status, job.work) {
        (_, Work::ByHand)
        | (Status::Ended(_) | Status::Waiting, _)
        | (Status::InProgress, Work::Deploys) => {}
        (Status::Queued, work) => {
            let begun = begin(book, run, job, now);
            if begun && work == Work::Deploys {
                let deploy = deployer
                    .clone()
                    .carry_out(book.clone(), run.clone(), job.clone());
                deploys.spawn(deploy);
            }
        }
        (Status::InProgress, Work::Takes(seconds)) => work_on(book, job, seconds, now),
    }
}

/// Begins a job whose needs are met, or leaves it out; says whether it runs now.
fn begin(book: &Book, run: &Run, job: &Job, now: Timestamp) -> bool {
    let needs = || {
        run.jobs
            .iter()
            .filter(|other| job.needs.contains(&other.name))
    };
    let to = if needs().any(|need| need.status.is_over() && !need.status.passed()) {
        Status::Ended("skipped")
    } else if !needs().all(|need| need.status.passed()) {
        return false;
    } else if asks_first(run, job) {
        Status::Waiting
    } else if seconds(
        latest(job.created, needs().filter_map(|need| need.ended)),
        now,
    ) < QUEUED_FOR
    {
        return false;
    } else {
        Status::InProgress
    };
    // It may have been cancelled or moved since it was read.
    let begun = book.edit_job(job.id, now, |job, _| {
        let is_due = job.status == Status::Queued;
        if is_due {
            job.put(to, now);
        }
        is_due
    });
    begun == Some(true) && to == Status::InProgress
}

/// Whether a person has to let the job's environment be deployed to, and none has.
fn asks_first(run: &Run, job: &Job) -> bool {
    job.environment.as_deref() == Some(PROTECTED)
        && !run
            .reviews
            .iter()
            .any(|review| review.environment == PROTECTED && review.state == "approved")
}

fn latest(first: Timestamp, others: impl Iterator<Item = Timestamp>) -> Timestamp {
    others.fold(first, Timestamp::max)
}

fn work_on(book: &Book, job: &Job, takes: f64, now: Timestamp) {
    let done = seconds(job.started.unwrap_or(now), now) / takes;
    book.edit_job(job.id, now, |job, sha| {
        if job.status != Status::InProgress {
            return false;
        }
        if done >= 1.0 {
            job.put(Status::Ended("success"), now);
            job.log = log::of_job(job, sha);
            return true;
        }
        let before = job
            .steps
            .iter()
            .filter(|step| step.status.is_over())
            .count();
        let at = step_at(job.steps.len(), done);
        job.step_to(at, now);
        at != before
    });
}

/// Of `count` steps, the one that runs when `done` (0 to 1) of the time has passed.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a handful of steps, and a share from 0 to 1"
)]
fn step_at(count: usize, done: f64) -> usize {
    (count as f64 * done.clamp(0.0, 1.0)) as usize
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
