//! The record before, during and after plans.

use super::world::{World, at, digest, goal, image, request};
use flightdeck::domain::ids::PlanId;
use flightdeck::domain::record::{Ended, Record, RecordRead};
use flightdeck::domain::traffic::Weight;
use flightdeck::strategy::engine;
use flightdeck::strategy::plan::Plan;
use flightdeck::strategy::record_change::{Ran, beat, begin, finish, give_back, weight};
use std::collections::BTreeMap;

fn world(text: &str) -> World {
    toml::from_str(text).unwrap()
}

fn plan(world: &World, words: &str) -> Plan {
    let mut request = request(goal(words));
    request.reason = Some("errors 1.9 %".into());
    engine(&world.policy())
        .plan(&request, &world.snapshot(), &world.policy())
        .unwrap()
}

fn record(world: &World) -> Record {
    match world.snapshot().record {
        RecordRead::Read { record, .. } => *record,
        RecordRead::Absent => Record::default(),
        other => panic!("{other:?}"),
    }
}

fn ran(pairs: &[(&str, &str)]) -> BTreeMap<String, Ran> {
    pairs
        .iter()
        .map(|(deployment, tag)| {
            let ran = Ran {
                image: image(tag),
                template: Some(format!("hash-{tag}")),
                digest: Some(digest('c')),
            };
            ((*deployment).to_owned(), ran)
        })
        .collect()
}

fn ended(record: &Record) -> Vec<(u64, Ended, bool)> {
    record
        .releases
        .iter()
        .map(|release| (release.revision, release.ended, release.good.is_some()))
        .collect()
}

const IDLE: &str = r#"
releases = [{ rev = 41, tag = "v2.41.0", good = true }]
"#;

const UNDER_WAY: &str = r#"
canary = { tag = "v2.42.0", replicas = 1 }
weight = 5
base = 4
releases = [
  { rev = 42, tag = "v2.42.0", ended = "running" },
  { rev = 41, tag = "v2.41.0", good = true },
  { rev = 40, tag = "v2.40.0", ended = "superseded", good = true },
]
"#;

#[test]
fn a_deploy_claims_and_puts_its_release_on_top() {
    let world = world(IDLE);
    let plan = plan(&world, "deploy -> v2.42.0");
    let mut record = record(&world);
    begin(&mut record, &plan, at());

    let claim = record.current.clone().unwrap();
    assert_eq!(
        (
            claim.plan.as_str(),
            claim.goal.raw(),
            claim.done,
            claim.steps
        ),
        ("p1", "deploy", 0, plan.steps.len())
    );
    assert_eq!(claim.by.raw(), "mira");
    assert_eq!(
        ended(&record),
        [(42, Ended::Running, false), (41, Ended::Promoted, true)]
    );
    assert_eq!(record.base, Some(4));
    assert_eq!(
        record.stable_before.as_ref().unwrap().template,
        "hash-v2.41.0"
    );
    assert_eq!(
        record.releases[0].reason.as_ref().unwrap().raw(),
        "errors 1.9 %"
    );

    weight(&mut record, Weight::saturating(5), at());
    assert!(beat(&mut record, &plan.id, 5));
    assert_eq!(
        (record.set_weight, record.step_started_at),
        (Some(Weight::saturating(5)), Some(at()))
    );
    assert_eq!(
        record
            .current
            .as_ref()
            .map(|claim| (claim.done, claim.heartbeat)),
        Some((5, 1))
    );

    finish(
        &mut record,
        &plan,
        at(),
        &ran(&[("checkout-canary", "v2.42.0"), ("checkout", "v2.41.0")]),
    );
    assert_eq!(record.current, None);
    assert_eq!(record.releases[0].digest, Some(digest('c')));
    assert_eq!(
        record.releases[0].templates["checkout-canary"],
        "hash-v2.42.0"
    );
    assert_eq!(record.releases[1].templates["checkout"], "hash-v2.41.0");
}

#[test]
fn a_release_that_never_ended_is_superseded_by_the_next_deploy() {
    let world = world(
        r#"
canary = { tag = "v2.41.0" }
releases = [
  { rev = 43, tag = "v2.43.0", ended = "running" },
  { rev = 41, tag = "v2.41.0", ended = "running", good = true },
]
"#,
    );
    let mut record = record(&world);
    begin(&mut record, &plan(&world, "deploy -> v2.44.0"), at());
    assert_eq!(
        ended(&record),
        [
            (44, Ended::Running, false),
            (43, Ended::Superseded, false),
            (41, Ended::Running, true)
        ]
    );
}

#[test]
fn a_finish_supersedes_the_release_before_and_leaves_its_mark() {
    let mut world = world(UNDER_WAY);
    world.weight = 100;
    world.canary.replicas = 4;
    let plan = plan(&world, "promote");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    weight(&mut record, Weight::ZERO, at());
    finish(&mut record, &plan, at(), &ran(&[("checkout", "v2.42.0")]));
    assert_eq!(
        ended(&record),
        [
            (42, Ended::Promoted, false),
            (41, Ended::Superseded, true),
            (40, Ended::Superseded, true)
        ]
    );
    assert_eq!(
        (record.set_weight, record.step_started_at),
        (Some(Weight::ZERO), None)
    );
    assert_eq!(record.releases[0].templates["checkout"], "hash-v2.42.0");
}

