//! The record and the journal when they cannot be what they should: each is told in words, nothing is overwritten, and what
//! leads to safety goes on.

use crate::fixture;
use crate::support::{DemoWorld, RECORD};
use flightdeck::record::journal::Journal;
use flightdeck::record::replay;
use hyper::Method;
use serde_json::{Value, json};
use std::os::unix::fs::symlink;

async fn act(demo: &DemoWorld, action: &[&str]) -> crate::support::Ran {
    let (verb, more) = action.split_first().unwrap();
    let common = [
        *verb,
        "checkout",
        "-e",
        "production",
        "--yes",
        "--confirm",
        "checkout",
    ];
    demo.run(&[&common, more].concat()).await
}

async fn text(demo: &DemoWorld) -> String {
    let object = demo.kube(Method::GET, RECORD, Value::Null).await;
    object["data"]["record.json"].as_str().unwrap().to_owned()
}

async fn write(demo: &DemoWorld, text: &str) {
    let change = json!({ "data": { "record.json": text } });
    demo.kube(Method::PATCH, RECORD, change).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_makes_no_sense_is_kept_aside_and_never_overwritten() {
    let demo = DemoWorld::start("good").await;
    let good = text(&demo).await;
    let newer = good.replace("flightdeck.record/1", "flightdeck.record/9");
    let truncated = &good[..good.len() / 2];
    for (damaged, told) in [
        (newer.as_str(), "flightdeck.record/9"),
        (truncated, "not of the known shape"),
        ("\u{0}\u{1b}[31m no record", "not of the known shape"),
    ] {
        write(&demo, damaged).await;
        for refused in [
            &["promote"][..],
            &["resume-plan"],
            &["undo-plan"],
            &["pause"],
        ] {
            let ran = act(&demo, refused).await;
            assert!([4, 5].contains(&ran.code), "{ran:#?}");
            assert!(ran.err.contains(told), "{ran:#?}");
            assert!(!ran.err.contains('\u{1b}'), "{ran:#?}");
        }
        assert_eq!(text(&demo).await, damaged, "it was written over");
        let kept = aside(&demo);
        assert!(kept.contains(&damaged.to_owned()), "{kept:#?}");
    }
    let aborted = act(&demo, &["abort"]).await.exits(0);
    assert!(aborted.err.contains("record"), "{aborted:#?}");
    assert!(text(&demo).await.contains("no record"));
    let status = demo.run(&["status", "checkout", "-e", "production"]).await;
    assert_eq!(status.code, 0, "{status:#?}");
    demo.stop().await;
}

/// What was copied.
fn aside(demo: &DemoWorld) -> Vec<String> {
    let directory = demo.world.dir().join("data/journal");
    let files = std::fs::read_dir(directory).unwrap().flatten();
    let kept = files.filter(|file| file.file_name().to_string_lossy().contains("unreadable"));
    kept.map(|file| std::fs::read_to_string(file.path()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_too_large_is_trimmed_oldest_first_and_good_last() {
    let demo = DemoWorld::start("good").await;
    let mut record: Value = serde_json::from_str(&text(&demo).await).unwrap();
    let releases = record["releases"].as_array_mut().unwrap();
    let like = releases.last().unwrap().clone();
    for release in &mut *releases {
        release["revision"] = json!(release["revision"].as_u64().unwrap() + 1000);
    }
    for revision in (1..60).rev() {
        let mut old = like.clone();
        old["revision"] = json!(revision);
        let image = format!("registry.example.com/shop/checkout:v1.{revision}.0");
        old["image"] = json!(image);
        old["ended"] = json!("superseded");
        old["reason"] = json!("x".repeat(15_000));
        if revision % 10 != 0 {
            old["good"] = Value::Null;
        }
        releases.push(old);
    }
    write(&demo, &record.to_string()).await;
    assert!(text(&demo).await.len() > 800_000);
    act(&demo, &["pause"]).await.exits(0);
    let trimmed = text(&demo).await;
    assert!(trimmed.len() <= 512 * 1024, "{}", trimmed.len());
    let trimmed: Value = serde_json::from_str(&trimmed).unwrap();
    let left = trimmed["releases"].as_array().unwrap();
    let revision = |release: &Value| release["revision"].as_u64().unwrap();
    let not_good = left.iter().filter(|release| release["good"].is_null());
    let oldest = not_good.map(revision).min().unwrap();
    for good in (10..60).step_by(10) {
        assert!(left.iter().any(|release| revision(release) == good));
    }
    assert!(oldest > 20, "younger ones went first: {oldest}");
    demo.stop().await;
}

/// A disk that is full, and a home that cannot be written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_written_stops_a_promote_and_no_roll_back() {
    let demo = DemoWorld::start("good").await;
    let data = demo.world.dir().join("data");
    let journal = data.join("journal");
    std::fs::create_dir_all(&journal).unwrap();
    let file = journal.join("flightdeck-checkout-production.jsonl");
    symlink("/dev/full", &file).unwrap();
    let before = text(&demo).await;
    let ran = act(&demo, &["promote"]).await.exits(1);
    assert!(ran.err.contains("cannot write the journal"), "{ran:#?}");
    assert!(ran.err.contains("No space left"), "{ran:#?}");
    assert_eq!(text(&demo).await, before, "nothing was begun");

    std::fs::remove_dir_all(&data).unwrap();
    std::fs::write(&data, "a file where a directory should be").unwrap();
    let ran = act(&demo, &["promote"]).await.exits(1);
    assert!(ran.err.contains("journal's directory"), "{ran:#?}");
    assert_eq!(text(&demo).await, before, "nothing was begun");

    let ran = act(&demo, &["rollback"]).await.exits(0);
    assert!(
        ran.err.contains("the local journal is not kept"),
        "{ran:#?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_write_the_record_only_safety_goes_on() {
    let demo = DemoWorld::start("good").await;
    let body = json!({ "verb": "patch", "resource": "configmaps" });
    demo.control(Method::POST, "/kube/forbid", body).await;
    let ran = act(&demo, &["promote"]).await.exits(6);
    assert!(ran.err.contains("configmaps"), "{ran:#?}");
    let ran = act(&demo, &["rollback"]).await.exits(0);
    assert!(
        ran.err.contains("other machines do not see this plan"),
        "{ran:#?}"
    );
    demo.stop().await;
}

/// Two programs of one machine write one journal, and a plan of either is found whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_one_journal() {
    let demo = DemoWorld::start("good").await;
    let (one, other) = tokio::join!(act(&demo, &["pause"]), act(&demo, &["rollback"]));
    // 8: a slow machine let its proof come too late.
    assert!([0, 8].contains(&other.code), "{one:#?}\n{other:#?}");
    let journal = Journal::of(&demo.world.dir().join("data"), &fixture::target());
    let lines = journal.read().unwrap();
    assert!(lines.unreadable.is_empty() && !lines.torn, "{lines:#?}");
    let plans = replay::plans(&lines.entries);
    assert!(
        plans.iter().all(|told| told.outcome.is_some()),
        "whole lives: {plans:#?}"
    );
    let is_there = |verb: &str| plans.iter().any(|told| told.plan.title.starts_with(verb));
    assert!(is_there("roll back"), "{plans:#?}");
    // A pause that came too late had no plan.
    assert!(is_there("pause") || one.code != 0, "{one:#?}\n{plans:#?}");
    demo.stop().await;
}
