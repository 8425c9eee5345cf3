//! Thousands of schedules in simulated time: plans are killed at any moment, also while they are being resumed or undone,
//! and writes of dead programs arrive late. What is left in the end is what a plan wanted, or what was there before it, and
//! the record describes it.

use super::cluster::{Cluster, Standing, Write, on};
use super::dice::Dice;
use crate::plans::world::{World, at, goal, request};
use flightdeck::domain::ids::PlanId;
use flightdeck::domain::policy::{Policy, Strategy};
use flightdeck::domain::record::{Claim, RecordRead};
use flightdeck::domain::traffic::{Track, Weight};
use flightdeck::strategy::cut_off::end_differs;
use flightdeck::strategy::engine;
use flightdeck::strategy::goal::{Goal, Mend};
use flightdeck::strategy::plan::Plan;
use flightdeck::strategy::record_change;
use flightdeck::strategy::step::Step;
use std::collections::BTreeMap;

/// Actions per world, and worlds per engine.
const ACTIONS: usize = 12;
const WORLDS: u64 = 400;

const CANARY: &str = r#"
stable = { tag = "v2.41.0", replicas = 4, before = ["v2.40.0"] }
releases = [
  { rev = 41, tag = "v2.41.0", good = true },
  { rev = 40, tag = "v2.40.0", ended = "superseded", good = true },
]
"#;

const GOALS: &[&str] = &[
    "deploy -> ",
    "deploy -> ",
    "promote",
    "promote",
    "promote",
    "promote fully",
    "abort",
    "roll back",
];

/// What happened in all schedules of a run.
#[derive(Debug, Default)]
struct Count {
    plans: usize,
    kills: usize,
    resumed: usize,
    undone: usize,
    late: usize,
    asked_again: usize,
}

/// How a run of a plan ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Done,
    Killed,
    /// Nothing of it was written, and the claim it took up stands again.
    AskAgain,
}

struct Sim<'d> {
    cluster: Cluster,
    policy: Policy,
    dice: &'d mut Dice,
    count: &'d mut Count,
    ids: u64,
    base: u32,
}

#[test]
fn canaries_survive_kills_at_any_moment() {
    let count = all(CANARY);
    assert!(count.resumed > 500 && count.undone > 350, "{count:?}");
    assert!(count.late > 120 && count.kills > 1300, "{count:?}");
}

#[test]
fn canaries_by_pods_survive_kills_at_any_moment() {
    let count = all(&format!(
        "kind = \"by_pods\"\nsteps = [5, 25, 50]\n{CANARY}"
    ));
    assert!(count.resumed > 500 && count.undone > 350, "{count:?}");
}

#[test]
fn rolling_updates_survive_kills_at_any_moment() {
    let count = all(&format!("kind = \"rolling\"\n{CANARY}"));
    assert!(count.resumed > 300 && count.undone > 300, "{count:?}");
}

fn all(world: &str) -> Count {
    let mut count = Count::default();
    for seed in 0..WORLDS {
        let mut dice = Dice(seed);
        let world: World = toml::from_str(world).unwrap();
        let mut sim = Sim {
            cluster: Cluster::new(&world),
            policy: world.policy(),
            dice: &mut dice,
            count: &mut count,
            ids: 0,
            base: world.stable.replicas,
        };
        for action in 0..ACTIONS {
            sim.action(&format!("seed {seed}, action {action}"));
        }
    }
    eprintln!("{count:?}");
    count
}

