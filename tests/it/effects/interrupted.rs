//! Plans whose calls are held, cut off or refused for a while, in the demo world.

use std::time::Duration;

use flightdeck::app::effect::Effect;
use flightdeck::domain::outcome::{End, StepResult};
use flightdeck::record::journal::Journal;
use flightdeck::record::replay::unfinished;
use flightdeck::strategy::goal::Goal;
use hyper::Method;
use serde_json::{Value, json};

use super::bench::{Bench, target};
use crate::support::{DemoWorld, ROUTE, until};

async fn world() -> (DemoWorld, Bench) {
    let demo = DemoWorld::start("good").await;
    let bench = Bench::new(&demo.world.info().kube);
    (demo, bench)
}

async fn canary_weight(demo: &DemoWorld) -> u64 {
    let route = demo.kube(Method::GET, ROUTE, Value::Null).await;
    route["spec"]["rules"][0]["backendRefs"][1]["weight"]
        .as_u64()
        .unwrap()
}

/// Writes to the route, with their answers' codes.
async fn route_writes(demo: &DemoWorld) -> Vec<u64> {
    let writes = demo.control(Method::GET, "/writes", Value::Null).await;
    let all = writes.as_array().unwrap_or_else(|| panic!("{writes:#}"));
    all.iter()
        .filter(|write| write["object"] == "httproutes/production/checkout")
        .filter_map(|write| write["code"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_applied_and_never_answered_is_not_sent_again() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Abort).await;
    // The first write is the claim, the second the weight.
    demo.control(
        Method::POST,
        "/kube/hold",
        json!({ "write": 2, "when": "applied" }),
    )
    .await;
    let outcome = bench.carry_out(plan).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert_eq!(outcome.steps[0].result, StepResult::Done, "{outcome:#?}");
    assert_eq!(canary_weight(&demo).await, 0);
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_held_back_is_sent_again_and_comes_too_late_itself() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Abort).await;
    demo.control(
        Method::POST,
        "/kube/hold",
        json!({ "write": 2, "when": "received" }),
    )
    .await;
    let outcome = bench.carry_out(plan).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    let codes = until(
        "both writes answered",
        async || route_writes(&demo).await,
        |codes| codes.contains(&422),
    )
    .await;
    assert_eq!(
        codes.iter().filter(|code| **code == 200).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(canary_weight(&demo).await, 0);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_whose_answer_was_lost_is_found_to_be_its_own() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Abort).await;
    demo.control(
        Method::POST,
        "/kube/hold",
        json!({ "write": 1, "when": "applied" }),
    )
    .await;
    let outcome = bench.carry_out(plan).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert!(outcome.record.starts_with("configmap "), "{outcome:#?}");
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_outage_delays_an_abort_and_does_not_end_it() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Abort).await;
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "kube", "mode": "refuse", "seconds": 2 }),
    )
    .await;
    let outcome = bench.carry_out(plan).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert_eq!(canary_weight(&demo).await, 0);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_login_stops_a_promote_before_anything_is_written() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Promote).await;
    demo.control(Method::POST, "/kube/expire-login", Value::Null)
        .await;
    let outcome = bench.carry_out(plan).await;
    assert!(
        matches!(&outcome.end, End::Unreachable(text) if text.contains("login")),
        "{outcome:#?}"
    );
    assert!(outcome.steps.is_empty());
    demo.control(Method::DELETE, "/kube/expire-login", Value::Null)
        .await;
    assert_eq!(canary_weight(&demo).await, 5);
    assert!(outcome.took_s < Duration::from_secs(20).as_secs_f64());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_plan_is_on_the_disk_before_its_first_write() {
    let (demo, mut bench) = world().await;
    let plan = bench.plan(Goal::Abort).await;
    let id = plan.id.clone();
    demo.control(
        Method::POST,
        "/kube/hold",
        json!({ "write": 1, "when": "received" }),
    )
    .await;
    bench.start(Effect::CarryOut(Box::new(plan)));
    until(
        "the first write",
        async || demo.control(Method::GET, "/writes", Value::Null).await,
        |writes| writes.as_array().is_some_and(|writes| !writes.is_empty()),
    )
    .await;
    // The server has it, and nothing was answered: whoever is killed now is found in the journal.
    let lines = Journal::of(bench.data_dir(), &target()).read().unwrap();
    let told = unfinished(&lines.entries).expect("the plan is in the journal");
    assert_eq!(told.plan.id, id);
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    assert_eq!(bench.outcome(&id).await.end, End::Done);
    demo.stop().await;
}
