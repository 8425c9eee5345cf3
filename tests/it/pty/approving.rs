//! Production is approved in the cockpit, and the canary begins.

use super::trying::on;
use crate::support::{DemoWorld, until};
use hyper::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_starts_the_canary() {
    let world = DemoWorld::start("conveyor").await;
    let ci = world.world.info().ci.clone().unwrap();
    let runs = format!("{ci}/repos/shop/checkout/actions/runs");
    let newest = async || world.get(&runs).await.json()["workflow_runs"][0].clone();
    let run = until("the run has begun", newest, |run| {
        run["head_sha"]
            .as_str()
            .is_some_and(|sha| sha.starts_with("c4e81f2"))
    })
    .await;
    let jobs = world
        .get(&format!("{runs}/{}/jobs", run["id"]))
        .await
        .json();
    for job in jobs["jobs"].as_array().unwrap() {
        if job["name"] != "deploy production" {
            let path = format!("/ci/jobs/{}", job["id"]);
            world
                .control(Method::POST, &path, json!({ "state": "success" }))
                .await;
        }
    }
    let mut terminal = on(&world, &[]);
    terminal.see("waits for approval");
    terminal.keys("3");
    terminal.see("waits for approval of production");
    terminal.keys("pa");
    terminal.asks("reviewers");
    terminal.keys("y");
    terminal.see("was approved");
    until(
        "the canary has traffic",
        async || world.weight().await,
        |weight| *weight == 5,
    )
    .await;
    terminal.keys("2");
    terminal.see("canary 5%");
    terminal.keys("q");
    terminal.ends_restored(0);
    world.stop().await;
}
