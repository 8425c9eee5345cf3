//! The way to a cluster: kubeconfig, context, and who announces itself.

use crate::fixture;
use crate::world_kube::cluster::Cluster;
use flightdeck::config::settings::Environment;
use flightdeck::domain::notice::{Notice, NoticeKind};
use flightdeck::runtime::wire::{self, WireError};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use std::path::{Path, PathBuf};

fn environment(kubeconfig: &Path, context: Option<&str>) -> Environment {
    let mut environment = fixture::settings()
        .environment(&fixture::target())
        .unwrap()
        .clone();
    environment.kubeconfig = Some(kubeconfig.to_owned());
    environment.context = context.map(str::to_owned);
    environment
}

fn written(dir: &tempfile::TempDir, server: &str) -> PathBuf {
    let path = dir.path().join("kubeconfig");
    let text = format!(
        r#"{{"apiVersion": "v1", "kind": "Config", "current-context": "",
            "clusters": [{{"name": "c", "cluster": {{"server": "{server}"}}}}], "users": [],
            "contexts": [{{"name": "eu", "context": {{"cluster": "c"}}}}, {{"name": "us", "context": {{"cluster": "gone"}}}}]}}"#
    );
    std::fs::write(&path, text).unwrap();
    path
}

async fn refused(kubeconfig: &Path, context: Option<&str>) -> WireError {
    let environment = environment(kubeconfig, context);
    match wire::connect(&fixture::settings(), &environment).await {
        Ok(_) => panic!("connected by {}", kubeconfig.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn each_way_not_to_have_a_cluster_has_its_sentence_and_cure() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nowhere");
    let error = refused(&missing, None).await;
    assert!(matches!(error, WireError::NoKubeconfig(_)), "{error}");
    let notice = Notice::from(&error);
    assert!(notice.summary.contains("nowhere"), "{notice:?}");
    assert!(notice.hint.unwrap().contains("flightdeck demo"));

    let config = written(&dir, "http://127.0.0.1:9");
    let error = refused(&config, None).await;
    assert!(matches!(error, WireError::NoCurrentContext), "{error}");
    let error = refused(&config, Some("asia")).await;
    assert_eq!(
        error.to_string(),
        "the kubeconfig has no context `asia`; it has eu, us"
    );
    let error = refused(&config, Some("us")).await;
    assert!(matches!(error, WireError::Context(..)), "{error}");

    std::fs::write(&config, "clusters: 7").unwrap();
    let error = refused(&config, None).await;
    assert!(matches!(error, WireError::Kubeconfig(..)), "{error}");
    assert_eq!(Notice::from(&error).kind, NoticeKind::Config);
}

#[tokio::test]
async fn the_program_names_itself() {
    let cluster = Cluster::start().await;
    let dir = tempfile::tempdir().unwrap();
    let config = written(&dir, &cluster.url);
    let clients = wire::connect(&fixture::settings(), &environment(&config, Some("eu")))
        .await
        .unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(clients.calls, "production");
    let map = serde_json::from_value(serde_json::json!({ "metadata": { "name": "m" } })).unwrap();
    maps.create(&kube::api::PostParams::default(), &map)
        .await
        .unwrap();
    let writes = serde_json::to_value(cluster.faults.writes()).unwrap();
    assert!(writes.to_string().contains(wire::AGENT), "{writes}");
}
