//! From the API's types to the domain's.

use flightdeck::domain::cluster::{Acceptance, Progress};
use flightdeck::domain::record::RecordRead;
use flightdeck::domain::traffic::Track;
use flightdeck::sources::cluster::decode;
use k8s_openapi::api::{apps, autoscaling, core, discovery};
use kube::core::{DynamicObject, ObjectMeta};
use serde_json::{Value, json};

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn pod(status: &Value) -> flightdeck::domain::cluster::Pod {
    let mut object = json!({
        "metadata": {
            "name": "checkout-1", "labels": { "pod-template-hash": "7c9d4" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "checkout", "uid": "rs-1", "controller": true }],
        },
        "status": status,
    });
    if status_is_deleting(&object) {
        object["metadata"]["deletionTimestamp"] = json!("2026-11-24T10:00:00Z");
    }
    let object: core::v1::Pod = serde_json::from_value(object).unwrap();
    decode::pod(&object, Track::Stable, "app").unwrap()
}

fn status_is_deleting(object: &Value) -> bool {
    object["status"]["deleting"] == true
}

fn container(name: &str, state: &Value) -> Value {
    json!({ "name": name, "image": "x", "imageID": "", "ready": false, "restartCount": 1, "state": state })
}

#[test]
fn a_pods_state_is_the_word_that_kubectl_prints() {
    let waiting = |reason: &str| json!({ "waiting": { "reason": reason } });
    let ended =
        |reason: &str, code: i32| json!({ "terminated": { "reason": reason, "exitCode": code } });
    let running = json!({ "running": {} });
    for (status, word) in [
        (
            json!({ "phase": "Running", "containerStatuses": [container("app", &running)] }),
            "Running",
        ),
        (
            json!({ "phase": "Running", "containerStatuses": [container("app", &waiting("CrashLoopBackOff"))] }),
            "CrashLoopBackOff",
        ),
        (
            json!({ "phase": "Pending", "containerStatuses": [container("app", &waiting("ImagePullBackOff"))] }),
            "ImagePullBackOff",
        ),
        (
            json!({ "phase": "Running", "containerStatuses": [container("app", &running), container("proxy", &ended("OOMKilled", 137))] }),
            "OOMKilled",
        ),
        (
            json!({ "phase": "Failed", "containerStatuses": [container("app", &ended("", 3))] }),
            "ExitCode:3",
        ),
        (json!({ "phase": "Failed", "reason": "Evicted" }), "Evicted"),
        (
            json!({ "phase": "Pending",
                "initContainerStatuses": [container("migrate", &waiting("CrashLoopBackOff"))],
                "containerStatuses": [container("app", &waiting("PodInitializing"))] }),
            "Init:CrashLoopBackOff",
        ),
        (
            json!({ "phase": "Running",
                "initContainerStatuses": [container("migrate", &ended("Completed", 0))],
                "containerStatuses": [container("app", &running)] }),
            "Running",
        ),
        (
            json!({ "phase": "Pending", "conditions": [{ "type": "PodScheduled", "status": "False", "reason": "Unschedulable" }] }),
            "Unschedulable",
        ),
        (
            json!({ "phase": "Running", "deleting": true, "containerStatuses": [container("app", &waiting("CrashLoopBackOff"))] }),
            "Terminating",
        ),
        (json!({}), "Unknown"),
    ] {
        assert_eq!(pod(&status).state.shown(), word, "{status}");
    }
}

#[test]
fn a_pods_last_end_is_the_newest_of_its_containers() {
    let end = |name: &str, reason: &str, at: &str| {
        json!({ "name": name, "image": "x", "imageID": "", "ready": true, "restartCount": 2,
            "lastState": { "terminated": { "reason": reason, "exitCode": 1, "finishedAt": at } } })
    };
    let pod = pod(&json!({ "phase": "Running", "containerStatuses": [
        end("app", "OOMKilled", "2026-11-24T10:05:00Z"), end("proxy", "Error", "2026-11-24T10:01:00Z"),
    ] }));
    let (reason, at) = pod.last_end.unwrap();
    assert_eq!(
        (reason.shown(), at.unwrap().to_string().as_str()),
        ("OOMKilled", "2026-11-24T10:05:00Z")
    );
    assert_eq!(pod.restarts, 4);
}

#[test]
fn only_a_registrys_digest_is_a_digest() {
    for (id, digest) in [
        (
            format!("registry.example.com/shop/checkout@sha256:{HEX}"),
            true,
        ),
        (
            format!("docker-pullable://registry.example.com/shop/checkout@sha256:{HEX}"),
            true,
        ),
        (format!("sha256:{HEX}"), false),
        (
            "registry.example.com/shop/checkout@sha256:short".to_owned(),
            false,
        ),
        (String::new(), false),
    ] {
        let mut status = container("app", &json!({ "running": {} }));
        status["imageID"] = json!(id);
        let found = pod(&json!({ "containerStatuses": [status] })).digest;
        assert_eq!(found, digest.then(|| format!("sha256:{HEX}")), "{id}");
    }
}

