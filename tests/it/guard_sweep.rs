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
        writes >= case.writes,
        "the plan has lost writes: {writes} are left"
    );
    for nth in 0..writes {
        disturbed(&case, nth).await;
    }
}

/// How many writes of an undisturbed run go to objects that others share.
async fn undisturbed(case: &Case) -> usize {
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
    made.iter().filter(|write| is_shared(write)).count()
}

async fn disturbed(case: &Case, nth: usize) {
    let demo = prepared(case).await;
    let before = shared(&demo).await.len();
    let hold = json!({ "write": nth + 1, "when": "received", "of": SHARED });
    demo.control(Method::POST, "/kube/hold", hold).await;
    let moved = async {
        let is_there = |all: &Vec<Value>| {
            all.get(before + nth)
                .is_some_and(|write| write["code"].is_null())
        };
        let all = until("the kept write", async || shared(&demo).await, is_there).await;
        change(&demo, &all[before + nth]).await;
        demo.control(Method::POST, "/kube/release", Value::Null)
            .await;
    };
    let (ran, ()) = tokio::join!(act(&demo, case.action), moved);
    let ran = ran.exits(5);
    assert!(
        ran.out.contains("moved") || ran.err.contains("moved"),
        "{ran:#?}"
    );
    assert!(!ran.out.contains("recovered"), "{ran:#?}");

    let made = shared(&demo).await.split_off(before);
    assert_eq!(made[nth]["code"], 422, "{:#}", made[nth]);
    let later = made[nth + 1..].iter().find(|write| is_ours(write));
    assert!(later.is_none(), "{:?} went on: {later:#?}", case.action);
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
    let mut changes = Vec::new();
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
        changes.push(json!({ "op": "replace", "path": at, "value": value }));
    }
    assert!(!changes.is_empty(), "nothing to move under {write:#}");
    demo.kube(Method::PATCH, &path, Value::Array(changes)).await;
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

fn is_ours(write: &Value) -> bool {
    write["user_agent"]
        .as_str()
        .is_some_and(|agent| agent.starts_with("flightdeck/"))
}

/// What others use and change too; the record and Events only tell.
const SHARED: [&str; 2] = ["deployments/", "httproutes/"];

fn is_shared(write: &Value) -> bool {
    let object = write["object"].as_str().unwrap_or_default();
    SHARED.iter().any(|resource| object.starts_with(resource))
}

async fn shared(demo: &DemoWorld) -> Vec<Value> {
    let mut all = writes(demo).await;
    all.retain(is_shared);
    all
}
