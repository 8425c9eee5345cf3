//! What several test modules share: a demo world inside the test's runtime, requests to it, and `kubectl` where it is
//! installed.
//!
//! Nothing here waits for a fixed time: [`until`] polls with a deadline and fails with what was last seen.

use std::fmt::Debug;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flightdeck::demo::{Scenario, World, WorldOptions};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// How long anything that must come about may take on a loaded machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Set where a missing part fails the tests that need it.
const REQUIRED: &str = "FLIGHTDECK_REQUIRE_PARTS";

/// The record and the route of the demo world's production, by their paths.
pub const RECORD: &str = "/api/v1/namespaces/production/configmaps/flightdeck-checkout-production";
pub const ROUTE: &str =
    "/apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes/checkout";

/// A world with a client for its URLs.
pub struct DemoWorld {
    pub world: World,
    http: Client<HttpConnector, Full<Bytes>>,
}

/// What a test made of a part that is not built here: `kubectl`, `prometheus`, `apiserver`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It is there and was used.
    Used,
    /// It is not there: what needs it was left out. It is a part that not every machine can have.
    Skipped,
    /// It is not there, and every machine can have it.
    Missing,
}

/// Whether a part was used that not every machine can have.
pub fn used(is_there: bool) -> Part {
    if is_there { Part::Used } else { Part::Skipped }
}

/// Whether a part was used that every machine can have.
pub fn needed(is_there: bool) -> Part {
    if is_there { Part::Used } else { Part::Missing }
}

/// Notes it down where `FLIGHTDECK_PARTS` names a file, so that whoever runs the tests can say what they really ran on. With
/// `FLIGHTDECK_REQUIRE_PARTS` a missing one fails the test.
pub fn part(name: &str, part: Part) {
    assert!(
        part != Part::Missing || std::env::var_os(REQUIRED).is_none(),
        "{name} cannot be run here, and {REQUIRED} is set"
    );
    let Some(file) = std::env::var_os("FLIGHTDECK_PARTS") else {
        return;
    };
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    let word = match part {
        Part::Used => "used",
        Part::Skipped | Part::Missing => "skipped",
    };
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .unwrap();
    // One write of a short line: tests run side by side.
    file.write_all(format!("{name} {word} {test}\n").as_bytes())
        .unwrap();
}

/// An answer's status and text.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }
}

impl DemoWorld {
    /// A world of a named scenario in a directory of its own, which goes with it.
    pub async fn start(scenario: &str) -> Self {
        Self::with(WorldOptions {
            program: Some(env!("CARGO_BIN_EXE_flightdeck").into()),
            ..WorldOptions::new(Scenario::named(scenario).unwrap())
        })
        .await
    }

    pub async fn with(options: WorldOptions) -> Self {
        let world = World::start(options).await.unwrap();
        Self {
            world,
            http: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub async fn stop(self) {
        self.world.stop().await;
    }

    /// One request; the body of a PATCH is a JSON Patch where it is a list, else a merge patch.
    pub async fn request(&self, method: Method, url: &str, body: Value) -> Answer {
        let kind = match (&method, &body) {
            (&Method::PATCH, Value::Array(_)) => "application/json-patch+json",
            (&Method::PATCH, _) => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request::builder().method(method).uri(url);
        let request = request
            .header("content-type", kind)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let response = self
            .http
            .request(request)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.unwrap().to_bytes();
        Answer {
            status,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }

    /// `None` where nobody answers.
    pub async fn try_get(&self, url: &str) -> Option<Answer> {
        let request = Request::get(url).body(Full::default()).unwrap();
        let response = self.http.request(request).await.ok()?;
        let status = response.status().as_u16();
        let text = response.into_body().collect().await.ok()?.to_bytes();
        Some(Answer {
            status,
            text: String::from_utf8(text.to_vec()).unwrap(),
        })
    }

    pub async fn get(&self, url: &str) -> Answer {
        self.request(Method::GET, url, Value::Null).await
    }

    /// A control request that must succeed.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.world.info().control);
        let answer = self.request(method.clone(), &url, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        answer.json()
    }

    /// A request to the API server that must succeed, by the object's path.
    pub async fn kube(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.world.info().kube);
        let answer = self.request(method.clone(), &url, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.text
        );
        answer.json()
    }

    /// Gives a production Deployment another image, as any client would.
    pub async fn set_image(&self, deployment: &str, tag: &str) {
        let path = format!("/apis/apps/v1/namespaces/production/deployments/{deployment}");
        let image = flightdeck::demo::image::image_of(tag);
        let at = "/spec/template/spec/containers/0/image";
        self.kube(
            Method::PATCH,
            &path,
            serde_json::json!([{ "op": "replace", "path": at, "value": image }]),
        )
        .await;
    }

    /// The record of production.
    pub async fn record_json(&self) -> Value {
        let object = self.kube(Method::GET, RECORD, Value::Null).await;
        serde_json::from_str(object["data"]["record.json"].as_str().unwrap()).unwrap()
    }

    /// The canary's weight on production's route.
    pub async fn weight(&self) -> u64 {
        let route = self.kube(Method::GET, ROUTE, Value::Null).await;
        route["spec"]["rules"][0]["backendRefs"][1]["weight"]
            .as_u64()
            .unwrap()
    }

    /// What `status` says of production.
    pub async fn status(&self) -> Value {
        let args = ["status", "checkout", "-e", "production", "-o", "json"];
        self.run(&args).await.exits(0).json()["services"][0].clone()
    }

    pub async fn served(&self) -> Served {
        Served(self.control(Method::GET, "/served", Value::Null).await)
    }

    /// Sets the clients' rate; with 0 it returns when every request has ended.
    pub async fn traffic(&self, rps: f64) {
        self.control(Method::PUT, "/traffic", serde_json::json!({ "rps": rps }))
            .await;
    }

    /// Runs `kubectl` on this world; `None`, said loudly, where it is not installed.
    pub async fn kubectl(&self, args: &[&str]) -> Option<Output> {
        let dir = self.world.dir().to_owned();
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let ran = tokio::task::spawn_blocking(move || kubectl(&dir, &args));
        let ran = ran.await.unwrap();
        part("kubectl", needed(ran.is_some()));
        ran
    }
}

fn kubectl(dir: &Path, args: &[String]) -> Option<Output> {
    let mut command = Command::new("kubectl");
    command
        .args(args)
        .arg("--kubeconfig")
        .arg(dir.join("kubeconfig"));
    // A home of its own, so that neither its cache nor the user's settings play a part.
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir);
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("SKIPPED: kubectl cannot be run here ({error})");
            None
        }
    }
}