#[test]
fn a_deployments_deadline_is_told_with_its_message() {
    let deployment = |conditions: Value| {
        let object = json!({
            "metadata": { "name": "checkout", "uid": "u", "generation": 7, "annotations": { "flightdeck.dev/plan": "p-1" } },
            "spec": { "replicas": 3, "selector": {}, "template": { "spec": { "containers": [{ "name": "app", "image": "x:1" }] } } },
            "status": { "observedGeneration": 6, "updatedReplicas": 1, "conditions": conditions },
        });
        let object: apps::v1::Deployment = serde_json::from_value(object).unwrap();
        decode::deployment(&object)
    };
    let moving = deployment(
        json!([{ "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated" }]),
    );
    assert_eq!(
        (
            moving.progress,
            moving.generation,
            moving.observed_generation
        ),
        (Progress::Moving, 7, 6)
    );
    assert_eq!(
        (
            moving.plan.as_deref(),
            moving.has_annotations,
            moving.replicas
        ),
        (Some("p-1"), true, 3)
    );
    let stuck = deployment(
        json!([{ "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow" }]),
    );
    assert_eq!(
        stuck.progress,
        Progress::DeadlineExceeded("too slow".into())
    );
    assert_eq!(deployment(json!([])).progress, Progress::Unknown);
}

#[test]
fn a_replica_set_gives_its_template_without_the_hash() {
    let object = json!({
        "metadata": {
            "name": "checkout-7c9d4", "uid": "rs", "labels": { "pod-template-hash": "7c9d4" },
            "annotations": { "deployment.kubernetes.io/revision": "12" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout", "uid": "d", "controller": true }],
        },
        "spec": { "selector": {}, "template": {
            "metadata": { "labels": { "app": "checkout", "pod-template-hash": "7c9d4" } },
            "spec": { "containers": [{ "name": "app", "image": "x:1" }] },
        } },
    });
    let set = decode::replica_set(&serde_json::from_value(object.clone()).unwrap()).unwrap();
    assert_eq!(
        (set.owner_uid.as_str(), set.hash.as_str(), set.revision),
        ("d", "7c9d4", Some(12))
    );
    assert_eq!(
        set.template.0["metadata"]["labels"],
        json!({ "app": "checkout" })
    );
    let mut foreign = object;
    foreign["metadata"]["ownerReferences"][0]["kind"] = json!("Rollout");
    assert_eq!(
        decode::replica_set(&serde_json::from_value(foreign).unwrap()),
        None
    );
}

#[test]
fn owners_are_told_by_the_marks_they_leave() {
    for (meta, expected) in [
        (
            json!({ "annotations": { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:production/checkout" } }),
            Some(("Argo CD", "shop", true)),
        ),
        (
            json!({ "annotations": { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:production/other" } }),
            None,
        ),
        (
            json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "shop" } }),
            Some(("Flux Kustomization", "shop", true)),
        ),
        (
            json!({ "labels": { "helm.toolkit.fluxcd.io/name": "shop" } }),
            Some(("Flux HelmRelease", "shop", false)),
        ),
        (
            json!({ "managedFields": [{ "manager": "argocd-controller", "fieldsV1":
                { "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"app\"}": { "f:image": {} } } } } } } }] }),
            Some(("Argo CD", "by field manager", true)),
        ),
        (
            json!({ "managedFields": [{ "manager": "argocd-controller", "fieldsV1": { "f:spec": { "f:replicas": {} } } }] }),
            None,
        ),
        (
            json!({ "labels": { "app.kubernetes.io/managed-by": "Helm" }, "annotations": { "meta.helm.sh/release-name": "shop" } }),
            Some(("Helm", "shop", false)),
        ),
        (
            json!({ "ownerReferences": [{ "apiVersion": "shop.dev/v1", "kind": "Shop", "name": "eu", "uid": "s", "controller": true }] }),
            Some(("Shop", "eu", true)),
        ),
        (
            json!({ "labels": { "app.kubernetes.io/instance": "shop" } }),
            None,
        ),
    ] {
        let mut full = meta.clone();
        full["name"] = json!("checkout");
        full["namespace"] = json!("production");
        let meta_of: ObjectMeta = serde_json::from_value(full).unwrap();
        let found = decode::owner("apps/Deployment", &meta_of);
        let found = found
            .as_ref()
            .map(|owner| (owner.kind.as_str(), owner.name.shown(), owner.reverts));
        assert_eq!(found, expected, "{meta}");
    }
}

fn route(generation: i64, parents: &Value) -> flightdeck::domain::cluster::Route {
    let object = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": { "name": "checkout", "uid": "r", "generation": generation, "managedFields": [
            { "manager": "flightdeck", "time": "2026-11-24T10:00:00Z", "fieldsV1": { "f:spec": {} } },
            { "manager": "kubectl-edit", "time": "2026-11-24T11:00:00Z", "fieldsV1": { "f:spec": {} } },
            { "manager": "gateway", "time": "2026-11-24T12:00:00Z", "subresource": "status", "fieldsV1": { "f:status": {} } },
        ] },
        "spec": { "rules": [
            { "backendRefs": [{ "name": "checkout", "weight": 95 }, { "name": "checkout-canary", "weight": 5 }] },
            { "backendRefs": [{ "name": "checkout" }] },
            {},
        ] },
        "status": { "parents": parents },
    });
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    decode::route(&object).unwrap()
}

