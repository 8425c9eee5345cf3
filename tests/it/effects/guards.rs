//! What goes over the wire for each step that writes, and what follows from each answer: against a server that holds
//! objects, applies JSON Patches truly, and fails when it is told to.

use crate::support::{RECORD, ROUTE};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use flightdeck::domain::artifact::Image;
use flightdeck::domain::cluster::Template;
use flightdeck::domain::ids::PlanId;
use flightdeck::domain::outcome::{End, Outcome, StepResult};
use flightdeck::domain::record::Record;
use flightdeck::domain::rollout::Fingerprint;
use flightdeck::domain::traffic::{Split, Weight};
use flightdeck::strategy::goal::Goal;
use flightdeck::strategy::plan::{Confirm, Plan, RecordChange};
use flightdeck::strategy::step::{
    RuleBackends, Scale, SetImage, SetTemplate, SetWeights, Step, Workload,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::bench::{Bench, target, who};

pub(super) const CANARY: &str = "/apis/apps/v1/namespaces/production/deployments/checkout-canary";
const CONFIG_MAPS: &str = "/api/v1/namespaces/production/configmaps";
const PLAN: &str = "plan-7";
pub(super) const OLD_IMAGE: &str = "registry.example.com/shop/checkout:v2.41.0";
const NEW_IMAGE: &str = "registry.example.com/shop/checkout:v2.42.0";

/// What happens to the next write of an object.
#[derive(Clone)]
enum Fate {
    /// Refused with this code; before that the object becomes this, if anything.
    Refused(u16, Option<Value>),
    /// Applied, and answered with 500.
    AppliedAndLost,
    /// Not applied, and answered with 500.
    Lost,
}

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, Value>,
    fates: BTreeMap<String, Vec<Fate>>,
    writes: Vec<(String, String, Value)>,
}

#[derive(Clone, Default)]
pub(super) struct Server(Arc<Mutex<Held>>);

impl Server {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }

    /// Serves on a free port until the test's runtime ends.
    pub(super) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub(super) fn put(&self, path: &str, object: Value) {
        self.held().objects.insert(path.to_owned(), object);
    }

    fn fate(&self, path: &str, fate: Fate) {
        self.held()
            .fates
            .entry(path.to_owned())
            .or_default()
            .push(fate);
    }

    /// Bodies of the writes to an object, with their content types.
    fn writes(&self, path: &str) -> Vec<(String, Value)> {
        let held = self.held();
        let to = held.writes.iter().filter(|(found, ..)| found == path);
        to.map(|(_, kind, body)| (kind.clone(), body.clone()))
            .collect()
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    let mut held = server.held();
    if method == Method::GET {
        return match held.objects.get(&path) {
            Some(object) => reply(200, object),
            None => failure(404),
        };
    }
    let kind = headers
        .get("content-type")
        .map(|kind| kind.to_str().unwrap().to_owned());
    let body: Value = serde_json::from_slice(&body).unwrap();
    held.writes
        .push((path.clone(), kind.unwrap_or_default(), body.clone()));
    let fate = held
        .fates
        .get_mut(&path)
        .filter(|fates| !fates.is_empty())
        .map(|fates| fates.remove(0));
    match fate {
        Some(Fate::Refused(code, now)) => {
            if let Some(now) = now {
                held.objects.insert(path, now);
            }
            failure(code)
        }
        Some(Fate::Lost) => failure(500),
        Some(Fate::AppliedAndLost) => {
            apply(&mut held, &method, path, body);
            failure(500)
        }
        None => apply(&mut held, &method, path, body),
    }
}