/// What `/served` answers.
#[derive(Debug, Clone)]
pub struct Served(pub Value);

impl Served {
    /// What a version answered since the start: (requests, errors).
    pub fn of(&self, tag: &str) -> (u64, u64) {
        let answered = &self.0["since_start"][tag];
        (
            answered["requests"].as_u64().unwrap_or(0),
            answered["errors"].as_u64().unwrap_or(0),
        )
    }

    /// What all versions answered since the start.
    pub fn all(&self) -> u64 {
        let tags = self.0["since_start"].as_object().unwrap();
        tags.values()
            .map(|answered| answered["requests"].as_u64().unwrap())
            .sum()
    }

    /// A count of what the clients saw: `sent`, `answered`, `no_answer` or `no_backend`.
    pub fn clients(&self, count: &str) -> u64 {
        self.0["clients"][count].as_u64().unwrap()
    }
}

/// Reads until what was read is as wanted.
pub async fn until<T: Debug>(
    what: &str,
    read: impl AsyncFnMut() -> T,
    wanted: impl Fn(&T) -> bool,
) -> T {
    until_within(DEADLINE, what, read, wanted).await
}

/// Reads until what was read is as wanted, for what takes longer than anything else.
pub async fn until_within<T: Debug>(
    limit: Duration,
    what: &str,
    mut read: impl AsyncFnMut() -> T,
    wanted: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        let seen = read().await;
        if wanted(&seen) {
            return seen;
        }
        assert!(
            Instant::now() < deadline,
            "{what}: not within {limit:?}; last seen: {seen:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the built program did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as the one JSON document that it must be.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("not one JSON document ({error}): {self:#?}"))
    }

    /// Asserts the exit code; the failure shows everything that was printed.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// The built program with an environment of its own and no terminal.
pub fn flightdeck(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("USER", "mira")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end; one that does not end is killed and fails the test.
pub fn ran(mut command: Command) -> Ran {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both are read while the program runs, else a full pipe would hold it up.
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read_out = std::thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    let read_err = std::thread::spawn(move || {
        let mut text = String::new();
        err.read_to_string(&mut text).map(|_| text)
    });
    let deadline = Instant::now() + 3 * DEADLINE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            let err = read_err.join().unwrap().unwrap();
            panic!("{command:?} did not end: {err}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Ran {
        code: status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
            .unwrap(),
        out: read_out.join().unwrap().unwrap(),
        err: read_err.join().unwrap().unwrap(),
    }
}

impl DemoWorld {
    /// The built program with this world's config.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = flightdeck(self.world.dir());
        command
            .env("FLIGHTDECK_CONFIG", self.world.dir().join("config.toml"))
            .args(args);
        command
    }

    /// Runs the built program on this world.
    pub async fn run(&self, args: &[&str]) -> Ran {
        let command = self.command(args);
        tokio::task::spawn_blocking(move || ran(command))
            .await
            .unwrap()
    }
}
