//! A small cluster for the tests: one service with two pods, a part that makes pods ready at once, and ways to ask it things.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use flightdeck::demo::controllers;
use flightdeck::demo::kube_api::{Faults, Key, NoHost, Resource, Server, Store, now, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{needed, part};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running cluster; it ends when this is dropped.
pub struct Cluster {
    pub store: Store,
    pub faults: Faults,
    pub url: String,
    home: tempfile::TempDir,
    stop: CancellationToken,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What `kubectl` said.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Cluster {
    /// Starts one with the deployment `checkout` of two ready pods in `production`.
    pub async fn start() -> Self {
        let cluster = Self::empty().await;
        cluster.fill();
        cluster
            .until("two available pods", |store| {
                let status = &store.get(&checkout()).unwrap()["status"];
                let conditions = status["conditions"].as_array().into_iter().flatten();
                let mut reasons = conditions.map(|condition| &condition["reason"]);
                status["availableReplicas"] == 2
                    && reasons.any(|reason| reason == "NewReplicaSetAvailable")
            })
            .await;
        cluster
    }

    /// Starts one with nothing in it but controllers.
    pub async fn empty() -> Self {
        let (store, faults, stop) = (
            Store::with_seed(7),
            Faults::default(),
            CancellationToken::new(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server {
            store: store.clone(),
            faults: faults.clone(),
            host: Arc::new(NoHost),
        };
        tokio::spawn(serve(server, listener, stop.clone()));
        tokio::spawn(controllers::run(store.clone(), stop.clone()));
        tokio::spawn(stub_kubelet(store.clone(), stop.clone()));
        let home = tempfile::tempdir().unwrap();
        let config = format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Config\",\"clusters\":[{{\"name\":\"demo\",\"cluster\":{{\"server\":\"{url}\"}}}}],\
             \"users\":[{{\"name\":\"demo\",\"user\":{{}}}}],\"contexts\":[{{\"name\":\"demo\",\"context\":\
             {{\"cluster\":\"demo\",\"user\":\"demo\",\"namespace\":\"production\"}}}}],\"current-context\":\"demo\"}}"
        );
        std::fs::write(home.path().join("kubeconfig"), config).unwrap();
        Self {
            store,
            faults,
            url,
            home,
            stop,
        }
    }

    fn fill(&self) {
        let create = |resource, object| self.store.create(resource, object).unwrap();
        create(
            Resource::Namespaces,
            json!({ "metadata": { "name": "production" } }),
        );
        create(Resource::Services, service());
        create(Resource::HttpRoutes, route());
        create(Resource::Deployments, deployment());
    }

    /// Waits until `holds`, looking at each change.
    pub async fn until(&self, what: &str, holds: impl Fn(&Store) -> bool) {
        let mut changes = self.store.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if holds(&self.store) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        assert!(
            tokio::time::timeout(PATIENCE, wait).await.is_ok(),
            "waited in vain for {what}: {:#?}",
            self.store.get(&checkout())
        );
    }

    /// A path below this test's own directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs `kubectl`; `None`, said loudly, where there is none.
    pub async fn kubectl(&self, arguments: &str) -> Option<Said> {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let (home, config) = (self.home.path().to_owned(), self.path("kubeconfig"));
        let run = tokio::task::spawn_blocking(move || {
            Command::new("kubectl")
                .args(["--kubeconfig".as_ref(), config.as_os_str()])
                .args(["--cache-dir".as_ref(), home.join("cache").as_os_str()])
                .args(&arguments)
                .env("HOME", &home)
                .env("NO_PROXY", "*")
                .output()
        });
        let ran = run.await.unwrap();
        part("kubectl", needed(ran.is_ok()));
        match ran {
            Ok(output) => Some(Said {
                ok: output.status.success(),
                out: String::from_utf8_lossy(&output.stdout).into_owned(),
                err: String::from_utf8_lossy(&output.stderr).into_owned(),
            }),
            Err(error) => {
                eprintln!("SKIPPED: kubectl not found ({error})");
                None
            }
        }
    }

    /// A request by a plain HTTP client: status and body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> (u16, Value) {
        let (code, text) = self.send_text(method, path, content_type, body).await;
        (
            code,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// As [`Cluster::send`], the body as text.
    pub async fn send_text(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> (u16, String) {
        let request = http_client()
            .request(method.parse().unwrap(), format!("{}{path}", self.url))
            .header("content-type", content_type)
            .header("user-agent", "tester/1 (test)")
            .body(if body.is_null() {
                String::new()
            } else {
                body.to_string()
            });
        let answer = tokio::time::timeout(PATIENCE, request.send())
            .await
            .unwrap()
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A kube-rs client.
    pub fn client(&self) -> kube::Client {
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut config = kube::Config::new(self.url.parse().unwrap());
        "production".clone_into(&mut config.default_namespace);
        kube::Client::try_from(config).unwrap()
    }
}

/// An HTTP client that goes nowhere but to the address.
pub fn http_client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub fn checkout() -> Key {
    Key::new(Resource::Deployments, "production", "checkout")
}

pub fn route_key() -> Key {
    Key::new(Resource::HttpRoutes, "production", "checkout")
}

pub const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/production/deployments/checkout";

pub fn deployment() -> Value {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "checkout", "namespace": "production", "labels": { "app": "checkout" }, "annotations": { "team": "shop" } },
        "spec": { "replicas": 2, "selector": { "matchLabels": { "app": "checkout" } },
            "template": { "metadata": { "labels": { "app": "checkout" } },
                "spec": { "containers": [{ "name": "app", "image": "registry.example.com/shop/checkout:v1.0.0",
                    "ports": [{ "name": "http", "containerPort": 8080 }] }] } } } })
}

fn service() -> Value {
    json!({ "metadata": { "name": "checkout", "namespace": "production" },
        "spec": { "selector": { "app": "checkout" }, "ports": [{ "name": "http", "port": 80, "targetPort": "http" }] } })
}

fn route() -> Value {
    json!({ "metadata": { "name": "checkout", "namespace": "production" },
        "spec": { "parentRefs": [{ "name": "gateway" }], "rules": [{ "backendRefs": [
            { "name": "checkout", "port": 80, "weight": 95 }, { "name": "checkout-canary", "port": 80, "weight": 5 }] }] } })
}

/// Makes pods ready as they come, unless their image is `…:never-ready`, and removes those being deleted, unless they are annotated to
/// linger.
async fn stub_kubelet(store: Store, stop: CancellationToken) {
    let mut changes = store.changes_of(Resource::Pods);
    loop {
        changes.mark_unchanged();
        for pod in store.list(Resource::Pods, None) {
            let key = Key::of(Resource::Pods, &pod);
            let lingers = pod["metadata"]["annotations"]["linger"].is_string();
            if pod["metadata"]["deletionTimestamp"].is_string() && !lingers {
                drop(store.delete(&key));
            } else if pod["status"]["podIP"].is_null() {
                let image = pod["spec"]["containers"][0]["image"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                drop(store.edit(&key, |pod| run(pod, &image)));
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = changes.changed() => {}
        }
    }
}

fn run(pod: &mut Value, image: &str) {
    let ready = !image.ends_with("never-ready");
    pod["status"]["phase"] = json!("Running");
    pod["status"]["podIP"] = json!("127.0.0.1");
    pod["status"]["startTime"] = json!(now());
    pod["status"]["conditions"] = json!([{ "type": "Ready", "status": if ready { "True" } else { "False" }, "lastTransitionTime": now() }]);
    pod["status"]["containerStatuses"] = json!([{ "name": "app", "image": image, "imageID": "sha256:1", "ready": ready,
        "restartCount": 0, "started": true, "state": { "running": { "startedAt": now() } } }]);
}
