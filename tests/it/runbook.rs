//! The runbook and the checklist: real names, commands that do what they say, and nothing but what is known.

use crate::support::{DemoWorld, Part, flightdeck, part, ran, until};
use hyper::Method;
use serde_json::{Value, json};
use std::process::Command;

async fn document(demo: &DemoWorld, args: &[&str]) -> Value {
    demo.run(&[args, &["-o", "json"]].concat())
        .await
        .exits(0)
        .json()
}

fn section<'d>(runbook: &'d Value, id: &str) -> &'d Value {
    let sections = runbook["sections"].as_array().unwrap();
    sections
        .iter()
        .find(|section| section["id"] == id)
        .unwrap_or_else(|| panic!("no {id}: {runbook:#}"))
}

fn lines(section: &Value, with: &str) -> Vec<String> {
    let commands = section[with].as_array().unwrap().iter();
    commands
        .map(|command| command["line"].as_str().unwrap().to_owned())
        .collect()
}

/// Runs a line as a person would who pastes it; `None` where there is no kubectl.
async fn pasted(line: &str) -> Option<bool> {
    let line = line.to_owned();
    let run = move || {
        Command::new("kubectl")
            .arg("version")
            .arg("--client")
            .output()
            .ok()?;
        let output = Command::new("sh").arg("-c").arg(&line).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}");
        Some(true)
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    part(
        "kubectl",
        if ran.is_some() {
            Part::Used
        } else {
            Part::Skipped
        },
    );
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runbook_has_the_real_names_and_its_lines_work_when_pasted() {
    let demo = DemoWorld::start("good").await;
    // So that this machine has a copy of the record.
    demo.run(&["pause", "checkout", "-e", "production"])
        .await
        .exits(0);
    let runbook = document(&demo, &["runbook", "checkout", "-e", "production"]).await;
    assert_eq!(runbook["schema"], "flightdeck.runbook/1");
    assert_eq!(runbook["source"], "cluster");
    assert_eq!(runbook["without_cluster"], Value::Null);
    assert_eq!(runbook["candidate"]["tag"], "v2.42.0");
    let good = &runbook["last_known_good"];
    assert_eq!(good["tag"], "v2.41.0");
    let digest = good["digest"].as_str().unwrap();
    let back = section(&runbook, "roll_back");
    assert!(back["notes"].to_string().contains(digest), "{back:#}");
    let by_hand = lines(back, "kubectl");
    assert!(
        by_hand.iter().any(
            |line| line.contains("set image deployment/checkout checkout=")
                && line.contains(digest)
        ),
        "{by_hand:#?}"
    );
    assert!(
        by_hand
            .iter()
            .all(|line| line.contains("--context flightdeck-demo -n production"))
    );
    let ours = lines(back, "flightdeck");
    assert!(
        ours[1].starts_with("flightdeck rollback checkout -e production --reason"),
        "{ours:?}"
    );
    let steps = lines(section(&runbook, "promote"), "kubectl");
    assert!(
        steps[0].contains("scale deployment/checkout-canary --replicas=2"),
        "{steps:#?}"
    );
    let weights = async || document(&demo, &["status", "checkout", "-e", "production"]).await;
    if pasted(&by_hand[0]).await.is_some() {
        until("no weight", weights, |status| {
            status["services"][0]["weight"] == 0
        })
        .await;
        for line in lines(section(&runbook, "live"), "kubectl").iter().take(3) {
            pasted(line).await;
        }
    }
    let text = demo
        .run(&["runbook", "checkout", "-e", "production"])
        .await
        .exits(0)
        .out;
    assert!(
        text.starts_with("# Runbook: checkout in production\n"),
        "{text}"
    );
    assert!(text.matches("```").count() % 2 == 0, "{text}");

    // Without the cluster, this machine's copy of the record tells.
    let outage = json!({ "part": "kube", "mode": "refuse", "seconds": 60 });
    demo.control(Method::POST, "/outage", outage).await;
    let offline = document(&demo, &["runbook", "checkout", "-e", "production"]).await;
    assert!(offline["without_cluster"].is_string(), "{offline:#}");
    assert_eq!(offline["stable"], Value::Null);
    assert!(
        section(&offline, "live")["notes"]
            .to_string()
            .contains("Unknown"),
        "{offline:#}"
    );
    assert_eq!(offline["source"], "journal", "{offline:#}");
    assert!(offline["last_known_good"]["tag"].is_string(), "{offline:#}");
    demo.stop().await;
}

const CONFIG: &str = r#"
[services.cart.environments.production]
kubeconfig = "nowhere"
namespace = "shop"
freezes = [{ name = "weekend", from = "Fri 15:00", until = "Mon 08:00", zone = "Europe/Berlin" }]

[services.cart.environments.production.strategy]
kind = "canary"
stable = "cart"
canary = "cart-canary"
route = "cart"

[services.cart.environments.staging]
kubeconfig = "nowhere"
namespace = "staging"

[services.cart.environments.staging.strategy]
kind = "rolling"
"#;

#[test]
fn what_nobody_can_tell_is_said_to_be_unknown() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    std::fs::write(&path, CONFIG).unwrap();
    let run = |args: &[&str]| {
        let mut command = flightdeck(home.path());
        command.arg("--config").arg(&path).args(args);
        ran(command).exits(0)
    };
    let runbook = run(&["runbook", "cart", "-e", "production", "-o", "json"]).json();
    assert_eq!(
        (&runbook["source"], &runbook["stable"]),
        (&Value::Null, &Value::Null)
    );
    let back = section(&runbook, "roll_back");
    assert!(
        back["notes"][0].as_str().unwrap().contains("unknown"),
        "{back:#}"
    );
    let promote = lines(section(&runbook, "promote"), "kubectl");
    assert!(promote[0].ends_with("--replicas=PODS"), "{promote:#?}");
    let freezes = &section(&runbook, "freezes")["notes"][0];
    assert_eq!(
        freezes,
        "weekend: Fri 15:00 to Mon 08:00 (Europe/Berlin), every week."
    );
    let text = run(&["runbook", "cart", "-e", "production"]);
    assert!(text.err.contains("without the cluster"), "{}", text.err);

    // A plain Deployment has no weights.
    let rolling = run(&["runbook", "cart", "-e", "staging", "-o", "json"]).json();
    let pause = lines(section(&rolling, "pause"), "kubectl");
    assert!(
        pause[0].ends_with("-n staging rollout pause deployment/cart"),
        "{pause:?}"
    );
    assert_eq!(rolling["strategy"], "rolling");

    let checklist = run(&["checklist", "-o", "json"]).json();
    assert_eq!(checklist["release"], Value::Null);
    let items = checklist["gates"].as_array().unwrap().iter();
    let ticked: Vec<&Value> = items
        .flat_map(|gate| gate["items"].as_array().unwrap())
        .filter(|item| item["done"] == true)
        .collect();
    let only: Vec<&str> = ticked
        .iter()
        .map(|item| item["text"].as_str().unwrap())
        .collect();
    assert!(
        only.iter().all(|text| *text == "no freeze holds"),
        "{only:?}"
    );
}

