//! Whole actions against the demo world: what was told is true, and no request is lost on the way.

use std::time::Duration;

use flightdeck::app::effect::Effect;
use flightdeck::domain::artifact::Image;
use flightdeck::domain::event::PlanEvent;
use flightdeck::domain::outcome::{End, Outcome, StepResult};
use flightdeck::domain::record::Record;
use flightdeck::domain::traffic::Weight;
use flightdeck::record::journal::Journal;
use flightdeck::record::replay;
use flightdeck::strategy::goal::{Goal, RollBackTo};
use hyper::Method;
use serde_json::{Value, json};

use super::bench::{Bench, target};
use crate::support::{DemoWorld, RECORD, Served};

const CANDIDATE: &str = "v2.42.0";

async fn world(scenario: &str) -> (DemoWorld, Bench) {
    let demo = DemoWorld::start(scenario).await;
    let bench = Bench::new(&demo.world.info().kube);
    (demo, bench)
}

async fn record(demo: &DemoWorld) -> Record {
    let object = demo.kube(Method::GET, RECORD, Value::Null).await;
    Record::parse(object["data"]["record.json"].as_str().unwrap()).unwrap()
}

fn assert_done(outcome: &Outcome) {
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert!(
        outcome.verified.iter().all(|check| check.ok == Some(true)),
        "{outcome:#?}"
    );
    assert!(outcome.notices.is_empty(), "{outcome:#?}");
    assert_eq!(
        outcome.record,
        "configmap production/flightdeck-checkout-production"
    );
}

fn assert_nothing_lost(served: &Served) {
    assert_eq!(
        served.clients("sent"),
        served.clients("answered"),
        "{served:?}"
    );
}

fn began(event: &PlanEvent, step: usize) -> Option<()> {
    matches!(event, PlanEvent::StepBegan(found, _) if *found == step).then_some(())
}

