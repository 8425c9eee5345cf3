//! What is read of a plain Deployment, and what holds for every plan of the strategies without a route.

use super::properties::{GOALS, plan, releases, sides, writes};
use super::world::{Kind, Side, World};
use flightdeck::domain::rollout::{Phase, Rollout};
use flightdeck::domain::traffic::{Track, Weight};
use flightdeck::strategy::engine;
use flightdeck::strategy::step::Step;
use proptest::prelude::*;
use proptest::sample::select;

fn world(text: &str) -> World {
    toml::from_str(&format!("kind = \"rolling\"\n{text}")).unwrap()
}

fn read(world: &World) -> Rollout {
    engine(&world.policy()).read(&world.snapshot())
}

const UNDER_WAY: &str = r#"
stable = { tag = "v2.42.0", replicas = 4, before = ["v2.41.0"], updated = 2, available = 1, old = 3 }
releases = [{ rev = 42, tag = "v2.42.0", ended = "running" }, { rev = 41, tag = "v2.41.0", good = true }]
stable_before = "v2.41.0"
"#;

#[test]
fn a_version_alone_is_stable() {
    let rollout = read(&world(""));
    assert_eq!((rollout.phase, &rollout.candidate), (Phase::Healthy, &None));
    assert_eq!(rollout.split.map(|split| split.canary), Some(Weight::ZERO));
    assert_eq!(rollout.stable.unwrap().tag(), "v2.41.0");
}

#[test]
fn a_version_on_its_way_is_the_candidate_beside_the_one_it_replaces() {
    let rollout = read(&world(UNDER_WAY));
    let (stable, candidate) = (rollout.stable.unwrap(), rollout.candidate.unwrap());
    assert_eq!(
        (stable.tag(), stable.ready, stable.desired),
        ("v2.41.0", 3, 3)
    );
    assert_eq!(
        (candidate.tag(), candidate.ready, candidate.desired),
        ("v2.42.0", 1, 4)
    );
    assert_eq!(stable.hash.as_deref(), Some("hash-v2.41.0"));
    assert_eq!(rollout.phase, Phase::Progressing);
    assert_eq!(rollout.split.map(|split| split.canary.percent()), Some(25));
    assert_eq!(rollout.last_known_good.unwrap().tag(), "v2.41.0");
    assert!(
        rollout
            .pods
            .iter()
            .all(|pod| (pod.track == Track::Canary) == (pod.hash == "hash-v2.42.0"))
    );
}

#[test]
fn a_version_alone_whose_pods_fail_is_no_candidate() {
    let mut world = world(UNDER_WAY);
    world.stable.old = 0;
    world.stable.updated = None;
    let rollout = read(&world);
    assert_eq!((rollout.phase, rollout.candidate), (Phase::Degraded, None));
}

#[test]
fn an_exceeded_deadline_and_stuck_pods_are_named() {
    let mut world = world(UNDER_WAY);
    world.exceeded = true;
    world.stable.pods = "ImagePullBackOff".to_owned();
    let rollout = read(&world);
    assert_eq!(rollout.phase, Phase::Degraded);
    assert!(rollout.candidate.is_some());
    let told: Vec<&str> = rollout
        .troubles
        .iter()
        .map(flightdeck::domain::text::Text::raw)
        .collect();
    let told = told.join("\n");
    assert!(
        told.contains("progress deadline exceeded: it took too long"),
        "{told}"
    );
    assert!(told.contains("ImagePullBackOff"), "{told}");
}

#[test]
fn a_held_rollout_is_paused_whether_or_not_the_record_tells_who_did_it() {
    let mut world = world(UNDER_WAY);
    world.stable.halted = true;
    let rollout = read(&world);
    assert_eq!(rollout.phase, Phase::Paused);
    assert!(
        rollout
            .paused
            .unwrap()
            .by
            .raw()
            .contains("not in the record")
    );
    world.paused = true;
    assert_eq!(read(&world).paused.unwrap().by.raw(), "jo");
    world.stable.halted = false;
    assert_eq!(
        (read(&world).phase, read(&world).paused),
        (Phase::Progressing, None)
    );
}

