//! What is read from the objects.

use super::world::{World, at, image};
use flightdeck::domain::cluster::{Acceptance, Progress};
use flightdeck::domain::rollout::{Phase, Rollout};
use flightdeck::domain::traffic::Weight;
use flightdeck::strategy::engine;

fn world(text: &str) -> World {
    toml::from_str(text).unwrap()
}

fn read(world: &World) -> Rollout {
    engine(&world.policy()).read(&world.snapshot())
}

fn read_text(text: &str) -> Rollout {
    read(&world(text))
}

const UNDER_WAY: &str = r#"
canary = { tag = "v2.42.0", replicas = 2 }
weight = 50
releases = [{ rev = 42, tag = "v2.42.0", ended = "running" }, { rev = 41, tag = "v2.41.0", good = true }]
"#;

#[test]
fn an_idle_environment_is_healthy_and_has_no_candidate() {
    let rollout = read_text("");
    assert_eq!(rollout.phase, Phase::Healthy);
    assert_eq!(rollout.candidate, None);
    assert_eq!(
        (rollout.step, rollout.weight_set_by, rollout.troubles.len()),
        (None, None, 0)
    );
    let stable = rollout.stable.unwrap();
    assert_eq!(
        (stable.tag(), stable.desired, stable.available),
        ("v2.41.0", 4, 4)
    );
    assert_eq!(stable.hash.as_deref(), Some("hash-v2.41.0"));
}

#[test]
fn an_idle_canary_with_a_rolled_back_image_is_no_candidate() {
    let rollout = read_text(
        r#"
canary = { tag = "v2.42.0" }
releases = [{ rev = 42, tag = "v2.42.0", ended = "rolled_back" }, { rev = 41, tag = "v2.41.0", good = true }]
"#,
    );
    assert_eq!((rollout.phase, rollout.candidate), (Phase::Healthy, None));
}

#[test]
fn a_release_whose_pods_are_still_to_come_is_a_candidate() {
    let rollout = read_text(
        r#"
canary = { tag = "v2.42.0" }
releases = [{ rev = 42, tag = "v2.42.0", ended = "running" }]
"#,
    );
    assert_eq!(rollout.phase, Phase::Progressing);
    assert_eq!(rollout.candidate.unwrap().tag(), "v2.42.0");
}

#[test]
fn the_present_step_is_the_last_one_not_above_the_weight() {
    let rollout = read_text(UNDER_WAY);
    let step = rollout.step.unwrap();
    assert_eq!(
        (step.index, step.count, step.weight),
        (1, 3, Weight::saturating(50))
    );
    assert_eq!(step.started_at, Some(at()));
    assert_eq!(
        step.holds_until,
        Some(at() + jiff::SignedDuration::from_secs(600))
    );
    assert_eq!(rollout.weight_set_by, None);
    assert_eq!(rollout.last_known_good.unwrap().tag(), "v2.41.0");
}

#[test]
fn a_weight_that_the_record_did_not_set_shows_no_step_and_names_who() {
    let mut world = world(UNDER_WAY);
    world.set_weight = Some(5);
    let rollout = read(&world);
    assert_eq!(rollout.step, None);
    assert_eq!(rollout.weight_set_by.unwrap().raw(), "kubectl-patch");

    world.record = "absent".into();
    assert_eq!(read(&world).weight_set_by.unwrap().raw(), "kubectl-patch");
}

#[test]
fn shares_are_whole_percent_and_never_rounded_to_nothing_or_everything() {
    let share = |stable: u32, canary: u32| {
        let mut world = world(UNDER_WAY);
        world.rules = Some(vec![vec![stable, canary]]);
        read(&world).split.map(|split| split.canary.percent())
    };
    assert_eq!(share(95, 5), Some(5));
    assert_eq!(share(2, 1), Some(33));
    assert_eq!(share(1, 1), Some(50));
    assert_eq!(share(9_999, 1), Some(1));
    assert_eq!(share(1, 9_999), Some(99));
    assert_eq!(share(0, 3), Some(100));
    assert_eq!(share(3, 0), Some(0));
    assert_eq!(share(0, 0), None);
    assert_eq!(share(1_000_000, 1_000_000), Some(50));
}

#[test]
fn rules_that_differ_tell_the_highest_share_and_say_so() {
    let mut world = world(UNDER_WAY);
    world.rules = Some(vec![vec![95, 5], vec![50, 50]]);
    let rollout = read(&world);
    assert_eq!(rollout.split.unwrap().canary, Weight::saturating(50));
    assert!(
        rollout.troubles[0]
            .shown()
            .contains("divide the traffic differently")
    );
}

#[test]
fn finish_has_begun_once_stable_has_the_candidates_image() {
    let rollout = read_text(
        r#"
stable = { tag = "v2.42.0", replicas = 4 }
canary = { tag = "v2.42.0", replicas = 4 }
weight = 100
"#,
    );
    assert!(rollout.finish_begun);
    assert_eq!(rollout.candidate.unwrap().tag(), "v2.42.0");
    assert!(
        !read_text(
            r#"stable = { tag = "v2.42.0", replicas = 4 }
canary = { tag = "v2.42.0" }"#
        )
        .finish_begun
    );
}

