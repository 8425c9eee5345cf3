//! The controllers: what a Deployment does with its pods, revisions, deadlines and endpoints.

use flightdeck::demo::kube_api::{Key, Resource, Store};
use serde_json::{Value, json};

use super::cluster::{Cluster, checkout};

const REVISION: &str = "deployment.kubernetes.io/revision";

fn image(cluster: &Cluster, tag: &str) {
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!(format!("registry.example.com/shop/checkout:{tag}"));
        })
        .unwrap();
}

fn progress(store: &Store) -> Value {
    let deployment = store.get(&checkout()).unwrap();
    let conditions = deployment["status"]["conditions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    conditions
        .into_iter()
        .find(|condition| condition["type"] == "Progressing")
        .unwrap_or_default()
}

fn is_complete(store: &Store) -> bool {
    let deployment = store.get(&checkout()).unwrap();
    let status = &deployment["status"];
    let all = |field: &str| status[field] == deployment["spec"]["replicas"];
    status["observedGeneration"] == deployment["metadata"]["generation"]
        && all("replicas")
        && all("updatedReplicas")
        && all("availableReplicas")
        && progress(store)["reason"] == "NewReplicaSetAvailable"
}

async fn roll(cluster: &Cluster, tag: &str) {
    image(cluster, tag);
    cluster.until(tag, is_complete).await;
}

fn sets(cluster: &Cluster) -> Vec<(String, Value, Value)> {
    let sets = cluster
        .store
        .list(Resource::ReplicaSets, Some("production"));
    let mut sets: Vec<_> = sets
        .iter()
        .map(|set| {
            let image = set["spec"]["template"]["spec"]["containers"][0]["image"]
                .as_str()
                .unwrap();
            let annotations = &set["metadata"]["annotations"];
            (
                image.rsplit_once(':').unwrap().1.to_owned(),
                annotations[REVISION].clone(),
                annotations["deployment.kubernetes.io/revision-history"].clone(),
            )
        })
        .collect();
    sets.sort_by_key(|(tag, ..)| tag.clone());
    sets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_comes_back_takes_its_old_set_and_the_next_revision() {
    let cluster = Cluster::start().await;
    for tag in ["v2.0.0", "v3.0.0", "v1.0.0"] {
        roll(&cluster, tag).await;
    }
    let row =
        |tag: &str, revision: &str, history: Value| (tag.to_owned(), json!(revision), history);
    assert_eq!(
        sets(&cluster),
        [
            row("v1.0.0", "4", json!("1")),
            row("v2.0.0", "2", Value::Null),
            row("v3.0.0", "3", Value::Null)
        ]
    );
    let deployment = cluster.store.get(&checkout()).unwrap();
    assert_eq!(deployment["metadata"]["annotations"][REVISION], "4");
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["revisionHistoryLimit"] = json!(1);
        })
        .unwrap();
    cluster
        .until("the oldest set to be forgotten", |store| {
            store.list(Resource::ReplicaSets, None).len() == 2
        })
        .await;
    assert_eq!(sets(&cluster)[1].0, "v3.0.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_update_keeps_within_surge_and_unavailability() {
    for (surge, unavailable, most, least) in [
        (json!(1), json!(0), 5, 4),
        (json!("25%"), json!("25%"), 5, 3),
        (json!(0), json!(2), 4, 2),
    ] {
        let cluster = Cluster::start().await;
        cluster
            .store
            .edit(&checkout(), |deployment| {
                deployment["spec"]["replicas"] = json!(4);
                deployment["spec"]["strategy"]["rollingUpdate"] =
                    json!({ "maxSurge": surge, "maxUnavailable": unavailable });
            })
            .unwrap();
        cluster.until("four pods", is_complete).await;
        let (_, mut changes) = cluster
            .store
            .list_and_subscribe(Resource::ReplicaSets, None);
        let mut wished = std::collections::BTreeMap::new();
        for set in cluster.store.list(Resource::ReplicaSets, None) {
            wished.insert(
                set["metadata"]["name"].to_string(),
                (
                    set["spec"]["replicas"].as_i64().unwrap(),
                    set["status"]["availableReplicas"].as_i64().unwrap_or(0),
                ),
            );
        }
        roll(&cluster, "v2.0.0").await;
        for change in changes.next().await.unwrap() {
            let set = &change.object;
            wished.insert(
                set["metadata"]["name"].to_string(),
                (
                    set["spec"]["replicas"].as_i64().unwrap(),
                    set["status"]["availableReplicas"].as_i64().unwrap_or(0),
                ),
            );
            let (pods, available) = wished.values().fold((0, 0), |sum, next| {
                (sum.0 + next.0, sum.1 + next.1.min(next.0))
            });
            assert!(
                pods <= most && available >= least,
                "{surge} {unavailable}: {pods} pods, {available} available"
            );
        }
        assert_eq!(wished.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_that_gets_nowhere_exceeds_its_deadline_and_recovers() {
    let cluster = Cluster::start().await;
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["progressDeadlineSeconds"] = json!(1);
        })
        .unwrap();
    image(&cluster, "never-ready");
    cluster
        .until("the deadline", |store| {
            progress(store)["reason"] == "ProgressDeadlineExceeded"
        })
        .await;
    assert_eq!(progress(&cluster.store)["status"], "False");
    let deployment = cluster.store.get(&checkout()).unwrap();
    assert_eq!(
        deployment["status"]["availableReplicas"], 2,
        "old pods stay while new ones are not ready"
    );
    roll(&cluster, "v1.0.0").await;
    assert_eq!(progress(&cluster.store)["status"], "True");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_deployment_follows_its_size_but_not_its_template() {
    let cluster = Cluster::start().await;
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["paused"] = json!(true);
        })
        .unwrap();
    image(&cluster, "v2.0.0");
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["replicas"] = json!(3);
        })
        .unwrap();
    cluster
        .until("three pods", |store| {
            store.get(&checkout()).unwrap()["status"]["availableReplicas"] == 3
        })
        .await;
    assert_eq!(progress(&cluster.store)["reason"], "DeploymentPaused");
    assert_eq!(cluster.store.list(Resource::ReplicaSets, None).len(), 1);
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["paused"] = json!(false);
        })
        .unwrap();
    cluster.until("the new template", is_complete).await;
    assert_eq!(cluster.store.list(Resource::ReplicaSets, None).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recreate_ends_all_old_pods_first() {
    let cluster = Cluster::start().await;
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["strategy"] = json!({ "type": "Recreate" });
        })
        .unwrap();
    let (_, mut changes) = cluster.store.list_and_subscribe(Resource::Pods, None);
    roll(&cluster, "v2.0.0").await;
    let images = changes.next().await.unwrap();
    let first_new = images
        .iter()
        .position(|change| {
            change.object["spec"]["containers"][0]["image"]
                == "registry.example.com/shop/checkout:v2.0.0"
        })
        .unwrap();
    assert!(
        images[first_new..]
            .iter()
            .all(|change| change.object["spec"]["containers"][0]["image"]
                != "registry.example.com/shop/checkout:v1.0.0")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_are_available_after_their_time_only() {
    let cluster = Cluster::start().await;
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["minReadySeconds"] = json!(2);
        })
        .unwrap();
    image(&cluster, "v2.0.0");
    cluster
        .until("a ready pod that is not available", |store| {
            let status = &store.get(&checkout()).unwrap()["status"];
            status["readyReplicas"].as_i64() > status["availableReplicas"].as_i64()
        })
        .await;
    cluster.until("the rollout", is_complete).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endpoints_follow_readiness_and_termination() {
    let cluster = Cluster::start().await;
    let endpoints = |store: &Store| {
        store.list(Resource::EndpointSlices, None)[0]["endpoints"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let with = |store: &Store, name: &str| {
        endpoints(store)
            .into_iter()
            .find(|endpoint| endpoint["targetRef"]["name"] == name)
    };
    cluster
        .until("two endpoints", |store| {
            endpoints(store)
                .iter()
                .filter(|endpoint| endpoint["conditions"]["ready"] == true)
                .count()
                == 2
        })
        .await;
    let pod = Key::of(Resource::Pods, &cluster.store.list(Resource::Pods, None)[0]);
    cluster
        .store
        .edit(&pod, |pod| {
            pod["status"]["conditions"][0]["status"] = json!("False");
        })
        .unwrap();
    cluster
        .until("it to be unready", |store| {
            with(store, &pod.name).unwrap()["conditions"]
                == json!({ "ready": false, "serving": false, "terminating": false })
        })
        .await;
    cluster
        .store
        .edit(&pod, |pod| {
            pod["status"]["conditions"][0]["status"] = json!("True");
            pod["metadata"]["annotations"]["linger"] = json!("yes");
        })
        .unwrap();
    cluster.store.terminate(&pod, 5).unwrap();
    let draining = json!({ "ready": false, "serving": true, "terminating": true });
    cluster
        .until("it to drain", |store| {
            with(store, &pod.name).unwrap()["conditions"] == draining
        })
        .await;
    cluster
        .until("its successor", |store| {
            endpoints(store)
                .iter()
                .filter(|endpoint| endpoint["conditions"]["ready"] == true)
                .count()
                == 2
        })
        .await;
    cluster.store.delete(&pod).unwrap();
    cluster
        .until("it to be gone", |store| with(store, &pod.name).is_none())
        .await;
    let slice = &cluster.store.list(Resource::EndpointSlices, None)[0];
    assert_eq!(
        (
            &slice["ports"][0]["port"],
            &slice["metadata"]["labels"]["kubernetes.io/service-name"]
        ),
        (&json!(8080), &json!("checkout"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_is_never_told_complete_before_its_own_pods_serve() {
    let cluster = Cluster::start().await;
    for turn in 0..12 {
        let tag = format!("v{turn}.1.0");
        // A change just before the image keeps the controller busy with an older generation.
        cluster
            .store
            .edit(&checkout(), |deployment| {
                deployment["spec"]["progressDeadlineSeconds"] = json!(600 + turn);
            })
            .unwrap();
        roll(&cluster, &tag).await;
        let pods = cluster.store.list(Resource::Pods, None);
        let serving = pods
            .iter()
            .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        let images: Vec<&str> = serving
            .filter_map(|pod| pod["spec"]["containers"][0]["image"].as_str())
            .collect();
        assert!(
            images.len() == 2 && images.iter().all(|image| image.ends_with(&tag)),
            "{images:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absurd_wishes_neither_stop_the_controllers_nor_fill_the_machine() {
    let cluster = Cluster::start().await;
    cluster
        .store
        .edit(&checkout(), |deployment| {
            deployment["spec"]["minReadySeconds"] = json!(i64::MIN);
            deployment["spec"]["strategy"]["rollingUpdate"] =
                json!({ "maxSurge": i64::MAX, "maxUnavailable": "99999999999999999%" });
            deployment["spec"]["replicas"] = json!(i64::MAX);
        })
        .unwrap();
    cluster
        .until("the quota to be told", |store| {
            let sets = store.list(Resource::ReplicaSets, None);
            sets.iter()
                .any(|set| set["status"]["conditions"][0]["type"] == "ReplicaFailure")
        })
        .await;
    assert!(cluster.store.count(Resource::Pods) <= 1000);
    cluster
        .store
        .edit(&checkout(), |deployment| {
            *deployment = super::cluster::deployment();
        })
        .unwrap();
    roll(&cluster, "v9.0.0").await;
}
