//! A plan carried out a second at a time, with the folds of the record and the events that the true one tells.

use crate::crash::cluster::{Cluster, Standing, Write};
use flightdeck::domain::event::PlanEvent;
use flightdeck::domain::outcome::{End, Outcome, StepOutcome, StepResult, Verified};
use flightdeck::strategy::plan::Plan;
use flightdeck::strategy::record_change;
use flightdeck::strategy::step::Step;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A plan under way.
pub struct Work {
    pub plan: Plan,
    began_at: Timestamp,
    index: usize,
    /// Seconds that the step in hand still takes.
    left: u64,
    generation: Option<i64>,
    steps: Vec<StepOutcome>,
    is_claimed: bool,
    /// Seconds without an answer of the server.
    silent: u64,
    pub stopped: bool,
}

/// What a second of it gave.
pub struct Told {
    pub events: Vec<PlanEvent>,
    pub is_over: bool,
}

impl Work {
    pub fn new(plan: Plan, at: Timestamp) -> Self {
        Self {
            index: plan.begins_at(),
            plan,
            began_at: at,
            left: 0,
            generation: None,
            steps: Vec::new(),
            is_claimed: false,
            silent: 0,
            stopped: false,
        }
    }

    /// Seconds that the step in hand takes from now on.
    pub fn waits(&mut self, seconds: u64) {
        self.left = seconds;
    }

    pub fn second(&mut self, cluster: &mut Cluster, is_down: bool, at: Timestamp) -> Told {
        if is_down {
            self.silent += 1;
            if self.silent > 30 {
                return self.over(cluster, at, End::Unreachable("no answer".into()));
            }
            return told(vec![PlanEvent::Waited("asking again".into())]);
        }
        self.silent = 0;
        if !self.is_claimed {
            return self.claim(cluster, at);
        }
        if !self.is_own(cluster) {
            return self.over(cluster, at, End::WorldMoved("another holds it".into()));
        }
        if self.stopped {
            return self.over(cluster, at, End::Stopped("stopped".into()));
        }
        if self.left > 0 {
            self.left -= 1;
            return told(vec![PlanEvent::Waited("pods".into())]);
        }
        self.step(cluster, at)
    }

    fn claim(&mut self, cluster: &mut Cluster, at: Timestamp) -> Told {
        let other = cluster.claim().cloned();
        let taken = self.plan.takes_up.as_ref().map(|taken| taken.plan.clone());
        let may = match &other {
            None => taken.is_none(),
            Some(claim) => self.plan.goal.takes_over() || Some(&claim.plan) == taken.as_ref(),
        };
        if record_change::claims(&self.plan) {
            if !may {
                return self.over(cluster, at, End::WorldMoved("held by another".into()));
            }
            record_change::begin(cluster.record(), &self.plan, at);
            if other.is_some() {
                for deployment in &mut cluster.seen.deployments {
                    deployment.plan = Some(self.plan.id.as_str().to_owned());
                }
            }
        }
        self.is_claimed = true;
        told(vec![PlanEvent::Claimed(at)])
    }

    fn is_own(&self, cluster: &Cluster) -> bool {
        !record_change::claims(&self.plan)
            || cluster
                .claim()
                .is_some_and(|claim| claim.plan == self.plan.id.as_str())
    }

    fn step(&mut self, cluster: &mut Cluster, at: Timestamp) -> Told {
        let Some(step) = self.plan.steps.get(self.index).cloned() else {
            return self.over(cluster, at, End::Done);
        };
        let began = PlanEvent::StepBegan(self.index, at);
        let result = if step.writes() {
            self.write(cluster, &step)
        } else {
            StepResult::Done
        };
        self.steps.push(StepOutcome {
            text: step.text(),
            result,
            at,
        });
        let ended = PlanEvent::StepEnded(self.index, result, at);
        self.index += 1;
        if result == StepResult::GuardFailed {
            let mut told = self.over(cluster, at, End::WorldMoved("it was changed".into()));
            told.events.splice(0..0, [began, ended]);
            return told;
        }
        record_change::beat(cluster.record(), &self.plan.id, self.index);
        if let Step::SetWeights(step) = &step
            && !step.restated
        {
            record_change::weight(cluster.record(), step.to.canary, at);
        }
        told(vec![began, ended])
    }

    fn write(&mut self, cluster: &mut Cluster, step: &Step) -> StepResult {
        let planned = match step {
            Step::SetWeights(step) => step.generation,
            _ => 0,
        };
        let write = Write {
            step: step.clone(),
            plan: self.plan.id.as_str().to_owned(),
            generation: self.generation.unwrap_or(planned),
            mark: cluster.mark(step),
        };
        let result = match cluster.standing(&write) {
            Standing::AsWanted => StepResult::Skipped,
            Standing::AsBefore if cluster.serve(&write) => StepResult::Done,
            Standing::AsBefore | Standing::Moved => StepResult::GuardFailed,
        };
        if matches!(step, Step::SetWeights(_)) {
            self.generation = Some(cluster.generation());
        }
        result
    }

    fn over(&mut self, cluster: &mut Cluster, at: Timestamp, end: End) -> Told {
        if self.is_claimed || self.plan.steps.is_empty() {
            if end == End::Done {
                record_change::finish(cluster.record(), &self.plan, at, &BTreeMap::new());
            } else {
                record_change::give_back(cluster.record(), &self.plan.id);
            }
        }
        let mut events = Vec::new();
        let mut verified = Vec::new();
        if end == End::Done {
            for (index, check) in self.plan.checks.iter().enumerate() {
                events.push(PlanEvent::Checked(index, Some(true), "seen".into()));
                verified.push(Verified {
                    check: check.name().to_owned(),
                    ok: Some(true),
                    text: "seen".to_owned(),
                });
            }
        }
        let took = at.duration_since(self.began_at).as_secs_f64();
        events.push(PlanEvent::Ended(Box::new(Outcome {
            goal: self.plan.goal.word().to_owned(),
            title: self.plan.title.clone(),
            steps: std::mem::take(&mut self.steps),
            verified,
            end,
            took_s: took,
            full_effect_s: Some(took),
            record: "configmap".to_owned(),
            sentence: format!("{}: over", self.plan.title),
            notices: Vec::new(),
        })));
        Told {
            events,
            is_over: true,
        }
    }
}

fn told(events: Vec<PlanEvent>) -> Told {
    Told {
        events,
        is_over: false,
    }
}
