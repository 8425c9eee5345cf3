//! Somebody who puts back what a plan changed: it is watched for, and told.

use super::bench::Bench;
use crate::support::{DemoWorld, until};
use flightdeck::app::effect::Effect;
use flightdeck::domain::event::PlanEvent;
use flightdeck::domain::outcome::End;
use flightdeck::strategy::goal::{Goal, RollBackTo};
use hyper::Method;
use serde_json::{Value, json};

const STABLE: &str = "/apis/apps/v1/namespaces/production/deployments/checkout";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_puts_the_bad_version_back_is_seen() {
    let demo = DemoWorld::start("good").await;
    let mut bench = Bench::new(&demo.world.info().kube);
    let finished = bench.act(Goal::PromoteFully).await;
    assert_eq!(finished.end, End::Done, "{finished:#?}");
    let tracking = "shop:apps/Deployment:production/checkout";
    let owned =
        json!({ "metadata": { "annotations": { "argocd.argoproj.io/tracking-id": tracking } } });
    demo.kube(Method::PATCH, STABLE, owned).await;
    let bad = demo.kube(Method::GET, STABLE, Value::Null).await;
    let containers = &bad["spec"]["template"]["spec"]["containers"];

    let plan = bench.plan(Goal::RollBack(RollBackTo::LastKnownGood)).await;
    assert!(
        plan.warnings.iter().any(|told| told.contains("Argo CD")),
        "{plan:#?}"
    );
    let id = plan.id.clone();
    bench.start(Effect::CarryOut(Box::new(plan)));
    // Everything is verified, and the watch for the owner has begun.
    bench
        .until(&id, |event| {
            matches!(event, PlanEvent::Waited(text) if text.shown().contains("puts it back"))
                .then_some(())
        })
        .await;
    let back = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    demo.kube(Method::PATCH, STABLE, back).await;
    let outcome = bench.outcome(&id).await;
    let End::NotProven(text) = &outcome.end else {
        panic!("{outcome:#?}");
    };
    assert!(text.contains("Argo CD shop"), "{text}");
    assert!(text.contains("put it back"), "{text}");
    assert!(!outcome.sentence.contains("recovered"), "{outcome:#?}");
    let told = outcome.verified.iter().find(|check| check.check == "owner");
    assert_eq!(told.map(|check| check.ok), Some(Some(false)));
    until(
        "the claim's end",
        async || demo.record_json().await,
        |record| record["current"].is_null(),
    )
    .await;
    demo.stop().await;
}