/// As an API server does it: a JSON Patch whole or not at all, a merge patch at its version only.
fn apply(held: &mut Held, method: &Method, path: String, body: Value) -> Response {
    if *method == Method::POST {
        let name = body["metadata"]["name"]
            .as_str()
            .unwrap_or("event")
            .to_owned();
        let mut object = body;
        object["metadata"]["resourceVersion"] = json!("1");
        object["metadata"]["uid"] = json!(name);
        held.objects
            .insert(format!("{path}/{name}"), object.clone());
        return reply(201, &object);
    }
    let Some(mut object) = held.objects.get(&path).cloned() else {
        return failure(404);
    };
    let before = object["spec"].clone();
    if body.is_array() {
        let operations: json_patch::Patch = serde_json::from_value(body).unwrap();
        if json_patch::patch(&mut object, &operations).is_err() {
            return failure(422);
        }
    } else {
        if body["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"] {
            return failure(409);
        }
        json_patch::merge(&mut object, &body);
    }
    if object["spec"] != before {
        object["metadata"]["generation"] =
            json!(object["metadata"]["generation"].as_i64().unwrap_or(0) + 1);
    }
    let version: u64 = object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap_or("0")
        .parse()
        .unwrap();
    object["metadata"]["resourceVersion"] = json!((version + 1).to_string());
    held.objects.insert(path, object.clone());
    reply(200, &object)
}

fn reply(code: u16, body: &Value) -> Response {
    let code = StatusCode::from_u16(code).unwrap();
    (
        code,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn failure(code: u16) -> Response {
    let reason = if code == 404 { "NotFound" } else { "Scripted" };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": "as the test says", "code": code
    });
    reply(code, &status)
}

fn route(generation: i64, weights: (u32, u32)) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {
            "name": "checkout", "namespace": "production", "uid": "r-1", "generation": generation, "resourceVersion": "5",
            "managedFields": [{ "manager": "kubectl-patch", "operation": "Update", "time": "2026-01-01T00:00:00Z" }],
        },
        "spec": { "rules": [
            { "backendRefs": [{ "name": "elsewhere" }] },
            { "backendRefs": [{ "name": "checkout", "weight": weights.0 }, { "name": "checkout-canary", "weight": weights.1 }] },
        ]},
    })
}

pub(super) fn deployment(mark: Option<&str>, replicas: u32, image: &str) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "checkout-canary", "namespace": "production", "uid": "d-1", "generation": 3, "resourceVersion": "9" },
        "spec": { "replicas": replicas, "template": {
            "metadata": { "labels": { "app": "checkout" } },
            "spec": { "containers": [{ "name": "proxy", "image": "proxy:1.2.3" }, { "name": "checkout", "image": image }] },
        }},
    });
    if let Some(mark) = mark {
        object["metadata"]["annotations"] = json!({ "flightdeck.dev/plan": mark });
    }
    object
}

fn split(canary: u32) -> Split {
    Split::canary(Weight::saturating(canary))
}

fn weights(to: u32) -> Step {
    Step::SetWeights(SetWeights {
        route: "checkout".to_owned(),
        uid: "r-1".to_owned(),
        generation: 4,
        rules: vec![RuleBackends {
            rule: 1,
            stable: 0,
            canary: 1,
        }],
        stable_service: "checkout".to_owned(),
        canary_service: "checkout-canary".to_owned(),
        from: split(5),
        to: split(to),
        restated: false,
    })
}

fn workload(mark: Option<&str>) -> Workload {
    Workload {
        deployment: "checkout-canary".to_owned(),
        uid: "d-1".to_owned(),
        generation: 3,
        container_index: 1,
        container: "checkout".to_owned(),
        plan: mark.map(str::to_owned),
        has_annotations: mark.is_some(),
    }
}

fn scale(mark: Option<&str>) -> Step {
    Step::Scale(Scale {
        on: workload(mark),
        from: 1,
        to: 2,
    })
}

fn image(mark: Option<&str>) -> Step {
    Step::SetImage(SetImage {
        on: workload(mark),
        from: Image::parse(OLD_IMAGE).unwrap(),
        to: Image::parse(NEW_IMAGE).unwrap(),
    })
}

pub(super) fn plan(goal: Goal, steps: Vec<Step>) -> Plan {
    Plan {
        id: PlanId::new(PLAN),
        goal,
        target: target(),
        title: "a plan of a test".to_owned(),
        fingerprint: Fingerprint::default(),
        made_at: Timestamp::now(),
        by: who("mira@corp"),
        reason: None,
        against_verdict: None,
        steps,
        checks: Vec::new(),
        expected: "as wanted".to_owned(),
        inverse: Vec::new(),
        confirm: Confirm::Yes,
        warnings: Vec::new(),
        takes: Duration::from_secs(1),
        record: RecordChange::default(),
        takes_up: None,
    }
}

