//! The program on a world of many services.

use crate::pty::terminal::Terminal;
use crate::support::{DemoWorld, until};
use flightdeck::demo::fleet::Size;
use flightdeck::demo::{Scenario, WorldOptions};
use hyper::Method;
use serde_json::Value;

const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

async fn world(size: &str) -> DemoWorld {
    let options = WorldOptions {
        fleet: Some(size.parse::<Size>().unwrap()),
        ..WorldOptions::new(Scenario::named("quiet").unwrap())
    };
    DemoWorld::with(options).await
}

#[test]
fn a_size_is_services_by_pods() {
    assert_eq!(
        "500x20".parse(),
        Ok(Size {
            services: 500,
            pods: 20
        })
    );
    for wrong in ["", "500", "x", "0x1", "1x0", "5000x1", "5x5x5", "-1x2"] {
        let error = wrong.parse::<Size>().unwrap_err().to_string();
        assert!(error.contains("SERVICESxPODS"), "{wrong}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_all_services_for_one_list_and_watch_a_kind() {
    let demo = world("12x3").await;
    let ran = demo.run(&["status", "-o", "json"]).await.exits(0);
    let status = ran.json();
    let services = status["services"].as_array().unwrap();
    // The first one has two environments.
    assert_eq!(services.len(), 13);
    let phase = |name: &str| {
        let found = services.iter().find(|service| service["service"] == name);
        found.unwrap()["phase"].as_str().unwrap().to_owned()
    };
    assert_eq!(phase("accounts"), "healthy");
    assert_eq!(phase("auth"), "degraded");
    assert_eq!(phase("billing"), "paused");
    assert_eq!(phase("checkout"), "progressing");
    let reads = demo.control(Method::GET, "/reads", Value::Null).await;
    for kind in [
        "deployments",
        "replicasets",
        "pods",
        "configmaps",
        "httproutes",
    ] {
        let what = format!("list {kind}/production");
        assert_eq!(reads[&what], 1, "{what}: {reads:#}");
    }
    the_numbers_and_the_last_plan_are_told(&demo).await;
    demo.stop().await;
}

/// Of a release on trial, as `status` of it alone tells them.
async fn the_numbers_and_the_last_plan_are_told(demo: &DemoWorld) {
    demo.run(&["pause", "checkout", "-e", "production"])
        .await
        .exits(0);
    let checkout = async || {
        let all = demo.run(&["status", "-o", "json"]).await.exits(0).json();
        let services = all["services"].as_array().unwrap().iter();
        let mut found = services.filter(|service| service["service"] == "checkout");
        found.next().unwrap().clone()
    };
    // A world that has just begun has answered nothing yet.
    let told = until("numbers", checkout, |checkout| {
        checkout["metrics"]["stable"]["p95_s"].is_f64()
    })
    .await;
    let metrics = &told["metrics"];
    assert!(metrics["at"].is_string(), "{told:#}");
    assert!(metrics["canary"]["requests"].is_f64(), "{told:#}");
    assert_eq!(told["last_plan"]["end"], "done", "{told:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cockpit_opens_the_fleet_filters_opens_a_service_and_returns() {
    let demo = world("8x2").await;
    let config = demo.world.dir().join("config.toml");
    let home = tempfile::tempdir().unwrap();
    let (config, home) = (
        config.display().to_string(),
        home.path().display().to_string(),
    );
    tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(FLIGHTDECK, &["--config", &config], &[("HOME", &home)]);
        terminal.see("FLEET");
        terminal.see("auth");
        terminal.see("degraded");
        terminal.keys("/ledg\r");
        terminal.see("0 of 9");
        terminal.keys("\x1b");
        terminal.see_no_more("filter:");
        terminal.keys("/accou\r");
        terminal.see("1 of 9");
        terminal.keys("\r");
        terminal.see_no_more("FLEET");
        terminal.see("accounts");
        terminal.keys("\x1b");
        terminal.see("FLEET");
        terminal.see("filter: accou");
        terminal.keys("\x1b");
        terminal.see_no_more("filter:");
        terminal.keys("q");
        terminal.ends_restored(0);
    })
    .await
    .unwrap();
    demo.stop().await;
}
