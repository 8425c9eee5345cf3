//! The built program on a demo world, over real sockets: what it prints, how it exits, and what the traffic did meanwhile.

use crate::support::{DemoWorld, Ran, Served, until};
use flightdeck::domain::notice::NoticeKind;
use flightdeck::domain::outcome::End;
use flightdeck::headless::exit;
use hyper::Method;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::process::Stdio;

const STABLE: &str = "v2.41.0";
const CANDIDATE: &str = "v2.42.0";
const PRODUCTION: [&str; 3] = ["checkout", "-e", "production"];

fn image(tag: &str) -> String {
    flightdeck::demo::image::image_of(tag)
}

/// Runs `ACTION checkout -e production MORE…`.
async fn act(demo: &DemoWorld, action: &[&str], more: &[&str]) -> Ran {
    let args: Vec<&str> = [action, &PRODUCTION, more].concat();
    demo.run(&args).await
}

/// The weights and images that a dry reading of the objects shows: for "nothing was changed".
async fn writes(demo: &DemoWorld) -> usize {
    demo.control(Method::GET, "/writes", Value::Null)
        .await
        .as_array()
        .unwrap()
        .len()
}

/// The share of the requests answered from now on that a version got.
async fn share_of(demo: &DemoWorld, tag: &str, requests: u64) -> f64 {
    let before = demo.served().await;
    let after = until(
        "enough requests",
        async || demo.served().await,
        |now| now.all() - before.all() >= requests,
    )
    .await;
    let (got, all) = (
        after.of(tag).0 - before.of(tag).0,
        after.all() - before.all(),
    );
    f64::from(u32::try_from(got).unwrap()) / f64::from(u32::try_from(all).unwrap())
}

