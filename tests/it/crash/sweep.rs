//! The real process, killed at each of its writes: before the server applied it, and after. The next program carries the
//! plan on or takes it back; what is there in the end is what an undisturbed run leaves, or what was there before, and the
//! record describes it. A write that the server still had in hand when its client was killed comes late, and changes nothing.
//!
//! The cases are twice the writes of an undisturbed run. The world places the kill; the program knows nothing of it.

use super::bench::{Bench, Kind, State};
use crate::support::until;
use futures_util::future::join_all;
use hyper::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

struct Case {
    scenario: &'static str,
    kind: Kind,
    before: &'static [&'static [&'static str]],
    action: &'static [&'static str],
    /// Writes that an undisturbed run has at least.
    writes: usize,
}

/// Worlds that share the cases of one plan: a case waits more than it computes.
const WORLDS: u32 = 4;
/// Worlds of all sweeps at the same time, however many threads the tests have.
static PLACES: Semaphore = Semaphore::const_new(8);
const PROMOTE: &[&str] = &["promote"];
const IMAGE: &str = "registry.example.com/shop/checkout:v2.44.0";
const DEPLOY: &[&str] = &["deploy", "--image", IMAGE];

fn canary(before: &'static [&'static [&'static str]], action: &'static [&'static str]) -> Case {
    Case {
        scenario: "good",
        kind: Kind::Canary,
        before,
        action,
        writes: 6,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promote() {
    sweep(canary(&[], PROMOTE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promote_fully() {
    sweep(canary(&[], &["promote", "--full"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finish() {
    sweep(canary(&[PROMOTE, PROMOTE], PROMOTE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abort() {
    sweep(canary(&[], &["abort"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roll_back() {
    sweep(canary(&[], &["rollback"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deploy() {
    sweep(canary(&[&["rollback"]], DEPLOY)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_deploy() {
    sweep(rolling(&[], &["deploy", "--image", IMAGE, "--wait"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolling_roll_back() {
    sweep(rolling(&[], &["rollback"])).await;
}

fn rolling(before: &'static [&'static [&'static str]], action: &'static [&'static str]) -> Case {
    Case {
        scenario: "rolling",
        kind: Kind::Rolling,
        before,
        action,
        writes: 5,
    }
}

/// When the kill comes, seen from the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Received,
    Applied,
}

/// What the next program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mend {
    Resume,
    Undo,
}

impl Mend {
    fn command(self) -> &'static str {
        match self {
            Self::Resume => "resume-plan",
            Self::Undo => "undo-plan",
        }
    }
}

/// What an undisturbed run makes of the world.
struct Reference {
    before: State,
    after: State,
}

async fn sweep(case: Case) {
    let _places = PLACES.acquire_many(WORLDS).await.unwrap();
    let begun = std::time::Instant::now();
    let worlds = (0..WORLDS).map(|_| Bench::new(case.scenario, case.kind, case.before));
    let benches = join_all(worlds).await;
    let first = &benches[0];
    let before = first.state().await;
    let mark = first.mark(0).await;
    first.act(case.action).await.exits(0);
    let writes = first.writes_after(mark).await.len();
    assert!(writes >= case.writes, "the plan has lost writes: {writes}");
    let after = first.state().await;
    assert_eq!(after.claim, Value::Null);
    let reference = Reference { before, after };

    let next = AtomicUsize::new(0);
    let kept = AtomicUsize::new(0);
    join_all(benches.iter().map(async |bench| {
        let mut mark = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= 2 * writes {
                return;
            }
            bench.restore().await;
            mark = bench.mark(mark).await;
            if killed(&case, bench, &reference, (number, mark)).await {
                kept.fetch_add(1, Ordering::Relaxed);
            }
        }
    }))
    .await;
    let kept = kept.into_inner();
    eprintln!(
        "{:?}: {kept} of {} writes were kept, in {:.0?}",
        case.action,
        2 * writes,
        begun.elapsed()
    );
    // A beat two or more less: a run may have ended before its last writes.
    assert!(kept >= 2 * case.writes, "{kept} of {}", 2 * writes);
    for bench in benches {
        bench.demo.stop().await;
    }
}

/// Whether the world kept the write.
async fn killed(
    case: &Case,
    bench: &Bench,
    reference: &Reference,
    (number, mark): (usize, usize),
) -> bool {
    let nth = number / 2;
    let when = if number.is_multiple_of(2) {
        When::Received
    } else {
        When::Applied
    };
    // Each write meets both ways once, each with another moment than its neighbours.
    let mend = if (nth + number).is_multiple_of(2) {
        Mend::Resume
    } else {
        Mend::Undo
    };
    let words = format!("{:?}, write {nth} {when:?}, {mend:?}", case.action);
    let lost = bench.lost().await;
    let kept = kill_at(case, bench, (nth, mark), when).await;
    // A hold that met nothing is called off.
    if when == When::Applied || kept.is_none() {
        release(bench).await;
    }
    let mut told = vec![format!("killed at {kept:?}")];
    for _ in 0..2 {
        let ran = bench.act(&[mend.command()]).await;
        told.push(format!("exit {}: {}{}", ran.code, ran.out, ran.err));
        // Where no claim stands the plan had not begun, or had ended.
        assert!([0, 4].contains(&ran.code), "{words}: {told:#?}");
        release(bench).await;
        arrived(bench, mark).await;
        if bench.state().await.claim.is_null() {
            break;
        }
    }
    let state = bench.state().await;
    assert_eq!(state.claim, Value::Null, "{words}: {told:#?}");
    let is_same =
        |other: &State| state.deployments == other.deployments && state.weight == other.weight;
    let (is_before, is_after) = (is_same(&reference.before), is_same(&reference.after));
    assert!(
        is_before || is_after,
        "{words}: a half of each: {state:#?}\n{:#?}\n{told:#?}",
        reference.before
    );
    let describes = if is_after {
        state.releases == reference.after.releases
    } else {
        is_taken_back(&state, &reference.before)
    };
    assert!(
        describes,
        "{words}: the record tells otherwise: {state:#?}\n{told:#?}"
    );
    if case.kind == Kind::Canary {
        assert_eq!(
            state.set_weight.as_f64(),
            state.weight,
            "{words}: {told:#?}"
        );
    }
    assert_eq!(bench.lost().await, lost, "{words}: requests were lost");
    kept.is_some()
}

/// The releases before, and at most the one that was begun and taken back.
fn is_taken_back(state: &State, before: &State) -> bool {
    let known = before.releases.len();
    let (begun, rest) = state
        .releases
        .split_at(state.releases.len().saturating_sub(known));
    rest == before.releases
        && begun
            .iter()
            .all(|(_, ended, good)| ended == "aborted" && !good)
}

/// Runs the action and kills it while the world keeps its `nth` write after the mark; answers which one that was, `None` where
/// the action ended before it.
async fn kill_at(
    case: &Case,
    bench: &Bench,
    (nth, mark): (usize, usize),
    when: When,
) -> Option<String> {
    let when = match when {
        When::Received => "received",
        When::Applied => "applied",
    };
    let hold = json!({ "write": nth + 1, "when": when });
    bench.demo.control(Method::POST, "/kube/hold", hold).await;
    let mut child = bench.begin(case.action);
    let mut has_ended = false;
    until(
        "the kept write",
        async || {
            has_ended = child.try_wait().unwrap().is_some();
            (has_ended, bench.writes_after(mark).await)
        },
        |(ended, all)| *ended || all.get(nth).is_some_and(|write| write["code"].is_null()),
    )
    .await;
    drop(child.kill());
    child.wait().unwrap();
    // What was not kept has been answered by now.
    let all = bench.writes_after(mark).await;
    let kept = all.get(nth).filter(|write| write["code"].is_null());
    kept.map(|write| write["object"].to_string())
}

async fn release(bench: &Bench) {
    bench
        .demo
        .control(Method::POST, "/kube/release", Value::Null)
        .await;
}

/// Everything that was kept has been answered.
async fn arrived(bench: &Bench, mark: usize) {
    until(
        "the late write",
        async || bench.writes_after(mark).await,
        |all| all.iter().all(|write| !write["code"].is_null()),
    )
    .await;
}
