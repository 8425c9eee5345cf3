//! A cluster as plans see it: writes that are let in only when their guards hold, and writes that come late.

use crate::plans::world::{World, at};
use flightdeck::domain::artifact::Image;
use flightdeck::domain::cluster::{Deployment, Pod, ReplicaSet, Snapshot};
use flightdeck::domain::record::{Claim, Record, RecordRead};
use flightdeck::domain::traffic::{Track, Weight};
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
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => (true, true),
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
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => {}
        }
        self.settle(&on);
    }

    /// Somebody scales, without any guard.
    pub fn scale(&mut self, name: &str, replicas: u32) {
        let found = self.deployment(name);
        found.replicas = replicas;
        found.generation += 1;
        self.settle(name);
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
        let found = found.clone();
        let (present, revision) = self.roll_out(&found);
        self.deployment(name).revision = Some(revision);
        self.start_pods(&found, &present);
    }

    /// The ReplicaSet of the present template has all pods; its uid and revision.
    fn roll_out(&mut self, of: &Deployment) -> (ReplicaSet, u64) {
        let sets = &mut self.seen.replica_sets;
        let own = |set: &ReplicaSet| set.owner_uid == of.uid;
        let newest = sets
            .iter()
            .filter(|set| own(set))
            .filter_map(|set| set.revision);
        let newest = newest.max().unwrap_or(0);
        for set in sets.iter_mut().filter(|set| own(set)) {
            set.replicas = 0;
            set.ready = 0;
            set.available = 0;
        }
        let tag = of.containers[0]
            .image
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        let is_present = |set: &ReplicaSet| own(set) && set.template == of.template;
        if !sets.iter().any(is_present) {
            sets.push(ReplicaSet {
                name: format!("{}-{tag}", of.name),
                uid: format!("uid-{}-{tag}-{}", of.name, newest + 1),
                owner_uid: of.uid.clone(),
                hash: format!("hash-{tag}"),
                revision: Some(newest + 1),
                replicas: 0,
                ready: 0,
                available: 0,
                containers: of.containers.clone(),
                template: of.template.clone(),
            });
        }
        let set = sets.iter_mut().find(|set| is_present(set)).unwrap();
        let revision = match set.revision {
            Some(revision) if revision == newest => newest,
            Some(_) | None => newest + 1,
        };
        set.revision = Some(revision);
        set.replicas = of.replicas;
        set.ready = of.replicas;
        set.available = of.replicas;
        let present = set.clone();
        // The controller keeps ten.
        sets.retain(|set| !own(set) || set.revision.is_none_or(|old| old + 10 > revision));
        (present, revision)
    }

    fn start_pods(&mut self, of: &Deployment, set: &ReplicaSet) {
        let track = if of.name.ends_with("-canary") {
            Track::Canary
        } else {
            Track::Stable
        };
        let pods = &mut self.seen.pods;
        pods.retain(|pod| pod.track != track || pod.owner_uid == set.uid);
        let wanted = usize::try_from(of.replicas).unwrap();
        let there = pods.iter().filter(|pod| pod.track == track).count();
        for index in there..wanted {
            pods.push(Pod {
                name: format!("{}-{index}", set.name),
                owner_uid: set.uid.clone(),
                hash: set.hash.clone(),
                track,
                state: "Running".into(),
                ready: true,
                deleting: false,
                restarts: 0,
                last_end: None,
                started_at: Some(at()),
                digest: None,
            });
        }
        let mut left = wanted;
        pods.retain(|pod| {
            let stays = pod.track != track || left > 0;
            left -= usize::from(pod.track == track && stays);
            stays
        });
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
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}