/// A server with the objects as the plans of this file expect them, and no record yet.
fn server(mark: Option<&str>) -> Server {
    let server = Server::default();
    server.put(ROUTE, route(4, (95, 5)));
    server.put(CANARY, deployment(mark, 1, OLD_IMAGE));
    server
}

pub(super) async fn carry_out(server: &Server, plan: Plan) -> Outcome {
    let mut bench = Bench::new(&server.serve().await);
    bench.carry_out(plan).await
}

async fn promote(server: &Server, steps: Vec<Step>) -> Outcome {
    carry_out(server, plan(Goal::Promote, steps)).await
}

fn results(outcome: &Outcome) -> Vec<StepResult> {
    outcome.steps.iter().map(|step| step.result).collect()
}

fn only_patch(server: &Server, path: &str) -> Value {
    let mut writes = server.writes(path);
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let (kind, body) = writes.remove(0);
    assert_eq!(kind, "application/json-patch+json");
    body
}

fn assert_moved(outcome: &Outcome, words: &str) {
    assert!(
        matches!(&outcome.end, End::WorldMoved(text) if text.contains(words)),
        "{outcome:#?}"
    );
    assert_eq!(
        results(outcome).last(),
        Some(&StepResult::GuardFailed),
        "{outcome:#?}"
    );
}

#[tokio::test]
async fn weights_go_out_with_uid_generation_and_names() {
    let server = server(None);
    let outcome = promote(&server, vec![weights(50)]).await;
    assert_eq!(
        (&outcome.end, results(&outcome)),
        (&End::Done, vec![StepResult::Done]),
        "{outcome:#?}"
    );
    assert_eq!(
        only_patch(&server, ROUTE),
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "r-1" },
            { "op": "test", "path": "/metadata/generation", "value": 4 },
            { "op": "test", "path": "/spec/rules/1/backendRefs/0/name", "value": "checkout" },
            { "op": "test", "path": "/spec/rules/1/backendRefs/1/name", "value": "checkout-canary" },
            { "op": "add", "path": "/spec/rules/1/backendRefs/0/weight", "value": 50 },
            { "op": "add", "path": "/spec/rules/1/backendRefs/1/weight", "value": 50 },
        ])
    );
}

#[tokio::test]
async fn a_later_write_of_the_route_goes_by_the_answer_to_the_one_before() {
    let server = server(None);
    let outcome = promote(&server, vec![weights(50), weights(100)]).await;
    assert_eq!(
        results(&outcome),
        [StepResult::Done, StepResult::Done],
        "{outcome:#?}"
    );
    let generations: Vec<Value> = server
        .writes(ROUTE)
        .iter()
        .map(|(_, body)| body[1]["value"].clone())
        .collect();
    assert_eq!(generations, [json!(4), json!(5)]);
}

#[tokio::test]
async fn the_first_write_of_a_deployment_without_a_mark_tests_its_generation() {
    let server = server(None);
    let outcome = promote(&server, vec![scale(None)]).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert_eq!(
        only_patch(&server, CANARY),
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "d-1" },
            { "op": "test", "path": "/spec/template/spec/containers/1/name", "value": "checkout" },
            { "op": "test", "path": "/spec/replicas", "value": 1 },
            { "op": "test", "path": "/metadata/generation", "value": 3 },
            { "op": "add", "path": "/metadata/annotations", "value": {} },
            { "op": "add", "path": "/metadata/annotations/flightdeck.dev~1plan", "value": PLAN },
            { "op": "replace", "path": "/spec/replicas", "value": 2 },
        ])
    );
}

