//! The line drops in the middle of a plan.

use super::terminal::Terminal;
use crate::support::{DemoWorld, until};
use hyper::Method;
use serde_json::{Value, json};

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");
const CANARY: &str = "/apis/apps/v1/namespaces/production/deployments/checkout-canary";

async fn world() -> DemoWorld {
    let demo = DemoWorld::start("good").await;
    let hold = json!({ "write": 1, "when": "received", "of": ["httproutes/"] });
    demo.control(Method::POST, "/kube/hold", hold).await;
    demo
}

fn start(demo: &DemoWorld, arguments: &[&str]) -> Terminal {
    let home = demo.world.dir().display().to_string();
    let config = demo.world.dir().join("config.toml").display().to_string();
    Terminal::start(
        FLIGHTDECK,
        arguments,
        &[("HOME", &home), ("FLIGHTDECK_CONFIG", &config)],
    )
}

/// The plan has come to its weight, which the world keeps.
async fn at_its_weight(demo: &DemoWorld) {
    until(
        "the weight on its way",
        async || demo.control(Method::GET, "/writes", Value::Null).await,
        |all| {
            all.as_array().unwrap().iter().any(|write| {
                write["object"] == "httproutes/production/checkout" && write["code"].is_null()
            })
        },
    )
    .await;
}

/// Closes the terminal, lets the write go, and answers the exit code.
async fn dropped(demo: &DemoWorld, terminal: &mut Terminal) -> u32 {
    tokio::task::block_in_place(|| terminal.close());
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    tokio::task::block_in_place(|| terminal.ends())
}

/// Asks for a roll back of the open service and confirms it.
fn roll_back(terminal: &mut Terminal) {
    terminal.see("METRICS live");
    terminal.keys("a");
    terminal.keys("b");
    terminal.asks("y does it");
    terminal.keys("y");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_finishes_without_its_screen() {
    let demo = world().await;
    let mut terminal = start(&demo, &["open", "checkout", "-e", "production"]);
    tokio::task::block_in_place(|| roll_back(&mut terminal));
    at_its_weight(&demo).await;
    assert_eq!(dropped(&demo, &mut terminal).await, 129);
    is_rolled_back(&demo).await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_finishes_while_another_service_is_looked_at() {
    let demo = world().await;
    let mut terminal = start(&demo, &["open", "checkout", "-e", "production"]);
    tokio::task::block_in_place(|| roll_back(&mut terminal));
    at_its_weight(&demo).await;
    tokio::task::block_in_place(|| {
        terminal.keys("1");
        terminal.see("FLEET");
        terminal.keys("/staging\r");
        terminal.see("1 of 2");
        terminal.keys("\r");
        terminal.see_no_more("FLEET");
        terminal.see("staging");
    });
    assert_eq!(dropped(&demo, &mut terminal).await, 129);
    is_rolled_back(&demo).await;
    demo.stop().await;
}

/// To its end, and recorded so.
async fn is_rolled_back(demo: &DemoWorld) {
    assert_eq!(demo.weight().await, 0);
    let seen = demo.status().await;
    let canary = demo.kube(Method::GET, CANARY, Value::Null).await;
    assert_eq!(canary["spec"]["replicas"], 0, "{seen:#}");
    assert_eq!(seen["plan"], Value::Null, "{seen:#}");
    let last = &seen["last_plan"];
    assert_eq!(last["done"], last["steps"], "{last:#}");
    assert!(["done", "stopped"].contains(&last["end"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promote_stops_after_the_step_in_hand_and_is_taken_up() {
    let demo = world().await;
    let arguments = [
        "promote",
        "checkout",
        "-e",
        "production",
        "--yes",
        "--confirm",
        "checkout",
    ];
    let mut terminal = start(&demo, &arguments);
    at_its_weight(&demo).await;
    assert_eq!(dropped(&demo, &mut terminal).await, 129);
    assert_eq!(demo.weight().await, 50, "the step in hand was carried out");
    let seen = demo.status().await;
    assert_eq!(seen["plan"]["state"], "cut_off", "{seen:#}");
    assert!(seen["plan"]["done"].as_u64() < seen["plan"]["steps"].as_u64());
    assert_eq!(seen["last_plan"]["end"], "stopped", "{seen:#}");
    let shown = demo.run(&["status", "checkout", "-e", "production"]).await;
    assert!(shown.out.contains("CUT OFF: promote v2.42.0"), "{shown:#?}");
    assert!(shown.out.contains("flightdeck resume-plan"), "{shown:#?}");

    let resume = [
        "resume-plan",
        "checkout",
        "-e",
        "production",
        "--yes",
        "--confirm",
        "checkout",
    ];
    let ran = demo.run(&resume).await.exits(0);
    assert!(ran.out.contains("resume: promote v2.42.0"), "{ran:#?}");
    let seen = demo.status().await;
    assert_eq!(seen["plan"], Value::Null, "{seen:#}");
    assert_eq!(seen["weight"], 50, "{seen:#}");
    assert_eq!(seen["weight_set_by"], Value::Null, "{seen:#}");
    demo.stop().await;
}