#[test]
fn a_route_tells_its_weights_its_gateways_and_who_wrote_it() {
    let answer = |accepted: &str, resolved: &str, generation: i64| {
        json!({ "conditions": [
            { "type": "Accepted", "status": accepted, "reason": "Why", "message": "because", "observedGeneration": generation },
            { "type": "ResolvedRefs", "status": resolved, "reason": "Why", "message": "because", "observedGeneration": generation },
        ] })
    };
    let refused = Acceptance::Refused("Why because".into());
    for (parents, expected) in [
        (json!([]), Acceptance::Unanswered),
        (json!([answer("True", "True", 3)]), Acceptance::Accepted),
        (json!([answer("True", "True", 2)]), Acceptance::Unanswered),
        (
            json!([answer("True", "True", 3), answer("True", "True", 2)]),
            Acceptance::Unanswered,
        ),
        (json!([answer("False", "True", 3)]), refused.clone()),
        (
            json!([answer("True", "True", 3), answer("True", "False", 3)]),
            refused,
        ),
        (json!([answer("False", "False", 2)]), Acceptance::Unanswered),
    ] {
        assert_eq!(route(3, &parents).acceptance, expected, "{parents}");
    }
    let route = route(3, &json!([]));
    let weights: Vec<Vec<Option<u32>>> = route
        .rules
        .iter()
        .map(|rule| rule.iter().map(|backend| backend.weight).collect())
        .collect();
    assert_eq!(weights, [vec![Some(95), Some(5)], vec![None], vec![]]);
    assert_eq!(route.manager, Some("kubectl-edit".into()));
}

#[test]
fn a_route_that_makes_no_sense_is_an_error_and_no_route_without_backends() {
    let object = json!({ "apiVersion": "v1", "kind": "HTTPRoute", "metadata": {}, "spec": { "rules": [{ "backendRefs": [{ "weight": 5 }] }] } });
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    assert!(decode::route(&object).is_err());
}

#[test]
fn a_record_is_absent_read_or_unreadable() {
    let map = |data: Value| -> core::v1::ConfigMap {
        serde_json::from_value(
            json!({ "metadata": { "resourceVersion": "17", "uid": "c" }, "data": data }),
        )
        .unwrap()
    };
    assert_eq!(decode::record(None), RecordRead::Absent);
    let read = decode::record(Some(&map(
        json!({ "record.json": r#"{"schema": "flightdeck.record/1"}"# }),
    )));
    assert!(
        matches!(&read, RecordRead::Read { version, uid, .. } if version == "17" && uid == "c"),
        "{read:?}"
    );
    for data in [
        json!({}),
        json!({ "record.json": "" }),
        json!({ "record.json": r#"{"schema": "flightdeck.record/9"}"# }),
    ] {
        let read = decode::record(Some(&map(data.clone())));
        assert!(
            matches!(read, RecordRead::Unreadable(_)),
            "{data}: {read:?}"
        );
    }
}

#[test]
fn endpoints_are_the_pods_that_get_traffic() {
    let endpoint = |pod: &str, conditions: Value| json!({ "addresses": ["10.0.0.1"], "conditions": conditions, "targetRef": { "kind": "Pod", "name": pod } });
    let slice = |endpoints: Value| -> discovery::v1::EndpointSlice {
        serde_json::from_value(
            json!({ "metadata": {}, "addressType": "IPv4", "endpoints": endpoints }),
        )
        .unwrap()
    };
    let found = decode::endpoints(
        "checkout",
        &[
            slice(json!([
                endpoint("b", json!({ "ready": true })),
                endpoint("a", json!({})),
                endpoint("c", json!({ "ready": false }))
            ])),
            slice(json!([
                endpoint("a", json!({ "ready": true })),
                endpoint("d", json!({ "ready": true, "terminating": true }))
            ])),
        ],
    );
    assert_eq!(found.ready, ["a", "b"]);
}

#[test]
fn an_autoscaler_of_something_else_is_none() {
    let scaler = |kind: &str| -> autoscaling::v2::HorizontalPodAutoscaler {
        serde_json::from_value(json!({ "metadata": { "name": "h" }, "spec": { "maxReplicas": 9, "scaleTargetRef": { "kind": kind, "name": "checkout" } } })).unwrap()
    };
    let found = decode::autoscaler(&scaler("Deployment")).unwrap();
    assert_eq!(
        (found.deployment.as_str(), found.min, found.max),
        ("checkout", 1, 9)
    );
    assert_eq!(decode::autoscaler(&scaler("StatefulSet")), None);
}
