//! What goes wrong on purpose, seen from a client.

use std::time::Duration;

use flightdeck::demo::kube_api::{HoldWhen, OutageMode, Part, Resource};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::cluster::{Cluster, DEPLOYMENT, PATIENCE, checkout, http_client};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const LONG: Duration = Duration::from_secs(600);

fn replicas(cluster: &Cluster) -> i64 {
    cluster.store.get(&checkout()).unwrap()["spec"]["replicas"]
        .as_i64()
        .unwrap()
}

async fn scale(cluster: &Cluster, to: i64) -> (u16, Value) {
    cluster
        .send(
            "PATCH",
            DEPLOYMENT,
            MERGE,
            &json!({ "spec": { "replicas": to } }),
        )
        .await
}

/// Waits until write `number` (from 0) is in the ledger.
async fn arrived(cluster: &Cluster, number: usize) {
    let wait = async {
        while cluster.faults.writes().len() <= number {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_held_as_received_is_applied_on_release_though_its_client_left() {
    let cluster = Cluster::start().await;
    cluster.faults.hold(2, HoldWhen::Received, &[]);
    assert_eq!(scale(&cluster, 3).await.0, 200);
    tokio::select! {
        _ = scale(&cluster, 4) => panic!("answered while held"),
        () = arrived(&cluster, 1) => {}
    }
    assert_eq!(
        (replicas(&cluster), cluster.faults.writes()[1].code),
        (3, None)
    );
    cluster.faults.release();
    cluster
        .until("the write to be applied", |store| {
            store.get(&checkout()).unwrap()["spec"]["replicas"] == 4
        })
        .await;
    assert_eq!(scale(&cluster, 5).await.0, 200, "only one write is held");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_held_as_applied_is_not_answered() {
    let cluster = Cluster::start().await;
    cluster.faults.hold(1, HoldWhen::Applied, &[]);
    let look = async {
        cluster
            .until("the write to be applied", |store| {
                store.get(&checkout()).unwrap()["spec"]["replicas"] == 4
            })
            .await;
        assert_eq!(cluster.faults.writes()[0].code, None);
        cluster.faults.release();
    };
    let ((code, _), ()) = tokio::join!(scale(&cluster, 4), look);
    assert_eq!((code, cluster.faults.writes()[0].code), (200, Some(200)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_told_with_their_guards() {
    let cluster = Cluster::start().await;
    let version = cluster.store.get(&checkout()).unwrap()["metadata"]["resourceVersion"].clone();
    let maps = "/api/v1/namespaces/production/configmaps";
    let new = format!("{maps}/new");
    let (scale, dry) = (
        format!("{DEPLOYMENT}/scale"),
        format!("{DEPLOYMENT}?dryRun=All"),
    );
    let test = json!([{ "op": "test", "path": "/spec/replicas", "value": 7 }]);
    let other = json!({ "preconditions": { "uid": "other" } });
    let locked = json!({ "metadata": { "resourceVersion": version } });
    let free = json!({ "spec": { "replicas": 2 } });
    let object = "deployments/production/checkout";
    let map = "configmaps/production/new";
    let table = [
        (
            "PATCH",
            &*scale,
            JSON_PATCH,
            &test,
            "patch",
            format!("{object}/scale"),
            Some("test"),
            422,
        ),
        (
            "PATCH",
            DEPLOYMENT,
            MERGE,
            &locked,
            "patch",
            object.to_owned(),
            Some("resourceVersion"),
            200,
        ),
        (
            "PATCH",
            DEPLOYMENT,
            MERGE,
            &free,
            "patch",
            object.to_owned(),
            None,
            200,
        ),
        (
            "POST",
            maps,
            "application/json",
            &json!({ "metadata": { "name": "new" } }),
            "create",
            map.to_owned(),
            None,
            201,
        ),
        (
            "DELETE",
            &*new,
            "application/json",
            &other,
            "delete",
            map.to_owned(),
            Some("uid"),
            409,
        ),
        (
            "PATCH",
            &*dry,
            MERGE,
            &free,
            "patch",
            object.to_owned(),
            None,
            200,
        ),
    ];
    for (method, path, media, body, verb, object, guard, code) in table {
        cluster.send(method, path, media, body).await;
        let write = cluster.faults.writes().pop().unwrap();
        assert_eq!(
            (write.verb, &write.object, write.guard, write.code),
            (verb, &object, guard, Some(code))
        );
        assert_eq!(
            (write.user_agent.as_str(), &write.body),
            ("tester/1 (test)", body)
        );
        assert_eq!(
            (write.creates, write.dry_run),
            (method == "POST", path == dry)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_that_refuses_closes_live_connections_and_the_door() {
    let cluster = Cluster::start().await;
    let address = cluster.url.trim_start_matches("http://").to_owned();
    let mut live = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /api/v1/pods?watch=true HTTP/1.1\r\nhost: {address}\r\n\r\n");
    live.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0_u8; 1];
    live.read_exact(&mut first).await.unwrap();
    cluster.faults.outage(Part::Kube, OutageMode::Refuse, LONG);
    let mut rest = Vec::new();
    // Closed or reset: either way the connection ends.
    drop(
        tokio::time::timeout(PATIENCE, live.read_to_end(&mut rest))
            .await
            .expect("the live connection stayed open"),
    );
    let error = http_client()
        .get(format!("{}/version", cluster.url))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    cluster
        .faults
        .outage(Part::Kube, OutageMode::Refuse, Duration::ZERO);
    let again = async { while TcpStream::connect(&address).await.is_err() {} };
    tokio::time::timeout(PATIENCE, again)
        .await
        .expect("the door stays shut");
    assert_eq!(
        cluster.send("GET", "/version", "", &Value::Null).await.0,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_that_hangs_answers_afterwards_and_one_of_errors_at_once() {
    let cluster = Cluster::start().await;
    cluster.faults.outage(Part::Kube, OutageMode::Error, LONG);
    let (code, body) = cluster.send("GET", DEPLOYMENT, "", &Value::Null).await;
    assert_eq!((code, &body["reason"]), (503, &json!("ServiceUnavailable")));
    cluster.faults.outage(Part::Kube, OutageMode::Hang, LONG);
    let answer = cluster.send("GET", DEPLOYMENT, "", &Value::Null);
    tokio::pin!(answer);
    assert!(
        tokio::time::timeout(Duration::from_millis(200), &mut answer)
            .await
            .is_err(),
        "answered while hanging"
    );
    cluster
        .faults
        .outage(Part::Kube, OutageMode::Hang, Duration::ZERO);
    assert_eq!(answer.await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_are_reached_through_the_server_and_not_in_an_outage() {
    let cluster = Cluster::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app =
        axum::Router::new().fallback(|uri: axum::http::Uri| async move { format!("asked {uri}") });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let pod = cluster.store.list(Resource::Pods, None)[0]["metadata"]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/namespaces/production/pods/{pod}:{port}/proxy/metrics?a=b");
    assert_eq!(
        cluster.send_text("GET", &path, "", &Value::Null).await,
        (200, "asked /metrics?a=b".to_owned())
    );
    let closed = format!("/api/v1/namespaces/production/pods/{pod}:1/proxy/metrics");
    let (code, body) = cluster.send("GET", &closed, "", &Value::Null).await;
    assert_eq!(
        (
            code,
            body["message"]
                .as_str()
                .unwrap()
                .contains("error trying to reach service")
        ),
        (503, true),
        "{body}"
    );
    cluster
        .faults
        .outage(Part::PodProxy, OutageMode::Refuse, LONG);
    assert_eq!(cluster.send("GET", &path, "", &Value::Null).await.0, 503);
    assert_eq!(
        cluster.send("GET", DEPLOYMENT, "", &Value::Null).await.0,
        200,
        "only the way to the pods is gone"
    );
    cluster
        .faults
        .outage(Part::PodProxy, OutageMode::Refuse, Duration::ZERO);
    cluster.faults.forbid("get", "pods/proxy");
    assert_eq!(cluster.send("GET", &path, "", &Value::Null).await.0, 403);
}