#[test]
fn phases_follow_from_what_is_there() {
    let phase = |change: &dyn Fn(&mut World)| {
        let mut world = world(UNDER_WAY);
        change(&mut world);
        read(&world).phase
    };
    assert_eq!(phase(&|_| {}), Phase::Progressing);
    assert_eq!(phase(&|world| world.paused = true), Phase::Paused);
    assert_eq!(
        phase(&|world| world.missing = vec!["stable".into()]),
        Phase::Unknown
    );
    assert_eq!(
        phase(&|world| world.missing = vec!["route".into()]),
        Phase::Unknown
    );
    assert_eq!(
        phase(&|world| world.rules = Some(vec![vec![0, 0]])),
        Phase::Unknown
    );
    assert_eq!(
        phase(&|world| world.stable.available = Some(3)),
        Phase::Degraded
    );
    assert_eq!(
        phase(&|world| world.canary.available = Some(1)),
        Phase::Degraded
    );
    assert_eq!(
        phase(&|world| world.canary.pods = "CrashLoopBackOff".into()),
        Phase::Degraded
    );
    let aborted = |world: &mut World| {
        world.weight = 0;
        world.releases[0].ended = flightdeck::domain::record::Ended::Aborted;
    };
    assert_eq!(phase(&aborted), Phase::Aborted);
    let broken_stable = |world: &mut World| {
        aborted(world);
        world.stable.available = Some(0);
    };
    assert_eq!(
        phase(&broken_stable),
        Phase::Degraded,
        "an abort does not hide a stable side without pods"
    );
}

#[test]
fn troubles_name_what_does_not_pass_by_itself() {
    let mut world = world(UNDER_WAY);
    world.canary.pods = "ImagePullBackOff".into();
    world.record = "failed".into();
    let mut seen = world.snapshot();
    seen.route.as_mut().unwrap().acceptance = Acceptance::Refused("no such gateway".into());
    seen.deployments[1].progress = Progress::DeadlineExceeded("ReplicaSet has timed out".into());
    seen.pods.last_mut().unwrap().last_end = Some(("OOMKilled".into(), None));
    let rollout = engine(&world.policy()).read(&seen);
    let told: Vec<&str> = rollout
        .troubles
        .iter()
        .map(flightdeck::domain::text::Text::shown)
        .collect();
    assert_eq!(
        told,
        [
            "httproute checkout is refused: no such gateway",
            "deployment checkout-canary: progress deadline exceeded: ReplicaSet has timed out",
            "canary pod checkout-canary-v2.42.0-0 and 1 more: ImagePullBackOff",
            "the record could not be read: 403 Forbidden",
        ]
    );
    assert_eq!(rollout.candidate.unwrap().restarts, 6);
}

#[test]
fn missing_objects_are_named_and_not_detected() {
    let mut world = world(UNDER_WAY);
    assert!(engine(&world.policy()).detect(&world.snapshot()));
    world.missing = vec!["canary".into(), "route".into()];
    let rollout = read(&world);
    let told: Vec<&str> = rollout
        .troubles
        .iter()
        .map(flightdeck::domain::text::Text::shown)
        .collect();
    assert_eq!(
        told,
        [
            "deployment checkout-canary is not there",
            "httproute checkout is not there"
        ]
    );
    assert!(!engine(&world.policy()).detect(&world.snapshot()));
}

#[test]
fn the_same_build_is_told_by_digest_and_else_by_tag() {
    let plain = image("v2.41.0");
    let mut pinned = plain.clone();
    pinned.digest = Some(super::world::digest('a'));
    let mut other = pinned.clone();
    other.digest = Some(super::world::digest('b'));
    assert!(plain.same_build(&pinned));
    assert!(!pinned.same_build(&other));
    assert!(!plain.same_build(&image("v2.42.0")));
}

#[test]
fn commands_are_ready_for_a_shell() {
    use super::world::{goal, request};
    let world = world(UNDER_WAY);
    let policy = world.policy();
    let plan = engine(&policy)
        .plan(
            &request(goal("promote")),
            &world.snapshot(),
            &world.policy(),
        )
        .unwrap();
    let commands: Vec<String> = plan
        .steps
        .iter()
        .map(|step| step.kubectl("production"))
        .collect();
    assert_eq!(
        commands[0],
        "kubectl -n production scale deployment/checkout-canary --current-replicas=2 --replicas=4"
    );
    assert_eq!(
        commands[1],
        "kubectl -n production rollout status deployment/checkout-canary --timeout=120s"
    );
    let patch = commands[3]
        .strip_prefix("kubectl -n production patch httproute checkout --type=json -p '")
        .unwrap();
    let patch: serde_json::Value = serde_json::from_str(patch.strip_suffix('\'').unwrap()).unwrap();
    assert_eq!(patch[1]["op"], "test");
    assert_eq!(patch[1]["path"], "/metadata/generation");
    assert_eq!(patch[5]["path"], "/spec/rules/0/backendRefs/1/weight");
    assert_eq!(patch[5]["value"], 100);
}
