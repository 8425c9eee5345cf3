//! The demo world from outside, over real sockets: its ground truth is true, and what changes its objects moves its traffic.

use std::collections::BTreeMap;

use flightdeck::demo::{Info, Scenario, WorldOptions, scenario, serve};
use hyper::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{DemoWorld, RECORD, ROUTE, Served, until};

const STABLE: &str = "v2.41.0";
const CANDIDATE: &str = "v2.42.0";

/// A pod as the targets list has it: its name, track, and base URL.
async fn production_pods(demo: &DemoWorld) -> Vec<(String, String, String)> {
    let targets = demo.control(Method::GET, "/targets", Value::Null).await;
    let targets = targets
        .as_array()
        .unwrap()
        .iter()
        .filter(|target| target["labels"]["namespace"] == "production");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    targets
        .map(|target| {
            let url = format!("http://{}", text(&target["targets"][0]));
            (
                text(&target["labels"]["pod"]),
                text(&target["labels"]["track"]),
                url,
            )
        })
        .collect()
}

/// The sum of a metric's series with that code.
fn counted(exposition: &str, code: &str) -> u64 {
    let series = exposition.lines().filter(|line| {
        line.starts_with("http_requests_total{") && line.contains(&format!("code=\"{code}\""))
    });
    series
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum()
}

/// What the living production pods' `/metrics` say, by version: (requests, errors).
async fn scraped(demo: &DemoWorld) -> BTreeMap<String, (u64, u64)> {
    let mut by_tag: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (_, _, url) in production_pods(demo).await {
        let version = demo.get(&format!("{url}/version")).await.json()["version"]
            .as_str()
            .unwrap()
            .to_owned();
        let exposition = demo.get(&format!("{url}/metrics")).await.text;
        let (good, bad) = (counted(&exposition, "200"), counted(&exposition, "500"));
        let sums = by_tag.entry(version).or_default();
        *sums = (sums.0 + good + bad, sums.1 + bad);
    }
    by_tag
}

async fn served_at_least(demo: &DemoWorld, requests: u64) -> Served {
    until(
        "requests served",
        async || demo.served().await,
        |served| served.all() >= requests,
    )
    .await
}

/// What happened between two readings, by version.
fn since(before: &Served, after: &Served, tag: &str) -> u64 {
    after.of(tag).0 - before.of(tag).0
}

fn share(before: &Served, after: &Served, tag: &str) -> f64 {
    let part = u32::try_from(since(before, after, tag)).unwrap();
    let whole = u32::try_from(after.all() - before.all()).unwrap();
    f64::from(part) / f64::from(whole)
}

fn assert_nothing_lost(served: &Served) {
    assert_eq!(
        served.clients("sent"),
        served.clients("answered"),
        "{served:?}"
    );
    assert_eq!(served.clients("answered"), served.all(), "{served:?}");
}

/// Waits until the stable Deployment runs nothing but one version, all of it available.
async fn stable_runs(demo: &DemoWorld, tag: &str) {
    let versions = async || {
        let mut versions = Vec::new();
        for (pod, track, _) in production_pods(demo).await {
            if track == "stable" {
                let path = format!("/api/v1/namespaces/production/pods/{pod}");
                let answer = demo.get(&format!("{}{path}", demo.world.info().kube)).await;
                versions.push(answer.text.contains(&format!(":{tag}\"")));
            }
        }
        let deployment = demo
            .kube(
                Method::GET,
                "/apis/apps/v1/namespaces/production/deployments/checkout",
                Value::Null,
            )
            .await;
        (versions, deployment["status"]["availableReplicas"].as_u64())
    };
    let alone = |seen: &(Vec<bool>, Option<u64>)| seen.0 == [true; 4] && seen.1 == Some(4);
    until("stable runs one version", versions, alone).await;
}

/// Sets the route's weights, as any client would.
async fn set_weights(demo: &DemoWorld, stable: u8, canary: u8) {
    let weight = |backend: u8, weight: u8| {
        let path = format!("/spec/rules/0/backendRefs/{backend}/weight");
        json!({ "op": "replace", "path": path, "value": weight })
    };
    let patch = json!([weight(0, stable), weight(1, canary)]);
    demo.kube(Method::PATCH, ROUTE, patch).await;
}

