//! A cluster as plans see it: writes that are let in only when their guards hold, and writes that come late.

use crate::plans::world::{World, at};
use flightdeck::domain::artifact::Image;
use flightdeck::domain::cluster::{Deployment, ReplicaSet, Snapshot};
use flightdeck::domain::record::{Claim, Record, RecordRead};
use flightdeck::domain::traffic::Weight;
use flightdeck::strategy::step::{SetWeights, Step, Workload};

/// The objects, and the writes of dead programs that the server has not applied yet.
pub struct Cluster {
    pub seen: Snapshot,
    pub late: Vec<Write>,
}

/// A write with what guards it.
#[derive(Clone, Debug)]
pub struct Write {
    pub step: Step,
    /// The plan that sends it.
    pub plan: String,
    /// The route's generation that it goes by.
    pub generation: i64,
    /// The Deployment's mark as it was read just before.
    pub mark: Option<String>,
}

/// How an object stands to a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    AsWanted,
    AsBefore,
    Moved,
}

/// What plans change.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub deployments: Vec<(String, String, u32, bool)>,
    pub weight: Option<Weight>,
}

impl Cluster {
    pub fn new(world: &World) -> Self {
        Self {
            seen: world.snapshot(),
            late: Vec::new(),
        }
    }

    pub fn record(&mut self) -> &mut Record {
        match &mut self.seen.record {
            RecordRead::Read { record, .. } => record,
            other => panic!("{other:?}"),
        }
    }

    pub fn claim(&self) -> Option<&Claim> {
        self.seen.record.record()?.current.as_ref()
    }

    pub fn shape(&self) -> Shape {
        let one = |found: &Deployment| {
            let image = found.containers[0].image.clone();
            (found.name.clone(), image, found.replicas, found.paused)
        };
        Shape {
            deployments: self.seen.deployments.iter().map(one).collect(),
            weight: self.weight(),
        }
    }

    pub fn weight(&self) -> Option<Weight> {
        let rule = &self.seen.route.as_ref()?.rules[0];
        Weight::beside(rule[1].weight.unwrap_or(1), rule[0].weight.unwrap_or(1))
    }

    pub fn generation(&self) -> i64 {
        self.seen.route.as_ref().map_or(0, |route| route.generation)
    }

    pub fn deployment(&mut self, name: &str) -> &mut Deployment {
        let mut all = self.seen.deployments.iter_mut();
        all.find(|found| found.name == name).unwrap()
    }

    pub fn mark(&mut self, step: &Step) -> Option<String> {
        let on = on(step)?.deployment.clone();
        self.deployment(&on).plan.clone()
    }

    pub fn standing(&mut self, write: &Write) -> Standing {
        if let Step::SetWeights(step) = &write.step {
            let is_there = self.weight() == Some(step.to.canary);
            let is_same = self.generation() == write.generation;
            return match (is_same, is_there) {
                (true, there) if !there || step.restated => Standing::AsBefore,
                (_, true) => Standing::AsWanted,
                (_, false) => Standing::Moved,
            };
        }
        let (wanted, before) = self.values(&write.step);
        let step_on = on(&write.step).unwrap();
        let mark = self.deployment(&step_on.deployment).plan.clone();
        let is_planned = mark == step_on.plan || mark.as_deref() == Some(write.plan.as_str());
        match (wanted, before && is_planned) {
            (true, _) => Standing::AsWanted,
            (false, true) => Standing::AsBefore,
            (false, false) => Standing::Moved,
        }
    }

    /// Whether what the step writes to is as wanted, and as before.
    fn values(&mut self, step: &Step) -> (bool, bool) {
        let runs =
            |found: &Deployment, image: &Image| found.containers[0].image == image.to_string();
        let Some(on) = on(step) else {
            return (true, true);
        };
        let found = self.deployment(&on.deployment);
        match step {
            Step::Scale(step) => (found.replicas == step.to, found.replicas == step.from),
            Step::SetImage(step) => (runs(found, &step.to), runs(found, &step.from)),
            Step::SetTemplate(step) => (
                found.template == step.template && !(found.paused && step.paused),
                runs(found, &step.from),
            ),
            Step::SetPaused(step) => (found.paused == step.to, found.paused != step.to),
            Step::SetWeights(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_) => (true, true),
        }
    }