#[tokio::test]
async fn the_first_write_tests_the_old_mark_and_the_next_its_own() {
    let server = server(Some("plan-6"));
    let outcome = promote(&server, vec![image(Some("plan-6")), scale(Some("plan-6"))]).await;
    assert_eq!(
        results(&outcome),
        [StepResult::Done, StepResult::Done],
        "{outcome:#?}"
    );
    let writes = server.writes(CANARY);
    let image_path = "/spec/template/spec/containers/1/image";
    let mark = "/metadata/annotations/flightdeck.dev~1plan";
    assert_eq!(
        writes[0].1,
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "d-1" },
            { "op": "test", "path": "/spec/template/spec/containers/1/name", "value": "checkout" },
            { "op": "test", "path": image_path, "value": OLD_IMAGE },
            { "op": "test", "path": mark, "value": "plan-6" },
            { "op": "replace", "path": mark, "value": PLAN },
            { "op": "replace", "path": image_path, "value": NEW_IMAGE },
        ])
    );
    assert_eq!(
        writes[1].1,
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "d-1" },
            { "op": "test", "path": "/spec/template/spec/containers/1/name", "value": "checkout" },
            { "op": "test", "path": "/spec/replicas", "value": 1 },
            { "op": "test", "path": mark, "value": PLAN },
            { "op": "replace", "path": "/spec/replicas", "value": 2 },
        ])
    );
}

#[tokio::test]
async fn a_template_goes_in_and_lifts_the_pause_in_one_patch() {
    let server = server(Some("plan-6"));
    let mut paused = deployment(Some("plan-6"), 1, OLD_IMAGE);
    paused["spec"]["paused"] = json!(true);
    let old = paused["spec"]["template"].clone();
    server.put(CANARY, paused);
    let new = deployment(None, 1, NEW_IMAGE)["spec"]["template"].clone();
    let step = Step::SetTemplate(SetTemplate {
        on: workload(Some("plan-6")),
        from: Image::parse(OLD_IMAGE).unwrap(),
        from_template: Template(old),
        to: Image::parse(NEW_IMAGE).unwrap(),
        template: Template(new.clone()),
        paused: true,
        revision: None,
    });
    let outcome = promote(&server, vec![step]).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    let patch = only_patch(&server, CANARY);
    let image_path = "/spec/template/spec/containers/1/image";
    assert_eq!(
        patch[2],
        json!({ "op": "test", "path": image_path, "value": OLD_IMAGE })
    );
    assert_eq!(
        patch[5],
        json!({ "op": "replace", "path": "/spec/template", "value": new })
    );
    assert_eq!(
        patch[6],
        json!({ "op": "replace", "path": "/spec/paused", "value": false })
    );
}

#[tokio::test]
async fn what_is_already_as_wanted_is_not_written() {
    let server = server(None);
    server.put(ROUTE, route(9, (1, 1)));
    server.put(CANARY, deployment(None, 2, OLD_IMAGE));
    let outcome = promote(&server, vec![scale(None), weights(50)]).await;
    assert_eq!(
        results(&outcome),
        [StepResult::Skipped, StepResult::Skipped],
        "{outcome:#?}"
    );
    assert!(server.writes(ROUTE).is_empty() && server.writes(CANARY).is_empty());
}

#[tokio::test]
async fn a_failed_guard_with_the_object_as_wanted_is_skipped() {
    let cases = [
        (weights(50), ROUTE, route(5, (50, 50))),
        (scale(None), CANARY, deployment(Some("other"), 2, OLD_IMAGE)),
        (image(None), CANARY, deployment(Some("other"), 1, NEW_IMAGE)),
    ];
    for (step, path, wanted) in cases {
        for code in [409, 422] {
            let server = server(None);
            server.fate(path, Fate::Refused(code, Some(wanted.clone())));
            let outcome = promote(&server, vec![step.clone()]).await;
            assert_eq!(results(&outcome), [StepResult::Skipped], "{outcome:#?}");
            assert_eq!(server.writes(path).len(), 1);
        }
    }
}

