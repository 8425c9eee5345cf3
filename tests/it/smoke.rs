//! The smoke test: as a command, and on the way of a deploy.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{DemoWorld, Ran, ran, until};

const STABLE: &str = "v2.41.0";

async fn smoke(demo: &DemoWorld, more: &[&str]) -> Ran {
    let args = [
        &["smoke", "checkout", "-e", "production", "-o", "json"],
        more,
    ]
    .concat();
    demo.run(&args).await
}

async fn behave(demo: &DemoWorld, tag: &str, behaviour: Value) {
    demo.control(Method::PUT, &format!("/versions/{tag}"), behaviour)
        .await;
}

/// Every check by its name with what was seen, as `name: true: text`.
fn checks(document: &Value) -> Vec<String> {
    let checks = document["checks"].as_array().unwrap();
    let line = |check: &Value| {
        let text = check["text"].as_str().unwrap();
        format!(
            "{}: {}: {text}",
            check["check"].as_str().unwrap(),
            check["ok"]
        )
    };
    checks.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_requests_tell_whether_a_release_answers_well() {
    let demo = DemoWorld::start("good").await;
    behave(
        &demo,
        STABLE,
        json!({ "error_share": 0.0, "latency_ms": { "p50": 5.0, "p95": 15.0 } }),
    )
    .await;
    let passed = smoke(&demo, &[]).await.exits(0).json();
    assert_eq!(passed["schema"], "flightdeck.smoke/1");
    assert_eq!(passed["place"], "service/checkout");
    assert_eq!(
        (&passed["passed"], &passed["exit_code"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(passed["requests"], 20);
    let p95 = passed["p95_s"].as_f64().unwrap();
    assert!((0.005..0.4).contains(&p95), "{passed:#}");
    let seen = checks(&passed);
    assert_eq!(seen[0], "health: true: /healthz answered 200");
    assert_eq!(seen[1], "sample: true: 20 requests to /orders answered");
    assert!(seen[2].starts_with("p95: true: p95 "), "{seen:?}");

    // By the front's own URL, as a pipeline names it.
    let mut command = demo.command(&["smoke", "checkout", "-e", "prod"]);
    command.env(
        "HEALTHCHECK_URL",
        format!("{}/healthz", demo.world.info().service),
    );
    let told = tokio::task::spawn_blocking(|| ran(command))
        .await
        .unwrap()
        .exits(0);
    let head = format!(
        "checkout/production: smoke test passed at {}",
        demo.world.info().service
    );
    assert!(told.out.starts_with(&head), "{told:#?}");
    let gone = smoke(&demo, &["--url", "http://127.0.0.1:9/healthz"])
        .await
        .exits(9)
        .json();
    assert!(
        checks(&gone)[0].starts_with("health: false: /healthz: "),
        "{gone:#}"
    );
    smoke(&demo, &["--url", "127.0.0.1/healthz"]).await.exits(2);

    behave(
        &demo,
        STABLE,
        json!({ "latency_ms": { "p50": 450.0, "p95": 500.0 } }),
    )
    .await;
    let slow = smoke(&demo, &[]).await.exits(9).json();
    assert!(
        checks(&slow)[2].contains("at most 400 ms are wanted"),
        "{slow:#}"
    );
    behave(
        &demo,
        STABLE,
        json!({ "error_share": 1.0, "latency_ms": { "p50": 5.0, "p95": 15.0 } }),
    )
    .await;
    let failing = smoke(&demo, &[]).await.exits(9).json();
    assert_eq!(
        checks(&failing)[1],
        "sample: false: 3 of 3 requests to /orders failed: answered 500"
    );
    assert_eq!(failing["p95_s"], Value::Null);
    behave(&demo, STABLE, json!({ "ready": false })).await;
    until(
        "no pod takes requests",
        async || smoke(&demo, &[]).await.exits(9).json(),
        |seen| checks(seen)[0].starts_with("health: false: /healthz: no endpoints available"),
    )
    .await;

    demo.control(
        Method::POST,
        "/kube/forbid",
        json!({ "verb": "get", "resource": "services/proxy" }),
    )
    .await;
    let forbidden = smoke(&demo, &[]).await.exits(6).json();
    assert!(
        forbidden["summary"]
            .as_str()
            .unwrap()
            .contains("get services/proxy"),
        "{forbidden:#}"
    );
    demo.control(Method::DELETE, "/kube/forbid", Value::Null)
        .await;
    demo.control(
        Method::POST,
        "/outage",
        json!({ "part": "kube", "mode": "refuse", "seconds": 600 }),
    )
    .await;
    smoke(&demo, &[]).await.exits(7);
    demo.stop().await;
}

async fn weight(demo: &DemoWorld) -> Value {
    let path = "/apis/gateway.networking.k8s.io/v1/namespaces/staging/httproutes/checkout";
    let route = demo.kube(Method::GET, path, Value::Null).await;
    route["spec"]["rules"][0]["backendRefs"][1]["weight"].clone()
}

async fn deploy(demo: &DemoWorld, tag: &str) -> Ran {
    let image = flightdeck::demo::image::image_of(tag);
    let args = [
        "deploy", "checkout", "-e", "staging", "--image", &image, "--smoke", "-o", "json",
    ];
    // Nobody sends requests to staging: without fresh numbers the name is wanted.
    demo.run(&[&args[..], &["--confirm", "checkout", "--yes"]].concat())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_that_fails_it_gets_no_traffic() {
    let demo = DemoWorld::start("good").await;
    behave(&demo, "v2.44.0", json!({ "error_share": 1.0 })).await;
    let failed = deploy(&demo, "v2.44.0").await.exits(9).json();
    let steps = failed["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    let said = "smoke test of v2.44.0: /healthz, 20 requests to /orders, p95 at most 400 ms";
    assert_eq!(
        (&last["text"], &last["result"]),
        (&json!(said), &json!("failed")),
        "{failed:#}"
    );
    assert_eq!(weight(&demo).await, 0, "no request of a client reached it");

    demo.run(&[
        "rollback",
        "checkout",
        "-e",
        "staging",
        "--yes",
        "--confirm",
        "checkout",
    ])
    .await
    .exits(0);
    let passed = deploy(&demo, "v2.45.0").await.exits(0).json();
    let texts: Vec<&str> = passed["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["text"].as_str().unwrap())
        .collect();
    let at = |words: &str| texts.iter().position(|text| text.contains(words)).unwrap();
    assert!(
        at("smoke test of v2.45.0") < at("weights 95/5"),
        "tested before it gets traffic: {texts:#?}"
    );
    assert_eq!(weight(&demo).await, 5);
    demo.stop().await;
}
