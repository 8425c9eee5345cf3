//! Logs that are followed: each line once, through a restart and a new pod, until a signal.

use crate::support::{DEADLINE, DemoWorld};
use hyper::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// The program and what it prints.
struct Following {
    child: Child,
    lines: Receiver<Value>,
}

impl Following {
    fn start(demo: &DemoWorld) -> Self {
        let mut command =
            demo.command(&["logs", "checkout", "-e", "production", "-f", "-o", "json"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap();
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// Reads until a line is as wanted; answers all that were read.
    fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + 2 * DEADLINE;
        let mut read: Vec<Value> = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line =
                line.unwrap_or_else(|error| panic!("{what}: {error}; last: {:?}", read.last()));
            assert_eq!(line["schema"], "flightdeck.logline/1");
            read.push(line);
            if read.last().is_some_and(&wanted) {
                return read;
            }
        }
    }

    fn interrupted(mut self) -> i32 {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
        self.child.wait().unwrap().code().unwrap()
    }
}

fn pod(line: &Value) -> String {
    line["pod"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_come_through_a_restart_and_from_new_pods_until_it_is_interrupted() {
    let demo = DemoWorld::start("errors").await;
    let following = Following::start(&demo);
    let mut all = tokio::task::block_in_place(|| following.until("a line", |_| true));
    let first = pod(&all[0]);
    assert!(first.starts_with("checkout-canary-"), "{first}");

    // Its container starts again: what the new one prints is newer than the crash.
    let crashed = jiff::Timestamp::now();
    demo.control(Method::POST, &format!("/pods/{first}/crash"), Value::Null)
        .await;
    let is_newer = |line: &Value| {
        let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        pod(line) == first && at > crashed
    };
    all.extend(tokio::task::block_in_place(|| {
        following.until("after the restart", is_newer)
    }));

    demo.run(&[
        "promote",
        "checkout",
        "-e",
        "production",
        "-y",
        "--confirm",
        "checkout",
    ])
    .await
    .exits(0);
    let is_other = |line: &Value| pod(line) != first && pod(line).starts_with("checkout-canary-");
    all.extend(tokio::task::block_in_place(|| {
        following.until("a new pod", is_other)
    }));

    let told: BTreeSet<String> = all.iter().map(Value::to_string).collect();
    assert_eq!(told.len(), all.len(), "a line came twice");
    let code = tokio::task::block_in_place(|| following.interrupted());
    assert_eq!(code, 130);
    let wrong = demo
        .run(&["logs", "checkout", "-e", "production", "-f", "--previous"])
        .await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
    demo.stop().await;
}
