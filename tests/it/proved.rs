//! Good by proof over real sockets: earned, not earned, not watched; remarks; the report without the cluster.

use std::time::{Duration, Instant};

use crate::support::{DemoWorld, RECORD, Ran, until};
use hyper::Method;
use serde_json::{Value, json};

const CANDIDATE: &str = "v2.42.0";

async fn act(demo: &DemoWorld, action: &[&str], more: &[&str]) -> Ran {
    let args: Vec<&str> = [action, &["checkout", "-e", "production"], more].concat();
    demo.run(&args).await
}

async fn newest(demo: &DemoWorld) -> Value {
    let history = act(demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    history["releases"][0].clone()
}

async fn loses_its_mark_when_it_is_left(demo: &DemoWorld) {
    act(
        demo,
        &["rollback"],
        &["--confirm", "checkout", "--reason", "a customer called"],
    )
    .await
    .exits(0);
    let left = act(demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    let left = left["releases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|release| release["tag"] == CANDIDATE)
        .unwrap()
        .clone();
    assert_eq!(
        (&left["good"], &left["mark"], &left["ended"]),
        (&json!(false), &json!("taken_away"), &json!("rolled_back"))
    );
    let why = left["notes"].as_array().unwrap().iter().find_map(|note| {
        note["text"]
            .as_str()
            .filter(|text| text.starts_with("no longer good"))
    });
    assert!(why.unwrap().contains("a customer called"), "{left:#}");
    let text = act(demo, &["history"], &[]).await.exits(0);
    assert!(text.out.contains("taken away"), "{text:#?}");
}

/// From this machine's journal and black box alone.
async fn report_is_read_without_the_cluster(demo: &DemoWorld) {
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "kube", "mode": "refuse", "seconds": 600 }),
    )
    .await;
    let report = act(demo, &["report"], &["--release", CANDIDATE, "-o", "json"])
        .await
        .exits(0);
    assert!(
        report.err.contains("without the cluster's record"),
        "{}",
        report.err
    );
    let report = report.json();
    assert_eq!(
        (&report["schema"], &report["source"]),
        (&json!("flightdeck.report/1"), &json!("journal"))
    );
    assert!(
        report["intervals"].as_array().unwrap().len() > 10,
        "{report:#}"
    );
    let verdicts = report["verdicts"].as_array().unwrap();
    assert!(
        !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict["recomputed"] == true),
        "{verdicts:#?}"
    );
    let timeline = report["timeline"].as_array().unwrap();
    for (kind, words) in [
        ("plan", "begun by demo-engineer"),
        ("step", "done"),
        ("check", "ok"),
        ("proof", "has proved good"),
        ("note", "faster"),
        ("plan", "a customer called"),
    ] {
        let is_told = |moment: &Value| {
            moment["kind"] == kind && moment["text"].as_str().unwrap().contains(words)
        };
        assert!(
            timeline.iter().any(is_told),
            "{kind} {words}: {timeline:#?}"
        );
    }
    let out = demo.world.dir().join("postmortem.md");
    act(demo, &["report"], &["--out", out.to_str().unwrap()])
        .await
        .exits(0);
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.contains("](postmortem-errors.svg)"), "{text}");
    assert!(demo.world.dir().join("postmortem-p95.svg").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_release_earns_good_and_loses_it_when_it_is_left() {
    let demo = DemoWorld::start("good").await;
    let promote = [
        "--full",
        "--until-good",
        "--confirm",
        "checkout",
        "-o",
        "json",
    ];
    let promoted = act(&demo, &["promote"], &promote).await.exits(0).json();
    let checks = promoted["verified"].as_array().unwrap();
    let good = checks
        .iter()
        .find(|check| check["check"] == "good")
        .unwrap();
    assert_eq!(good["ok"], true, "{promoted:#}");
    let release = newest(&demo).await;
    assert_eq!(
        (&release["tag"], &release["mark"]),
        (&json!(CANDIDATE), &json!("good")),
        "{release:#}"
    );
    assert!(
        release["good_by"]
            .as_str()
            .unwrap()
            .starts_with("the window"),
        "{release:#}"
    );
    assert!(
        release["evidence"]
            .as_str()
            .unwrap()
            .contains("no restarts"),
        "{release:#}"
    );

    act(&demo, &["note"], &["the basket | is faster"])
        .await
        .exits(0);
    let noted = newest(&demo).await;
    let remarks = noted["notes"].as_array().unwrap();
    assert_eq!(
        remarks.last().unwrap()["text"],
        "the basket | is faster",
        "{noted:#}"
    );

    // The record and its black box are there, and what this machine kept is enough without them.
    let object = demo.kube(Method::GET, RECORD, Value::Null).await;
    let kept: Value = serde_json::from_str(object["data"]["blackbox"].as_str().unwrap()).unwrap();
    assert_eq!(kept["schema"], "flightdeck.blackbox/1");
    assert!(
        kept["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["seen"]["interval"].is_object()),
        "{kept:#}"
    );

    loses_its_mark_when_it_is_left(&demo).await;
    report_is_read_without_the_cluster(&demo).await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_fails_its_goal_does_not_earn_it() {
    let demo = DemoWorld::start("good").await;
    act(&demo, &["promote"], &["--full", "--confirm", "checkout"])
        .await
        .exits(0);
    let behaviour =
        json!({ "error_share": 0.2, "latency_ms": { "p50": 40.0, "p95": 100.0 }, "cpu_ms": 3.0 });
    demo.control(Method::PUT, "/versions/v2.43.0", behaviour)
        .await;
    act(
        &demo,
        &["deploy"],
        &[
            "--image",
            &flightdeck::demo::image::image_of("v2.43.0"),
            "--yes",
            "--confirm",
            "checkout",
        ],
    )
    .await
    .exits(0);
    let failed = act(
        &demo,
        &["promote"],
        &[
            "--full",
            "--until-good",
            "--confirm",
            "checkout",
            "-o",
            "json",
        ],
    )
    .await
    .exits(9)
    .json();
    let checks = failed["verified"].as_array().unwrap();
    let good = checks
        .iter()
        .find(|check| check["check"] == "good")
        .unwrap();
    assert_eq!(good["ok"], false);
    assert!(
        good["text"].as_str().unwrap().contains("errors"),
        "{good:#}"
    );
    assert_eq!(failed["exit_code"], 9);
    let release = newest(&demo).await;
    assert_eq!(
        (&release["tag"], &release["mark"]),
        (&json!("v2.43.0"), &json!("unproven"))
    );
    demo.stop().await;
}

/// The window goes by and nobody looks on: a later look does not make it good.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_nobody_watched_stays_unproven() {
    let demo = DemoWorld::start("good").await;
    act(&demo, &["promote"], &["--full", "--confirm", "checkout"])
        .await
        .exits(0);
    let since = Instant::now();
    until(
        "the window's length",
        async || since.elapsed(),
        |gone| *gone > Duration::from_secs(22),
    )
    .await;
    let release = newest(&demo).await;
    assert_eq!(
        (&release["tag"], &release["good"], &release["mark"]),
        (&json!(CANDIDATE), &json!(false), &json!("unproven"))
    );
    act(&demo, &["status"], &[]).await.exits(0);
    act(&demo, &["watch"], &["--timeout", "3s"]).await.exits(8);
    assert_eq!(newest(&demo).await["mark"], "unproven");
    let text = act(&demo, &["history"], &[]).await.exits(0);
    assert!(text.out.contains("unproven"), "{text:#?}");
    demo.stop().await;
}