#[test]
fn a_roll_back_from_a_good_release_takes_its_mark_away() {
    let world = world(
        r#"
stable = { tag = "v2.42.0", replicas = 4, before = ["v2.41.0"] }
canary = { tag = "v2.42.0" }
releases = [
  { rev = 42, tag = "v2.42.0", good = true },
  { rev = 41, tag = "v2.41.0", ended = "superseded", good = true },
]
"#,
    );
    let plan = plan(&world, "roll back");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    assert!(
        record.releases[0].good.is_some(),
        "the mark stays until the roll back is done"
    );
    finish(&mut record, &plan, at(), &ran(&[("checkout", "v2.41.0")]));
    assert_eq!(
        ended(&record),
        [(42, Ended::RolledBack, false), (41, Ended::Promoted, true)]
    );
    let note = &record.releases[0].notes[0];
    assert_eq!(
        note.text.raw(),
        "no longer good: rolled back to v2.41.0: errors 1.9 %"
    );
    assert_eq!((note.by.raw(), note.at), ("mira", at()));
}

#[test]
fn a_roll_back_to_the_serving_side_ends_the_candidate_and_lifts_its_pause() {
    let mut world = world(UNDER_WAY);
    world.paused = true;
    let plan = plan(&world, "roll back");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    assert!(
        record.paused.is_some(),
        "a pause holds until the traffic has left"
    );
    finish(&mut record, &plan, at(), &BTreeMap::new());
    assert_eq!(
        ended(&record),
        [
            (42, Ended::RolledBack, false),
            (41, Ended::Promoted, true),
            (40, Ended::Superseded, true)
        ]
    );
    assert_eq!(record.paused, None);
}

#[test]
fn an_abort_ends_the_candidate_alone() {
    let world = world(UNDER_WAY);
    let plan = plan(&world, "abort");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    finish(&mut record, &plan, at(), &BTreeMap::new());
    assert_eq!(ended(&record)[0], (42, Ended::Aborted, false));
    assert_eq!(ended(&record)[1], (41, Ended::Promoted, true));
}

#[test]
fn a_pause_leaves_the_claim_of_what_is_under_way() {
    let mut world = world(UNDER_WAY);
    world.claim = true;
    let plan = plan(&world, "pause");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    finish(&mut record, &plan, at(), &BTreeMap::new());
    assert_eq!(
        record.current.as_ref().map(|claim| claim.plan.as_str()),
        Some("p0")
    );
    let paused = record.paused.unwrap();
    assert_eq!(
        (paused.by.raw(), paused.reason.unwrap().raw()),
        ("mira", "errors 1.9 %")
    );
}

#[test]
fn a_claim_is_moved_and_given_back_by_its_own_plan_only() {
    let mut world = world(UNDER_WAY);
    world.claim = true;
    let mut record = record(&world);
    assert!(!beat(&mut record, &PlanId::new("p1"), 1));
    give_back(&mut record, &PlanId::new("p1"));
    assert!(record.current.is_some());
    begin(&mut record, &plan(&world, "abort"), at());
    assert!(!beat(&mut record, &PlanId::new("p0"), 2), "taken over");
    give_back(&mut record, &PlanId::new("p1"));
    assert_eq!(record.current, None);
}

#[test]
fn a_word_begins_a_record() {
    let mut world = world(IDLE);
    world.record = "absent".into();
    let plan = plan(&world, "good");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    finish(&mut record, &plan, at(), &BTreeMap::new());
    let release = &record.releases[0];
    assert_eq!(
        (release.revision, release.tag(), release.ended),
        (1, "v2.41.0", Ended::Promoted)
    );
    assert_eq!(release.templates["checkout"], "hash-v2.41.0");
    assert_eq!(release.digest, Some(digest('a')));
    let good = release.good.as_ref().unwrap();
    assert_eq!(
        (good.by.raw(), good.why.as_ref().unwrap().raw()),
        ("mira", "errors 1.9 %")
    );
    assert_eq!(record.current, None);
}

#[test]
fn a_promote_against_the_verdict_is_noted() {
    let world = world(UNDER_WAY);
    let mut request = request(goal("promote"));
    request.against_verdict = Some("errors 1.9 %, limit 1.0 %".into());
    let plan = engine(&world.policy())
        .plan(&request, &world.snapshot(), &world.policy())
        .unwrap();
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    finish(&mut record, &plan, at(), &BTreeMap::new());
    let note = &record.releases[0].notes[0];
    assert_eq!(
        note.text.raw(),
        "promoted against the verdict: errors 1.9 %, limit 1.0 %"
    );
}

#[test]
fn a_promote_of_an_unknown_candidate_begins_its_release() {
    let mut world = world(UNDER_WAY);
    world.record = "absent".into();
    let plan = plan(&world, "promote");
    let mut record = record(&world);
    begin(&mut record, &plan, at());
    assert_eq!(ended(&record), [(1, Ended::Running, false)]);
    assert_eq!(record.base, Some(4));
}