#[tokio::test]
async fn a_failed_guard_with_something_else_there_stops_the_plan() {
    let mut renamed = route(5, (95, 5));
    renamed["spec"]["rules"][1]["backendRefs"][0]["name"] = json!("other");
    let mut anew = deployment(None, 1, OLD_IMAGE);
    anew["metadata"]["uid"] = json!("d-2");
    let cases = [
        (
            weights(50),
            ROUTE,
            route(5, (80, 20)),
            "its weights are 80/20",
        ),
        (weights(50), ROUTE, renamed, "no longer names checkout"),
        (
            scale(None),
            CANARY,
            deployment(Some("other"), 3, OLD_IMAGE),
            "written by plan other: 3 replicas",
        ),
        (scale(None), CANARY, anew, "deleted and made anew"),
        (
            image(None),
            CANARY,
            deployment(Some("other"), 1, "registry.example.com/shop/checkout:v9"),
            "it runs v9",
        ),
    ];
    for (step, path, other, words) in cases {
        let server = server(None);
        server.fate(path, Fate::Refused(422, Some(other)));
        let outcome = promote(&server, vec![step, weights(100)]).await;
        assert_moved(&outcome, words);
        assert_eq!(server.writes(path).len(), 1);
        assert_eq!(
            outcome.steps.len(),
            1,
            "nothing after it was done: {outcome:#?}"
        );
    }
}

#[tokio::test]
async fn what_moved_before_the_first_write_is_not_written_at_all() {
    let server = server(None);
    server.put(ROUTE, route(5, (80, 20)));
    assert_moved(
        &promote(&server, vec![weights(50)]).await,
        "changed by kubectl-patch",
    );
    server.put(CANARY, deployment(Some("plan-5"), 1, OLD_IMAGE));
    assert_moved(
        &promote(&server, vec![scale(Some("plan-6"))]).await,
        "plan plan-5",
    );
    assert!(server.writes(ROUTE).is_empty() && server.writes(CANARY).is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_object() {
    let server = server(None);
    server.fate(ROUTE, Fate::AppliedAndLost);
    server.fate(CANARY, Fate::Lost);
    let outcome = promote(&server, vec![weights(50), scale(None)]).await;
    assert_eq!(
        results(&outcome),
        [StepResult::Done, StepResult::Done],
        "{outcome:#?}"
    );
    assert_eq!(server.writes(ROUTE).len(), 1, "in effect: not sent again");
    assert_eq!(
        server.writes(CANARY).len(),
        2,
        "still as before: sent once more"
    );
}

#[tokio::test]
async fn a_write_is_sent_twice_at_most() {
    let server = server(None);
    server.fate(ROUTE, Fate::Lost);
    server.fate(ROUTE, Fate::Lost);
    let outcome = promote(&server, vec![weights(50)]).await;
    assert!(matches!(outcome.end, End::Unreachable(_)), "{outcome:#?}");
    assert_eq!(server.writes(ROUTE).len(), 2);
}

#[tokio::test]
async fn a_missing_right_is_told_with_who_and_what() {
    let server = server(None);
    server.fate(ROUTE, Fate::Refused(403, None));
    let outcome = promote(&server, vec![weights(50)]).await;
    let End::Forbidden(text) = &outcome.end else {
        panic!("{outcome:#?}");
    };
    assert!(
        text.contains("mira@corp may not patch httproutes.gateway.networking.k8s.io"),
        "{text}"
    );
    assert_eq!(results(&outcome), [StepResult::Failed]);
}

#[tokio::test]
async fn a_claim_that_another_made_first_stops_the_plan() {
    let server = server(None);
    server.fate(CONFIG_MAPS, Fate::Refused(409, None));
    let outcome = promote(&server, vec![weights(50)]).await;
    assert!(matches!(outcome.end, End::WorldMoved(_)), "{outcome:#?}");
    assert!(outcome.steps.is_empty() && server.writes(ROUTE).is_empty());
}

/// A ConfigMap with a record that another plan has claimed.
fn claimed_by_another() -> Value {
    let mut record = serde_json::to_value(Record::default()).unwrap();
    record["current"] = json!({
        "plan": "plan-6", "goal": "promote", "title": "promote v2.42.0 to 50 %", "done": 1, "steps": 5, "by": "jonas",
        "since": "2026-01-01T12:00:00Z", "heartbeat": 3
    });
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "flightdeck-checkout-production", "namespace": "production", "uid": "c-1", "resourceVersion": "20" },
        "data": { "record.json": record.to_string() },
    })
}