    /// The server's part: applies the write where its guard holds; `false` is the answer 422.
    pub fn serve(&mut self, write: &Write) -> bool {
        if let Step::SetWeights(step) = &write.step {
            let is_let_in = self.generation() == write.generation;
            if is_let_in {
                self.divide(step);
            }
            return is_let_in;
        }
        let (_, before) = self.values(&write.step);
        let on = on(&write.step).unwrap().clone();
        if !before || self.deployment(&on.deployment).plan != write.mark {
            return false;
        }
        self.change(&write.step, &write.plan);
        true
    }

    fn divide(&mut self, step: &SetWeights) {
        let plain = (step.to.stable().percent(), step.to.canary.percent());
        let route = self.seen.route.as_mut().unwrap();
        let now = (route.rules[0][0].weight, route.rules[0][1].weight);
        let (stable, canary) = if step.restated && now == (Some(plain.0), Some(plain.1)) {
            (plain.0 * 2, plain.1 * 2)
        } else {
            plain
        };
        route.rules[0][0].weight = Some(stable);
        route.rules[0][1].weight = Some(canary);
        route.generation += 1;
    }

    fn change(&mut self, step: &Step, plan: &str) {
        let on = on(step).unwrap().deployment.clone();
        let found = self.deployment(&on);
        found.plan = Some(plan.to_owned());
        found.generation += 1;
        match step {
            Step::Scale(step) => found.replicas = step.to,
            Step::SetImage(step) => {
                found.containers[0].image = step.to.to_string();
                found.template.0["spec"]["containers"][0]["image"] = step.to.to_string().into();
            }
            Step::SetTemplate(step) => {
                found.containers[0].image = step.to.to_string();
                found.template = step.template.clone();
                found.paused &= !step.paused;
            }
            Step::SetPaused(step) => found.paused = step.to,
            Step::SetWeights(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_) => {}
        }
        self.settle(&on);
    }

    /// The controllers' part: every wanted pod is there at once.
    fn settle(&mut self, name: &str) {
        let found = self.deployment(name);
        let replicas = found.replicas;
        found.observed_generation = found.generation;
        for count in [
            &mut found.counted.total,
            &mut found.counted.updated,
            &mut found.counted.ready,
            &mut found.counted.available,
        ] {
            *count = replicas;
        }
        let (owner, template) = (found.uid.clone(), found.template.clone());
        let containers = found.containers.clone();
        let sets = &mut self.seen.replica_sets;
        let own = |set: &&mut ReplicaSet| set.owner_uid == owner;
        let newest = sets.iter_mut().filter(own).filter_map(|set| set.revision);
        let next = newest.max().unwrap_or(0) + 1;
        for set in sets.iter_mut().filter(own) {
            set.replicas = 0;
            set.ready = 0;
            set.available = 0;
        }
        let tag = containers[0].image.clone();
        match sets
            .iter_mut()
            .filter(own)
            .find(|set| set.template == template)
        {
            Some(set) => {
                let is_present = set.revision == Some(next - 1);
                set.revision = Some(if is_present { next - 1 } else { next });
                set.replicas = replicas;
                set.available = replicas;
            }
            None => sets.push(ReplicaSet {
                name: format!("{name}-{next}"),
                uid: format!("uid-{name}-{next}"),
                owner_uid: owner.clone(),
                hash: format!("hash-{}", tag.rsplit(':').next().unwrap()),
                revision: Some(next),
                replicas,
                ready: replicas,
                available: replicas,
                containers,
                template,
            }),
        }
        let sets = self.seen.replica_sets.iter();
        let revision = sets
            .filter(|set| set.owner_uid == owner)
            .filter_map(|set| set.revision)
            .max();
        self.deployment(name).revision = revision;
    }

    /// One of the late writes arrives, or all of them.
    pub fn arrives(&mut self, index: usize) {
        let write = self.late.swap_remove(index);
        self.serve(&write);
    }

    /// The reading that a plan is made from.
    pub fn read(&self) -> Snapshot {
        Snapshot {
            at: at(),
            ..self.seen.clone()
        }
    }
}

/// The Deployment that a step writes to.
pub fn on(step: &Step) -> Option<&Workload> {
    match step {
        Step::Scale(step) => Some(&step.on),
        Step::SetImage(step) => Some(&step.on),
        Step::SetTemplate(step) => Some(&step.on),
        Step::SetPaused(step) => Some(&step.on),
        Step::SetWeights(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_) => None,
    }
}
