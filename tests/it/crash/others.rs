//! Others at work on the same objects: a person with `kubectl`, an autoscaler. What a plan did not expect stops it, told with
//! what is there now; nothing that others set is overwritten; a plan that does not touch what they change goes on.

use super::bench::{Bench, Kind, State};
use crate::pty::trying::on;
use crate::support::{Ran, until};
use hyper::Method;
use serde_json::{Value, json};
use std::process::{Child, Stdio};

const WEIGHTS: &str = r#"[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":80},{"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":20}]"#;
const PATCH_ROUTE: &[&str] = &[
    "patch",
    "httproute",
    "checkout",
    "--type=json",
    "-p",
    WEIGHTS,
];
const SET_IMAGE: &[&str] = &[
    "set",
    "image",
    "deployment/checkout-canary",
    "checkout=registry.example.com/shop/checkout:v2.44.0",
];
const SCALE: &[&str] = &["scale", "deployment/checkout-canary", "--replicas=3"];
const UNDO: &[&str] = &["rollout", "undo", "deployment/checkout"];

/// Whether `kubectl` is there and did it.
async fn kubectl(bench: &Bench, arguments: &[&str]) -> bool {
    let place = ["-n", "production"];
    let Some(ran) = bench.demo.kubectl(&[arguments, &place].concat()).await else {
        return false;
    };
    assert!(ran.status.success(), "{ran:?}");
    true
}

/// Writes of the program to what serves, since a mark.
async fn changes(bench: &Bench, mark: usize) -> Vec<Value> {
    let mut all = bench.writes_after(mark).await;
    all.retain(|write| {
        let object = write["object"].as_str().unwrap();
        object.starts_with("httproutes") || object.starts_with("deployments")
    });
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_whose_ground_moved_is_not_confirmed() {
    let bench = Bench::new("good", Kind::Canary, &[]).await;
    let mut terminal = tokio::task::block_in_place(|| on(&bench.demo, &[]));
    for change in [SCALE, SET_IMAGE, UNDO, PATCH_ROUTE] {
        tokio::task::block_in_place(|| {
            terminal.keys("a");
            terminal.see("a: actions");
            terminal.keys("b");
            terminal.asks("acting as");
        });
        let mark = bench.mark(0).await;
        if !kubectl(&bench, change).await {
            return;
        }
        tokio::task::block_in_place(|| {
            terminal.see("The state changed behind this question");
            terminal.keys("y");
            terminal.keys("checkout\r");
            terminal.keys("\x1b");
            terminal.see_no_more("acting as");
        });
        assert_eq!(changes(&bench, mark).await, [] as [Value; 0], "{change:?}");
        bench.restore().await;
        // The claim that a finished plan would have taken is free: the next question opens on what is there now.
        assert_eq!(bench.state().await.claim, Value::Null, "{change:?}");
    }
    drop(terminal);
    bench.demo.stop().await;
}

/// A plan whose weights are on their way when somebody else acts.
struct Middle {
    action: &'static [&'static str],
    change: &'static [&'static str],
    code: i32,
    told: &'static str,
    /// The canary's weight afterwards.
    weight: f64,
}

const MIDDLES: [Middle; 4] = [
    Middle {
        action: &["promote"],
        change: PATCH_ROUTE,
        code: 5,
        told: "was changed by kubectl",
        weight: 20.0,
    },
    Middle {
        action: &["abort"],
        change: PATCH_ROUTE,
        code: 5,
        told: "was changed by kubectl",
        weight: 20.0,
    },
    Middle {
        action: &["rollback"],
        change: SCALE,
        code: 5,
        told: "3 replicas",
        weight: 0.0,
    },
    Middle {
        action: &["promote"],
        change: SET_IMAGE,
        code: 5,
        told: "deployment checkout-canary no longer has v2.42.0",
        weight: 50.0,
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_meets_anothers_change_stops_and_leaves_it() {
    let bench = Bench::new("good", Kind::Canary, &[]).await;
    for middle in &MIDDLES {
        bench.restore().await;
        let lost = bench.lost().await;
        let Some((ran, state)) = met(&bench, middle).await else {
            return;
        };
        let words = format!(
            "{:?}, {:?}: {ran:#?}\n{state:#?}",
            middle.action, middle.change
        );
        assert_eq!(ran.code, middle.code, "{words}");
        let said = [ran.out.as_str(), &ran.err].concat();
        assert!(said.contains(middle.told), "{words}");
        assert_eq!(state.weight, Some(middle.weight), "{words}");
        assert_eq!(state.claim, Value::Null, "{words}");
        assert_eq!(bench.lost().await, lost, "{words}");
    }
    bench.demo.stop().await;
}

/// `None` where there is no `kubectl`.
async fn met(bench: &Bench, middle: &Middle) -> Option<(Ran, State)> {
    let mark = bench.mark(0).await;
    let mut child = at_its_weights(bench, middle.action, mark).await;
    let is_there = kubectl(bench, middle.change).await;
    release(bench).await;
    if !is_there {
        drop(child.kill());
        return None;
    }
    let ran = ended(child);
    Some((ran, bench.state().await))
}

/// The action, begun: the world keeps its weights.
async fn at_its_weights(bench: &Bench, action: &[&str], mark: usize) -> Child {
    let hold = json!({ "write": 1, "when": "received", "of": ["httproutes/"] });
    bench.demo.control(Method::POST, "/kube/hold", hold).await;
    let child = begin(bench, action);
    let on_route = |write: &Value| write["object"].as_str().unwrap().starts_with("httproutes");
    let is_kept = |all: &Vec<Value>| {
        all.iter()
            .any(|write| on_route(write) && write["code"].is_null())
    };
    until(
        "the weights on their way",
        async || changes(bench, mark).await,
        is_kept,
    )
    .await;
    child
}

async fn release(bench: &Bench) {
    bench
        .demo
        .control(Method::POST, "/kube/release", Value::Null)
        .await;
}

fn begin(bench: &Bench, action: &[&str]) -> Child {
    let mut command = bench.demo.command(&Bench::arguments(action));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn ended(child: Child) -> Ran {
    let done = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    Ran {
        code: done.status.code().unwrap(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// An autoscaler on the serving Deployment: its wish changes in the middle of a plan, by the way that autoscalers use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autoscaler_on_stable_disturbs_no_plan_and_keeps_its_wish() {
    const SCALED: &str = "/apis/apps/v1/namespaces/production/deployments/checkout/scale";
    let bench = Bench::new("good", Kind::Canary, &[]).await;
    for (action, weight) in [("promote", 50.0), ("abort", 0.0), ("rollback", 0.0)] {
        bench.restore().await;
        let mark = bench.mark(0).await;
        let child = at_its_weights(&bench, &[action], mark).await;
        for replicas in [6, 5, 6] {
            let wish = json!({ "spec": { "replicas": replicas } });
            bench.demo.kube(Method::PATCH, SCALED, wish).await;
        }
        release(&bench).await;
        let ran = ended(child);
        let state = bench.state().await;
        let words = format!("{action}: {ran:#?}\n{state:#?}");
        assert_eq!(state.deployments[0].2, 6, "its wish stands: {words}");
        assert_eq!(state.weight, Some(weight), "{words}");
        assert_eq!(state.claim, Value::Null, "{words}");
        assert_eq!(ran.code, 0, "{words}");
    }
    bench.demo.stop().await;
}
