//! Every write of every plan meets a world that moved after the confirmation: the write must not land, the program must say
//! so with exit 5, and nothing may be written after it but what tells it.
//!
//! The real process runs; the world keeps the write, changes under it the very field that the write would change, and lets
//! it go.

use crate::support::{DemoWorld, until};
use hyper::Method;
use serde_json::{Value, json};

/// Production with the fixture's canary at 5 %, and the commands that lead to where the plan begins.
struct Case {
    before: &'static [&'static [&'static str]],
    action: &'static [&'static str],
    /// Guarded writes that an undisturbed run must have, so that a plan that lost one is noticed.
    writes: usize,
}

const PROMOTE: &[&str] = &["promote", "--confirm", "checkout"];
const IMAGE: &str = "registry.example.com/shop/checkout:v2.43.0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deploy() {
    let action = &["deploy", "--image", IMAGE, "--confirm", "checkout"];
    sweep(Case {
        before: &[&["rollback"]],
        action,
        writes: 3,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promote() {
    sweep(Case {
        before: &[],
        action: PROMOTE,
        writes: 2,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finish() {
    sweep(Case {
        before: &[PROMOTE, PROMOTE],
        action: PROMOTE,
        writes: 3,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promote_fully() {
    let action = &["promote", "--full", "--confirm", "checkout"];
    sweep(Case {
        before: &[],
        action,
        writes: 5,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abort() {
    sweep(Case {
        before: &[],
        action: &["abort"],
        writes: 1,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roll_back() {
    sweep(Case {
        before: &[],
        action: &["rollback"],
        writes: 2,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roll_back_of_a_finished_release() {
    let before: &[&[&str]] = &[PROMOTE, PROMOTE, PROMOTE];
    sweep(Case {
        before,
        action: &["rollback", "--confirm", "checkout"],
        writes: 1,
    })
    .await;
}

async fn sweep(case: Case) {
    let writes = undisturbed(&case).await;
    assert!(
        writes.len() >= case.writes,
        "the plan has lost writes: {writes:#?}"
    );
    for write in writes {
        disturbed(&case, write).await;
    }
}

/// Which writes of an undisturbed run go to objects that others share, counted from 1.
async fn undisturbed(case: &Case) -> Vec<u64> {
    let demo = prepared(case).await;
    let before = writes(&demo).await.len();
    act(&demo, case.action).await.exits(0);
    let made = writes(&demo).await.split_off(before);
    for write in &made {
        assert!(
            write["creates"] == true || !write["guard"].is_null(),
            "unguarded: {write:#}"
        );
    }
    demo.stop().await;
    (1..)
        .zip(&made)
        .filter(|(_, write)| is_shared(write))
        .map(|(nth, _)| nth)
        .collect()
}

async fn disturbed(case: &Case, nth: u64) {
    let demo = prepared(case).await;
    let before = writes(&demo).await.len();
    demo.control(
        Method::POST,
        "/kube/hold",
        json!({ "write": nth, "when": "received" }),
    )
    .await;
    let held = async {
        let all = until(
            "the held write",
            async || writes(&demo).await,
            |all| all.iter().any(is_kept),
        )
        .await;
        let write = all.into_iter().find(is_kept).unwrap();
        change(&demo, &write).await;
        demo.control(Method::POST, "/kube/release", Value::Null)
            .await;
        write
    };
    let (ran, held) = tokio::join!(act(&demo, case.action), held);
    let ran = ran.exits(5);
    assert!(
        ran.out.contains("moved") || ran.err.contains("moved"),
        "{ran:#?}"
    );
    assert!(!ran.out.contains("recovered"), "{ran:#?}");

    let made = writes(&demo).await.split_off(before);
    let refused = made.iter().find(|write| write["at"] == held["at"]).unwrap();
    assert_eq!(refused["code"], 422, "{refused:#}");
    let after = made
        .iter()
        .skip_while(|write| write["at"] != held["at"])
        .skip(1);
    for write in after.filter(|write| is_ours(write)) {
        assert!(
            !is_shared(write),
            "{:?} went on after write {nth}: {write:#}",
            case.action
        );
    }
    demo.stop().await;
}

/// Changes, as somebody else, each field that the kept write would change.
async fn change(demo: &DemoWorld, write: &Value) {
    let object = write["object"].as_str().unwrap();
    let mut parts = object.split('/');
    let (resource, namespace, name) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let group = if resource == "httproutes" {
        "gateway.networking.k8s.io"
    } else {
        "apps"
    };
    let path = format!("/apis/{group}/v1/namespaces/{namespace}/{resource}/{name}");
    let fields = write["body"]
        .as_array()
        .unwrap_or_else(|| panic!("no JSON Patch: {write:#}"));
    let mut patch = Vec::new();
    for at in fields
        .iter()
        .filter(|op| op["op"] != "test")
        .filter_map(|op| op["path"].as_str())
    {
        let (at, value) = match at {
            "/spec/replicas" => (at.to_owned(), json!(9)),
            // No plan wants 71 to 29.
            at if at.ends_with("/0/weight") => (at.to_owned(), json!(71)),
            at if at.ends_with("/1/weight") => (at.to_owned(), json!(29)),
            at if at.ends_with("/image") => (
                at.to_owned(),
                json!("registry.example.com/shop/checkout:v9.9.9"),
            ),
            "/spec/template" => {
                let image = json!("registry.example.com/shop/checkout:v9.9.9");
                ("/spec/template/spec/containers/0/image".to_owned(), image)
            }
            _ => continue,
        };
        patch.push(json!({ "op": "replace", "path": at, "value": value }));
    }
    assert!(!patch.is_empty(), "nothing to move under {write:#}");
    demo.kube(Method::PATCH, &path, Value::Array(patch)).await;
}

async fn prepared(case: &Case) -> DemoWorld {
    let demo = DemoWorld::start("good").await;
    for action in case.before {
        act(&demo, action).await.exits(0);
    }
    demo
}

async fn act(demo: &DemoWorld, action: &[&str]) -> crate::support::Ran {
    let (verb, more) = action.split_first().unwrap();
    let args = [&[*verb, "checkout", "-e", "production", "--yes"], more].concat();
    demo.run(&args).await
}

async fn writes(demo: &DemoWorld) -> Vec<Value> {
    let all = demo.control(Method::GET, "/writes", Value::Null).await;
    all.as_array().cloned().unwrap_or_else(|| panic!("{all:#}"))
}

fn is_kept(write: &Value) -> bool {
    write["code"].is_null()
}

fn is_ours(write: &Value) -> bool {
    write["user_agent"]
        .as_str()
        .is_some_and(|agent| agent.starts_with("flightdeck/"))
}

/// A write to what others use and change too: the record and Events only tell.
fn is_shared(write: &Value) -> bool {
    let object = write["object"].as_str().unwrap_or_default();
    ["deployments/", "httproutes/"]
        .iter()
        .any(|resource| object.starts_with(resource))
}
