//! A rolling update that nobody waited for, and how pods are replaced: what whoever looks next sees and says.

use flightdeck::app::effect::Effect;
use flightdeck::app::event::Event;
use flightdeck::app::model::Model;
use flightdeck::app::proof::Attention;
use flightdeck::app::update::update;
use flightdeck::domain::amendment::{Adds, Amended, Amendment, amend};
use flightdeck::domain::cluster::{Replacing, Snapshot};
use flightdeck::domain::event::{EffectEvent, SourceEvent};
use flightdeck::domain::ids::{PlanId, RequestId};
use flightdeck::domain::policy::{RollingPolicy, Strategy};
use flightdeck::domain::record::{Claim, Ended, RecordRead};
use flightdeck::sources::cluster::decode;
use flightdeck::strategy::engine;
use flightdeck::strategy::goal::Goal;
use flightdeck::strategy::request::Request;
use hyper::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

use crate::fixture::{image, policy, settings, target, who};
use crate::good::alone;
use crate::support::{DemoWorld, RECORD};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn rolling() -> Strategy {
    Strategy::Rolling(RollingPolicy {
        deployment: "checkout".to_owned(),
        container: "checkout".to_owned(),
        service: None,
        ready_within: Duration::from_secs(300),
    })
}

/// v2.42.0 alone on the plain Deployment, still running in the record.
fn left_running(seconds: i64) -> Snapshot {
    let mut seen = alone(at(0), at(seconds));
    seen.deployments.truncate(1);
    seen.route = None;
    let RecordRead::Read { record, .. } = &mut seen.record else {
        panic!("the fixture has a record")
    };
    record.releases[0].ended = Ended::Running;
    record.releases[0].alone_since = None;
    seen
}

fn model() -> Model {
    let mut settings = settings();
    settings.services[0].environments[0].policy.strategy = rolling();
    Model::new(settings, target(), who(), "run", at(0))
}

fn sees(model: &mut Model, seconds: i64) -> Vec<(RequestId, Amendment)> {
    let read = SourceEvent::ClusterRead(target(), Box::new(left_running(seconds)));
    let effects = update(model, Event::Source(read).at(at(seconds)));
    let amendment = |effect| match effect {
        Effect::Amend(id, amendment) => Some((id, amendment)),
        _ => None,
    };
    effects.into_iter().filter_map(amendment).collect()
}

#[test]
fn whoever_looks_next_records_that_a_rollout_is_complete() {
    let mut model = model();
    let asked = sees(&mut model, 5);
    let [(id, amendment)] = asked.as_slice() else {
        panic!("{asked:?}; {:#?}", model.reading.rollout)
    };
    assert_eq!(amendment.revision, 42);
    assert_eq!(amendment.adds, Adds::Complete(at(5)));
    assert_eq!(sees(&mut model, 6), [], "it is asked once");
    let written = EffectEvent::Amended(*id, Ok(Amended::Written));
    update(&mut model, Event::Effect(written).at(at(7)));
    let told = model
        .log
        .lines()
        .any(|line| line.text.shown() == "the rollout of v2.42.0 is complete, and recorded so");
    assert!(told, "{:?}", model.log);
    assert_eq!(sees(&mut model, 8), [], "nor after that");

    let spoil: [fn(&mut Model); 2] = [
        |model| model.attention = Attention::Glancing,
        |model| model.settings.read_only = true,
    ];
    for spoil in spoil {
        let mut model = self::model();
        spoil(&mut model);
        assert_eq!(sees(&mut model, 5), []);
    }
}

#[test]
fn only_a_running_release_is_completed_and_none_under_a_plan() {
    let RecordRead::Read { record, .. } = left_running(0).record else {
        panic!("the fixture has a record")
    };
    let complete = |revision| Amendment {
        revision,
        adds: Adds::Complete(at(9)),
    };
    let mut claimed = (*record).clone();
    claimed.current = Some(Claim {
        plan: "p-9".to_owned(),
        goal: "deploy".into(),
        title: "deploy v2.42.0".into(),
        done: 0,
        steps: 2,
        by: "jonas".into(),
        since: at(1),
        heartbeat: 1,
        whole: None,
    });
    let before = claimed.clone();
    let under_way = Amended::Moved("\"deploy v2.42.0\" is under way".to_owned());
    assert_eq!(amend(&mut claimed, &complete(42)), under_way);
    assert_eq!(claimed, before);
    let mut written = (*record).clone();
    assert_eq!(amend(&mut written, &complete(42)), Amended::Written);
    assert_eq!(written.releases[0].ended, Ended::Promoted);
    assert_eq!(written.releases[0].alone_since, Some(at(9)));
    assert!(matches!(
        amend(&mut written, &complete(42)),
        Amended::Moved(_)
    ));
    assert!(matches!(
        amend(&mut written, &complete(41)),
        Amended::Moved(_)
    ));
}

