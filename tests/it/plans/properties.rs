//! What holds for every plan, whatever was observed.

use super::world::{Known, Side, World, at, goal, request};
use flightdeck::domain::cluster::Progress;
use flightdeck::domain::policy::Policy;
use flightdeck::domain::record::Ended;
use flightdeck::domain::traffic::{Split, Track, Weight};
use flightdeck::strategy::engine;
use flightdeck::strategy::plan::Plan;
use flightdeck::strategy::step::{Step, Workload};
use proptest::prelude::*;
use proptest::sample::select;

pub const TAGS: &[&str] = &["v2.40.0", "v2.41.0", "v2.42.0"];

pub const GOALS: &[&str] = &[
    "deploy -> v2.43.0",
    "deploy -> v2.42.0",
    "promote",
    "promote fully",
    "pause",
    "resume",
    "abort",
    "roll back",
    "roll back -> v2.40.0",
    "roll back -> v2.41.0",
    "good",
];

pub fn sides() -> impl Strategy<Value = Side> {
    (
        select(TAGS),
        0_u32..12,
        0_u32..12,
        proptest::collection::vec(select(TAGS), 0..3),
    )
        .prop_map(|(tag, replicas, available, before)| Side {
            tag: tag.into(),
            replicas,
            available: Some(available.min(replicas)),
            before: before.into_iter().map(str::to_owned).collect(),
            ..Side::default()
        })
}

pub fn releases() -> impl Strategy<Value = Vec<Known>> {
    let ended = select(vec![
        Ended::Running,
        Ended::Promoted,
        Ended::RolledBack,
        Ended::Aborted,
        Ended::Superseded,
    ]);
    let one = (select(TAGS), ended, any::<bool>());
    proptest::collection::vec(one, 0..4).prop_map(|made| {
        let count = made.len() as u64;
        let number = |(index, (tag, ended, good)): (u64, (&str, Ended, bool))| Known {
            rev: count - index,
            tag: tag.to_owned(),
            ended,
            good,
            hash: None,
            digest: None,
        };
        (0..).zip(made).map(number).collect()
    })
}

fn worlds() -> impl Strategy<Value = World> {
    let records = select(vec!["read", "read", "read", "absent", "failed"]);
    let marks = (any::<bool>(), any::<bool>(), any::<bool>());
    let bases = proptest::option::of(1_u32..12);
    let weights = select(vec![0_u32, 1, 5, 50, 99, 100]);
    (sides(), sides(), weights, releases(), records, bases, marks).prop_map(
        |(stable, canary, weight, releases, record, base, (paused, claim, protected))| World {
            stable,
            canary,
            weight,
            releases,
            record: record.into(),
            base,
            paused,
            claim,
            protected,
            ..World::default()
        },
    )
}

pub fn plan(world: &World, words: &str) -> Option<Plan> {
    let policy = world.policy();
    engine(&policy)
        .plan(&request(goal(words)), &world.snapshot(), &policy)
        .ok()
}

fn track(on: &Workload, policy: &Policy) -> Track {
    if policy
        .strategy
        .deployments()
        .contains(&(Track::Canary, on.deployment.as_str()))
    {
        Track::Canary
    } else {
        Track::Stable
    }
}

/// Both sides' wanted replicas, and the split, after each step.
struct Seen {
    stable: u32,
    canary: u32,
    split: Split,
}

impl Seen {
    fn of(world: &World) -> Self {
        Self {
            stable: world.stable.replicas,
            canary: world.canary.replicas,
            split: Split::canary(Weight::saturating(world.weight)),
        }
    }