/// Of all requests that the pods of a track counted, the share that took longer than a bucket's bound.
async fn slower_than(demo: &DemoWorld, track: &str, bound: &str) -> f64 {
    let (mut within, mut all) = (0, 0);
    for (_, own, url) in production_pods(demo).await {
        let exposition = demo.get(&format!("{url}/metrics")).await.text;
        let bucket = |le: &str| {
            let mut lines = exposition.lines();
            let line = lines
                .find(|line| line.contains("_bucket{") && line.contains(&format!("le=\"{le}\"")));
            line.unwrap()
                .rsplit_once(' ')
                .unwrap()
                .1
                .parse::<u32>()
                .unwrap()
        };
        if own == track {
            within += bucket(bound);
            all += bucket("+Inf");
        }
    }
    f64::from(all - within) / f64::from(all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_counters_of_living_pods_equal_the_ground_truth_once_traffic_stopped() {
    let demo = DemoWorld::start("errors").await;
    demo.traffic(400.0).await;
    served_at_least(&demo, 1200).await;
    let failed = async || demo.served().await;
    until("the canary failed", failed, |served| {
        served.of(CANDIDATE).1 > 0
    })
    .await;
    demo.traffic(0.0).await;

    let served = demo.served().await;
    let truth = BTreeMap::from([STABLE, CANDIDATE].map(|tag| (tag.to_owned(), served.of(tag))));
    assert_eq!(scraped(&demo).await, truth);
    assert_nothing_lost(&served);
    let (requests, errors) = served.of(CANDIDATE);
    assert!(
        errors < requests / 4,
        "a bad canary is not a dead one: {served:?}"
    );
    assert!(
        requests.abs_diff(served.all() / 20) <= 2,
        "a weight of 5 is 5 %: {served:?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_patch_of_the_route_moves_the_traffic() {
    let demo = DemoWorld::start("good").await;
    let patch = r#"[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":50},
                    {"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":50}]"#;
    let args = [
        "patch",
        "httproute",
        "checkout",
        "-n",
        "production",
        "--type=json",
        "-p",
        patch,
    ];
    let Some(patched) = demo.kubectl(&args).await else {
        return;
    };
    assert!(patched.status.success(), "{patched:?}");

    let before = demo.served().await;
    demo.traffic(800.0).await;
    let after = served_at_least(&demo, before.all() + 2000).await;
    let share = share(&before, &after, CANDIDATE);
    assert!((0.46..=0.54).contains(&share), "{share}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_rollout_undo_changes_the_versions_that_answer() {
    let demo = DemoWorld::start("good").await;
    let Some(undone) = demo
        .kubectl(&["rollout", "undo", "deployment/checkout", "-n", "production"])
        .await
    else {
        return;
    };
    assert!(undone.status.success(), "{undone:?}");
    stable_runs(&demo, "v2.40.3").await;

    demo.traffic(0.0).await;
    let before = demo.served().await;
    demo.traffic(200.0).await;
    let after = served_at_least(&demo, before.all() + 100).await;
    assert_eq!(since(&before, &after, STABLE), 0, "{after:?}");
    assert!(since(&before, &after, "v2.40.3") > 80, "{after:?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_update_under_traffic_loses_no_request() {
    let demo = DemoWorld::start("good").await;
    demo.traffic(200.0).await;
    demo.set_image("checkout", "v2.43.0").await;
    stable_runs(&demo, "v2.43.0").await;
    let served = demo.served().await;
    served_at_least(&demo, served.all() + 100).await;
    demo.traffic(0.0).await;

    let served = demo.served().await;
    assert_nothing_lost(&served);
    assert!(served.of("v2.43.0").0 > 50, "{served:?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crashed_pod_restarts_and_counts_from_zero() {
    let demo = DemoWorld::start("good").await;
    demo.traffic(200.0).await;
    served_at_least(&demo, 100).await;
    demo.traffic(0.0).await;
    let pods = production_pods(&demo).await;
    let (pod, _, url) = pods.iter().find(|(_, track, _)| track == "stable").unwrap();
    let metrics = format!("{url}/metrics");
    assert!(counted(&demo.get(&metrics).await.text, "200") > 0);

    demo.control(Method::POST, &format!("/pods/{pod}/crash"), Value::Null)
        .await;
    let path = format!("/api/v1/namespaces/production/pods/{pod}");
    let status = async || {
        demo.kube(Method::GET, &path, Value::Null).await["status"]["containerStatuses"][0].clone()
    };
    until("the pod is back", status, |status| {
        status["restartCount"] == 1 && status["ready"] == true
    })
    .await;
    let exposition = demo.get(&metrics).await.text;
    assert_eq!(
        counted(&exposition, "200") + counted(&exposition, "500"),
        0,
        "{exposition}"
    );
    assert!(
        demo.served().await.all() >= 100,
        "the ground truth outlives the pod"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_front_that_ignores_the_route_keeps_the_traffic_where_it_was() {
    let demo = DemoWorld::start("good").await;
    demo.control(Method::POST, "/front", json!({ "ignore_route": true }))
        .await;
    set_weights(&demo, 0, 100).await;

    let before = demo.served().await;
    demo.traffic(400.0).await;
    let after = served_at_least(&demo, before.all() + 400).await;
    assert!(share(&before, &after, CANDIDATE) < 0.1, "{after:?}");

    demo.control(Method::POST, "/front", json!({ "ignore_route": false }))
        .await;
    demo.traffic(0.0).await;
    let before = demo.served().await;
    demo.traffic(400.0).await;
    let after = served_at_least(&demo, before.all() + 100).await;
    assert_eq!(since(&before, &after, STABLE), 0, "{after:?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_is_not_ready_gets_no_request() {
    let demo = DemoWorld::start("good").await;
    demo.control(
        Method::PUT,
        &format!("/versions/{CANDIDATE}"),
        json!({ "ready": false }),
    )
    .await;
    let slices = "/apis/discovery.k8s.io/v1/namespaces/production/endpointslices";
    let ready = async || {
        let slices = demo.kube(Method::GET, slices, Value::Null).await;
        let own = slices["items"].as_array().unwrap().iter().filter(|slice| {
            slice["metadata"]["labels"]["kubernetes.io/service-name"] == "checkout-canary"
        });
        own.flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default())
            .filter(|endpoint| endpoint["conditions"]["ready"] == true)
            .count()
    };
    until("the canary leaves the endpoints", ready, |ready| {
        *ready == 0
    })
    .await;
    demo.traffic(0.0).await;
    let before = demo.served().await;
    demo.traffic(400.0).await;
    let after = served_at_least(&demo, before.all() + 200).await;
    assert_eq!(since(&before, &after, CANDIDATE), 0);
    assert!(
        after.clients("no_backend") > 0,
        "its share is not given to others: {after:?}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_starts_with_a_record_and_a_newest_release_that_takes_traffic() {
    futures_util::future::join_all(scenario::names().map(starts_as_it_should)).await;
}

async fn starts_as_it_should(name: &str) {
    let demo = DemoWorld::start(name).await;
    let record = demo.kube(Method::GET, RECORD, Value::Null).await;
    let text = record["data"]["record.json"].as_str().unwrap();
    assert!(!text.contains("{{"), "{name}: {text}");
    let record: Value = serde_json::from_str(text).unwrap();
    assert_eq!(record["schema"], "flightdeck.record/1");
    let path = "/apis/apps/v1/namespaces/production/replicasets";
    let sets = demo.kube(Method::GET, path, Value::Null).await.to_string();
    for release in record["releases"].as_array().unwrap() {
        for hash in release["templates"].as_object().unwrap().values() {
            let hash = hash.as_str().unwrap();
            assert!(sets.contains(hash), "{name}: no ReplicaSet has {hash}");
        }
    }
    demo.traffic(100.0).await;
    let served = async || demo.served().await;
    let newest = record["releases"][0]["image"].as_str().unwrap();
    let tag = newest.rsplit(':').next().unwrap();
    until("the newest release answers", served, |served| {
        served.of(tag).0 > 0
    })
    .await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_version_is_really_slow() {
    let demo = DemoWorld::start("latency").await;
    set_weights(&demo, 50, 50).await;
    demo.traffic(400.0).await;
    served_at_least(&demo, 1000).await;
    demo.traffic(0.0).await;
    // Of the distributions described, 14 % are above 0.4 s and 0.3 % above 0.2 s; a loaded machine adds to both.
    let canary = slower_than(&demo, "canary", "0.4").await;
    assert!((0.08..=0.4).contains(&canary), "{canary}");
    let stable = slower_than(&demo, "stable", "0.2").await;
    assert!(stable < 0.08, "{stable}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_plays_its_lines() {
    let mut scenario = Scenario::named("good").unwrap();
    let line = r#"
        title = ""
        rps = 0
        versions = {}
        [production]
        weight = 0
        stable = { tags = [], replicas = 0 }
        canary = { tags = [], replicas = 0 }
        record = ""
        [staging]
        weight = 0
        stable = { tags = [], replicas = 0 }
        canary = { tags = [], replicas = 0 }
        record = ""
        [[lines]]
        after = "100ms"
        method = "PUT"
        path = "/versions/v2.42.0"
        body = { error_share = 1.0 }
    "#;
    scenario.lines = Scenario::parse("lines", line).unwrap().lines;
    let demo = DemoWorld::with(WorldOptions::new(scenario)).await;
    demo.traffic(400.0).await;
    until(
        "the canary fails",
        async || demo.served().await,
        |served| served.of(CANDIDATE).1 > 5,
    )
    .await;
    demo.stop().await;
}

#[test]
fn a_scenario_that_is_wrong_says_where() {
    let unknown = Scenario::named("god").unwrap_err().to_string();
    assert!(
        unknown.contains("`god`") && unknown.contains("good"),
        "{unknown}"
    );
    let text = "title = \"x\"\nrps = 1\nversion = {}\n";
    let error = Scenario::parse("x", text).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains("version") && cause.contains("line 3"),
        "{cause}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_that_is_not_understood_says_what_was_expected() {
    let demo = DemoWorld::start("quiet").await;
    let cases = [
        (
            Method::PUT,
            "/traffic",
            json!({ "rps": -1 }),
            400,
            "from 0 to",
        ),
        (
            Method::PUT,
            "/traffic",
            json!({ "rate": 1 }),
            400,
            "expected {\"rps\": 150}",
        ),
        (Method::PUT, "/traffic", Value::Null, 400, "expected"),
        (
            Method::PUT,
            "/versions/v1.0.0",
            json!({ "error_share": 2 }),
            400,
            "a share from 0 to 1",
        ),
        (
            Method::PUT,
            "/versions/v1.0.0",
            json!({ "latency_ms": { "p50": 9, "p95": 3 } }),
            400,
            "p95 is not below p50",
        ),
        (
            Method::POST,
            "/outage",
            json!({ "part": "disk", "mode": "hang", "seconds": 1 }),
            400,
            "expected",
        ),
        (
            Method::POST,
            "/outage",
            json!({ "part": "kube", "mode": "hang", "seconds": -1 }),
            400,
            "seconds",
        ),
        (
            Method::POST,
            "/kube/hold",
            json!({ "write": 0, "when": "applied" }),
            400,
            "the next write is 1",
        ),
        (
            Method::POST,
            "/pods/nobody/crash",
            Value::Null,
            404,
            "no pod is named nobody",
        ),
        (Method::POST, "/ci/runs", json!({ "odd": 1 }), 400, "branch"),
        (
            Method::POST,
            "/ci/jobs/1",
            json!({ "state": "success" }),
            404,
            "no job 1",
        ),
        (Method::GET, "/nothing", Value::Null, 404, "/served"),
        (Method::DELETE, "/served", Value::Null, 405, "method"),
    ];
    for (method, path, body, status, said) in cases {
        let url = format!("{}{path}", demo.world.info().control);
        let answer = demo.request(method.clone(), &url, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert!(
            answer.json()["error"].as_str().unwrap().contains(said),
            "{method} {path}: {}",
            answer.text
        );
    }
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_can_be_gone_while_the_service_answers() {
    let demo = DemoWorld::start("good").await;
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "metrics", "mode": "error", "seconds": 60 }),
    )
    .await;
    let (_, _, url) = production_pods(&demo).await.remove(0);
    assert_eq!(demo.get(&format!("{url}/metrics")).await.status, 503);
    assert_eq!(demo.get(&format!("{url}/healthz")).await.status, 200);
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "metrics", "mode": "error", "seconds": 0 }),
    )
    .await;
    assert_eq!(demo.get(&format!("{url}/metrics")).await.status, 200);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_and_logins_are_taken_and_given_back() {
    let demo = DemoWorld::start("quiet").await;
    let kube = &demo.world.info().kube;
    let deployment = format!("{kube}/apis/apps/v1/namespaces/production/deployments/checkout");
    let patch = async || {
        let body = json!({ "metadata": { "annotations": { "x": "y" } } });
        demo.request(Method::PATCH, &deployment, body).await.status
    };
    let rule = json!({ "verb": "patch", "resource": "deployments" });
    demo.control(Method::POST, "/kube/forbid", rule).await;
    assert_eq!(patch().await, 403);
    demo.control(Method::DELETE, "/kube/forbid", Value::Null)
        .await;
    assert_eq!(patch().await, 200);
    demo.control(Method::POST, "/kube/expire-login", Value::Null)
        .await;
    assert_eq!(patch().await, 401);
    demo.control(Method::DELETE, "/kube/expire-login", Value::Null)
        .await;
    assert_eq!(patch().await, 200);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_write_waits_for_its_release_and_is_in_the_list_of_writes() {
    let demo = DemoWorld::start("quiet").await;
    let order = json!({ "write": 1, "when": "received" });
    demo.control(Method::POST, "/kube/hold", order).await;
    let path = "/apis/apps/v1/namespaces/production/deployments/checkout";
    let test = json!({ "op": "test", "path": "/spec/replicas", "value": 4 });
    let replace = json!({ "op": "replace", "path": "/spec/replicas", "value": 3 });
    let write = demo.kube(Method::PATCH, path, json!([test, replace]));
    let released = async {
        let writes = async || demo.control(Method::GET, "/writes", Value::Null).await;
        let held = |writes: &Value| writes[0]["verb"] == "patch";
        let writes = until("the write arrived", writes, held).await;
        assert_eq!(writes[0]["code"], Value::Null, "{writes}");
        assert_eq!(writes[0]["guard"], "test", "{writes}");
        let present = demo.kube(Method::GET, path, Value::Null).await;
        assert_eq!(present["spec"]["replicas"], 4);
        demo.control(Method::POST, "/kube/release", Value::Null)
            .await;
    };
    let (written, ()) = tokio::join!(write, released);
    assert_eq!(written["spec"]["replicas"], 3);
    let writes = demo.control(Method::GET, "/writes", Value::Null).await;
    assert_eq!(writes[0]["code"], 200, "{writes}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_is_gone_does_not_take_the_service_with_it() {
    let demo = DemoWorld::start("good").await;
    let outage = |seconds: u8| json!({ "part": "kube", "mode": "error", "seconds": seconds });
    demo.control(Method::POST, "/outage", outage(60)).await;
    let pods = format!(
        "{}/api/v1/namespaces/production/pods",
        demo.world.info().kube
    );
    assert_eq!(demo.get(&pods).await.status, 503);
    let before = demo.served().await;
    served_at_least(&demo, before.all() + 20).await;
    let answer = demo
        .get(&format!("{}/version", demo.world.info().service))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    demo.control(Method::POST, "/outage", outage(0)).await;
    assert_eq!(demo.get(&pods).await.status, 200);
    demo.stop().await;
}

/// Says that it was told `ready`.
struct Told(tokio::sync::mpsc::Sender<()>);

impl std::io::Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.ends_with(b"\n") {
            self.0.try_send(()).unwrap();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_writes_its_files_says_ready_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("a \"demo\"");
    let options = WorldOptions {
        dir: Some(dir.clone()),
        ..WorldOptions::new(Scenario::named("quiet").unwrap())
    };
    let (told, mut ready) = tokio::sync::mpsc::channel(1);
    let stop = CancellationToken::new();
    let ends = stop.clone();
    let world = tokio::spawn(async move { serve(options, ends, &mut Told(told)).await });
    ready.recv().await.unwrap();

    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let info: Info = serde_json::from_str(&read("world.json")).unwrap();
    let config: toml::Table = toml::from_str(&read("config.toml")).unwrap();
    let production = &config["services"]["checkout"]["environments"]["production"];
    assert_eq!(
        production["kubeconfig"].as_str().unwrap(),
        dir.join("kubeconfig").to_str().unwrap()
    );
    assert!(read("kubeconfig").contains(&info.kube));
    let urls = [
        &info.kube,
        &info.service,
        &info.control,
        &info.prometheus_targets,
    ];
    assert!(
        urls.iter().all(|url| url.starts_with("http://127.0.0.1:")),
        "{info:?}"
    );

    stop.cancel();
    world.await.unwrap().unwrap();
    for url in urls {
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        assert!(
            std::net::TcpStream::connect(address).is_err(),
            "{url} still listens"
        );
    }
}