fn deployment(strategy: &serde_json::Value, replicas: u32) -> Replacing {
    let object = json!({
        "metadata": { "name": "checkout", "uid": "d" },
        "spec": { "replicas": replicas, "selector": {}, "strategy": strategy, "template": { "spec": { "containers": [] } } },
    });
    decode::deployment(&serde_json::from_value(object).unwrap()).replacing
}

#[test]
fn pods_that_are_away_while_others_begin_are_counted_as_the_controller_counts_them() {
    let rolling = |unavailable: serde_json::Value, surge: serde_json::Value| json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": unavailable, "maxSurge": surge } });
    let missing = |strategy, replicas| match deployment(&strategy, replicas) {
        Replacing::InTurn { missing } => missing,
        Replacing::AtOnce => panic!("at once"),
    };
    assert_eq!(missing(json!(null), 4), 1, "a quarter by default");
    assert_eq!(missing(json!(null), 3), 0, "rounded down");
    assert_eq!(missing(rolling(json!("50%"), json!(0)), 3), 1);
    assert_eq!(
        missing(rolling(json!(7), json!(0)), 3),
        3,
        "no more than there are"
    );
    assert_eq!(
        missing(rolling(json!(0), json!(0)), 3),
        1,
        "else nothing would ever move"
    );
    assert_eq!(
        missing(rolling(json!("10%"), json!("10%")), 3),
        0,
        "the surge is rounded up"
    );
    assert_eq!(
        deployment(&json!({ "type": "Recreate" }), 3),
        Replacing::AtOnce
    );
}

#[test]
fn a_plan_warns_where_half_of_the_pods_or_more_are_away() {
    let warnings = |replacing, goal: Goal| {
        let mut seen = left_running(0);
        seen.deployments[0].replacing = replacing;
        let policy = flightdeck::domain::policy::Policy {
            strategy: rolling(),
            ..policy()
        };
        let request = Request {
            goal,
            target: target(),
            plan: PlanId::new("p-1"),
            by: who(),
            reason: None,
            against_verdict: None,
            blind: false,
            at: at(0),
        };
        engine(&policy)
            .plan(&request, &seen, &policy)
            .unwrap()
            .warnings
            .join("\n")
    };
    let deploy = || Goal::Deploy(image("v2.43.0").into());
    let recreate = warnings(Replacing::AtOnce, deploy());
    assert!(
        recreate.contains("all 4 pods end before the first new one begins"),
        "{recreate}"
    );
    let half = warnings(Replacing::InTurn { missing: 2 }, deploy());
    assert!(half.contains("lets 2 of 4 pods be away"), "{half}");
    let all = warnings(Replacing::InTurn { missing: 4 }, deploy());
    assert!(all.contains("lets all 4 pods be away at once"), "{all}");
    let usual = warnings(Replacing::InTurn { missing: 1 }, deploy());
    assert!(!usual.contains("away"), "{usual}");
    let good = warnings(Replacing::AtOnce, Goal::DeclareGood(None));
    assert!(
        !good.contains("Recreate"),
        "a word replaces nothing: {good}"
    );
}

/// On a service that was there before any record of it, a person's word is the first thing recorded.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_begins_with_a_release_that_is_called_good() {
    let demo = DemoWorld::start("rolling").await;
    demo.kube(Method::DELETE, RECORD, Value::Null).await;
    let checkout = ["checkout", "-e", "production"];
    let good = [
        &["good"],
        &checkout[..],
        &["--yes", "--reason", "serving for months"],
    ]
    .concat();
    demo.run(&good).await.exits(0);
    let history = [&["history"], &checkout[..], &["-o", "json"]].concat();
    let history = demo.run(&history).await.exits(0).json();
    let releases = history["releases"].as_array().unwrap();
    assert_eq!(releases.len(), 1, "{history:#}");
    let first = (&releases[0]["tag"], &releases[0]["revision"]);
    assert_eq!(first, (&json!("v2.41.0"), &json!(1)));
    assert_ne!(releases[0]["good"], Value::Null, "{history:#}");
    demo.stop().await;
}