impl Sim<'_> {
    fn action(&mut self, place: &str) {
        let words = *self.dice.pick(GOALS);
        let tag = format!("v2.{}.0", 42 + self.dice.below(20));
        let wanted = if words.ends_with("-> ") {
            goal(&format!("{words}{tag}"))
        } else {
            goal(words)
        };
        let Some(plan) = self.plan(wanted) else {
            return;
        };
        self.count.plans += 1;
        let (before, place) = (self.cluster.shape(), format!("{place}: {}", plan.title));
        let mut undone = false;
        let mut end = self.run(&plan, 60);
        let mut tries = 0;
        while end != End::Done {
            tries += 1;
            let Some(claim) = self.cluster.claim().cloned() else {
                // Killed before its claim, or after its end.
                break;
            };
            let mend = self.mend(&claim, undone);
            let Some(taken) = self.plan(Goal::TakeUp(mend)) else {
                panic!("{place}: {mend:?} was refused: {:#?}", self.refusal(mend));
            };
            undone |= taken.goal == Goal::TakeUp(Mend::Undo);
            end = self.run(&taken, if tries < 4 { 40 } else { 0 });
            match (&end, mend) {
                (End::Done, Mend::Resume) => self.count.resumed += 1,
                (End::Done, Mend::Undo) => self.count.undone += 1,
                (End::AskAgain, _) => {
                    self.count.asked_again += 1;
                    undone = self.is_undo();
                }
                (End::Killed, _) => {}
            }
            assert!(tries < 50, "{place}: never ends");
        }
        // What is still on its way changes nothing any more.
        let settled = self.cluster.shape();
        while !self.cluster.late.is_empty() {
            self.arrives();
        }
        assert_eq!(self.cluster.shape(), settled, "{place}: a late write");
        self.is_described(&place);
        if undone {
            assert_eq!(settled, before, "{place}: undone, and not as before");
        } else if end == End::Done {
            let differs = end_differs(&plan, &self.cluster.read());
            assert_eq!(differs, None, "{place}: done, and not as wanted");
        } else {
            let is_half = settled != before && end_differs(&plan, &self.cluster.read()).is_some();
            assert!(!is_half, "{place}: {settled:?}");
        }
    }

    fn is_undo(&self) -> bool {
        self.cluster
            .claim()
            .is_some_and(|claim| claim.goal.raw() == "undo_plan")
    }

    /// A plan that takes another back can only be carried on.
    fn mend(&mut self, claim: &Claim, undone: bool) -> Mend {
        if claim.goal.raw() == "undo_plan" || (!undone && self.dice.percent(50)) {
            Mend::Resume
        } else {
            Mend::Undo
        }
    }

    fn plan(&mut self, goal: Goal) -> Option<Plan> {
        self.ids += 1;
        let mut request = request(goal);
        request.plan = PlanId::new(format!("p{}", self.ids));
        let seen = self.cluster.read();
        engine(&self.policy)
            .plan(&request, &seen, &self.policy)
            .ok()
    }

    fn refusal(&self, mend: Mend) -> Option<flightdeck::strategy::refusal::Refusal> {
        let seen = self.cluster.read();
        engine(&self.policy)
            .plan(&request(Goal::TakeUp(mend)), &seen, &self.policy)
            .err()
    }

    /// Carries a plan out as the program does; at each moment it may be killed.
    fn run(&mut self, plan: &Plan, deadly: u64) -> End {
        let kill_at = self.dice.percent(deadly).then(|| {
            let moments = u64::try_from(plan.steps.len()).unwrap() * 4 + 4;
            self.dice.below(moments)
        });
        let mut moment = 0;
        let mut is_killed = |count: &mut Count| {
            let is_now = kill_at == Some(moment);
            moment += 1;
            count.kills += usize::from(is_now);
            is_now
        };
        if is_killed(self.count) {
            return End::Killed;
        }
        let taken = self.cluster.claim().cloned();
        record_change::begin(self.cluster.record(), plan, at());
        if is_killed(self.count) {
            return End::Killed;
        }
        if plan.takes_up.is_some() {
            self.perhaps_late();
            self.fence(plan);
            if !self.still_stands(plan, taken.as_ref()) {
                self.cluster.record().current = taken;
                return End::AskAgain;
            }
            self.tell_reached(plan);
        }
        let mut generation = None;
        let mut has_written = false;
        for (index, step) in plan.steps.iter().enumerate().skip(plan.begins_at()) {
            if is_killed(self.count) {
                return End::Killed;
            }
            self.perhaps_late();
            if step.writes() {
                let write = Write {
                    step: step.clone(),
                    plan: plan.id.as_str().to_owned(),
                    generation: generation.unwrap_or(planned_generation(step)),
                    mark: self.cluster.mark(step),
                };
                let is_killed_now = is_killed(self.count);
                match self.cluster.standing(&write) {
                    Standing::AsBefore if is_killed_now => {
                        self.cluster.late.push(write);
                        return End::Killed;
                    }
                    Standing::AsWanted if is_killed_now => return End::Killed,
                    Standing::AsBefore => assert!(self.cluster.serve(&write)),
                    Standing::AsWanted => {}
                    Standing::Moved if !has_written && plan.takes_up.is_some() => {
                        self.cluster.record().current = taken;
                        return End::AskAgain;
                    }
                    Standing::Moved => panic!("{}: moved under {write:#?}", plan.title),
                }
                has_written = true;
                if matches!(step, Step::SetWeights(_)) {
                    generation = Some(self.cluster.generation());
                }
                self.is_safe(plan);
            }
            if is_killed(self.count) {
                return End::Killed;
            }
            record_change::beat(self.cluster.record(), &plan.id, index + 1);
            if let Some(weight) = reached(step) {
                record_change::weight(self.cluster.record(), weight, at());
            }
            if is_killed(self.count) {
                return End::Killed;
            }
        }
        if is_killed(self.count) {
            return End::Killed;
        }
        record_change::finish(self.cluster.record(), plan, at(), &BTreeMap::new());
        // Killed after its end: nobody is told, and nothing is left to do.
        is_killed(self.count);
        End::Done
    }

    fn perhaps_late(&mut self) {
        if !self.cluster.late.is_empty() && self.dice.percent(30) {
            self.arrives();
        }
    }

    fn arrives(&mut self) {
        self.count.late += 1;
        let count = u64::try_from(self.cluster.late.len()).unwrap();
        let index = usize::try_from(self.dice.below(count)).unwrap();
        self.cluster.arrives(index);
    }

    /// Both Deployments are marked as the plan's.
    fn fence(&mut self, plan: &Plan) {
        for deployment in &mut self.cluster.seen.deployments {
            deployment.plan = Some(plan.id.as_str().to_owned());
        }
    }

    fn still_stands(&self, plan: &Plan, taken: Option<&Claim>) -> bool {
        let mut seen = self.cluster.read();
        if let RecordRead::Read { record, .. } = &mut seen.record {
            record.current = taken.cloned();
        }
        engine(&self.policy).read(&seen).fingerprint == plan.fingerprint
    }

    fn tell_reached(&mut self, plan: &Plan) {
        let undone = plan.takes_up.iter().flat_map(|taken| &taken.undoes);
        let undone = undone.flat_map(|undone| &undone.steps);
        let divides = plan
            .steps
            .iter()
            .chain(undone)
            .any(|step| matches!(step, Step::SetWeights(_) | Step::ConfirmTraffic(_)));
        let split = engine(&self.policy).read(&self.cluster.read()).split;
        if let Some(split) = split.filter(|_| divides)
            && self.cluster.record().set_weight != Some(split.canary)
        {
            record_change::weight(self.cluster.record(), split.canary, at());
        }
    }

    /// Stable never has fewer pods than `base` while it gets traffic.
    fn is_safe(&mut self, plan: &Plan) {
        let base = self.base;
        let name = match &self.policy.strategy {
            Strategy::Canary(canary) => canary.deployment(Track::Stable).to_owned(),
            Strategy::Rolling(rolling) => rolling.deployment.clone(),
        };
        let pods = self.cluster.deployment(&name).replicas;
        assert!(pods >= base, "{}: {pods} of {base}", plan.title);
    }

    fn is_described(&mut self, place: &str) {
        assert_eq!(self.cluster.claim(), None, "{place}");
        let rollout = engine(&self.policy).read(&self.cluster.read());
        assert_eq!(rollout.weight_set_by, None, "{place}: {rollout:#?}");
        if let Some(split) = rollout.split {
            let all = split.canary.percent() + split.stable().percent();
            assert_eq!(all, 100, "{place}");
        }
    }
}

fn planned_generation(step: &Step) -> i64 {
    match step {
        Step::SetWeights(step) => step.generation,
        other => on(other).map_or(0, |on| on.generation),
    }
}

fn reached(step: &Step) -> Option<Weight> {
    match step {
        Step::SetWeights(step) if !step.restated => Some(step.to.canary),
        Step::ConfirmTraffic(step) if step.route.is_none() => Some(step.split.canary),
        Step::SetWeights(_)
        | Step::Scale(_)
        | Step::SetImage(_)
        | Step::SetTemplate(_)
        | Step::SetPaused(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}