#[test]
fn shares_by_pods_show_the_step_that_they_reach() {
    let mut world = World {
        kind: Kind::ByPods,
        steps: vec![5, 25, 50],
        ..toml::from_str(r#"releases = [{ rev = 42, tag = "v2.42.0", ended = "running" }]"#)
            .unwrap()
    };
    world.canary = Side {
        tag: "v2.42.0".to_owned(),
        replicas: 1,
        ..Side::default()
    };
    let rollout = read(&world);
    assert_eq!(rollout.split.map(|split| split.canary.percent()), Some(20));
    assert_eq!(
        rollout.step.map(|step| (step.index, step.count)),
        Some((1, 3))
    );
    assert_eq!(rollout.weight_set_by, None);
    // Pods that a plan under way has asked for are nobody else's.
    world.set_weight = Some(0);
    assert!(read(&world).weight_set_by.is_some());
    world.claim = true;
    assert!(read(&world).weight_set_by.is_none());
}

fn worlds() -> impl Strategy<Value = World> {
    let kinds = select(vec![Kind::Rolling, Kind::ByPods]);
    let records = select(vec!["read", "read", "absent", "failed"]);
    let marks = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let before = proptest::option::of(select(vec!["v2.40.0", "v2.41.0"]));
    (
        kinds,
        sides(),
        sides(),
        releases(),
        records,
        before,
        0_u32..4,
        marks,
    )
        .prop_map(
            |(
                kind,
                mut stable,
                canary,
                releases,
                record,
                before,
                old,
                (paused, claim, halted, exceeded),
            )| {
                stable.old = old;
                stable.updated = stable.available;
                stable.halted = halted && kind == Kind::Rolling;
                World {
                    kind,
                    stable,
                    canary,
                    releases,
                    record: record.into(),
                    stable_before: before.map(str::to_owned),
                    steps: vec![5, 25, 50],
                    paused,
                    claim,
                    exceeded,
                    ..World::default()
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn without_a_route_no_route_is_touched_and_every_write_is_guarded(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        for step in &plan.steps {
            prop_assert!(!matches!(step, Step::SetWeights(_)), "{step:?}");
            prop_assert_eq!(step.guard_text().is_some(), step.writes());
        }
        if world.kind == Kind::Rolling {
            for step in &plan.steps {
                prop_assert!(!matches!(step, Step::Scale(_) | Step::ConfirmTraffic(_)), "{step:?}");
            }
        }
    }

    #[test]
    fn stable_is_never_scaled_down_and_no_share_is_above_a_half(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        let base = world.stable.replicas.max(1);
        for step in &plan.steps {
            match step {
                Step::Scale(step) if step.on.deployment == "checkout" => prop_assert!(step.to > step.from),
                Step::Scale(step) if step.to > step.from => prop_assert!(step.to <= base, "{step:?} of {base}"),
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_written_can_be_taken_back(world in worlds(), words in select(GOALS)) {
        let Some(plan) = plan(&world, words) else { return Ok(()) };
        prop_assert_eq!(writes(&plan.steps).len(), writes(&plan.inverse).len());
        let back = plan.inverse.iter().rev().filter(|step| step.writes());
        for (forth, back) in plan.steps.iter().filter(|step| step.writes()).zip(back) {
            prop_assert_eq!(forth.from(), back.to());
            prop_assert_eq!(forth.to(), back.from());
        }
    }

    #[test]
    fn a_release_known_as_bad_is_gone_back_to_only_where_it_served(world in worlds()) {
        let Some(plan) = plan(&world, "roll back") else { return Ok(()) };
        let served = read(&world).stable.map(|stable| stable.tag().to_owned());
        for step in &plan.steps {
            if let Step::SetTemplate(step) = step {
                let known = world.releases.iter().find(|known| known.tag == step.to.label());
                let is_bad = known.is_some_and(|known| {
                    use flightdeck::domain::record::Ended;
                    matches!(known.ended, Ended::RolledBack | Ended::Aborted)
                });
                let is_good = world.releases.iter().any(|known| known.tag == step.to.label() && known.good);
                prop_assert!(
                    world.record != "read" || !is_bad || is_good || served.as_deref() == Some(step.to.label())
                        || world.stable_before.as_deref() == Some(step.to.label()),
                    "{step:?}"
                );
            }
        }
    }
}
