//! Without a config: what is guessed, what may be done on guesses, and how they are written down.

use crate::fixture;
use crate::support::{DemoWorld, Ran, flightdeck, ran};
use flightdeck::app::model::Model;
use flightdeck::config::guess::{Layout, Side};
use flightdeck::config::settings::{Origin, Settings};
use flightdeck::config::theme::{Charset, Depth, Theme};
use flightdeck::sources::cluster::guess::{Guessed, Listed, guess};
use flightdeck::view::{self, Paint};
use hyper::Method;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};
use std::path::Path;

/// Runs the program with the world's kubeconfig and a home that has no config.
async fn start(demo: &DemoWorld, home: &Path, args: &[&str]) -> Ran {
    let mut command = flightdeck(home);
    command
        .env("KUBECONFIG", demo.world.dir().join("kubeconfig"))
        .args(args);
    tokio::task::spawn_blocking(move || ran(command))
        .await
        .unwrap()
}

async fn writes(demo: &DemoWorld) -> usize {
    let writes = demo.control(Method::GET, "/writes", Value::Null).await;
    writes.as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contexts_namespace_is_looked_at_and_said() {
    let demo = DemoWorld::start("good").await;
    let home = tempfile::tempdir().unwrap();
    let status = start(&demo, home.path(), &["status", "-o", "json"])
        .await
        .exits(0);
    let said = "no config: guessed from context flightdeck-demo, namespace production";
    assert!(status.err.contains(said), "{status:#?}");
    let live = &status.json()["services"][0];
    for (path, value) in [
        ("/service", json!("checkout")),
        ("/environment", json!("production")),
        ("/stable/tag", json!("v2.41.0")),
        ("/candidate/tag", json!("v2.42.0")),
        ("/weight", json!(5)),
        ("/feeds/metrics/state", json!("live")),
    ] {
        assert_eq!(live.pointer(path), Some(&value), "{path}: {live:#}");
    }
    let elsewhere = start(
        &demo,
        home.path(),
        &["status", "-n", "staging", "-o", "json"],
    )
    .await
    .exits(0)
    .json();
    assert_eq!(elsewhere["services"][0]["environment"], "staging");
    let all = start(&demo, home.path(), &["status", "-A", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(all["services"].as_array().unwrap().len(), 2, "{all:#}");
    let nothing = start(&demo, home.path(), &["status", "-n", "empty"])
        .await
        .exits(3);
    assert!(
        nothing.err.contains("namespace `empty` does not exist"),
        "{nothing:#?}"
    );
    let unknown = start(&demo, home.path(), &["status", "--context", "nowhere"])
        .await
        .exits(3);
    assert!(unknown.err.contains("no context `nowhere`"), "{unknown:#?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_allow_looking_and_getting_back_to_safety() {
    let demo = DemoWorld::start("good").await;
    let home = tempfile::tempdir().unwrap();
    let before = writes(&demo).await;
    let image = flightdeck::demo::image::image_of("v2.43.0");
    let more: [&[&str]; 5] = [
        &["promote", "checkout", "--confirm", "checkout"],
        &["deploy", "checkout", "--image", &image, "--yes"],
        &["resume", "checkout", "--yes"],
        &[
            "rollback",
            "checkout",
            "--to",
            "v2.41.0",
            "--confirm",
            "checkout",
        ],
        &["good", "checkout", "--confirm", "checkout"],
    ];
    for args in more {
        let refused = start(&demo, home.path(), args).await.exits(4);
        assert!(
            refused.err.contains("flightdeck config init checkout"),
            "{refused:#?}"
        );
    }
    assert_eq!(writes(&demo).await, before, "a refusal writes nothing");

    start(&demo, home.path(), &["pause", "checkout"])
        .await
        .exits(0);
    start(&demo, home.path(), &["abort", "checkout", "--yes"])
        .await
        .exits(0);
    start(&demo, home.path(), &["rollback", "checkout", "--yes"])
        .await
        .exits(0);
    // Now nothing is under way: going on to an older release would replace what serves.
    let leap = ["rollback", "checkout", "--confirm", "checkout"];
    let refused = start(&demo, home.path(), &leap).await.exits(4);
    assert!(refused.err.contains("config init checkout"), "{refused:#?}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guesses_are_written_down_once() {
    let demo = DemoWorld::start("good").await;
    let home = tempfile::tempdir().unwrap();
    let init = ["config", "init", "checkout", "-e", "prod"];
    let written = start(&demo, home.path(), &init).await.exits(0);
    let path = home.path().join(".config/flightdeck/config.toml");
    assert!(
        written.out.contains(&path.display().to_string()),
        "{written:#?}"
    );
    let text = std::fs::read_to_string(&path).unwrap();
    for line in [
        "[services.checkout.environments.prod]",
        "context = \"flightdeck-demo\"",
        "namespace = \"production\"",
        "stable = \"checkout\"",
        "canary = \"checkout-canary\"",
        "route = \"checkout\"",
        "# HTTPRoute checkout has two backends. checkout is taken for stable: the other one is named canary.",
    ] {
        assert!(
            text.lines().any(|written| written == line),
            "{line}:\n{text}"
        );
    }
    let check = start(&demo, home.path(), &["config", "check"])
        .await
        .exits(0);
    assert!(check.out.contains("well formed"), "{check:#?}");
    // With a config everything may be done again, and nothing is guessed.
    let doctor = ["doctor", "checkout", "-e", "prod"];
    let well = start(&demo, home.path(), &doctor).await.exits(0);
    assert!(!well.err.contains("guessed"), "{well:#?}");
    let odd = start(&demo, home.path(), &["status", "-n", "staging"])
        .await
        .exits(2);
    assert!(odd.err.contains("without a config"), "{odd:#?}");

    let again = start(&demo, home.path(), &init).await.exits(4);
    assert!(again.err.contains("nothing was written"), "{again:#?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_not_written_down() {
    let demo = DemoWorld::start("good").await;
    let home = tempfile::tempdir().unwrap();
    let init = start(&demo, home.path(), &["config", "init", "cart"])
        .await
        .exits(3);
    assert!(init.err.contains("shows no service `cart`"), "{init:#?}");
    assert!(
        init.err.contains("production/checkout: a canary"),
        "{init:#?}"
    );
    assert!(!home.path().join(".config").exists());
    demo.stop().await;
}

/// The screen's first line.
fn title(settings: Settings, columns: u16) -> String {
    let now = "2026-11-24T22:00:00Z".parse().unwrap();
    let model = Model::new(settings, fixture::target(), fixture::who(), "run", now);
    let theme = Theme::load_builtin("mono", Depth::None, Charset::Unicode).unwrap();
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 40));
    view::draw(&model, &Paint::new(&theme), &mut buffer);
    (0..columns)
        .filter_map(|column| buffer.cell((column, 0)))
        .map(ratatui::buffer::Cell::symbol)
        .collect()
}

#[test]
fn the_title_says_that_it_is_guessed() {
    let mut settings = fixture::settings();
    for columns in [80, 120] {
        settings.origin = Origin::File("/etc/flightdeck/config.toml".into());
        let written = title(settings.clone(), columns);
        assert!(!written.contains("guessed"), "{written}");
        settings.origin = Origin::Guessed("/none/config.toml".into());
        let guessed = title(settings.clone(), columns);
        assert!(guessed.contains("no config: guessed"), "{guessed}");
    }
}

fn deployment(name: &str, track: &str, containers: &[&str]) -> Value {
    let containers: Vec<Value> = containers
        .iter()
        .map(|name| json!({ "name": name, "image": "a/b:v1.0.0", "ports": [
            { "name": "http", "containerPort": 8000 }, { "name": "http-metrics", "containerPort": 9102 }] }))
        .collect();
    json!({
        "metadata": { "name": name, "namespace": "shop" },
        "spec": {
            "selector": { "matchLabels": { "app": "cart", "track": track } },
            "template": {
                "metadata": { "labels": { "app": "cart", "track": track } },
                "spec": { "containers": containers },
            },
        },
    })
}

fn service(name: &str, selector: &Value) -> Value {
    json!({ "metadata": { "name": name, "namespace": "shop" }, "spec": { "selector": selector } })
}

fn route(name: &str, rules: &Value) -> Value {
    json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": { "name": name, "namespace": "shop" }, "spec": { "rules": rules } })
}

/// Two Deployments, their Services, and routes.
fn listed(services: [&str; 2], selectors: [Value; 2], routes: Vec<Value>) -> Listed {
    let of = |value: Value| serde_json::from_value(value).unwrap();
    let [first, second] = selectors;
    Listed {
        deployments: vec![
            serde_json::from_value(deployment("cart", "a", &["app", "proxy"])).unwrap(),
            serde_json::from_value(deployment("cart-next", "b", &["app"])).unwrap(),
            serde_json::from_value(deployment("worker", "c", &["app"])).unwrap(),
        ],
        services: vec![
            of(service(services[0], &first)),
            of(service(services[1], &second)),
        ],
        routes: routes
            .into_iter()
            .map(|route| serde_json::from_value(route).unwrap())
            .collect(),
        records: Vec::new(),
    }
}

fn backends(weights: [(&str, u32); 2]) -> Value {
    let backends = weights.map(|(name, weight)| json!({ "name": name, "weight": weight }));
    json!([{ "backendRefs": backends }])
}

const PAIR: [&str; 2] = ["cart", "cart-next"];

fn selectors() -> [Value; 2] {
    ["a", "b"].map(|track| json!({ "app": "cart", "track": track }))
}

fn why(listed: &Listed) -> String {
    let Guessed { services, left_out } = guess(listed, "ctx");
    assert!(
        services.iter().all(|guess| guess.service == "worker"),
        "what stands behind a route that is not understood is no plain Deployment: {services:#?}"
    );
    left_out.join("\n")
}

#[test]
fn sides_are_told_by_weight_where_names_do_not() {
    let routes = vec![route("web", &backends([("cart-next", 10), ("cart", 90)]))];
    let guessed = guess(&listed(PAIR, selectors(), routes), "ctx");
    let [canary, worker] = guessed.services.as_slice() else {
        panic!("{guessed:#?}");
    };
    let Layout::Canary(pair) = &canary.layout else {
        panic!("{canary:#?}");
    };
    assert_eq!(canary.service, "cart");
    assert_eq!(canary.environment, "shop");
    assert_eq!(pair.stable.deployment, "cart");
    assert_eq!(pair.canary.deployment, "cart-next");
    assert_eq!(canary.container, "app", "the only one that both have");
    assert_eq!(
        (canary.metrics.port, canary.metrics.path.as_str()),
        (9102, "/metrics")
    );
    let alone = Side {
        service: None,
        deployment: "worker".to_owned(),
    };
    assert_eq!(worker.layout, Layout::Rolling(alone));
    assert_eq!(guessed.left_out, [""; 0]);
}

#[test]
fn where_two_things_fit_neither_is_chosen() {
    let split = || backends([("cart", 90), ("cart-next", 10)]);
    let even = vec![route("web", &backends([("cart", 1), ("cart-next", 1)]))];
    let odd = |routes| why(&listed(PAIR, selectors(), routes));
    assert!(odd(even).contains("neither name nor weight"));
    let twice = vec![route("web", &split()), route("api", &split())];
    assert!(odd(twice).contains("another HTTPRoute"));
    let three =
        json!([{ "backendRefs": [{ "name": "cart" }, { "name": "cart-next" }, { "name": "x" }] }]);
    assert!(odd(vec![route("web", &three)]).contains("3 backends"));
    let one = json!([{ "backendRefs": [{ "name": "cart" }] }]);
    let plain = guess(&listed(PAIR, selectors(), vec![route("web", &one)]), "ctx");
    assert!(
        !plain.left_out.join("\n").contains("web"),
        "a route that splits nothing is not told: {plain:#?}"
    );
    let names: Vec<&str> = plain
        .services
        .iter()
        .map(|guess| guess.service.as_str())
        .collect();
    assert_eq!(
        names,
        ["cart-next", "worker"],
        "nor does it hide what is plain"
    );

    let wide = [
        json!({ "app": "cart" }),
        json!({ "app": "cart", "track": "b" }),
    ];
    let several = why(&listed(PAIR, wide, vec![route("web", &split())]));
    assert!(several.contains("several Deployments"), "{several}");
    let none = [
        json!({ "app": "no" }),
        json!({ "app": "cart", "track": "b" }),
    ];
    let lost = why(&listed(PAIR, none, vec![route("web", &split())]));
    assert!(lost.contains("no Deployment"), "{lost}");
    let absent = why(&listed(
        ["cart", "other"],
        selectors(),
        vec![route("web", &split())],
    ));
    assert!(absent.contains("no Service cart-next"), "{absent}");
}

#[test]
fn a_record_that_is_kept_already_names_the_environment() {
    let routes = vec![route("web", &backends([("cart", 90), ("cart-next", 10)]))];
    let mut listed = listed(PAIR, selectors(), routes);
    let mut keep = |name: &str, namespace: &str, service: &str| {
        let record = json!({ "metadata": { "name": name, "namespace": namespace,
            "labels": { "flightdeck.dev/service": service } } });
        listed.records.push(serde_json::from_value(record).unwrap());
        listed.clone()
    };
    keep("flightdeck-cart-elsewhere", "other", "cart");
    keep("flightdeck-cart-api-staging", "shop", "cart-api");
    let environment = |listed: &Listed| guess(listed, "ctx").services[0].environment.clone();
    assert_eq!(
        environment(&keep("flightdeck-worker-prod", "shop", "worker")),
        "shop"
    );
    assert_eq!(
        environment(&keep("flightdeck-cart-prod", "shop", "cart")),
        "prod"
    );
    let several = keep("flightdeck-cart-canary", "shop", "cart");
    assert!(why(&several).contains("several environments: prod, canary"));
}

#[test]
fn what_another_controller_owns_is_left_alone() {
    let routes = vec![route("web", &backends([("cart", 90), ("cart-next", 10)]))];
    let mut listed = listed(PAIR, selectors(), routes);
    let owner = json!([{ "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "name": "cart", "uid": "1", "controller": true }]);
    listed.deployments[0].metadata.owner_references = serde_json::from_value(owner).unwrap();
    assert!(why(&listed).contains("belongs to another controller"));
}

#[test]
fn a_deployment_that_no_route_names_is_a_service_by_itself() {
    let own = [
        json!({ "app": "cart", "track": "a" }),
        json!({ "app": "cart" }),
    ];
    let mut listed = listed(["web", "all"], own, Vec::new());
    let two = serde_json::from_value(deployment("cart", "a", &["cart", "proxy"])).unwrap();
    listed.deployments[0] = two;
    let guessed = guess(&listed, "ctx");
    let shown: Vec<(&str, &str, &Layout)> = guessed
        .services
        .iter()
        .map(|guess| {
            (
                guess.service.as_str(),
                guess.container.as_str(),
                &guess.layout,
            )
        })
        .collect();
    let rolling = |deployment: &str, service: Option<&str>| {
        Layout::Rolling(Side {
            service: service.map(str::to_owned),
            deployment: deployment.to_owned(),
        })
    };
    assert_eq!(
        shown,
        [
            ("cart", "cart", &rolling("cart", Some("web"))),
            ("cart-next", "app", &rolling("cart-next", None)),
            ("worker", "app", &rolling("worker", None)),
        ]
    );
    let text = flightdeck::config::guess::written(&guessed.services);
    for line in [
        "kind = \"rolling\"",
        "deployment = \"cart\"",
        "service = \"web\"",
    ] {
        assert!(
            text.lines().any(|written| written == line),
            "{line}:\n{text}"
        );
    }
}
