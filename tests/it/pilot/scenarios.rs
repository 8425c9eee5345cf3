//! The built program drives demo worlds without a hand, over real sockets.

use crate::support::{DEADLINE, DemoWorld, until};
use flightdeck::demo::{Scenario, WorldOptions};
use hyper::Method;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CANDIDATE: &str = "v2.42.0";
const LEASE: &str =
    "/apis/coordination.k8s.io/v1/namespaces/production/leases/flightdeck-checkout-production";

/// A world whose config holds each step for so long.
async fn world(scenario: &str, hold: &str) -> DemoWorld {
    let mut scenario = Scenario::named(scenario).unwrap();
    // What creeps up over minutes does so in seconds here.
    for line in &mut scenario.lines {
        line.after.0 /= 10;
    }
    let demo = DemoWorld::with(WorldOptions::new(scenario)).await;
    amend(&demo, |config| {
        config
            .replace("hold = \"20s\"", &format!("hold = \"{hold}\""))
            .replace("good_after = \"20s\"", "good_after = \"3s\"")
    });
    demo
}

fn amend(demo: &DemoWorld, change: impl FnOnce(&str) -> String) {
    let path = demo.world.dir().join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, change(&config)).unwrap();
}

/// A pilot under way, with the events that it printed so far.
struct Pilot {
    child: Child,
    events: Arc<Mutex<Vec<Value>>>,
    err: Arc<Mutex<String>>,
}

impl Pilot {
    fn start(demo: &DemoWorld, more: &[&str]) -> Self {
        Self::with(demo, more, &[])
    }