#[test]
fn each_trouble_has_its_code() {
    let kinds = [
        (NoticeKind::Internal, 1),
        (NoticeKind::Usage, 2),
        (NoticeKind::Config, 3),
        (NoticeKind::Refused, 4),
        (NoticeKind::Conflict, 5),
        (NoticeKind::Forbidden, 6),
        (NoticeKind::Unreachable, 7),
        (NoticeKind::TimedOut, 8),
        (NoticeKind::Bad, 9),
    ];
    for (kind, code) in kinds {
        assert_eq!(exit::of_notice(kind), code, "{kind:?}");
    }
    let why = || "why".to_owned();
    let ends = [
        (End::Done, 0),
        (End::Fault(why()), 1),
        (End::WorldMoved(why()), 5),
        (End::Stopped(why()), 5),
        (End::Forbidden(why()), 6),
        (End::Unreachable(why()), 7),
        (End::NotProven(why()), 8),
        (End::Bad(why()), 9),
    ];
    for (end, code) in ends {
        assert_eq!(exit::of_end(&end), code, "{end:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_what_is_live() {
    let demo = DemoWorld::start("good").await;
    let both_answered =
        |served: &Served| [STABLE, CANDIDATE].iter().all(|tag| served.of(tag).0 > 0);
    until(
        "traffic on both versions",
        async || demo.served().await,
        both_answered,
    )
    .await;
    let document = act(&demo, &["status"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(document["schema"], "flightdeck.status/1");
    let live = &document["services"][0];
    for (path, value) in [
        ("/service", json!("checkout")),
        ("/environment", json!("production")),
        ("/namespace", json!("production")),
        ("/strategy", json!("canary")),
        ("/phase", json!("progressing")),
        ("/weight", json!(5)),
        ("/stable/tag", json!(STABLE)),
        ("/stable/image", json!(image(STABLE))),
        (
            "/stable/replicas",
            json!({ "desired": 4, "ready": 4, "available": 4 }),
        ),
        ("/candidate/tag", json!(CANDIDATE)),
        ("/step/index", json!(0)),
        ("/step/count", json!(3)),
        ("/step/weight", json!(5)),
        ("/last_known_good/tag", json!(STABLE)),
        ("/metrics/source", json!("pods")),
        ("/pipeline/likely", json!(false)),
        ("/pipeline/state", json!("passed")),
        ("/pipeline/gates/0/state", json!("passed")),
        ("/feeds/ci/state", json!("live")),
        ("/feeds/cluster/state", json!("live")),
        ("/feeds/metrics/state", json!("live")),
    ] {
        assert_eq!(live.pointer(path), Some(&value), "{path}: {live:#}");
    }
    for number in [
        "/metrics/stable/error_share",
        "/metrics/stable/p95_s",
        "/metrics/stable/requests_per_s",
    ] {
        assert!(
            live.pointer(number).is_some_and(Value::is_f64),
            "{number}: {live:#}"
        );
    }
    let all = demo.run(&["status", "-o", "json"]).await.exits(0).json();
    assert_eq!(all["services"].as_array().unwrap().len(), 2);

    let text = act(&demo, &["status"], &[]).await.exits(0);
    assert!(
        text.out.contains("v2.42.0 has 5 % of the traffic"),
        "{text:#?}"
    );
    assert_eq!(text.err, "");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_canary_goes_to_the_end_and_loses_no_request() {
    let demo = DemoWorld::start("good").await;
    let half = act(
        &demo,
        &["promote"],
        &["--confirm", "checkout", "-o", "json"],
    )
    .await
    .exits(0)
    .json();
    assert_eq!(half["schema"], "flightdeck.outcome/1");
    assert_eq!(half["goal"], "promote");
    assert_eq!(half["end"], "done");
    assert!(
        half["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|step| step["result"] == "done"),
        "{half:#}"
    );
    assert!(
        half["verified"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["ok"] == true),
        "{half:#}"
    );
    assert!(half["took_s"].as_f64().is_some_and(|took| took > 0.0));
    assert!(half["full_effect_s"].is_f64(), "{half:#}");
    assert!(
        half["record"]
            .as_str()
            .unwrap()
            .contains("flightdeck-checkout-production")
    );
    let share = share_of(&demo, CANDIDATE, 400).await;
    assert!((0.4..0.6).contains(&share), "{share}");

    act(&demo, &["promote"], &["--confirm", "checkout"])
        .await
        .exits(0);
    let share = share_of(&demo, CANDIDATE, 200).await;
    assert!((share - 1.0).abs() < f64::EPSILON, "{share}");

    act(&demo, &["promote"], &["--confirm", "checkout"])
        .await
        .exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["stable"]["tag"]),
        (&json!("healthy"), &json!(null), &json!(CANDIDATE))
    );
    assert_eq!(live["weight"], 0);

    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    let newest = &history["releases"][0];
    assert_eq!(history["schema"], "flightdeck.history/1");
    assert_eq!(
        (&newest["tag"], &newest["ended"], &newest["good"]),
        (&json!(CANDIDATE), &json!("promoted"), &json!(false))
    );
    let revisions: Vec<u64> = history["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|release| release["revision"].as_u64().unwrap())
        .collect();
    assert!(
        revisions.is_sorted_by(|newer, older| newer > older),
        "{revisions:?}"
    );

    act(&demo, &["promote"], &["--yes"]).await.exits(4);
    act(
        &demo,
        &["good"],
        &["--confirm", "checkout", "--reason", "ran for a day"],
    )
    .await
    .exits(0);
    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    let newest = &history["releases"][0];
    assert_eq!(
        (&newest["tag"], &newest["good"], &newest["evidence"]),
        (&json!(CANDIDATE), &json!(true), &json!("ran for a day"))
    );
    demo.traffic(0.0).await;
    let served = demo.served().await;
    assert_eq!(served.clients("sent"), served.clients("answered"));
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_canary_is_rolled_back_and_proved_gone() {
    let demo = DemoWorld::start("errors").await;
    let back = act(
        &demo,
        &["rollback"],
        &["--yes", "--reason", "too many errors", "-o", "json"],
    )
    .await
    .exits(0)
    .json();
    assert_eq!(back["goal"], "roll_back");
    let before = demo.served().await;
    let after = until(
        "more requests",
        async || demo.served().await,
        |now| now.all() - before.all() >= 200,
    )
    .await;
    assert_eq!(after.of(CANDIDATE), before.of(CANDIDATE));
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["stable"]["tag"]),
        (&json!("healthy"), &json!(null), &json!(STABLE))
    );
    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(history["releases"][0]["ended"], "rolled_back");
    let watched = act(
        &demo,
        &["watch"],
        &["--until", "healthy", "--timeout", "20s"],
    )
    .await
    .exits(0);
    assert!(watched.out.contains("healthy"), "{watched:#?}");
    demo.traffic(0.0).await;
    let served = demo.served().await;
    assert_eq!(served.clients("sent"), served.clients("answered"));
    demo.stop().await;
}

/// The API takes the weights and the traffic stays: nothing may be called done then.
#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_that_moves_no_traffic_is_not_proved() {
    let demo = DemoWorld::start("errors").await;
    demo.control(Method::POST, "/front", json!({ "ignore_route": true }))
        .await;
    let back = act(&demo, &["rollback"], &["--yes", "-o", "json"])
        .await
        .exits(8);
    let document = back.json();
    assert_eq!(document["end"], "not_proven");
    assert!(
        document["verified"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["ok"] == false)
            || document["why"].is_string(),
        "{document:#}"
    );
    assert!(
        !back.out.contains("recovered") && !back.err.contains("recovered"),
        "{back:#?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_changes_nothing() {
    let demo = DemoWorld::start("good").await;
    let before = writes(&demo).await;

    let moving = image("latest");
    let refused = act(
        &demo,
        &["deploy"],
        &["--image", &moving, "--yes", "-o", "json"],
    )
    .await
    .exits(4)
    .json();
    assert_eq!(
        (&refused["schema"], &refused["kind"], &refused["exit_code"]),
        (&json!("flightdeck.error/1"), &json!("refused"), &json!(4))
    );
    let next = image("v2.43.0");
    let there = act(&demo, &["deploy"], &["--image", &next, "--yes"])
        .await
        .exits(4);
    assert!(
        there.err.contains("abort or roll it back first"),
        "{there:#?}"
    );
    let read_only = act(&demo, &["--read-only", "pause"], &[]).await.exits(4);
    assert!(read_only.err.contains("read-only"), "{read_only:#?}");
    act(&demo, &["resume"], &["--yes"]).await.exits(4);
    act(&demo, &["rollback"], &["--to", "v0.0.1", "--yes"])
        .await
        .exits(4);

    let unasked = act(&demo, &["rollback"], &[]).await.exits(2);
    assert!(unasked.err.contains("--yes"), "{unasked:#?}");
    assert_eq!(unasked.out, "");
    let misspelt = act(&demo, &["rollback"], &["--confirm", "chekcout"])
        .await
        .exits(2);
    assert!(misspelt.err.contains("chekcout"), "{misspelt:#?}");
    let full = act(&demo, &["promote"], &["--full", "--yes"])
        .await
        .exits(2);
    assert!(full.err.contains("--confirm checkout"), "{full:#?}");

    assert_eq!(writes(&demo).await, before);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_printed_and_changes_nothing() {
    let demo = DemoWorld::start("good").await;
    let before = writes(&demo).await;
    let plan = act(&demo, &["plan", "rollback"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(
        (&plan["schema"], &plan["goal"], &plan["refusal"]),
        (
            &json!("flightdeck.plan/1"),
            &json!("roll_back"),
            &json!(null)
        )
    );
    let first = &plan["steps"][0];
    assert_eq!(
        (&first["verb"], &first["from"], &first["to"]),
        (&json!("set_weights"), &json!("95/5"), &json!("100/0"))
    );
    assert!(
        first["guard"]
            .as_str()
            .is_some_and(|guard| guard.contains("uid")),
        "{plan:#}"
    );
    assert!(!plan["inverse"].as_array().unwrap().is_empty());
    let dry = act(&demo, &["rollback"], &["--dry-run", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(dry["steps"], plan["steps"]);
    let read_only = act(&demo, &["--read-only", "plan", "rollback"], &[])
        .await
        .exits(0);
    assert!(read_only.out.contains("weights 100/0"), "{read_only:#?}");

    let refused = act(&demo, &["plan", "resume"], &["-o", "json"])
        .await
        .exits(4)
        .json();
    assert_eq!(refused["schema"], "flightdeck.plan/1");
    assert!(refused["refusal"]["reason"].is_string(), "{refused:#}");
    assert_eq!(refused["steps"], json!([]));
    assert_eq!(writes(&demo).await, before);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_seen_by_all_and_lifted() {
    let demo = DemoWorld::start("good").await;
    act(&demo, &["pause"], &["--reason", "lunch"])
        .await
        .exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["paused"]["reason"]),
        (&json!("paused"), &json!("lunch"))
    );
    act(&demo, &["watch"], &["--until", "paused"])
        .await
        .exits(0);
    act(&demo, &["promote"], &["--confirm", "checkout"])
        .await
        .exits(4);
    act(&demo, &["resume"], &["--yes"]).await.exits(0);
    assert_eq!(demo.status().await["phase"], "progressing");
    demo.stop().await;
}

/// The standard variables of a pipeline stand in for every argument.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_deploys_without_flags() {
    let demo = DemoWorld::start("good").await;
    act(&demo, &["rollback"], &["--yes"]).await.exits(0);
    let mut command = demo.command(&["deploy", "--yes", "--confirm", "checkout"]);
    command
        .env("REGISTRY_URL", "https://registry.example.com/shop/")
        .env("SERVICE_NAME", "checkout")
        .env("IMAGE_TAG", "v2.43.0")
        .env("ENV", "prod");
    tokio::task::spawn_blocking(move || crate::support::ran(command))
        .await
        .unwrap()
        .exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["candidate"]["image"], &live["weight"]),
        (&json!(image("v2.43.0")), &json!(5))
    );
    demo.stop().await;
}

/// What was done from this machine can be read here when the cluster is gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_exits_7_and_the_journal_stands_in() {
    let demo = DemoWorld::start("good").await;
    act(&demo, &["pause"], &[]).await.exits(0);
    let recorded = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(recorded["source"], "cluster");
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "kube", "mode": "refuse", "seconds": 60 }),
    )
    .await;
    let gone = act(&demo, &["status"], &["-o", "json"])
        .await
        .exits(7)
        .json();
    assert_eq!(
        (&gone["schema"], &gone["kind"]),
        (&json!("flightdeck.error/1"), &json!("unreachable"))
    );
    act(&demo, &["rollback"], &["--yes"]).await.exits(7);
    let journaled = act(&demo, &["history"], &["-o", "json"]).await.exits(0);
    assert!(journaled.err.contains("journal"), "{journaled:#?}");
    let journaled = journaled.json();
    assert_eq!(
        (&journaled["source"], &journaled["releases"]),
        (&json!("journal"), &recorded["releases"])
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_one_event_a_line_and_gives_up_in_time() {
    let demo = DemoWorld::start("quiet").await;
    let watched = act(
        &demo,
        &["watch"],
        &["--until", "ended", "--timeout", "2s", "-o", "json"],
    )
    .await
    .exits(8);
    let lines: Vec<Value> = watched
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let events: Vec<&Value> = lines
        .iter()
        .filter(|line| line["schema"] == "flightdeck.event/1")
        .collect();
    assert!(
        events
            .iter()
            .any(|event| event["kind"] == "state" && event["weight"] == 5),
        "{watched:#?}"
    );
    assert_eq!(lines.last().unwrap()["schema"], "flightdeck.error/1");
    demo.stop().await;
}

/// Whoever reads the output goes away after the first line: the plan that was confirmed is carried out all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_output_does_not_stop_a_plan() {
    let demo = DemoWorld::start("errors").await;
    let mut command = demo.command(&["rollback", "checkout", "-e", "production", "--yes"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(status_of_candidate(&demo).await, json!(null));
    demo.stop().await;
}

async fn status_of_candidate(demo: &DemoWorld) -> Value {
    demo.status().await["candidate"].clone()
}

/// Runs the program on a terminal and types `answer` once it asks; returns its exit code and what it printed.
async fn answered(demo: &DemoWorld, args: &[&str], question: &str, answer: &str) -> (u32, String) {
    let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_flightdeck"));
    command.env("FLIGHTDECK_CONFIG", demo.world.dir().join("config.toml"));
    command.env("HOME", demo.world.dir());
    command.args(args);
    let pair = portable_pty::native_pty_system()
        .openpty(portable_pty::PtySize::default())
        .unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (sender, printed) = std::sync::mpsc::channel();
    let mut reader = pair.master.try_clone_reader().unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender
                .send(String::from_utf8_lossy(&bytes[..count]).into_owned())
                .is_err()
            {
                break;
            }
        }
    });
    let mut seen = String::new();
    until(
        "the question",
        async || {
            seen.extend(printed.try_iter());
            seen.clone()
        },
        |seen| seen.contains(question),
    )
    .await;
    pair.master
        .take_writer()
        .unwrap()
        .write_all(format!("{answer}\r").as_bytes())
        .unwrap();
    let status = until(
        "its end",
        async || child.try_wait().unwrap(),
        Option::is_some,
    )
    .await;
    seen.extend(printed.iter());
    (status.unwrap().exit_code(), seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_it_asks_and_takes_no_for_an_answer() {
    let demo = DemoWorld::start("errors").await;
    let rollback = ["rollback", "checkout", "-e", "production"];
    let before = writes(&demo).await;
    let (code, seen) = answered(&demo, &rollback, "[y/N]", "n").await;
    assert_eq!(code, 2, "{seen}");
    assert!(
        seen.contains("weights 100/0") && seen.contains("nothing was done"),
        "{seen}"
    );
    let full = ["promote", "checkout", "-e", "production", "--full"];
    let (code, seen) = answered(&demo, &full, "Type checkout", "y").await;
    assert_eq!(code, 2, "{seen}");
    assert_eq!(writes(&demo).await, before);
    let (code, seen) = answered(&demo, &rollback, "[y/N]", "y").await;
    assert_eq!(code, 0, "{seen}");
    demo.stop().await;
}

/// Given up in the middle of a plan: what was done so far is told, and that the rest is not known.
#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_tells_how_far_it_came() {
    let demo = DemoWorld::start("errors").await;
    demo.control(Method::POST, "/front", json!({ "ignore_route": true }))
        .await;
    let given_up = act(
        &demo,
        &["rollback"],
        &["--yes", "--timeout", "2s", "-o", "json"],
    )
    .await
    .exits(8);
    let document = given_up.json();
    assert_eq!(
        (
            &document["schema"],
            &document["end"],
            &document["exit_code"]
        ),
        (&json!("flightdeck.outcome/1"), &json!("cut_off"), &json!(8))
    );
    assert!(
        document["why"]
            .as_str()
            .is_some_and(|why| why.contains("front sends nothing")),
        "{given_up:#?}"
    );
    demo.stop().await;
}

/// Ended by a signal in the middle of a plan: the exit code is the signal's, and what was under way is named.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_names_what_was_in_flight() {
    let demo = DemoWorld::start("errors").await;
    demo.control(Method::POST, "/front", json!({ "ignore_route": true }))
        .await;
    let mut command = demo.command(&["rollback", "checkout", "-e", "production", "--yes"]);
    let out = tempfile::NamedTempFile::new().unwrap();
    command.stdout(out.reopen().unwrap()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let printed = until(
        "the first step done",
        async || std::fs::read_to_string(out.path()).unwrap(),
        |text| text.contains("weights 100/0 if still 95/5: done"),
    )
    .await;
    assert!(printed.contains("roll back"), "{printed}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        let status = child.wait().unwrap();
        let err = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        (status.code(), err)
    });
    let (code, err) = ended.await.unwrap();
    assert_eq!(code, Some(143), "{err}");
    assert!(
        err.contains("ended by SIGTERM") && err.contains("roll back"),
        "{err}"
    );
    demo.stop().await;
}