async fn requests_of(demo: &DemoWorld, tag: &str) -> u64 {
    demo.served().await.of(tag).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_goes_through_all_weights_and_is_finished() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(200.0).await;

    let outcome = bench.act(Goal::Promote).await;
    assert_done(&outcome);
    assert!(outcome.full_effect_s.is_some(), "{outcome:#?}");
    let seen = record(&demo).await;
    assert_eq!(seen.set_weight.map(Weight::percent), Some(50));
    assert!(seen.current.is_none(), "{seen:#?}");

    assert_done(&bench.act(Goal::Promote).await);
    assert_done(&bench.act(Goal::Promote).await);
    let seen = record(&demo).await;
    assert_eq!(seen.newest().unwrap().tag(), CANDIDATE);
    assert!(
        seen.newest().unwrap().templates.contains_key("checkout"),
        "{seen:#?}"
    );
    assert_eq!(seen.set_weight.map(Weight::percent), Some(0));
    demo.traffic(0.0).await;
    assert_nothing_lost(&demo.served().await);

    let lines = Journal::of(bench.data_dir(), &target()).read().unwrap();
    let plans = replay::plans(&lines.entries);
    assert_eq!(plans.len(), 3);
    assert!(plans.iter().all(|plan| plan.outcome.is_some()
        && plan.claimed
        && plan.done() == plan.plan.steps.len()));
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_is_told_as_recovered_only_with_what_was_seen() {
    let (demo, mut bench) = world("errors").await;
    demo.traffic(200.0).await;
    let outcome = bench.act(Goal::RollBack(RollBackTo::LastKnownGood)).await;
    assert_done(&outcome);
    assert!(
        outcome.sentence.starts_with("recovered in "),
        "{}",
        outcome.sentence
    );
    assert!(
        outcome
            .sentence
            .contains(&format!("requests on {CANDIDATE}")),
        "{}",
        outcome.sentence
    );
    let before = requests_of(&demo, CANDIDATE).await;
    demo.traffic(0.0).await;
    assert_eq!(requests_of(&demo, CANDIDATE).await, before);
    assert_nothing_lost(&demo.served().await);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traffic_that_stays_is_never_told_as_recovered() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(200.0).await;
    demo.control(Method::POST, "/front", json!({ "ignore_route": true }))
        .await;
    let outcome = bench.act(Goal::RollBack(RollBackTo::LastKnownGood)).await;
    let End::NotProven(text) = &outcome.end else {
        panic!("{outcome:#?}");
    };
    assert!(text.contains("the canary still gets"), "{text}");
    assert!(
        !serde_json::to_string(&outcome)
            .unwrap()
            .contains("recovered"),
        "{outcome:#?}"
    );
    assert_eq!(outcome.full_effect_s, None);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_little_traffic_is_unknown_and_not_a_failure() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(0.0).await;
    let outcome = bench.act(Goal::Abort).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    let weight = outcome
        .verified
        .iter()
        .find(|check| check.check == "weight")
        .unwrap();
    assert_eq!(weight.ok, None, "{outcome:#?}");
    assert!(weight.text.contains("20 are needed"), "{outcome:#?}");
    assert!(
        !outcome.sentence.contains("recovered"),
        "{}",
        outcome.sentence
    );
    assert!(!outcome.notices.is_empty());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreadable_counters_are_unknown_and_never_a_recovery() {
    let (demo, mut bench) = world("good").await;
    let plan = bench.plan(Goal::Abort).await;
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "metrics", "mode": "error", "seconds": 80 }),
    )
    .await;
    let outcome = bench.carry_out(plan).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    let answers: Vec<_> = outcome
        .verified
        .iter()
        .map(|check| (check.check.as_str(), check.ok))
        .collect();
    assert!(
        answers.contains(&("weight", None)) && answers.contains(&("metrics", None)),
        "{answers:?}"
    );
    assert!(
        !outcome.sentence.contains("recovered"),
        "{}",
        outcome.sentence
    );
    assert!(
        outcome.sentence.contains("error rate unknown"),
        "{}",
        outcome.sentence
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_that_stay_bad_after_a_roll_back_are_told() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(200.0).await;
    let sick =
        json!({ "error_share": 0.3, "latency_ms": { "p50": 45.0, "p95": 110.0 }, "cpu_ms": 3.0 });
    demo.control(Method::PUT, "/versions/v2.41.0", sick).await;
    let outcome = bench.act(Goal::RollBack(RollBackTo::LastKnownGood)).await;
    assert!(
        matches!(&outcome.end, End::Bad(text) if text.contains("above 2.0 %")),
        "{outcome:#?}"
    );
    assert!(
        !outcome.sentence.contains("recovered"),
        "{}",
        outcome.sentence
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_release_is_deployed_to_its_first_weight() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(200.0).await;
    assert_done(&bench.act(Goal::RollBack(RollBackTo::LastKnownGood)).await);
    let image = Image::parse("registry.example.com/shop/checkout:v2.43.0").unwrap();
    let outcome = bench.act(Goal::Deploy(image.into())).await;
    assert_done(&outcome);
    let seen = record(&demo).await;
    assert_eq!(seen.newest().unwrap().tag(), "v2.43.0");
    assert_eq!(seen.set_weight.map(Weight::percent), Some(5));
    assert!(requests_of(&demo, "v2.43.0").await > 0);
    demo.traffic(0.0).await;
    assert_nothing_lost(&demo.served().await);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_is_in_the_record_and_where_it_cannot_be_it_is_told() {
    let (demo, mut bench) = world("good").await;
    let outcome = bench.act(Goal::Pause).await;
    assert_eq!(
        (outcome.end.clone(), outcome.sentence.as_str()),
        (End::Done, "paused"),
        "{outcome:#?}"
    );
    assert_eq!(record(&demo).await.paused.unwrap().by.raw(), "mira@corp");
    assert_eq!(bench.act(Goal::Resume).await.end, End::Done);
    assert_eq!(record(&demo).await.paused, None);

    demo.control(
        Method::POST,
        "/kube/forbid",
        json!({ "verb": "patch", "resource": "configmaps" }),
    )
    .await;
    let outcome = bench.act(Goal::Pause).await;
    assert!(
        matches!(&outcome.end, End::Forbidden(text) if text.contains("mira@corp may not patch")),
        "{outcome:#?}"
    );
    assert!(
        outcome.sentence.starts_with("NOT paused"),
        "{}",
        outcome.sentence
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_record_an_abort_goes_on_and_a_promote_does_not() {
    let (demo, mut bench) = world("good").await;
    demo.control(
        Method::POST,
        "/kube/forbid",
        json!({ "verb": "patch", "resource": "configmaps" }),
    )
    .await;
    let promoted = bench.act(Goal::Promote).await;
    assert!(matches!(promoted.end, End::Forbidden(_)), "{promoted:#?}");
    assert!(promoted.steps.is_empty(), "{promoted:#?}");
    let aborted = bench.act(Goal::Abort).await;
    assert_eq!(aborted.end, End::Done, "{aborted:#?}");
    assert!(aborted.record.contains("journal "), "{}", aborted.record);
    assert!(
        aborted
            .notices
            .iter()
            .any(|told| told.contains("other machines do not see this plan")),
        "{aborted:#?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_journal_an_abort_goes_on_and_a_promote_does_not() {
    let (demo, mut bench) = world("good").await;
    // A file stands where the journal's directory should be.
    std::fs::write(bench.data_dir().join("journal"), "").unwrap();
    let promoted = bench.act(Goal::Promote).await;
    assert!(matches!(promoted.end, End::Fault(_)), "{promoted:#?}");
    assert!(promoted.steps.is_empty(), "{promoted:#?}");
    assert_eq!(record(&demo).await.current, None);
    let aborted = bench.act(Goal::Abort).await;
    assert_eq!(aborted.end, End::Done, "{aborted:#?}");
    assert!(
        aborted
            .notices
            .iter()
            .any(|told| told.contains("journal is not kept")),
        "{aborted:#?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_plans_acts_and_the_other_is_told() {
    let (demo, mut first) = world("good").await;
    let mut second = Bench::new(&demo.world.info().kube);
    let (one, other) = (
        first.plan(Goal::Promote).await,
        second.plan(Goal::Promote).await,
    );
    let (one, other) = tokio::join!(first.carry_out(one), second.carry_out(other));
    let ends = [&one.end, &other.end];
    let done = ends.iter().filter(|end| ***end == End::Done).count();
    let moved = ends
        .iter()
        .filter(|end| matches!(end, End::WorldMoved(_)))
        .count();
    assert_eq!((done, moved), (1, 1), "{one:#?}\n{other:#?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_takes_the_claim_from_a_living_promote() {
    let (demo, mut first) = world("good").await;
    demo.traffic(200.0).await;
    // Pods of the candidate do not become ready, so the promote waits.
    demo.control(
        Method::PUT,
        &format!("/versions/{CANDIDATE}"),
        json!({ "ready": false }),
    )
    .await;
    let mut second = Bench::new(&demo.world.info().kube);
    let promote = first.plan(Goal::Promote).await;
    let waits = promote
        .steps
        .iter()
        .position(|step| step.verb() == "await_ready")
        .unwrap();
    let id = promote.id.clone();
    first.start(Effect::CarryOut(Box::new(promote)));
    first.until(&id, |event| began(event, waits)).await;
    let rolled_back = second.act(Goal::RollBack(RollBackTo::LastKnownGood)).await;
    assert_eq!(rolled_back.end, End::Done, "{rolled_back:#?}");
    assert!(
        rolled_back
            .notices
            .iter()
            .any(|told| told.contains("took the claim from")),
        "{rolled_back:#?}"
    );
    let promoted = first.outcome(&id).await;
    assert!(matches!(promoted.end, End::WorldMoved(_)), "{promoted:#?}");
    assert_eq!(
        promoted.steps.last().unwrap().result,
        StepResult::GuardFailed,
        "{promoted:#?}"
    );
    for deployment in ["checkout", "checkout-canary"] {
        let path = format!("/apis/apps/v1/namespaces/production/deployments/{deployment}");
        let object = demo.kube(Method::GET, &path, Value::Null).await;
        let mark = object["metadata"]["annotations"]["flightdeck.dev/plan"].as_str();
        assert!(
            mark.is_some_and(|mark| mark != id.as_str()),
            "{deployment}: {mark:?}"
        );
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_that_meets_the_last_write_of_the_promote_is_planned_anew() {
    let (demo, mut first) = world("good").await;
    demo.traffic(0.0).await;
    demo.control(
        Method::PUT,
        &format!("/versions/{CANDIDATE}"),
        json!({ "ready": false }),
    )
    .await;
    let mut second = Bench::new(&demo.world.info().kube);
    let promote = first.plan(Goal::Promote).await;
    let index = |verb| {
        promote
            .steps
            .iter()
            .position(|step| step.verb() == verb)
            .unwrap()
    };
    let (ready, confirm) = (index("await_ready"), index("confirm_traffic"));
    let id = promote.id.clone();
    first.start(Effect::CarryOut(Box::new(promote)));
    first.until(&id, |event| began(event, ready)).await;
    // Confirmed now, begun only when the promote has moved the weights and watches a front without requests.
    let abort = second.plan(Goal::Abort).await;
    demo.control(
        Method::PUT,
        &format!("/versions/{CANDIDATE}"),
        json!({ "ready": true }),
    )
    .await;
    first.until(&id, |event| began(event, confirm)).await;
    let aborted = second.carry_out(abort).await;
    assert_eq!(aborted.end, End::Done, "{aborted:#?}");
    assert!(
        aborted
            .notices
            .iter()
            .any(|told| told.contains("planned anew")),
        "{aborted:#?}"
    );
    assert_eq!(record(&demo).await.set_weight.map(Weight::percent), Some(0));
    assert!(matches!(first.outcome(&id).await.end, End::WorldMoved(_)));
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_told_by_an_event_with_who_and_why() {
    let (demo, mut bench) = world("good").await;
    bench.act(Goal::Pause).await;
    let path = "/apis/events.k8s.io/v1/namespaces/production/events";
    let events = demo.kube(Method::GET, path, Value::Null).await;
    let told: Vec<&Value> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["reportingController"] == "flightdeck")
        .collect();
    let [event] = told.as_slice() else {
        panic!("{events:#}");
    };
    assert_eq!(
        (&event["action"], &event["reason"]),
        (&json!("Pause"), &json!("Done"))
    );
    assert_eq!(event["regarding"]["name"], "checkout");
    let note = event["note"].as_str().unwrap();
    assert!(
        note.contains("mira@corp") && note.contains("because a test says so"),
        "{note}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_program_stops_a_promote_and_waits_for_an_abort() {
    let (demo, mut bench) = world("good").await;
    demo.traffic(200.0).await;
    demo.control(
        Method::PUT,
        &format!("/versions/{CANDIDATE}"),
        json!({ "ready": false }),
    )
    .await;
    let promote = bench.plan(Goal::Promote).await;
    let waits = promote
        .steps
        .iter()
        .position(|step| step.verb() == "await_ready")
        .unwrap();
    let id = promote.id.clone();
    bench.start(Effect::CarryOut(Box::new(promote)));
    bench.until(&id, |event| began(event, waits)).await;
    let left = bench.effects.finish(Duration::from_secs(30)).await;
    assert!(left.is_empty());
    assert!(matches!(bench.outcome(&id).await.end, End::Stopped(_)));
    // It had written: its claim stays, so that the next program can take the plan up.
    let claim = record(&demo).await.current.unwrap();
    assert_eq!((claim.plan.as_str(), claim.done), (id.as_str(), 1));

    let abort = bench.plan(Goal::Abort).await;
    let id = abort.id.clone();
    bench.start(Effect::CarryOut(Box::new(abort)));
    bench
        .until(&id, |event| {
            matches!(event, PlanEvent::Claimed(_)).then_some(())
        })
        .await;
    assert!(
        bench
            .effects
            .finish(Duration::from_secs(30))
            .await
            .is_empty()
    );
    assert_eq!(bench.outcome(&id).await.end, End::Done);
    assert_eq!(record(&demo).await.current, None);
    demo.stop().await;
}