fn claim(server: &Server) -> Value {
    let held = server.held();
    let record: Value = serde_json::from_str(
        held.objects[RECORD]["data"]["record.json"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    record["current"].clone()
}

#[tokio::test]
async fn an_abort_takes_a_living_claim_and_keeps_the_other_plan_out() {
    let server = server(Some("plan-6"));
    server.put(RECORD, claimed_by_another());
    let outcome = carry_out(&server, plan(Goal::Abort, vec![weights(0)])).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert!(
        outcome.notices.iter().any(|told| told.contains("by jonas")),
        "{outcome:#?}"
    );
    let mark = "/metadata/annotations/flightdeck.dev~1plan";
    assert_eq!(
        only_patch(&server, CANARY),
        json!([
            { "op": "test", "path": "/metadata/uid", "value": "d-1" },
            { "op": "test", "path": mark, "value": "plan-6" },
            { "op": "replace", "path": mark, "value": PLAN },
        ])
    );
    let held = server.held();
    let order: Vec<&str> = held
        .writes
        .iter()
        .map(|(path, ..)| path.as_str())
        .filter(|path| *path != RECORD)
        .collect();
    assert_eq!(order[..2], [ROUTE, CANARY], "the weight first");
    drop(held);
    assert_eq!(claim(&server), Value::Null);
}

#[tokio::test]
async fn a_dead_claim_is_taken_after_watching_it() {
    let server = server(Some("plan-6"));
    server.put(RECORD, claimed_by_another());
    let began = tokio::time::Instant::now();
    let outcome = promote(&server, vec![weights(50)]).await;
    assert_eq!(outcome.end, End::Done, "{outcome:#?}");
    assert!(
        began.elapsed() >= Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_claim_whose_heart_beats_is_left_alone() {
    let server = server(Some("plan-6"));
    server.put(RECORD, claimed_by_another());
    let mut bench = Bench::new(&server.serve().await);
    let plan = plan(Goal::Promote, vec![weights(50)]);
    let id = plan.id.clone();
    bench.start(flightdeck::app::effect::Effect::CarryOut(Box::new(plan)));
    let waits = |event: &flightdeck::domain::event::PlanEvent| {
        matches!(event, flightdeck::domain::event::PlanEvent::Waited(_)).then_some(())
    };
    bench.until(&id, waits).await;
    {
        let mut held = server.held();
        let record = held.objects.get_mut(RECORD).unwrap();
        let beaten = record["data"]["record.json"]
            .as_str()
            .unwrap()
            .replace("\"heartbeat\":3", "\"heartbeat\":4");
        record["data"]["record.json"] = json!(beaten);
    }
    let outcome = bench.outcome(&id).await;
    assert!(
        matches!(&outcome.end, End::WorldMoved(text) if text.contains("by jonas")),
        "{outcome:#?}"
    );
    assert!(server.writes(ROUTE).is_empty());
    assert_eq!(claim(&server)["plan"], "plan-6");
}

#[tokio::test]
async fn a_record_of_another_version_is_never_written() {
    let server = server(None);
    let mut other = claimed_by_another();
    other["data"]["record.json"] = json!(r#"{"schema":"flightdeck.record/9","current":{}}"#);
    server.put(RECORD, other.clone());
    let promoted = promote(&server, vec![weights(50)]).await;
    assert!(
        matches!(promoted.end, End::WorldMoved(_)) && promoted.steps.is_empty(),
        "{promoted:#?}"
    );
    let aborted = carry_out(&server, plan(Goal::Abort, vec![weights(0)])).await;
    assert_eq!(aborted.end, End::Done, "{aborted:#?}");
    assert!(server.writes(RECORD).is_empty());
    assert_eq!(server.held().objects[RECORD], other);
}