/// What of a gate's evidence is proved, by its words.
fn done(checklist: &Value, gate: usize, text: &str) -> Value {
    let items = checklist["gates"][gate - 1]["items"].as_array().unwrap();
    let found = items
        .iter()
        .find(|item| item["text"].as_str().unwrap().contains(text));
    found.unwrap_or_else(|| panic!("no {text}: {checklist:#}"))["done"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checklist_ticks_what_the_record_proves() {
    let demo = DemoWorld::start("good").await;
    let checklist = document(&demo, &["checklist", "checkout"]).await;
    assert_eq!(checklist["schema"], "flightdeck.checklist/1");
    assert_eq!(checklist["environment"], "production");
    assert_eq!(checklist["release"]["tag"], "v2.42.0");
    let gates: Vec<u64> = checklist["gates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gate| gate["gate"].as_u64().unwrap())
        .collect();
    assert_eq!(gates, [1, 2, 3, 4, 5]);
    assert_eq!(done(&checklist, 2, "tag names one build"), true);
    assert_eq!(done(&checklist, 5, "release to go back to"), true);
    assert_eq!(done(&checklist, 5, "took all traffic"), false);
    assert_eq!(done(&checklist, 5, "marked good"), false);
    assert_eq!(done(&checklist, 3, "keep to the policy"), Value::Null);
    let text = demo.run(&["checklist", "checkout"]).await.exits(0).out;
    assert!(
        text.starts_with("# Release checklist: checkout: v2.42.0 into production\n"),
        "{text}"
    );
    assert!(
        text.contains("- [x] its tag names one build") && text.contains("unknown: "),
        "{text}"
    );
    demo.stop().await;
}
