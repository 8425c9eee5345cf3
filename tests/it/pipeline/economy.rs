//! A simulated hour: watches and job changes take their turns by a clock of their own; every call is a real one.
//!
//! The world has one repository, so that five watches look at branches of it, each with a cache of its own: to the server
//! they are five.

use super::{Provided, provider};
use crate::support::DemoWorld;
use flightdeck::domain::pipeline::State;
use flightdeck::sources::ci::watch::{Focus, Watch};
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const REPOSITORIES: usize = 5;
const PIPELINES: usize = 2;
const JOBS: usize = 8;
const HOUR: f64 = 3600.0;

/// What happens at a time.
enum Change {
    Starts,
    Job { at: usize, state: &'static str },
}

struct Watcher {
    watch: Watch,
    _ci: Provided,
    branch: String,
    next: f64,
    /// The state that was told last, by job.
    told: BTreeMap<String, State>,
    jobs: Vec<Value>,
}

/// The hour.
pub struct Hour<'d> {
    demo: &'d DemoWorld,
    watchers: Vec<Watcher>,
    changes: Vec<(f64, usize, Change)>,
    /// Changes that were made and not told yet: when, whose, job, state.
    open: Vec<(f64, usize, String, State)>,
    /// Seconds from a change until it was told.
    pub delays: Vec<f64>,
    /// Calls before it began.
    pub counted_before: u64,
}

impl<'d> Hour<'d> {
    pub async fn new(demo: &'d DemoWorld) -> Self {
        let watchers = (0..REPOSITORIES).map(|at| {
            let ci = provider(demo);
            let branch = format!("repository-{at}");
            Watcher {
                watch: Watch::new(
                    ci.provider.clone(),
                    Some(branch.clone()),
                    Duration::from_secs(5),
                ),
                _ci: ci,
                branch,
                next: f64::from(u32::try_from(at).unwrap()),
                told: BTreeMap::new(),
                jobs: Vec::new(),
            }
        });
        let calls = demo.control(Method::GET, "/ci/calls", Value::Null).await;
        Self {
            demo,
            watchers: watchers.collect(),
            changes: changes(),
            open: Vec::new(),
            delays: Vec::new(),
            counted_before: calls["counted"].as_u64().unwrap(),
        }
    }

    pub async fn pass(&mut self) {
        let mut now = 0.0;
        while now < HOUR {
            let watcher = (0..self.watchers.len())
                .min_by(|a, b| self.watchers[*a].next.total_cmp(&self.watchers[*b].next))
                .unwrap();
            let next = self.watchers[watcher].next;
            if self.changes.first().is_some_and(|(at, ..)| *at <= next) {
                let (at, whose, change) = self.changes.remove(0);
                now = at;
                self.make(now, whose, change).await;
            } else {
                now = next;
                self.look(now, watcher).await;
            }
        }
    }

    async fn make(&mut self, now: f64, whose: usize, change: Change) {
        match change {
            Change::Starts => {
                let names: Vec<String> = (0..JOBS).map(|at| format!("job {at}")).collect();
                let body = json!({ "branch": self.watchers[whose].branch, "jobs": names });
                let run = self.demo.control(Method::POST, "/ci/runs", body).await;
                self.watchers[whose]
                    .jobs
                    .clone_from(run["jobs"].as_array().unwrap());
            }
            Change::Job { at, state } => {
                let id = self.watchers[whose].jobs[at]["id"].to_string();
                let path = format!("/ci/jobs/{id}");
                self.demo
                    .control(Method::POST, &path, json!({ "state": state }))
                    .await;
                let state = if state == "success" {
                    State::Passed
                } else {
                    State::Running
                };
                self.open.push((now, whose, id, state));
            }
        }
    }

    async fn look(&mut self, now: f64, at: usize) {
        let watcher = &mut self.watchers[at];
        let round = watcher.watch.round(&Focus::default(), moment(now)).await;
        watcher.next = now + round.wait.as_secs_f64();
        let Some(pipelines) = round.news.unwrap() else {
            return;
        };
        for run in &pipelines.runs {
            for (_, job) in run.jobs() {
                watcher.told.insert(job.id.to_string(), job.state.clone());
            }
        }
        let told = &watcher.told;
        let is_told = |(_, whose, job, state): &(f64, usize, String, State)| {
            // A later state tells the earlier one too.
            *whose == at
                && told
                    .get(job)
                    .is_some_and(|now| now == state || now.is_over())
        };
        self.delays.extend(
            self.open
                .iter()
                .filter(|open| is_told(open))
                .map(|(made, ..)| now - made),
        );
        self.open.retain(|open| !is_told(open));
    }

    pub fn p95(&mut self) -> f64 {
        assert!(self.open.is_empty(), "never told: {:?}", self.open);
        self.delays.sort_by(f64::total_cmp);
        self.delays[self.delays.len() * 95 / 100]
    }
}

/// Each repository starts a pipeline early and late; its jobs run one after the other, a minute each.
fn changes() -> Vec<(f64, usize, Change)> {
    let mut changes = Vec::new();
    for whose in 0..REPOSITORIES {
        for pipeline in 0..PIPELINES {
            let count = |n: usize| f64::from(u32::try_from(n).unwrap());
            let began = 120.0 + 37.3 * count(whose) + 1700.0 * count(pipeline);
            changes.push((began, whose, Change::Starts));
            for at in 0..JOBS {
                let starts = began + 4.1 + 63.7 * count(at);
                changes.push((
                    starts,
                    whose,
                    Change::Job {
                        at,
                        state: "in_progress",
                    },
                ));
                changes.push((
                    starts + 58.3,
                    whose,
                    Change::Job {
                        at,
                        state: "success",
                    },
                ));
            }
        }
    }
    changes.sort_by(|a, b| a.0.total_cmp(&b.0));
    changes
}

fn moment(now: f64) -> Timestamp {
    let began: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    began
        .checked_add(SignedDuration::from_secs_f64(now))
        .unwrap()
}
