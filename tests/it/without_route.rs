//! The built program on environments without a route: one plain Deployment, and a canary whose pods make its share.

use crate::support::{DemoWorld, Ran, until};
use hyper::Method;
use serde_json::{Value, json};

const OLD: &str = "v2.40.3";
const STABLE: &str = "v2.41.0";
const NEXT: &str = "v2.42.0";
/// A version of the rolling scenario whose pods never become ready.
const NEVER_READY: &str = "v2.43.0";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/production/deployments/checkout";

async fn act(demo: &DemoWorld, action: &[&str], more: &[&str]) -> Ran {
    let args: Vec<&str> = [action, &["checkout", "-e", "production"], more].concat();
    demo.run(&args).await
}

async fn deploy(demo: &DemoWorld, tag: &str, more: &[&str]) -> Ran {
    let image = flightdeck::demo::image::image_of(tag);
    let args = [&["--image", &image, "--yes", "--confirm", "checkout"], more].concat();
    act(demo, &["deploy"], &args).await
}

/// Waits for what `status` tells.
async fn becomes(demo: &DemoWorld, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    until(what, async || demo.status().await, wanted).await
}

async fn nothing_was_lost(demo: DemoWorld) {
    demo.traffic(0.0).await;
    let served = demo.served().await;
    assert_eq!(
        served.clients("sent"),
        served.clients("answered"),
        "{served:?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_update_is_waited_for_and_rolled_back() {
    let demo = DemoWorld::start("rolling").await;
    let before = demo.status().await;
    assert_eq!(
        (&before["strategy"], &before["phase"]),
        (&json!("rolling"), &json!("healthy")),
        "{before:#}"
    );
    assert_eq!(
        (&before["candidate"], &before["stable"]["tag"]),
        (&json!(null), &json!(STABLE))
    );

    let done = deploy(&demo, NEXT, &["--wait", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert!(
        done["verified"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["ok"] == true),
        "{done:#}"
    );
    let after = demo.status().await;
    assert_eq!(
        (&after["phase"], &after["stable"]["tag"]),
        (&json!("healthy"), &json!(NEXT)),
        "{after:#}"
    );
    assert_eq!(after["last_known_good"]["tag"], STABLE);
    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    let ended = |tag: &str| {
        let releases = history["releases"].as_array().unwrap();
        releases
            .iter()
            .find(|release| release["tag"] == tag)
            .unwrap()["ended"]
            .clone()
    };
    assert_eq!(
        (ended(NEXT), ended(STABLE)),
        (json!("promoted"), json!("superseded")),
        "{history:#}"
    );

    act(&demo, &["promote"], &["--yes"]).await.exits(4);
    act(&demo, &["pause"], &[]).await.exits(4);
    act(&demo, &["rollback"], &["--yes", "--confirm", "checkout"])
        .await
        .exits(0);
    assert_eq!(demo.status().await["stable"]["tag"], STABLE);
    act(
        &demo,
        &["rollback"],
        &["--to", OLD, "--yes", "--confirm", "checkout"],
    )
    .await
    .exits(0);
    assert_eq!(demo.status().await["stable"]["tag"], OLD);
    nothing_was_lost(demo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_never_gets_ready_is_named_and_rolled_back() {
    let demo = DemoWorld::start("rolling").await;
    let stuck = deploy(&demo, NEVER_READY, &["--wait", "-o", "json"])
        .await
        .exits(8);
    let document = stuck.json();
    assert_eq!(document["end"], "not_proven", "{document:#}");
    let why = document["why"].as_str().unwrap();
    assert!(
        why.contains("exceeded its progress deadline") && why.contains("is not ready"),
        "{document:#}"
    );

    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"]["tag"]),
        (&json!("degraded"), &json!(NEVER_READY)),
        "{live:#}"
    );
    assert_eq!(
        (&live["stable"]["tag"], &live["weight"]),
        (&json!(STABLE), &json!(0)),
        "{live:#}"
    );
    assert!(
        live["troubles"]
            .to_string()
            .contains("progress deadline exceeded"),
        "{live:#}"
    );

    let again = deploy(&demo, NEXT, &[]).await.exits(4);
    assert!(
        again.err.contains("abort or roll it back first"),
        "{again:#?}"
    );
    let back = act(&demo, &["rollback"], &["--yes", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(back["goal"], "roll_back");
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["stable"]["tag"]),
        (&json!("healthy"), &json!(null), &json!(STABLE))
    );
    assert_eq!(live["troubles"], json!([]));
    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(
        history["releases"][0]["ended"], "rolled_back",
        "{history:#}"
    );
    assert_eq!(demo.served().await.of(NEVER_READY).0, 0);
    nothing_was_lost(demo).await;
}

/// Held in the Deployment itself: it holds where the record cannot be written, and while a deploy waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_update_is_held_goes_on_and_is_aborted() {
    let demo = DemoWorld::start("rolling").await;
    demo.control(
        Method::PUT,
        &format!("/versions/{NEXT}"),
        json!({ "ready": false }),
    )
    .await;
    let begun = deploy(&demo, NEXT, &[]).await.exits(0);
    assert!(begun.out.contains("pod by pod"), "{begun:#?}");
    becomes(&demo, "under way", |live| live["candidate"]["tag"] == NEXT).await;

    demo.control(
        Method::POST,
        "/kube/forbid",
        json!({ "verb": "patch", "resource": "configmaps" }),
    )
    .await;
    let held = act(&demo, &["pause"], &["--reason", "lunch"])
        .await
        .exits(0);
    assert!(
        held.err.contains("the record could not be written"),
        "{held:#?}"
    );
    let object = demo.kube(Method::GET, DEPLOYMENT, Value::Null).await;
    assert_eq!(object["spec"]["paused"], true);
    demo.control(
        Method::DELETE,
        "/kube/forbid",
        json!({ "verb": "patch", "resource": "configmaps" }),
    )
    .await;
    assert_eq!(demo.status().await["phase"], "paused");

    act(&demo, &["resume"], &["--yes"]).await.exits(0);
    let object = demo.kube(Method::GET, DEPLOYMENT, Value::Null).await;
    assert_ne!(object["spec"]["paused"], true);
    act(&demo, &["pause"], &[]).await.exits(0);
    act(&demo, &["abort"], &["--yes"]).await.exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["stable"]["tag"]),
        (&json!("healthy"), &json!(null), &json!(STABLE)),
        "{live:#}"
    );
    let history = act(&demo, &["history"], &["-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(history["releases"][0]["ended"], "aborted", "{history:#}");
    nothing_was_lost(demo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_without_a_route_goes_to_the_end() {
    let demo = DemoWorld::start("pods").await;
    demo.traffic(200.0).await;
    let live = demo.status().await;
    assert_eq!(
        (
            &live["weight"],
            &live["step"]["count"],
            &live["weight_set_by"]
        ),
        (&json!(20), &json!(3), &json!(null)),
        "{live:#}"
    );

    let half = act(
        &demo,
        &["promote"],
        &["--confirm", "checkout", "-o", "json"],
    )
    .await
    .exits(0)
    .json();
    assert!(
        half["verified"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["ok"] == true),
        "{half:#}"
    );
    let live = demo.status().await;
    assert_eq!(
        (&live["weight"], &live["candidate"]["replicas"]["ready"]),
        (&json!(50), &json!(4)),
        "{live:#}"
    );

    act(&demo, &["promote"], &["--confirm", "checkout"])
        .await
        .exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["stable"]["tag"]),
        (&json!("healthy"), &json!(null), &json!(NEXT)),
        "{live:#}"
    );
    assert_eq!(live["stable"]["replicas"]["ready"], 4);

    let again = deploy(&demo, "v2.44.0", &[]).await.exits(0);
    assert!(again.out.contains("to 20 %"), "{again:#?}");
    act(&demo, &["abort"], &["--yes"]).await.exits(0);
    let live = demo.status().await;
    assert_eq!(
        (&live["phase"], &live["candidate"], &live["weight"]),
        (&json!("healthy"), &json!(null), &json!(0)),
        "{live:#}"
    );
    nothing_was_lost(demo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_without_a_route_is_rolled_back_and_seen_gone() {
    let demo = DemoWorld::start("pods").await;
    demo.traffic(200.0).await;
    let back = act(&demo, &["rollback"], &["--yes", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert!(back["full_effect_s"].is_f64(), "{back:#}");
    let before = demo.served().await;
    let after = until(
        "more requests",
        async || demo.served().await,
        |now| now.all() - before.all() >= 200,
    )
    .await;
    assert_eq!(after.of(NEXT), before.of(NEXT));
    assert_eq!(demo.status().await["phase"], "healthy");
    nothing_was_lost(demo).await;
}
