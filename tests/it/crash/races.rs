//! Two programs at the same moment, every pair of actions: one acts, the other is told what happened or takes over, and
//! what is left is never a half of each.

use super::bench::{Bench, Kind, State};
use crate::support::until;
use hyper::Method;
use serde_json::{Value, json};
use std::process::{Child, Stdio};

const IMAGE: &str = "registry.example.com/shop/checkout:v2.43.0";
const PROMOTE: &[&str] = &["promote"];
const DEPLOY: &[&str] = &["deploy", "--image", IMAGE];
const PAUSE: &[&str] = &["pause"];
const ABORT: &[&str] = &["abort"];
const ROLL_BACK: &[&str] = &["rollback"];

/// With a canary at 5 %.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_way() {
    race(&[], &[PROMOTE, DEPLOY, PAUSE, ABORT, ROLL_BACK]).await;
}

/// With the canary at 100 %: a promote is the finish.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_finish() {
    race(&[PROMOTE, PROMOTE], &[PROMOTE, PAUSE, ABORT, ROLL_BACK]).await;
}

/// With nothing under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_start() {
    race(&[ROLL_BACK], &[DEPLOY, ROLL_BACK]).await;
}

async fn race(before: &[&[&str]], actions: &[&[&str]]) {
    let bench = Bench::new("good", Kind::Canary, before).await;
    let begun = bench.state().await;
    for (index, one) in actions.iter().enumerate() {
        for other in &actions[index..] {
            bench.restore().await;
            pair(&bench, &begun, [one, other]).await;
        }
    }
    bench.demo.stop().await;
}

/// The world keeps the first write until both programs have written, or one has ended.
async fn pair(bench: &Bench, begun: &State, actions: [&[&str]; 2]) {
    let words = format!("{actions:?}");
    let lost = bench.lost().await;
    let mark = bench.mark(0).await;
    let hold = json!({ "write": 1, "when": "received" });
    bench.demo.control(Method::POST, "/kube/hold", hold).await;
    let mut children = actions.map(|action| spawn(bench, action));
    let mut read = async || {
        let ended = children
            .iter_mut()
            .filter_map(|child| child.try_wait().unwrap())
            .count();
        (ended, bench.writes_after(mark).await.len())
    };
    until("both at work", &mut read, |(ended, writes)| {
        ended + writes >= 2
    })
    .await;
    bench
        .demo
        .control(Method::POST, "/kube/release", Value::Null)
        .await;
    let ended = children.map(|child| {
        let done = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
        let text = [done.stdout, done.stderr].concat();
        (
            done.status.code().unwrap(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    });
    let codes = [ended[0].0, ended[1].0];
    for (action, (code, text)) in actions.iter().zip(&ended) {
        // Both planned from the same state: who lost found that the world had moved. A candidate that is there is a refusal.
        let is_refused = *action == DEPLOY && begun.weight != Some(0.0);
        let lost = if is_refused { 4 } else { 5 };
        assert!([0, lost].contains(code), "{words}: {codes:?}: {text}");
        let is_told = ["error: ", "the world moved", "stopped: "]
            .iter()
            .any(|told| text.contains(told));
        assert!(*code == 0 || is_told, "{words}: {codes:?}: {text}");
    }
    let both_refused = codes.iter().all(|code| *code == 4);
    // One stopped the other, and found that what it had confirmed no longer fits: never where both wanted the same.
    let is_to_ask_again = ended.iter().any(|(_, text)| text.contains("ask again"));
    assert!(
        codes.contains(&0) || both_refused || (is_to_ask_again && actions[0] != actions[1]),
        "{words}: {ended:#?}"
    );

    bench.settled().await;
    let state = bench.state().await;
    assert_eq!(state.claim, Value::Null, "{words}: {state:#?}");
    assert_eq!(
        state.set_weight.as_f64(),
        state.weight,
        "{words}: {state:#?}"
    );
    let weight = state.weight.unwrap();
    assert!(
        [0.0, 5.0, 50.0, 100.0].contains(&weight),
        "{words}: {weight}"
    );
    let pods = |name: &str| {
        let mut all = state.deployments.iter();
        all.find(|found| found.0 == name).map_or(0, |found| found.2)
    };
    #[expect(clippy::cast_precision_loss, reason = "a few pods")]
    let (stable, canary) = (pods("checkout") as f64, pods("checkout-canary") as f64);
    assert!(stable >= 4.0, "{words}: {state:#?}");
    assert!(
        weight == 0.0 || canary >= (4.0 * weight / 100.0).ceil(),
        "{words}: {canary} pods for {weight} %"
    );
    let running = state.releases.iter().filter(|found| found.1 == "running");
    assert!(running.count() <= 1, "{words}: {state:#?}");
    if both_refused {
        assert_eq!(state, *begun, "{words}");
    }
    assert_eq!(bench.lost().await, lost, "{words}: requests were lost");
}

fn spawn(bench: &Bench, action: &[&str]) -> Child {
    let mut command = bench.demo.command(&Bench::arguments(action));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}
