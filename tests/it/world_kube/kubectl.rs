//! Real `kubectl` against the double.

use serde_json::{Value, json};

use super::cluster::{Cluster, Said, checkout, deployment};

/// Runs `kubectl` and demands success, or leaves the test where there is no `kubectl`.
macro_rules! kubectl {
    ($cluster:expr, $arguments:expr) => {{
        let Some(said) = $cluster.kubectl($arguments).await else {
            return;
        };
        assert!(said.ok, "kubectl {}: {said:#?}", $arguments);
        said
    }};
}

fn has(said: &Said, words: &[&str]) {
    for word in words {
        assert!(said.out.contains(word), "no {word:?} in {said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn get_prints_the_usual_columns() {
    let cluster = Cluster::start().await;
    has(
        &kubectl!(cluster, "get deployments"),
        &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "2/2"],
    );
    has(
        &kubectl!(cluster, "get pods -o wide"),
        &["RESTARTS", "NODE", "1/1", "Running", "127.0.0.1"],
    );
    has(
        &kubectl!(cluster, "get rs,svc,endpointslices"),
        &["DESIRED", "CLUSTER-IP", "80/TCP", "ENDPOINTS", "8080"],
    );
    has(
        &kubectl!(cluster, "get httproutes,ns"),
        &["HOSTNAMES", "Active"],
    );
    has(
        &kubectl!(cluster, "get events"),
        &["ScalingReplicaSet", "Scaled up replica set"],
    );
    has(
        &kubectl!(cluster, "get deploy checkout -o jsonpath={.spec.replicas}"),
        &["2"],
    );
    has(
        &kubectl!(cluster, "get pods -A -l app=checkout --no-headers"),
        &["production"],
    );
    assert_eq!(kubectl!(cluster, "get pods -l app=other").out, "");
    has(
        &kubectl!(cluster, "logs deploy/checkout"),
        &["started registry.example.com/shop/checkout:v1.0.0"],
    );
    let missing = cluster.kubectl("get deploy nothing").await.unwrap();
    assert!(
        missing
            .err
            .contains("deployments.apps \"nothing\" not found"),
        "{missing:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn describe_tells_events_and_replica_sets() {
    let cluster = Cluster::start().await;
    let words = [
        "2 desired | 2 updated | 2 total | 2 available",
        "NewReplicaSetAvailable",
        "Scaled up replica set checkout-",
    ];
    has(&kubectl!(cluster, "describe deployment checkout"), &words);
    has(
        &kubectl!(cluster, "describe pods"),
        &[
            "Running",
            "registry.example.com/shop/checkout:v1.0.0",
            "Ready",
        ],
    );
    has(
        &kubectl!(cluster, "describe svc checkout"),
        &["127.0.0.1:8080"],
    );
    has(
        &kubectl!(cluster, "describe httproute checkout"),
        &["checkout-canary", "BackendNotFound"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_goes_forth_and_back() {
    let cluster = Cluster::start().await;
    kubectl!(
        cluster,
        "set image deployment/checkout app=registry.example.com/shop/checkout:v2.0.0"
    );
    has(
        &kubectl!(cluster, "rollout status deployment/checkout --timeout=15s"),
        &["successfully rolled out"],
    );
    let history = kubectl!(cluster, "rollout history deployment/checkout");
    has(&history, &["1", "2"]);
    has(
        &kubectl!(cluster, "rollout history deployment/checkout --revision=1"),
        &["checkout:v1.0.0"],
    );
    has(
        &kubectl!(cluster, "rollout undo deployment/checkout"),
        &["rolled back"],
    );
    has(
        &kubectl!(cluster, "rollout status deployment/checkout --timeout=15s"),
        &["successfully rolled out"],
    );
    let deployment = cluster.store.get(&checkout()).unwrap();
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["image"],
        "registry.example.com/shop/checkout:v1.0.0"
    );
    assert_eq!(
        deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"],
        "3"
    );
    let history = kubectl!(cluster, "rollout history deployment/checkout");
    let revisions: Vec<&str> = history
        .out
        .lines()
        .skip(2)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(revisions, ["2", "3"]);
    kubectl!(cluster, "rollout restart deployment/checkout");
    kubectl!(cluster, "rollout status deployment/checkout --timeout=15s");
    kubectl!(cluster, "rollout pause deployment/checkout");
    kubectl!(cluster, "rollout resume deployment/checkout");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_are_changed_applied_and_deleted() {
    let cluster = Cluster::start().await;
    kubectl!(cluster, "scale deployment/checkout --replicas=4");
    kubectl!(cluster, "rollout status deployment/checkout --timeout=15s");
    kubectl!(cluster, "annotate deployment/checkout note=hello");
    kubectl!(cluster, "label deployment/checkout tier=front");
    kubectl!(
        cluster,
        "patch deployment/checkout --type=merge -p {\"spec\":{\"minReadySeconds\":0}}"
    );
    kubectl!(
        cluster,
        "patch deployment/checkout --type=json -p [{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":4}]"
    );
    let stale = "patch deployment/checkout --type=json -p [{\"op\":\"test\",\"path\":\"/spec/replicas\",\"value\":5}]";
    let refused = cluster.kubectl(stale).await.unwrap();
    assert!(
        !refused.ok && refused.err.contains("the server rejected our request"),
        "{refused:#?}"
    );
    let deployment = cluster.store.get(&checkout()).unwrap();
    assert_eq!(
        (
            deployment["spec"]["replicas"].as_i64(),
            &deployment["metadata"]["annotations"]["note"]
        ),
        (Some(4), &Value::from("hello"))
    );

    let file = cluster.path("config.json");
    let map = |value: &str| {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"settings\"}},\"data\":{{\"a\":\"{value}\"}}}}"
        )
    };
    std::fs::write(&file, map("1")).unwrap();
    let apply = format!("apply -f {}", file.display());
    has(&kubectl!(cluster, &apply), &["configmap/settings created"]);
    has(
        &kubectl!(cluster, &apply),
        &["configmap/settings unchanged"],
    );
    std::fs::write(&file, map("2")).unwrap();
    has(
        &kubectl!(cluster, &format!("{apply} --dry-run=server")),
        &["(server dry run)"],
    );
    has(
        &kubectl!(cluster, &apply),
        &["configmap/settings configured"],
    );
    has(
        &kubectl!(
            cluster,
            &format!("{apply} --server-side --force-conflicts --field-manager=me")
        ),
        &["serverside-applied"],
    );
    has(
        &kubectl!(cluster, "get configmap settings -o jsonpath={.data.a}"),
        &["2"],
    );
    kubectl!(cluster, "delete configmap settings");
    kubectl!(cluster, "delete pods --all --timeout=15s");
    kubectl!(
        cluster,
        "wait deployment/checkout --for=condition=Available --timeout=15s"
    );
    kubectl!(cluster, "delete deployment checkout --timeout=15s");
    cluster
        .until("what the deployment owned to go", |store| {
            use flightdeck::demo::kube_api::Resource::{Pods, ReplicaSets};
            store.list(Pods, None).is_empty() && store.list(ReplicaSets, None).is_empty()
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_are_asked_and_told() {
    let cluster = Cluster::start().await;
    has(&kubectl!(cluster, "auth can-i patch deployments"), &["yes"]);
    has(&kubectl!(cluster, "auth whoami"), &["demo-engineer"]);
    cluster.faults.forbid("patch", "deployments/scale");
    let no = cluster
        .kubectl("auth can-i patch deployments --subresource=scale")
        .await
        .unwrap();
    assert!(no.out.contains("no") && !no.ok, "{no:#?}");
    let refused = cluster
        .kubectl("scale deployment/checkout --replicas=1")
        .await
        .unwrap();
    let sentence = "deployments.apps \"checkout\" is forbidden: User \"demo-engineer\" cannot patch resource \"deployments/scale\" in API group \"apps\" in the namespace \"production\"";
    assert!(refused.err.contains(sentence), "{refused:#?}");
    has(&kubectl!(cluster, "auth can-i --list"), &["deployments"]);
    cluster.faults.expire_login();
    let expired = cluster.kubectl("get pods").await.unwrap();
    assert!(
        expired.err.contains("Unauthorized") || expired.err.contains("must be logged in"),
        "{expired:#?}"
    );
    cluster.faults.restore_login();
    cluster.faults.unforbid();
    has(
        &kubectl!(cluster, "auth can-i patch deployments --subresource=scale"),
        &["yes"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workloads_and_routes_are_applied_and_compared() {
    let cluster = Cluster::empty().await;
    let namespace =
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "production" } });
    let route = |weight: u32| {
        json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": "checkout" },
        "spec": { "rules": [{ "backendRefs": [{ "name": "checkout", "port": 80, "weight": weight }] }] } })
    };
    let mut deployment = deployment();
    let file = cluster.path("objects.json");
    let write = |deployment: &Value, weight: u32| {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": [namespace, deployment, route(weight)] });
        std::fs::write(&file, list.to_string()).unwrap();
    };
    let apply = format!("apply -f {}", file.display());
    write(&deployment, 1);
    has(
        &kubectl!(cluster, &apply),
        &[
            "deployment.apps/checkout created",
            "httproute.gateway.networking.k8s.io/checkout created",
        ],
    );
    has(
        &kubectl!(cluster, &apply),
        &["deployment.apps/checkout unchanged", "checkout unchanged"],
    );
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] =
        json!("registry.example.com/shop/checkout:v2.0.0");
    write(&deployment, 9);
    let diff = cluster
        .kubectl(&format!("diff -f {}", file.display()))
        .await
        .unwrap();
    has(&diff, &["checkout:v1.0.0", "checkout:v2.0.0", "weight: 9"]);
    has(
        &kubectl!(cluster, &apply),
        &["deployment.apps/checkout configured", "checkout configured"],
    );
    kubectl!(cluster, "rollout status deployment/checkout --timeout=15s");
    let stored = cluster.store.get(&checkout()).unwrap();
    assert_eq!(
        stored["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"],
        8080
    );
    assert_eq!(
        stored["spec"]["template"]["spec"]["containers"][0]["image"],
        "registry.example.com/shop/checkout:v2.0.0"
    );
    kubectl!(cluster, "delete namespace production --timeout=15s");
}
