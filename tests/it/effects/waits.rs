//! Waits that may go on with fewer pods than wanted: against a server whose Deployment never gets more.

use std::time::Duration;

use flightdeck::domain::artifact::Image;
use flightdeck::domain::outcome::{End, Outcome};
use flightdeck::strategy::goal::{Goal, RollBackTo};
use flightdeck::strategy::step::{AwaitReady, Step};
use serde_json::{Value, json};

use super::guards::{CANARY, OLD_IMAGE, Server, carry_out, deployment, plan};

/// A Deployment that wants 4 pods and has 1, and gives up getting more.
fn server() -> Server {
    let server = Server::default();
    let mut wanted = deployment(None, 4, OLD_IMAGE);
    wanted["spec"]["selector"] = json!({ "matchLabels": { "app": "checkout" } });
    wanted["status"] = json!({
        "observedGeneration": 3, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 1, "availableReplicas": 1,
        "conditions": [{
            "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "it took too long"
        }],
    });
    let set = json!({
        "metadata": {
            "name": "checkout-canary-1", "uid": "rs-1",
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout-canary", "uid": "d-1", "controller": true }],
        },
        "spec": { "replicas": 4, "selector": {}, "template": wanted["spec"]["template"] },
        "status": { "replicas": 4, "availableReplicas": 1 },
    });
    server.put(CANARY, wanted);
    let sets = json!({ "apiVersion": "apps/v1", "kind": "ReplicaSetList", "metadata": {}, "items": [set] });
    server.put("/apis/apps/v1/namespaces/production/replicasets", sets);
    let pods = json!({ "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": Value::Array(Vec::new()) });
    server.put("/api/v1/namespaces/production/pods", pods);
    server
}

async fn wait_for(enough: u32, within: Duration) -> Outcome {
    let step = Step::AwaitReady(AwaitReady {
        deployment: "checkout-canary".to_owned(),
        uid: "d-1".to_owned(),
        container: "checkout".to_owned(),
        image: Image::parse(OLD_IMAGE).unwrap(),
        replicas: 4,
        enough,
        within,
    });
    carry_out(
        &server(),
        plan(Goal::RollBack(RollBackTo::LastKnownGood), vec![step]),
    )
    .await
}

#[tokio::test]
async fn enough_pods_will_do_when_the_time_is_over_and_those_missing_are_told() {
    let outcome = wait_for(1, Duration::from_secs(1)).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert!(
        outcome
            .notices
            .iter()
            .any(|told| told.contains("1 of 4 pods") && told.contains("3 missing")),
        "{outcome:#?}"
    );
}

#[tokio::test]
async fn fewer_than_enough_are_not_enough() {
    let outcome = wait_for(2, Duration::from_secs(1)).await;
    assert!(
        matches!(&outcome.end, End::NotProven(text) if text.contains("after 1 s")),
        "{outcome:#?}"
    );
}

#[tokio::test]
async fn where_all_are_wanted_an_exceeded_deadline_ends_the_wait_at_once() {
    let outcome = wait_for(4, Duration::from_secs(60)).await;
    assert!(
        matches!(&outcome.end, End::NotProven(text) if text.contains("it took too long")),
        "{outcome:#?}"
    );
    assert!(outcome.took_s < 20.0, "{outcome:#?}");
}
