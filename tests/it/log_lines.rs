//! Lines that only one side prints, and what a pod template changes.

use flightdeck::analysis::log_lines::{PodLine, mask, merged, unlike};
use flightdeck::strategy::changes::{Change, Kind, template_changes};
use serde_json::json;

fn line(pod: &str, at: &str, text: &str) -> PodLine {
    PodLine {
        pod: pod.to_owned(),
        at: at.parse().ok(),
        text: text.to_owned(),
    }
}

#[test]
fn numbers_and_ids_are_masked_and_names_are_not() {
    let cases = [
        ("GET /orders/4711 200 in 12.5ms", "GET /orders/# # in #ms"),
        ("request=00af3b9c12de44aa: no stock", "request=#: no stock"),
        ("id 7d9f8c7b-1111-4222-8333-abcdefabcdef gone", "id # gone"),
        ("at 2026-11-23T10:00:01.123Z", "at #T#Z"),
        ("connect to db-2:5432 failed", "connect to db-# failed"),
        (
            "NullPointerException in CartService",
            "NullPointerException in CartService",
        ),
        ("", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(mask(text), expected, "{text}");
    }
}

#[test]
fn what_only_the_canary_prints_is_counted_and_comes_first() {
    let canary = [
        line("c-1", "2026-01-01T00:00:01Z", "INFO listening on 8080"),
        line(
            "c-1",
            "2026-01-01T00:00:02Z",
            "ERROR request=00af3b9c12de44aa: no stock",
        ),
        line(
            "c-2",
            "2026-01-01T00:00:04Z",
            "ERROR request=11af3b9c12de44bb: no stock",
        ),
        line("c-2", "2026-01-01T00:00:03Z", "WARN slow"),
        line("c-2", "2026-01-01T00:00:03Z", "  "),
    ];
    let stable = [line(
        "s-1",
        "2026-01-01T00:00:00Z",
        "INFO listening on 9090",
    )];
    let found = unlike(&canary, &stable);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].count, found[0].pods), (2, 2));
    assert_eq!(found[0].newest.pod, "c-2");
    assert_eq!(found[0].pattern, "ERROR request=#: no stock");
    assert!(unlike(&stable, &stable).is_empty());
}

#[test]
fn lines_of_several_pods_are_merged_by_their_times() {
    let one = vec![
        line("a", "2026-01-01T00:00:01Z", "first"),
        line("a", "", "  its second line"),
        line("a", "2026-01-01T00:00:09Z", "last"),
    ];
    let two = vec![line("b", "2026-01-01T00:00:05Z", "between")];
    let texts: Vec<String> = merged(vec![one, two])
        .into_iter()
        .map(|line| line.text)
        .collect();
    assert_eq!(texts, ["first", "  its second line", "between", "last"]);
}

#[test]
fn a_pod_templates_changes_are_told_without_secrets() {
    let template = |image: &str, env: serde_json::Value, memory: &str, path: &str| {
        json!({
            "metadata": { "labels": { "app": "checkout", "flightdeck.dev/track": image } },
            "spec": { "containers": [{
                "name": "app", "image": image, "env": env, "args": [image],
                "resources": { "limits": { "memory": memory } },
                "readinessProbe": { "httpGet": { "path": path, "httpHeaders": [{ "name": "X", "value": image }] } },
            }] },
        })
    };
    let old = template(
        "shop:1",
        json!([{ "name": "DB_URL", "value": "s3cret-old" }, { "name": "OLD", "value": "x" }]),
        "1Gi",
        "/healthz",
    );
    let new = template(
        "shop:2",
        json!([{ "name": "DB_URL", "value": "s3cret-new" }, { "name": "FLAG", "value": "s3cret-on" }]),
        "2Gi",
        "/ready",
    );
    let found = template_changes(&old, &new);
    let told = serde_json::to_string(&found).unwrap();
    assert!(!told.contains("s3cret"), "{told}");
    let of = |kind: Kind| -> Vec<(&str, Change)> {
        let of_kind = found.iter().filter(|change| change.kind == kind);
        of_kind
            .map(|change| (change.path.as_str(), change.change))
            .collect()
    };
    assert_eq!(
        of(Kind::Image),
        [("spec.containers[app].image", Change::Changed)]
    );
    let env = [
        ("spec.containers[app].env[DB_URL]", Change::Changed),
        ("spec.containers[app].env[FLAG]", Change::Added),
        ("spec.containers[app].env[OLD]", Change::Removed),
    ];
    assert_eq!(of(Kind::Environment), env);
    assert_eq!(of(Kind::Resources).len(), 1);
    let memory = found
        .iter()
        .find(|change| change.kind == Kind::Resources)
        .unwrap();
    assert_eq!(
        (memory.from.as_deref(), memory.to.as_deref()),
        (Some("1Gi"), Some("2Gi"))
    );
    assert_eq!(
        of(Kind::Probe),
        [(
            "spec.containers[app].readinessProbe.httpGet.path",
            Change::Changed
        )]
    );
    assert!(
        of(Kind::Other)
            .iter()
            .all(|(path, _)| !path.contains("track")),
        "{found:?}"
    );
    assert!(template_changes(&old, &old).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_world_the_canarys_own_error_comes_first_and_its_changes_are_told() {
    use crate::support::DemoWorld;
    use std::time::{Duration, Instant};
    let demo = DemoWorld::start("errors").await;
    let began = Instant::now();
    let first = loop {
        let document = demo
            .run(&["logs", "checkout", "-e", "production", "-o", "json"])
            .await
            .exits(0)
            .json();
        assert_eq!(document["schema"], "flightdeck.logs/1");
        assert_eq!(document["track"], "canary");
        let unlike = document["unlike"].as_array().cloned().unwrap_or_default();
        if let Some(first) = unlike
            .into_iter()
            .find(|kind| kind["pattern"].as_str().unwrap().starts_with("ERROR"))
        {
            break first;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "{document:#}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert!(
        first["pattern"].as_str().unwrap().contains("request=#"),
        "{first:#}"
    );
    let stable = [
        "logs",
        "checkout",
        "-e",
        "production",
        "--track",
        "stable",
        "-o",
        "json",
    ];
    assert_eq!(
        demo.run(&stable).await.exits(0).json()["unlike"],
        serde_json::Value::Null
    );
    // No container has restarted.
    let previous = [
        "logs",
        "checkout",
        "-e",
        "production",
        "--previous",
        "-o",
        "json",
    ];
    let error = demo.run(&previous).await.json();
    assert_eq!(error["schema"], "flightdeck.error/1", "{error:#}");
    let changes = demo
        .run(&["changes", "checkout", "-e", "production", "-o", "json"])
        .await
        .exits(0)
        .json();
    assert_eq!(changes["schema"], "flightdeck.changes/1");
    let template = changes["template"].as_array().unwrap();
    assert!(
        template.iter().any(|change| change["kind"] == "image"),
        "{changes:#}"
    );
    let text = demo
        .run(&["changes", "checkout", "-e", "production"])
        .await
        .exits(0);
    assert!(text.out.contains("pod template"), "{}", text.out);
    demo.stop().await;
}