    fn apply(&mut self, step: &Step, policy: &Policy) {
        match step {
            Step::SetWeights(step) => self.split = step.to,
            Step::Scale(step) => match track(&step.on, policy) {
                Track::Stable => self.stable = step.to,
                Track::Canary => self.canary = step.to,
            },
            Step::SetImage(_)
            | Step::SetTemplate(_)
            | Step::SetPaused(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => {}
        }
    }
}

pub fn writes(steps: &[Step]) -> Vec<String> {
    let mut writes = Vec::new();
    for step in steps.iter().filter(|step| step.writes()) {
        writes.push(format!(
            "{:?}: {:?} -> {:?}",
            step.object(),
            step.from(),
            step.to()
        ));
    }
    writes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn weights_stay_within_bounds_and_rise_only_onto_pods(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        let policy = world.policy();
        let mut seen = Seen::of(&world);
        let mut waited = false;
        for step in &plan.steps {
            match step {
                Step::SetWeights(step) => {
                    prop_assert_eq!(step.to.canary.percent() + step.to.stable().percent(), 100);
                    prop_assert_eq!(step.from, seen.split, "a weight's `from` is what was there");
                    if step.to.canary > seen.split.canary {
                        let base = base(&world);
                        let need = (base * step.to.canary.percent()).div_ceil(100).max(1);
                        prop_assert!(seen.canary >= need, "{} pods for {}", seen.canary, step.to);
                        prop_assert!(waited, "the weight rises before its pods were waited for");
                    }
                }
                Step::AwaitReady(step) => waited |= step.deployment == "checkout-canary",
                Step::Scale(step) if track(&step.on, &policy) == Track::Canary && step.to < step.from => {
                    prop_assert_eq!(seen.split.canary, Weight::ZERO, "pods go while they have traffic");
                }
                Step::Scale(step) if track(&step.on, &policy) == Track::Stable => {
                    prop_assert!(step.to > step.from, "stable is never scaled down");
                }
                Step::SetTemplate(step) => {
                    prop_assert_eq!(track(&step.on, &policy), Track::Stable);
                }
                Step::SetImage(step) if track(&step.on, &policy) == Track::Stable => {
                    prop_assert!(
                        seen.split.canary == Weight::FULL,
                        "finish begins only where stable has no traffic"
                    );
                }
                Step::SetImage(_)
                | Step::SetPaused(_)
                | Step::Scale(_)
                | Step::AwaitEndpoints(_)
                | Step::ConfirmTraffic(_)
                | Step::Drain(_) | Step::RunSmokeTest(_) => {}
            }
            seen.apply(step, &policy);
        }
    }

    #[test]
    fn every_write_is_guarded_and_every_weight_is_looked_for(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        for (index, step) in plan.steps.iter().enumerate() {
            match step {
                Step::SetWeights(step) => {
                    prop_assert!(!step.uid.is_empty() && step.generation > 0 && !step.rules.is_empty());
                    let next = plan.steps.get(index + 1);
                    let confirms = matches!(next, Some(Step::ConfirmTraffic(next)) if next.split == step.to);
                    prop_assert!(confirms);
                }
                Step::Scale(flightdeck::strategy::step::Scale { on, .. })
                | Step::SetImage(flightdeck::strategy::step::SetImage { on, .. })
                | Step::SetTemplate(flightdeck::strategy::step::SetTemplate { on, .. })
                | Step::SetPaused(flightdeck::strategy::step::SetPaused { on, .. }) => {
                    prop_assert!(!on.uid.is_empty() && on.generation > 0);
                    prop_assert_eq!(on.container.as_str(), "api");
                }
                Step::AwaitReady(step) => prop_assert!(step.enough <= step.replicas),
                Step::AwaitEndpoints(_) | Step::ConfirmTraffic(_) | Step::Drain(_) | Step::RunSmokeTest(_) => {}
            }
            prop_assert_eq!(step.guard_text().is_some(), step.writes());
        }
    }

    #[test]
    fn every_plan_has_a_way_back(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        let policy = world.policy();
        let mut seen = Seen::of(&world);
        for step in &plan.steps {
            seen.apply(step, &policy);
        }
        let forth = writes(&plan.steps);
        prop_assert_eq!(forth.len(), writes(&plan.inverse).len());
        for step in &plan.inverse {
            if let Step::Scale(step) = step
                && track(&step.on, &policy) == Track::Canary
                && step.to == 0
                && (world.canary.replicas > 0 || world.weight == 0)
            {
                prop_assert_eq!(seen.split.canary, Weight::ZERO);
            }
            seen.apply(step, &policy);
        }
        let start = Seen::of(&world);
        prop_assert_eq!(seen.stable, start.stable);
        prop_assert_eq!(seen.canary, start.canary);
        prop_assert_eq!(seen.split, start.split);
        for (forth, back) in plan.steps.iter().filter(|step| step.writes()).zip(
            plan.inverse.iter().rev().filter(|step| step.writes())
        ) {
            prop_assert_eq!(forth.from(), back.to());
            prop_assert_eq!(forth.to(), back.from());
        }
    }

    #[test]
    fn a_finished_plan_made_again_writes_nothing(world in worlds(), words in select(GOALS)) {
        // The last known good of a release that was gone back to is an older one, and the next promote goes further.
        if words == "roll back" || words == "promote" || words.starts_with("deploy") {
            return Ok(());
        }
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        let after = carried_out(&world, &plan);
        if let Some(again) = self::plan(&after, words) {
            prop_assert!(
                !again.steps.iter().any(Step::writes),
                "{words} again: {:?}\nfirst: {:?}", writes(&again.steps), writes(&plan.steps)
            );
        }
    }

    #[test]
    fn status_alone_changes_no_fingerprint(world in worlds()) {
        let policy = world.policy();
        let one = world.snapshot();
        let mut other = one.clone();
        for deployment in &mut other.deployments {
            deployment.counted.available = 0;
            deployment.counted.ready = 0;
            deployment.observed_generation += 1;
            deployment.progress = Progress::DeadlineExceeded("late".into());
        }
        for pod in &mut other.pods {
            pod.state = "CrashLoopBackOff".into();
            pod.restarts += 1;
        }
        other.at = at() + jiff::SignedDuration::from_secs(9);
        other.deployments.reverse();
        let first = engine(&policy).read(&one);
        prop_assert_eq!(&first, &engine(&policy).read(&one));
        prop_assert_eq!(&first.fingerprint, &engine(&policy).read(&other).fingerprint);

        let mut moved = one.clone();
        moved.deployments[0].replicas += 1;
        prop_assert_ne!(&first.fingerprint, &engine(&policy).read(&moved).fingerprint);
        let mut moved = one.clone();
        moved.route.as_mut().unwrap().rules[0][1].weight = Some(77);
        prop_assert_ne!(&first.fingerprint, &engine(&policy).read(&moved).fingerprint);
        let mut moved = one;
        moved.deployments[0].template.0["spec"]["extra"] = true.into();
        prop_assert_ne!(&first.fingerprint, &engine(&policy).read(&moved).fingerprint);
    }

    #[test]
    fn no_bad_release_is_gone_back_to_unasked(world in worlds()) {
        let Some(plan) = plan(&world, "roll back") else { return Ok(()) };
        for step in &plan.steps {
            if let Step::SetTemplate(step) = step {
                let newest = world.releases.iter().find(|known| known.tag == step.to.label());
                let is_good = world.releases.iter().any(|known| known.tag == step.to.label() && known.good);
                let ended_badly = newest.is_some_and(|known| {
                    matches!(known.ended, Ended::RolledBack | Ended::Aborted)
                });
                let began_on = world.stable_before.as_deref() == Some(step.to.label());
                prop_assert!(world.record != "read" || is_good || !ended_badly || began_on);
            }
        }
    }
}

fn base(world: &World) -> u32 {
    let wish = world.stable.replicas.max(1);
    let is_trial = world.canary.replicas > 0 || world.weight > 0;
    match world.base {
        Some(base) if is_trial && world.record == "read" => base.max(wish),
        _ => wish,
    }
}

/// The world once the plan is done, with its record.
fn carried_out(world: &World, plan: &Plan) -> World {
    let mut after = world.clone();
    let policy = world.policy();
    for step in &plan.steps {
        match step {
            Step::SetWeights(step) => after.weight = step.to.canary.percent(),
            Step::Scale(step) => after.side(track(&step.on, &policy)).replicas = step.to,
            Step::SetImage(step) => after.side(track(&step.on, &policy)).runs(step.to.label()),
            Step::SetTemplate(step) => after.side(track(&step.on, &policy)).runs(step.to.label()),
            Step::SetPaused(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => {}
        }
    }
    for side in [&mut after.stable, &mut after.canary] {
        side.available = None;
    }
    after.set_weight = None;
    after.claim = false;
    if world.record == "read" {
        for (revision, ended) in &plan.record.ended {
            for known in after
                .releases
                .iter_mut()
                .filter(|known| known.rev == *revision)
            {
                known.ended = *ended;
            }
        }
        if let Some(paused) = &plan.record.paused {
            after.paused = paused.is_some();
        }
        if let Some((revision, _)) = plan.record.good {
            after
                .releases
                .iter_mut()
                .filter(|known| known.rev == revision)
                .for_each(|known| known.good = true);
        }
    }
    after
}

impl World {
    fn side(&mut self, track: Track) -> &mut Side {
        match track {
            Track::Stable => &mut self.stable,
            Track::Canary => &mut self.canary,
        }
    }
}

impl Side {
    fn runs(&mut self, tag: &str) {
        let before = std::mem::replace(&mut self.tag, tag.to_owned());
        self.before.push(before);
    }
}
