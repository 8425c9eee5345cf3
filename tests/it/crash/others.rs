//! Others at work on the same objects: a person with `kubectl`, an autoscaler. What a plan did not expect stops it, told with
//! what is there now; nothing that others set is overwritten; a plan that does not touch what they change goes on.

use super::bench::{Bench, Kind, State};
use crate::pty::trying::on;
use crate::support::{Ran, until};
use hyper::Method;
use serde_json::{Value, json};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

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
        told: "v2.44.0",
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
    let hold = json!({ "write": 1, "when": "received", "of": ["httproutes/"] });
    bench.demo.control(Method::POST, "/kube/hold", hold).await;
    let mut child = begin(bench, middle.action);
    let is_kept = |all: &Vec<Value>| all.iter().any(|write| write["code"].is_null());
    let kept = async || {
        let mut all = changes(bench, mark).await;
        all.retain(|write| write["object"].as_str().unwrap().starts_with("httproutes"));
        all
    };
    until("the weights on their way", kept, is_kept).await;
    let is_there = kubectl(bench, middle.change).await;
    bench
        .demo
        .control(Method::POST, "/kube/release", Value::Null)
        .await;
    if !is_there {
        drop(child.kill());
        return None;
    }
    let ran = ended(child);
    Some((ran, bench.state().await))
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

/// An autoscaler on the serving Deployment: its wish changes all the time, by the way that autoscalers use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_autoscaler_on_stable_disturbs_no_plan_and_keeps_its_wish() {
    const SCALED: &str = "/apis/apps/v1/namespaces/production/deployments/checkout/scale";
    let bench = Bench::new("good", Kind::Canary, &[]).await;
    let is_over = AtomicBool::new(false);
    let mut wishes = [5, 6].into_iter().cycle();
    let scaling = async {
        let mut count = 0;
        while !is_over.load(Ordering::SeqCst) || count % 2 == 1 {
            let wish = json!({ "spec": { "replicas": wishes.next().unwrap() } });
            bench.demo.kube(Method::PATCH, SCALED, wish).await;
            count += 1;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        count
    };
    let acting = async {
        for action in [&["promote"][..], &["abort"]] {
            bench.act(action).await.exits(0);
        }
        is_over.store(true, Ordering::SeqCst);
    };
    let (count, ()) = tokio::join!(scaling, acting);
    assert!(count >= 6, "it hardly scaled: {count}");
    let state = bench.state().await;
    assert_eq!(
        state.deployments[0].2, 6,
        "its last wish stands: {state:#?}"
    );
    assert_eq!(state.weight, Some(0.0), "{state:#?}");
    bench.demo.stop().await;
}
