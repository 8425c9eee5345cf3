//! `doctor` on a world that is well, and on worlds that are not.

use crate::support::{DemoWorld, flightdeck, ran};
use hyper::Method;
use serde_json::{Value, json};

const PRODUCTION: [&str; 6] = ["doctor", "checkout", "-e", "production", "-o", "json"];

async fn doctor(demo: &DemoWorld, code: i32) -> Value {
    let document = demo.run(&PRODUCTION).await.exits(code).json();
    assert_eq!(document["schema"], "flightdeck.doctor/1");
    assert_eq!(document["exit_code"], code);
    document
}

/// The one check of that area and name.
fn check<'d>(document: &'d Value, area: &str, name: &str) -> &'d Value {
    let checks = document["checks"].as_array().unwrap();
    let mut found = checks
        .iter()
        .filter(|check| check["area"] == area && check["name"] == name);
    match (found.next(), found.next()) {
        (Some(check), None) => check,
        _ => panic!("not one check {area} {name}: {document:#}"),
    }
}

fn failed(document: &Value) -> Vec<&str> {
    let checks = document["checks"].as_array().unwrap();
    checks
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_that_is_well() {
    let demo = DemoWorld::start("good").await;
    let document = doctor(&demo, 0).await;
    assert_eq!(failed(&document), Vec::<&str>::new());
    let cluster = check(&document, "cluster", "context flightdeck-demo");
    assert!(
        cluster["text"].as_str().unwrap().contains("Kubernetes v1."),
        "{cluster}"
    );
    assert_eq!(
        check(&document, "cluster", "identity")["text"],
        "demo-engineer"
    );
    assert_eq!(
        check(&document, "rights", "patch httproutes checkout")["ok"],
        true
    );
    let stable = check(&document, "objects", "Deployment checkout");
    assert!(
        stable["text"].as_str().unwrap().contains("4 of 4 pods"),
        "{stable}"
    );
    let pods = check(&document, "metrics", "pods");
    assert!(
        pods["text"]
            .as_str()
            .unwrap()
            .starts_with("5 of 5 ready pods"),
        "{pods}"
    );
    let requests = check(&document, "metrics", "http_requests_total");
    assert!(
        requests["text"].as_str().unwrap().contains("by code"),
        "{requests}"
    );
    for series in [
        "http_request_duration_seconds",
        "process_cpu_seconds_total",
        "process_start_time_seconds",
    ] {
        assert_eq!(check(&document, "metrics", series)["ok"], true, "{series}");
    }
    assert_eq!(check(&document, "terminal", "TERM")["ok"], json!(null));

    let text = demo.run(&PRODUCTION[..4]).await.exits(0);
    assert!(
        text.out.contains("  ok   identity: demo-engineer"),
        "{text:#?}"
    );
    assert!(text.out.ends_with("nothing fails\n"), "{text:#?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_with_its_cure() {
    let demo = DemoWorld::start("good").await;
    let forbid = json!({ "verb": "patch", "resource": "httproutes" });
    demo.control(Method::POST, "/kube/forbid", forbid).await;
    let document = doctor(&demo, 6).await;
    assert_eq!(failed(&document), ["patch httproutes checkout"]);
    let right = check(&document, "rights", "patch httproutes checkout");
    assert_eq!(
        right["text"],
        "no right to patch httproutes in namespace production, needed for acting"
    );
    assert!(
        right["hint"].as_str().unwrap().contains("doctor --role"),
        "{right}"
    );
    // Who only looks does not miss it.
    let args = [&PRODUCTION[..], &["--read-only"]].concat();
    demo.run(&args).await.exits(0);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_and_missing_series_are_named() {
    let demo = DemoWorld::start("good").await;
    let config = demo.world.dir().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text
        .replace("route = \"checkout\"", "route = \"chekout\"")
        .replace("port = 8080", "port = 8080\nduration = \"latency_seconds\"");
    std::fs::write(&config, text).unwrap();
    let document = doctor(&demo, 3).await;
    assert_eq!(failed(&document), ["HTTPRoute chekout"]);
    let series = check(&document, "metrics", "latency_seconds");
    assert_eq!(series["ok"], json!(null), "{series}");
    assert!(
        series["hint"]
            .as_str()
            .unwrap()
            .contains("metrics.duration"),
        "{series}"
    );
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_that_do_not_come_say_why() {
    let demo = DemoWorld::start("good").await;
    let forbid = json!({ "verb": "get", "resource": "pods/proxy" });
    demo.control(Method::POST, "/kube/forbid", forbid).await;
    let document = doctor(&demo, 6).await;
    assert_eq!(failed(&document), ["get pods/proxy", "pods"]);
    let pods = check(&document, "metrics", "pods");
    assert!(
        pods["text"].as_str().unwrap().contains("not allowed"),
        "{pods}"
    );

    demo.control(Method::POST, "/kube/expire-login", Value::Null)
        .await;
    let document = doctor(&demo, 7).await;
    assert_eq!(failed(&document), ["context flightdeck-demo"]);
    demo.stop().await;
}

#[test]
fn a_wrong_config_and_none_at_all_are_findings_too() {
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    command.args(["doctor", "-o", "json"]);
    let document = ran(command).exits(3).json();
    let found: Vec<&Value> = document["checks"].as_array().unwrap().iter().collect();
    let config: String = found
        .iter()
        .filter(|check| check["area"] == "config")
        .map(ToString::to_string)
        .collect();
    for told in [
        ".config/flightdeck/config.toml",
        ".kube/config",
        "flightdeck demo",
    ] {
        assert!(config.contains(told), "{told}: {config}");
    }

    let wrong = home.path().join("config.toml");
    std::fs::write(
        &wrong,
        "[services.a.environments.b]\nnamespce = \"b\"\nprotected = 1\n",
    )
    .unwrap();
    let mut command = flightdeck(home.path());
    command.arg("--config").arg(&wrong).arg("doctor");
    let text = ran(command).exits(3);
    for mistake in ["config.toml:2:1", "config.toml:3:13"] {
        let told = |line: &str| line.contains("FAIL") && line.contains(mistake);
        assert!(text.out.lines().any(told), "{mistake}: {text:#?}");
    }
    assert!(text.out.contains("terminal"), "{text:#?}");
}