    fn with(demo: &DemoWorld, more: &[&str], variables: &[(&str, &str)]) -> Self {
        let args = [
            &["pilot", "checkout", "-e", "production", "-o", "json"],
            more,
        ]
        .concat();
        let mut command = demo.command(&args);
        command.envs(variables.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, mut told) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (events, err) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(Mutex::new(String::new())),
        );
        let (kept, kept_err) = (events.clone(), err.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let event =
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                kept.lock().unwrap().push(event);
            }
        });
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = told.read_to_string(&mut text);
            if let Ok(mut kept) = kept_err.lock() {
                kept.push_str(&text);
            }
        });
        Self { child, events, err }
    }

    fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().clone()
    }

    /// The first event of that kind that tells this.
    fn told(&self, kind: &str, words: &str) -> Option<Value> {
        let is_it = |event: &Value| {
            event["kind"] == kind && event["text"].as_str().unwrap_or_default().contains(words)
        };
        self.events().into_iter().find(is_it)
    }

    async fn tells(&self, kind: &str, words: &str) -> Value {
        let deadline = Instant::now() + 2 * DEADLINE;
        loop {
            if let Some(event) = self.told(kind, words) {
                return event;
            }
            assert!(
                Instant::now() < deadline,
                "`{words}` was not told: {:#?}\n{}",
                self.events(),
                self.err.lock().unwrap()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// Its exit code.
    async fn ends(&mut self) -> i32 {
        let deadline = Instant::now() + 3 * DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status
                    .code()
                    .or_else(|| status.signal().map(|signal| 128 + signal))
                    .unwrap();
            }
            assert!(
                Instant::now() < deadline,
                "it did not end: {:#?}",
                self.events()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn holder(demo: &DemoWorld) -> String {
    let lease = demo.kube(Method::GET, LEASE, Value::Null).await;
    lease["spec"]["holderIdentity"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Answered writes to the route: codes, in the order of their arrival.
async fn route_writes(demo: &DemoWorld) -> Vec<Option<u64>> {
    let writes = demo.control(Method::GET, "/writes", Value::Null).await;
    let all = writes.as_array().unwrap();
    all.iter()
        .filter(|write| write["object"] == "httproutes/production/checkout")
        .map(|write| write["code"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_canary_is_brought_to_the_end_and_marked_good() {
    let demo = world("good", "3s").await;
    let mut pilot = Pilot::start(&demo, &[]);
    pilot.tells("pilot", "goes on to 50 %").await;
    let live = demo
        .run(&["status", "checkout", "-e", "production", "-o", "json"])
        .await
        .exits(0)
        .json();
    let driver = &live["services"][0]["driver"];
    assert!(
        driver["who"].as_str().is_some_and(|who| who.contains('#')),
        "{driver:#}"
    );
    assert_eq!(pilot.ends().await, 0, "{:#?}", pilot.events());
    let record = demo.record_json().await;
    let newest = &record["releases"][0];
    assert_eq!(
        (&newest["ended"], &record["current"]),
        (&json!("promoted"), &json!(null))
    );
    assert!(newest["good"]["evidence"].is_string(), "{newest:#}");
    assert_eq!(holder(&demo).await, "");
    assert_eq!(demo.weight().await, 0);
    assert_eq!(route_writes(&demo).await, [Some(200), Some(200), Some(200)]);
    demo.traffic(0.0).await;
    let served = demo.served().await;
    assert_eq!(served.clients("sent"), served.clients("answered"));
    demo.stop().await;
}

/// Takes one message after the other and keeps their bodies.
fn webhook() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook/s3cr3t", listener.local_addr().unwrap());
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = bodies.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_ok() {
                kept.lock().unwrap().push(String::from_utf8(body).unwrap());
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
    });
    (url, bodies)
}

async fn is_rolled_back(scenario: &str) {
    let demo = world(scenario, "60s").await;
    amend(&demo, |config| {
        format!("[notify]\nwebhook = {{ env = \"HOOK\" }}\n\n{config}")
    });
    let (url, bodies) = webhook();
    let mut pilot = Pilot::with(&demo, &[], &[("HOOK", &url)]);
    assert_eq!(pilot.ends().await, 9, "{:#?}", pilot.events());
    // The decision falls with the scrape whose verdict it is.
    let decided = pilot.told("pilot", "rolls back").unwrap();
    let verdicts: Vec<Value> = pilot
        .events()
        .into_iter()
        .filter(|event| event["kind"] == "verdict")
        .collect();
    assert!(
        verdicts
            .iter()
            .any(|verdict| verdict["at"] == decided["at"]),
        "{:#?}",
        pilot.events()
    );
    assert_eq!(demo.weight().await, 0);
    let record = demo.record_json().await;
    let newest = &record["releases"][0];
    assert_eq!(newest["ended"], "rolled_back");
    // The ground truth: from here on nobody is answered by the bad version any more.
    let before = demo.served().await;
    let after = until(
        "more requests",
        async || demo.served().await,
        |now| now.all() - before.all() >= 100,
    )
    .await;
    assert_eq!(after.of(CANDIDATE), before.of(CANDIDATE));
    let (bad, all) = (after.of(CANDIDATE).0, after.all());
    eprintln!("{scenario}: {bad} of {all} requests were answered by {CANDIDATE}");
    assert!(bad * 5 < all, "{bad} of {all}");
    // The message came, and its URL is nowhere.
    let message = until(
        "a message",
        async || {
            bodies
                .lock()
                .unwrap()
                .iter()
                .find(|body| body.contains("rolls_back"))
                .cloned()
        },
        Option::is_some,
    )
    .await;
    let message: Value = serde_json::from_str(&message.unwrap()).unwrap();
    assert_eq!(
        (&message["schema"], &message["release"]),
        (&json!("flightdeck.notification/1"), &json!(CANDIDATE))
    );
    let printed = format!("{:?}{}", pilot.events(), pilot.err.lock().unwrap());
    assert!(!printed.contains("s3cr3t"), "{printed}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_rolled_back_with_the_scrape_that_shows_them() {
    is_rolled_back("errors").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_is_rolled_back_with_the_scrape_that_shows_it() {
    is_rolled_back("leak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_are_rolled_back_with_the_scrape_that_shows_them() {
    is_rolled_back("latency").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_canary_is_held_and_asked_about() {
    let demo = world("quiet", "1s").await;
    let mut pilot = Pilot::start(&demo, &[]);
    pilot.tells("pilot", "holds and asks").await;
    let noted = until(
        "the note",
        async || demo.record_json().await["pilot"].clone(),
        |note| note["doing"] == "asks",
    )
    .await;
    assert_eq!(noted["drives"], true);
    assert!(holder(&demo).await.contains('#'));
    pilot.signal(rustix::process::Signal::TERM);
    assert_eq!(pilot.ends().await, 143);
    let err = until(
        "last words",
        async || pilot.err.lock().unwrap().clone(),
        |err| !err.is_empty(),
    )
    .await;
    assert!(
        err.contains("SIGTERM; no plan was under way; the Lease is given back"),
        "{err}"
    );
    assert_eq!(holder(&demo).await, "");
    assert_eq!(demo.weight().await, 5);
    assert_eq!(route_writes(&demo).await, []);

    // A freeze holds the pilot and whoever does not say the name; what is taken back is not held.
    amend(&demo, |config| {
        let freeze = "freezes = [{ name = \"all year\", from = \"2020-01-01\", until = \"2999-12-31\", zone = \"Europe/Berlin\" }]";
        config.replace(
            "good_after = \"3s\"",
            &format!("good_after = \"3s\"\n{freeze}"),
        )
    });
    let mut pilot = Pilot::start(&demo, &["--timeout", "4s"]);
    pilot.tells("pilot", "frozen by \"all year\"").await;
    assert_eq!(pilot.ends().await, 8);
    let production = ["checkout", "-e", "production"];
    let refused = demo
        .run(&[&["promote"][..], &production, &["--yes"]].concat())
        .await
        .exits(4);
    assert!(
        refused.err.contains("frozen by \"all year\""),
        "{}",
        refused.err
    );
    assert_eq!(route_writes(&demo).await, []);
    demo.run(&[&["rollback"][..], &production, &["--yes"]].concat())
        .await
        .exits(0);
    // Nothing is under way any more.
    let mut pilot = Pilot::start(&demo, &[]);
    assert_eq!(pilot.ends().await, 4);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outages_hold_and_a_person_is_yielded_to() {
    let demo = world("good", "4s").await;
    let outage = |part: &'static str, mode: &'static str, seconds: u32| json!({ "part": part, "mode": mode, "seconds": seconds });
    demo.control(Method::POST, "/outage", outage("metrics", "error", 600))
        .await;
    let mut pilot = Pilot::start(&demo, &[]);
    pilot
        .tells("pilot", "stands still: the metrics cannot be read")
        .await;
    assert_eq!(demo.weight().await, 5);
    demo.control(Method::POST, "/outage", outage("kube", "refuse", 4))
        .await;
    pilot
        .tells("pilot", "stands still: the API server does not answer")
        .await;
    until(
        "the API server",
        async || demo.try_get(&demo.world.info().kube).await.is_some(),
        |is| *is,
    )
    .await;
    assert_eq!(demo.weight().await, 5);
    assert_eq!(route_writes(&demo).await, []);
    demo.control(Method::POST, "/outage", outage("metrics", "error", 0))
        .await;
    pilot.tells("pilot", "goes on to 50 %").await;
    let production = ["checkout", "-e", "production"];
    until("50 %", async || demo.weight().await, |weight| *weight == 50).await;
    pilot.tells("plan", "gets 50 %").await;
    demo.run(&[&["pause"][..], &production, &["--yes", "--reason", "lunch"]].concat())
        .await
        .exits(0);
    pilot.tells("pilot", "yields: paused by").await;
    // Its step is over and it stays where it is.
    until(
        "the step's end",
        async || demo.record_json().await["pilot"].clone(),
        |note| note["doing"] == "yields",
    )
    .await;
    assert_eq!(demo.weight().await, 50);
    demo.run(&[&["abort"][..], &production, &["--yes"]].concat())
        .await
        .exits(0);
    assert_eq!(pilot.ends().await, 9, "{:#?}", pilot.events());
    assert_eq!(demo.weight().await, 0);
    let record = demo.record_json().await;
    assert_eq!(record["releases"][0]["ended"], "aborted");
    demo.stop().await;
}

async fn writes(demo: &DemoWorld) -> Vec<Value> {
    let writes = demo.control(Method::GET, "/writes", Value::Null).await;
    writes.as_array().unwrap().clone()
}

/// A pilot is killed, or stopped as by a debugger or a full disk's swap, at its write of a weight, and the one that stands by
/// takes over.
async fn is_replaced(when: &str, signal: rustix::process::Signal) {
    let is_stopped = signal == rustix::process::Signal::STOP;
    let demo = world("good", "600s").await;
    amend(&demo, |config| {
        config.replacen("hold = \"600s\"", "hold = \"3s\"", 1)
    });
    let hold = json!({ "write": 1, "when": when, "of": ["httproutes/"] });
    demo.control(Method::POST, "/kube/hold", hold).await;
    let mut first = Pilot::start(&demo, &[]);
    first.tells("pilot", "goes on to 50 %").await;
    let killed = holder(&demo).await;
    let run = killed.rsplit_once('#').unwrap().1.to_owned();
    let second = Pilot::start(&demo, &[]);
    second.tells("pilot", "drives").await;
    until(
        "the held write",
        async || route_writes(&demo).await,
        |codes| *codes == [None],
    )
    .await;
    first.signal(signal);
    if !is_stopped {
        assert_eq!(first.ends().await, 128 + 9);
    }

    second.tells("pilot", "carries on").await;
    second.tells("plan", "gets 50 %").await;
    assert_eq!(demo.weight().await, 50);
    demo.control(Method::POST, "/kube/release", Value::Null)
        .await;
    let codes = until(
        "all answered",
        async || route_writes(&demo).await,
        |codes| codes.iter().all(Option::is_some),
    )
    .await;
    // The weight was set once: by the dead pilot, where its write had been applied; else by its successor.
    assert_eq!(
        codes.iter().filter(|code| **code == Some(200)).count(),
        1,
        "{codes:?}"
    );
    if when == "received" {
        assert!(matches!(codes[0], Some(409 | 422)), "{codes:?}");
    }
    assert_eq!(demo.weight().await, 50);
    if is_stopped {
        // It wakes up to a world that went on without it.
        first.signal(rustix::process::Signal::CONT);
        first.tells("pilot", " drives").await;
    }
    let all = writes(&demo).await;
    let takes = |write: &Value| {
        let taken = write["body"]["spec"]["holderIdentity"].as_str();
        write["object"]
            .as_str()
            .is_some_and(|object| object.starts_with("leases/"))
            && taken.is_some_and(|taken| !taken.is_empty() && taken != killed)
    };
    let handover = all.iter().position(takes).expect("the Lease changed hands");
    let of_the_dead = all[handover..].iter().filter(|write| {
        let object = write["object"].as_str().unwrap_or_default();
        let is_workload = object.starts_with("deployments/") || object.starts_with("httproutes/");
        let value = write["body"].as_array().into_iter().flatten();
        let is_its = value
            .filter(|operation| operation["op"] != "test")
            .any(|operation| operation.to_string().contains(&run));
        is_workload && is_its && write["code"] == 200
    });
    assert_eq!(of_the_dead.count(), 0, "{all:#?}");
    let record = demo.record_json().await;
    assert_eq!(
        (&record["set_weight"], &record["current"]),
        (&json!(50), &json!(null))
    );
    assert!(holder(&demo).await != killed);
    for mut pilot in [is_stopped.then_some(first), Some(second)]
        .into_iter()
        .flatten()
    {
        pilot.signal(rustix::process::Signal::TERM);
        assert_eq!(pilot.ends().await, 143);
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_a_stopped_pilot_that_wakes_up_too_late_is_refused() {
    is_replaced("received", rustix::process::Signal::STOP).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_a_killed_pilot_that_comes_late_is_refused() {
    is_replaced("received", rustix::process::Signal::KILL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_pilot_had_done_is_not_done_again() {
    is_replaced("applied", rustix::process::Signal::KILL).await;
}
