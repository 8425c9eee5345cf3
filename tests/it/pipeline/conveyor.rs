//! From a commit to the canary: the built program is approved at, and deploys into, a demo world.

use crate::support::{DemoWorld, until};
use hyper::Method;
use serde_json::{Value, json};

async fn runs(demo: &DemoWorld, more: &[&str]) -> Value {
    let args: Vec<&str> = [&["runs", "-o", "json"], more].concat();
    demo.run(&args).await.exits(0).json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_goes_through_the_gates_and_its_canary_begins() {
    let demo = DemoWorld::start("conveyor").await;
    let first = until(
        "the run has begun",
        async || runs(&demo, &[]).await["runs"][0].clone(),
        |run| {
            run["commit"]
                .as_str()
                .is_some_and(|commit| commit.starts_with("c4e81f2"))
        },
    )
    .await;
    let number = first["number"].to_string();
    // What builds and tests is hurried; what deploys is not.
    let whole = runs(&demo, &["--run", &number]).await;
    let jobs = whole["runs"][0]["jobs"].as_array().unwrap().clone();
    for job in jobs
        .iter()
        .filter(|job| !job["name"].as_str().unwrap().starts_with("deploy"))
    {
        let path = format!("/ci/jobs/{}", job["job"].as_str().unwrap());
        demo.control(Method::POST, &path, json!({ "state": "success" }))
            .await;
    }
    until(
        "the run waits for approval",
        async || runs(&demo, &[]).await["runs"][0].clone(),
        |run| run["state"] == "waiting",
    )
    .await;
    let whole = runs(&demo, &["--run", &number]).await["runs"][0].clone();
    assert_eq!(whole["approvals"][0]["environment"], "production");
    let status = demo
        .run(&["status", "checkout", "-e", "production", "-o", "json"])
        .await
        .exits(0)
        .json();
    let pipeline = &status["services"][0]["pipeline"];
    let gates: Vec<&str> = pipeline["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["state"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(
        gates,
        ["passed", "passed", "passed", "passed", "waiting"],
        "{pipeline}"
    );
    assert_eq!(status["services"][0]["feeds"]["ci"]["state"], "live");

    demo.run(&["approve", &number]).await.exits(2);
    let approved = demo
        .run(&["approve", &number, "--yes", "--comment", "go", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(approved["schema"], "flightdeck.asked/1");
    demo.run(&["approve", &number, "--yes"]).await.exits(4);

    let live = until(
        "the canary has begun",
        async || {
            demo.run(&["status", "checkout", "-e", "production", "-o", "json"])
                .await
                .exits(0)
                .json()["services"][0]
                .clone()
        },
        |service| service["weight"] == 5,
    )
    .await;
    assert!(
        live["candidate"]["tag"]
            .as_str()
            .unwrap()
            .starts_with("c4e81f2-")
    );
    the_release_bears_its_run(&demo, &whole).await;
    let done = until(
        "the run has passed",
        async || runs(&demo, &["--run", &number]).await["runs"][0].clone(),
        |run| run["state"] == "passed",
    )
    .await;
    let deploy = done["jobs"].as_array().unwrap().last().unwrap();
    let log = demo
        .run(&["joblog", deploy["job"].as_str().unwrap()])
        .await
        .exits(0);
    // What the deploy itself printed: a runner knows neither the tag nor a weight.
    let tag = live["candidate"]["tag"].as_str().unwrap();
    for said in [tag, "weights 95/5"] {
        assert!(log.out.contains(said), "{said}: {}", log.out);
    }
    demo.run(&["cancel", &number, "--yes"]).await.exits(4);
    demo.run(&["joblog", "1"]).await.exits(4);
    demo.stop().await;
}

/// The deploy job wrote it down, so that the link is certain and the checklist can rest on it.
async fn the_release_bears_its_run(demo: &DemoWorld, run: &Value) {
    let json = async |args: &[&str]| {
        demo.run(&[args, &["-o", "json"]].concat())
            .await
            .exits(0)
            .json()
    };
    let history = json(&["history", "checkout", "-e", "production"]).await;
    assert_eq!(history["releases"][0]["run"], run["run"], "{history:#}");
    assert_eq!(
        history["releases"][0]["commit"], run["commit"],
        "{history:#}"
    );
    let checklist = json(&["checklist", "checkout"]).await;
    let fast = &checklist["gates"][0];
    assert_eq!(fast["items"][0]["done"], true, "{checklist:#}");
    let staging = checklist["gates"][3]["items"].as_array().unwrap();
    assert_eq!(staging[1]["done"], true, "{checklist:#}");
}
