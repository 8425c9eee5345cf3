//! What a client of the API server relies on: guards, versions, errors, patch formats, owners, watches.

use std::sync::Arc;

use flightdeck::demo::kube_api::{ExpiredShape, Key, Resource};
use futures_util::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, ListParams, LogParams, Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::{Value, json};

use super::cluster::{Cluster, DEPLOYMENT, PATIENCE, checkout, route_key};
use crate::support::ROUTE;

const JSON: &str = "application/json";
const JSON_PATCH: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";
const MAPS: &str = "/api/v1/namespaces/production/configmaps";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_json_patch_is_all_or_nothing_and_does_not_say_what_failed() {
    let cluster = Cluster::start().await;
    let before = cluster.store.get(&route_key()).unwrap();
    let weight = |index: usize, weight: u32| json!({ "op": "replace", "path": format!("/spec/rules/0/backendRefs/{index}/weight"), "value": weight });
    let stale = [
        json!({ "op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "other" }),
        json!({ "op": "test", "path": "/metadata/resourceVersion", "value": "1" }),
        json!({ "op": "replace", "path": "/spec/nothing", "value": 1 }),
        json!({ "op": "remove", "path": "/spec/rules/7" }),
    ];
    for failing in stale {
        let (code, body) = cluster
            .send("PATCH", ROUTE, JSON_PATCH, &json!([weight(0, 0), failing]))
            .await;
        assert_eq!(
            (code, &body["reason"], &body["details"]),
            (422, &json!("Invalid"), &json!({})),
            "{body}"
        );
        assert!(
            Arc::ptr_eq(&before, &cluster.store.get(&route_key()).unwrap()),
            "changed by a patch that failed"
        );
    }
    let name = json!({ "op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "checkout-canary" });
    let generation = json!({ "op": "test", "path": "/metadata/generation", "value": before["metadata"]["generation"] });
    let (code, body) = cluster
        .send(
            "PATCH",
            ROUTE,
            JSON_PATCH,
            &json!([name, generation, weight(0, 50), weight(1, 50)]),
        )
        .await;
    assert_eq!(
        (code, &body["spec"]["rules"][0]["backendRefs"][1]["weight"]),
        (200, &json!(50)),
        "{body}"
    );
    assert_eq!(
        body["metadata"]["generation"].as_u64(),
        before["metadata"]["generation"]
            .as_u64()
            .map(|number| number + 1)
    );
    let (code, body) = cluster
        .send("PATCH", ROUTE, JSON_PATCH, &json!([weight(0, 2_000_000)]))
        .await;
    assert_eq!(
        (code, &body["details"]["kind"]),
        (422, &json!("HTTPRoute")),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_version_conflicts_and_a_write_of_the_same_changes_nothing() {
    let cluster = Cluster::start().await;
    let (_, read) = cluster.send("GET", DEPLOYMENT, JSON, &Value::Null).await;
    let (code, changed) = cluster
        .send(
            "PATCH",
            DEPLOYMENT,
            MERGE,
            &json!({ "metadata": { "labels": { "a": "b" } } }),
        )
        .await;
    assert_eq!(code, 200);
    let (_, same) = cluster
        .send(
            "PATCH",
            DEPLOYMENT,
            MERGE,
            &json!({ "metadata": { "labels": { "a": "b" } } }),
        )
        .await;
    assert_eq!(
        same["metadata"]["resourceVersion"],
        changed["metadata"]["resourceVersion"]
    );
    let version = &read["metadata"]["resourceVersion"];
    let stale = json!({ "metadata": { "resourceVersion": version }, "spec": { "replicas": 9 } });
    for (method, media, body) in [("PATCH", MERGE, &stale), ("PUT", JSON, &read)] {
        let (code, body) = cluster.send(method, DEPLOYMENT, media, body).await;
        assert_eq!(
            (code, &body["reason"]),
            (409, &json!("Conflict")),
            "{method}"
        );
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .contains("the object has been modified"),
            "{body}"
        );
    }
    let (_, mut fresh) = cluster.send("GET", DEPLOYMENT, JSON, &Value::Null).await;
    fresh["spec"]["replicas"] = json!(3);
    fresh["status"] = json!({ "replicas": 77 });
    let (code, written) = cluster.send("PUT", DEPLOYMENT, JSON, &fresh).await;
    assert_eq!(
        (code, &written["spec"]["replicas"]),
        (200, &json!(3)),
        "{written}"
    );
    assert_ne!(
        written["status"]["replicas"],
        json!(77),
        "a write of the object wrote its status"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generation_moves_with_the_spec_and_with_what_clients_annotate() {
    let cluster = Cluster::start().await;
    let generation = || {
        cluster.store.get(&checkout()).unwrap()["metadata"]["generation"]
            .as_u64()
            .unwrap()
    };
    let first = generation();
    for (patch, moved) in [
        (json!({ "metadata": { "annotations": { "note": "x" } } }), 1),
        (json!({ "metadata": { "labels": { "note": "x" } } }), 1),
        (json!({ "spec": { "revisionHistoryLimit": 3 } }), 2),
    ] {
        let (code, _) = cluster.send("PATCH", DEPLOYMENT, MERGE, &patch).await;
        assert_eq!((code, generation() - first), (200, moved), "{patch}");
    }
    cluster
        .store
        .edit(&checkout(), |object| {
            object["metadata"]["annotations"]["own"] = json!("x");
        })
        .unwrap();
    assert_eq!(
        generation() - first,
        2,
        "a controller's annotation counts as no generation"
    );
}

/// What is sent (method, path, content type, body) and how it is refused (code, reason, a part of the message).
type Refused<'a> = ((&'a str, &'a str, &'a str, Value), (u16, &'a str, &'a str));

async fn all_refused(cluster: &Cluster, table: &[Refused<'_>]) {
    for ((method, path, media, body), (code, reason, message)) in table {
        let (got, answer) = cluster.send(method, path, media, body).await;
        let told = (got, answer["reason"].as_str(), answer["code"].as_u64());
        assert_eq!(
            told,
            (*code, Some(*reason), Some(u64::from(*code))),
            "{method} {path}: {answer}"
        );
        assert!(
            answer["message"].as_str().unwrap().contains(message),
            "{method} {path}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_created_or_found_is_refused_in_the_servers_words() {
    let cluster = Cluster::start().await;
    let map = json!({ "metadata": { "name": "one" } });
    assert_eq!(cluster.send("POST", MAPS, JSON, &map).await.0, 201);
    let elsewhere = "/api/v1/namespaces/nowhere/configmaps";
    let secret = json!({ "kind": "Secret", "metadata": { "name": "x" } });
    let named = |name: &str| json!({ "metadata": { "name": name } });
    let no = "/apis/apps/v1/namespaces/production/deployments/no";
    let field = "/apis/apps/v1/deployments?fieldSelector=spec.replicas%3D2";
    let rollouts = "/apis/argoproj.io/v1alpha1/rollouts";
    let protobuf = "application/vnd.kubernetes.protobuf";
    all_refused(
        &cluster,
        &[
            (
                ("POST", MAPS, JSON, map.clone()),
                (409, "AlreadyExists", "configmaps \"one\" already exists"),
            ),
            (
                ("POST", elsewhere, JSON, map.clone()),
                (404, "NotFound", "namespaces \"nowhere\" not found"),
            ),
            (
                ("POST", MAPS, JSON, secret),
                (400, "BadRequest", "must be of type ConfigMap"),
            ),
            (
                ("POST", MAPS, protobuf, map.clone()),
                (415, "UnsupportedMediaType", "application/json"),
            ),
            (
                ("POST", MAPS, JSON, named("Big_Name")),
                (422, "Invalid", "RFC 1123"),
            ),
            (
                ("GET", no, JSON, Value::Null),
                (404, "NotFound", "deployments.apps \"no\" not found"),
            ),
            (
                ("GET", field, JSON, Value::Null),
                (
                    400,
                    "BadRequest",
                    "field label not supported: spec.replicas",
                ),
            ),
            (
                ("GET", rollouts, JSON, Value::Null),
                (404, "NotFound", "could not find the requested resource"),
            ),
            (
                ("POST", DEPLOYMENT, JSON, map),
                (405, "MethodNotAllowed", "does not allow this method"),
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_changed_is_refused_in_the_servers_words() {
    let cluster = Cluster::start().await;
    let strategic = json!({ "metadata": { "labels": { "a": "b" } } });
    let leases = "/apis/coordination.k8s.io/v1/namespaces/production/leases";
    let drive = json!({ "metadata": { "name": "drive" }, "spec": {} });
    assert_eq!(cluster.send("POST", leases, JSON, &drive).await.0, 201);
    let lease = format!("{leases}/drive");
    let negative = json!({ "spec": { "replicas": -1 } });
    let selector = json!({ "spec": { "selector": { "matchLabels": { "app": "x" } } } });
    all_refused(
        &cluster,
        &[
            (
                ("PATCH", ROUTE, STRATEGIC, strategic.clone()),
                (415, "UnsupportedMediaType", MERGE),
            ),
            (
                ("PATCH", DEPLOYMENT, "text/plain", strategic),
                (415, "UnsupportedMediaType", STRATEGIC),
            ),
            (
                ("PATCH", DEPLOYMENT, MERGE, negative),
                (422, "Invalid", "spec.replicas"),
            ),
            (
                ("PATCH", DEPLOYMENT, MERGE, selector),
                (422, "Invalid", "field is immutable"),
            ),
            (
                ("PATCH", DEPLOYMENT, APPLY, json!({})),
                (400, "BadRequest", "fieldManager: Required value"),
            ),
            (
                ("PUT", &lease, JSON, drive),
                (422, "Invalid", "must be specified for an update"),
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strategic_merge_knows_its_lists() {
    let cluster = Cluster::start().await;
    let containers = || {
        cluster.store.get(&checkout()).unwrap()["spec"]["template"]["spec"]["containers"].clone()
    };
    let patch = |containers: Value, order: Value| json!({ "spec": { "template": { "spec": { "$setElementOrder/containers": order, "containers": containers } } } });
    let side = json!({ "name": "side", "image": "side:v1.0.0", "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }] });
    let steps = [
        (
            patch(
                json!([side]),
                json!([{ "name": "side" }, { "name": "app" }]),
            ),
            json!(["side", "app"]),
        ),
        (
            patch(
                json!([{ "name": "side", "env": [{ "name": "A", "$patch": "delete" }, { "name": "B", "value": null, "valueFrom": {} }] }]),
                json!([]),
            ),
            json!(["side", "app"]),
        ),
        (
            patch(
                json!([{ "name": "side", "$patch": "delete" }]),
                json!([{ "name": "app" }]),
            ),
            json!(["app"]),
        ),
    ];
    for (patch, names) in steps {
        let (code, body) = cluster.send("PATCH", DEPLOYMENT, STRATEGIC, &patch).await;
        assert_eq!(code, 200, "{body}");
        let found: Vec<Value> = containers()
            .as_array()
            .unwrap()
            .iter()
            .map(|container| container["name"].clone())
            .collect();
        assert_eq!(json!(found), names);
        if found.len() == 2
            && patch["spec"]["template"]["spec"]["$setElementOrder/containers"] == json!([])
        {
            assert_eq!(
                containers()[0]["env"],
                json!([{ "name": "B", "valueFrom": {} }])
            );
        }
    }
    assert_eq!(
        containers()[0]["ports"][0]["containerPort"],
        8080,
        "what the patch did not name is lost"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owners_of_fields_are_known() {
    let cluster = Cluster::start().await;
    let managers = |object: &Value| -> Vec<(String, String)> {
        let entries = object["metadata"]["managedFields"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let owners = entries
            .iter()
            .filter(|entry| entry["fieldsV1"]["f:spec"]["f:rules"].is_object());
        owners
            .map(|entry| {
                (
                    entry["manager"].as_str().unwrap().to_owned(),
                    entry["operation"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    };
    let weight = |weight: u32| json!([{ "op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": weight }]);
    let (_, object) = cluster.send("PATCH", ROUTE, JSON_PATCH, &weight(1)).await;
    assert_eq!(
        managers(&object),
        [("tester".to_owned(), "Update".to_owned())],
        "{object}"
    );
    let (_, object) = cluster
        .send(
            "PATCH",
            &format!("{ROUTE}?fieldManager=flightdeck"),
            JSON_PATCH,
            &weight(2),
        )
        .await;
    assert_eq!(
        managers(&object),
        [("flightdeck".to_owned(), "Update".to_owned())],
        "{object}"
    );

    let path = format!("{MAPS}/shared");
    let apply = |manager: &str, data: Value| {
        (
            format!("{path}?fieldManager={manager}"),
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "shared" }, "data": data }),
        )
    };
    let (one, body) = apply("one", json!({ "a": "1", "b": "1" }));
    assert_eq!(cluster.send("PATCH", &one, APPLY, &body).await.0, 201);
    let (two, body) = apply("two", json!({ "b": "2" }));
    let (code, refused) = cluster.send("PATCH", &two, APPLY, &body).await;
    assert_eq!(
        (code, &refused["details"]["causes"][0]["field"]),
        (409, &json!(".data.b")),
        "{refused}"
    );
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("conflict with \"one\""),
        "{refused}"
    );
    assert_eq!(
        cluster
            .send("PATCH", &format!("{two}&force=true"), APPLY, &body)
            .await
            .0,
        200
    );
    let (one, body) = apply("one", json!({ "c": "3" }));
    let (_, object) = cluster.send("PATCH", &one, APPLY, &body).await;
    assert_eq!(
        object["data"],
        json!({ "b": "2", "c": "3" }),
        "a field given up stays with its new owner, another goes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_leaves_no_trace() {
    let cluster = Cluster::start().await;
    let version = cluster.store.version();
    let (code, body) = cluster
        .send(
            "PATCH",
            &format!("{DEPLOYMENT}?dryRun=All"),
            MERGE,
            &json!({ "spec": { "replicas": 5 } }),
        )
        .await;
    assert_eq!((code, &body["spec"]["replicas"]), (200, &json!(5)));
    assert_eq!(
        cluster
            .send(
                "POST",
                &format!("{MAPS}?dryRun=All"),
                JSON,
                &json!({ "metadata": { "name": "x" } })
            )
            .await
            .0,
        201
    );
    assert_eq!(
        cluster
            .send(
                "DELETE",
                &format!("{DEPLOYMENT}?dryRun=All"),
                JSON,
                &Value::Null
            )
            .await
            .0,
        200
    );
    assert_eq!(cluster.store.version(), version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_one_store_in_two_forms() {
    let cluster = Cluster::start().await;
    let events = "/apis/events.k8s.io/v1/namespaces/production/events";
    let event = json!({ "metadata": { "name": "promoted" }, "eventTime": "2026-01-01T00:00:00.000000Z", "reason": "Promoted", "action": "Promote",
        "type": "Normal", "note": "by hand", "reportingController": "flightdeck", "reportingInstance": "here",
        "regarding": { "kind": "Deployment", "name": "checkout", "namespace": "production" } });
    let (code, body) = cluster.send("POST", events, JSON, &event).await;
    assert_eq!((code, &body["note"]), (201, &json!("by hand")), "{body}");
    let (_, old) = cluster
        .send(
            "GET",
            "/api/v1/namespaces/production/events/promoted",
            JSON,
            &Value::Null,
        )
        .await;
    assert_eq!(
        (&old["message"], &old["involvedObject"]["name"]),
        (&json!("by hand"), &json!("checkout")),
        "{old}"
    );
    let (_, list) = cluster
        .send(
            "GET",
            &format!("{events}?fieldSelector=regarding.kind%3DDeployment,reason%3DPromoted"),
            JSON,
            &Value::Null,
        )
        .await;
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["apiVersion"]),
        (1, &json!("events.k8s.io/v1")),
        "{list}"
    );
    let (code, body) = cluster
        .send(
            "POST",
            events,
            JSON,
            &json!({ "metadata": { "name": "bare" }, "type": "Normal" }),
        )
        .await;
    assert_eq!(
        (
            code,
            body["message"]
                .as_str()
                .unwrap()
                .contains("eventTime: Required value")
        ),
        (422, true),
        "{body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kube_rs_reads_patches_and_scales() {
    let cluster = Cluster::start().await;
    let api: Api<Deployment> = Api::default_namespaced(cluster.client());
    assert_eq!(
        cluster
            .client()
            .apiserver_version()
            .await
            .unwrap()
            .git_version,
        "v1.33.0"
    );
    assert_eq!(
        api.list(&ListParams::default().labels("app=checkout"))
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert!(api.get_opt("nothing").await.unwrap().is_none());
    let guarded: json_patch::Patch = serde_json::from_value(json!([
        { "op": "test", "path": "/spec/replicas", "value": 9 }, { "op": "replace", "path": "/spec/replicas", "value": 3 }])).unwrap();
    let error = api
        .patch(
            "checkout",
            &PatchParams::apply("flightdeck"),
            &Patch::Json::<()>(guarded),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(&error, kube::Error::Api(status) if status.code == 422 && status.reason == "Invalid"),
        "{error:?}"
    );
    let scale = api
        .patch_scale(
            "checkout",
            &PatchParams::default(),
            &Patch::Merge(json!({ "spec": { "replicas": 3 } })),
        )
        .await
        .unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(3));
    let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::default_namespaced(cluster.client());
    let pod = pods
        .list(&ListParams::default())
        .await
        .unwrap()
        .items
        .remove(0)
        .metadata
        .name
        .unwrap();
    assert!(
        pods.logs(&pod, &LogParams::default())
            .await
            .unwrap()
            .contains("started")
    );
    assert!(
        pods.logs(
            &pod,
            &LogParams {
                previous: true,
                ..LogParams::default()
            }
        )
        .await
        .is_err()
    );
    let metadata = pods.get_metadata(&pod).await.unwrap();
    assert_eq!(metadata.metadata.name, Some(pod));
}

/// Watches until the history is cut behind the watcher's back, then gives what it says next.
async fn watch_over_a_cut(
    cluster: &Cluster,
    config: watcher::Config,
) -> Vec<Result<watcher::Event<Deployment>, watcher::Error>> {
    let api: Api<Deployment> = Api::default_namespaced(cluster.client());
    let mut events = watcher(api, config.timeout(1)).default_backoff().boxed();
    loop {
        let event = tokio::time::timeout(PATIENCE, events.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if matches!(event, watcher::Event::InitDone) {
            break;
        }
    }
    cluster
        .store
        .create(
            Resource::ConfigMaps,
            json!({ "metadata": { "name": "later", "namespace": "production" } }),
        )
        .unwrap();
    cluster.store.compact();
    let next = events.take(4).collect::<Vec<_>>();
    tokio::time::timeout(PATIENCE, next).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_lists_again_after_410_in_the_stream() {
    let cluster = Cluster::start().await;
    for config in [
        watcher::Config::default(),
        watcher::Config::default().streaming_lists(),
    ] {
        let events = watch_over_a_cut(&cluster, config).await;
        drop(
            cluster
                .store
                .delete(&Key::new(Resource::ConfigMaps, "production", "later")),
        );
        assert!(
            matches!(&events[0], Err(watcher::Error::WatchError(status)) if status.code == 410),
            "{events:?}"
        );
        assert!(
            matches!(
                &events[1..],
                [
                    Ok(watcher::Event::Init),
                    Ok(watcher::Event::InitApply(_)),
                    Ok(watcher::Event::InitDone)
                ]
            ),
            "{events:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_meets_410_as_the_watch_opens() {
    let cluster = Cluster::start().await;
    cluster.faults.refuse_expired_as(ExpiredShape::Status);
    let events = watch_over_a_cut(&cluster, watcher::Config::default()).await;
    let refused = |event: &Result<_, watcher::Error>| matches!(event, Err(watcher::Error::WatchStartFailed(kube::Error::Api(status))) if status.code == 410);
    assert!(refused(&events[0]) && refused(&events[1]), "{events:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_sees_what_enters_and_leaves_its_selection() {
    let cluster = Cluster::start().await;
    let version = cluster.store.version();
    let path = format!(
        "/apis/apps/v1/deployments?watch=true&labelSelector=track%3Dcanary&timeoutSeconds=1&resourceVersion={version}"
    );
    let label = |value: Value| json!({ "metadata": { "labels": { "track": value } } });
    let change = async {
        for value in [
            json!("canary"),
            json!("stable"),
            json!("canary"),
            Value::Null,
        ] {
            cluster
                .send("PATCH", DEPLOYMENT, MERGE, &label(value))
                .await;
        }
    };
    let ((code, text), ()) =
        tokio::join!(cluster.send_text("GET", &path, JSON, &Value::Null), change);
    let kinds: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone())
        .collect();
    assert_eq!(
        (code, kinds),
        (
            200,
            vec![
                json!("ADDED"),
                json!("DELETED"),
                json!("ADDED"),
                json!("DELETED")
            ]
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streaming_list_ends_with_its_bookmark() {
    let cluster = Cluster::start().await;
    let path = "/api/v1/namespaces/production/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
    let (_, text) = cluster.send_text("GET", path, JSON, &Value::Null).await;
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["type"], &lines[1]["type"], &lines[2]["type"]),
        (&json!("ADDED"), &json!("ADDED"), &json!("BOOKMARK"))
    );
    assert_eq!(
        lines[2]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    assert_eq!(lines[2]["object"]["kind"], "Pod");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_of_the_history_leaves_watches_under_way_alone() {
    let cluster = Cluster::start().await;
    let version = cluster.store.version();
    let path =
        format!("/apis/apps/v1/deployments?watch=true&timeoutSeconds=1&resourceVersion={version}");
    let change = async {
        let map = json!({ "metadata": { "name": "later", "namespace": "production" } });
        cluster.store.create(Resource::ConfigMaps, map).unwrap();
        cluster.store.compact();
        cluster
            .send(
                "PATCH",
                DEPLOYMENT,
                MERGE,
                &json!({ "metadata": { "labels": { "a": "b" } } }),
            )
            .await
    };
    let mut live = cluster
        .store
        .subscribe(Resource::Deployments, version)
        .unwrap();
    change.await;
    assert_eq!(
        live.next().await.unwrap()[0].object["metadata"]["labels"]["a"],
        "b"
    );
    assert!(
        cluster
            .store
            .subscribe(Resource::Deployments, version)
            .is_err()
    );
    let (code, text) = cluster.send_text("GET", &path, JSON, &Value::Null).await;
    assert!(
        code == 200 && text.starts_with("{\"type\":\"ERROR\"") && text.contains("\"code\":410"),
        "{text}"
    );
}
