//! The built program on a real API server with the real controllers, where `FLIGHTDECK_TEST_KUBECONFIG` names one.
//!
//! The cluster's namespaces `staging` and `production` are used. No container runs there: what a pod does is said by annotations
//! that the cluster's node understands (`testbed/ready-after`, `testbed/crash`), so there are no metrics, and everything that
//! wants them says so. A `viewer.kubeconfig` beside the named one may read and nothing else.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

use crate::support::{DEADLINE, Ran, flightdeck, part, ran, used};

const CLUSTER: &str = "FLIGHTDECK_TEST_KUBECONFIG";

/// A home without a config, on a cluster.
struct Bed {
    kubeconfig: PathBuf,
    home: TempDir,
    namespace: &'static str,
}

impl Bed {
    /// `None`, said loudly, where no cluster is named.
    fn find(namespace: &'static str) -> Option<Self> {
        let kubeconfig = std::env::var_os(CLUSTER);
        part("apiserver", used(kubeconfig.is_some()));
        let Some(kubeconfig) = kubeconfig else {
            eprintln!("SKIPPED: no real API server: {CLUSTER} names no kubeconfig");
            return None;
        };
        Some(Self {
            kubeconfig: kubeconfig.into(),
            home: tempfile::tempdir().unwrap(),
            namespace,
        })
    }

    fn command(&self, kubeconfig: &Path, args: &[&str]) -> Command {
        let mut command = flightdeck(self.home.path());
        command.env("KUBECONFIG", kubeconfig).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(&self.kubeconfig, args))
    }

    fn run_as(&self, user: &str, args: &[&str]) -> Ran {
        let kubeconfig = self.kubeconfig.with_file_name(format!("{user}.kubeconfig"));
        ran(self.command(&kubeconfig, args))
    }

    #[track_caller]
    fn kubectl(&self, args: &[&str]) -> String {
        let mut command = Command::new("kubectl");
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["-n", self.namespace])
            .args(args)
            .env("HOME", self.home.path())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn get(&self, object: &str) -> Value {
        serde_json::from_str(&self.kubectl(&["get", object, "-o", "json"])).unwrap()
    }

    /// Makes exactly these objects, whatever an earlier run left.
    fn apply(&self, objects: &[Value]) {
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
        let file = self.home.path().join("objects.json");
        std::fs::write(&file, list.to_string()).unwrap();
        let file = file.display().to_string();
        self.kubectl(&["delete", "--ignore-not-found", "--wait", "-f", &file]);
        self.kubectl(&["create", "-f", &file]);
    }

    /// Deletes the record that an earlier run left.
    fn forget(&self, service: &str) {
        let record = format!("flightdeck-{service}-{}", self.namespace);
        self.kubectl(&["delete", "--ignore-not-found", "configmap", &record]);
    }

    fn status(&self, service: &str) -> Value {
        let args = ["status", service, "-e", self.namespace, "-o", "json"];
        self.run(&args).exits(0).json()["services"][0].clone()
    }

    /// Deploys an image whose pods do this as soon as there are any.
    fn deploy_broken(&self, service: &str, tag: &str, crash: &str) -> Ran {
        let image = image(service, tag);
        let args = [
            "deploy",
            service,
            "-e",
            self.namespace,
            "--image",
            &image,
            "--wait",
            "--yes",
        ];
        let mut command = self.command(&self.kubeconfig, &args);
        command.args(["--confirm", service, "-o", "json"]);
        std::thread::scope(|scope| {
            let deployed = scope.spawn(|| ran(command));
            let deadline = Instant::now() + DEADLINE;
            loop {
                let pods = self.get("pods");
                let pods = pods["items"].as_array().unwrap();
                let of_image =
                    |pod: &&Value| pod["spec"]["containers"][0]["image"] == image.as_str();
                if let Some(pod) = pods.iter().find(of_image) {
                    let name = pod["metadata"]["name"].as_str().unwrap();
                    let mark = format!("testbed/crash={crash}");
                    self.kubectl(&["annotate", "--overwrite", "pod", name, &mark]);
                    break;
                }
                assert!(Instant::now() < deadline, "no pod of {image}");
                std::thread::sleep(Duration::from_millis(50));
            }
            deployed.join().unwrap()
        })
    }
}

fn image(service: &str, tag: &str) -> String {
    format!("registry.example.com/shop/{service}:{tag}")
}

/// A Deployment whose pods take a moment to become ready, and whose rollouts have failed after ten seconds of none.
fn deployment(name: &str, app: &str, replicas: u32) -> Value {
    let labels = json!({ "app": app, "track": name });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": 10,
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels, "annotations": { "testbed/ready-after": "2s" } },
                "spec": { "containers": [{ "name": app, "image": image(app, "v1.0.0") }] },
            },
        },
    })
}

fn service(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": name },
        "spec": { "selector": { "app": app, "track": name }, "ports": [{ "port": 80, "targetPort": 8080 }] },
    })
}

fn says(ran: &Ran, words: &str) {
    assert!(
        ran.err.contains(words) || ran.out.contains(words),
        "{words:?} in {ran:#?}"
    );
}

#[test]
fn a_plain_deployment_from_the_first_look_to_every_way_back() {
    let Some(bed) = Bed::find("staging") else {
        return;
    };
    bed.apply(&[
        deployment("orders", "orders", 2),
        service("orders", "orders"),
    ]);
    bed.forget("orders");
    bed.kubectl(&["rollout", "status", "deployment/orders", "--timeout=60s"]);

    // The kubeconfig alone: looking, and nothing that replaces what serves.
    let first = bed
        .run(&["status", "orders", "-n", "staging", "-o", "json"])
        .exits(0);
    says(
        &first,
        "no config: guessed from context testbed, namespace staging",
    );
    let live = &first.json()["services"][0];
    assert_eq!(live["strategy"], "rolling");
    assert_eq!(live["phase"], "healthy");
    assert_eq!(live["stable"]["tag"], "v1.0.0");
    let v1_1 = image("orders", "v1.1.0");
    let refused = bed
        .run(&[
            "deploy", "orders", "-n", "staging", "--image", &v1_1, "--yes",
        ])
        .exits(4);
    says(&refused, "flightdeck config init orders");
    bed.run(&["config", "init", "orders", "-n", "staging"])
        .exits(0);
    bed.run(&["config", "check"]).exits(0);

    let orders = ["orders", "-e", "staging"];
    let act = |verb: &str, more: &[&str]| bed.run(&[&[verb], &orders[..], more].concat());
    act("good", &["--yes", "--reason", "serving for months"]).exits(0);
    act(
        "deploy",
        &["--image", &v1_1, "--wait", "--confirm", "orders"],
    )
    .exits(0);
    assert_eq!(bed.status("orders")["stable"]["tag"], "v1.1.0");

    let crashed = bed
        .deploy_broken("orders", "v1.2.0", "CrashLoopBackOff")
        .exits(8);
    says(&crashed, "exceeded its progress deadline");
    says(&crashed, "CrashLoopBackOff");
    let stuck = bed.status("orders");
    assert_eq!(stuck["phase"], "degraded", "{stuck:#}");
    assert_eq!(stuck["candidate"]["tag"], "v1.2.0");
    act("pause", &[]).exits(0);
    assert_eq!(bed.get("deployment/orders")["spec"]["paused"], true);
    let held = bed.status("orders");
    assert_ne!(held["paused"], Value::Null, "{held:#}");
    act("resume", &["--yes"]).exits(0);
    assert_ne!(bed.get("deployment/orders")["spec"]["paused"], true);
    // v1.1.0 never proved good, so the way back leads past it.
    let back = act("rollback", &["--confirm", "orders"]).exits(0);
    says(&back, "v1.0.0");
    assert_eq!(bed.status("orders")["stable"]["tag"], "v1.0.0");

    let unpulled = bed
        .deploy_broken("orders", "v1.3.0", "ImagePullBackOff")
        .exits(8);
    says(&unpulled, "ImagePullBackOff");
    act("abort", &["--yes"]).exits(0);
    let calm = bed.status("orders");
    assert_eq!(
        (&calm["stable"]["tag"], &calm["candidate"]),
        (&json!("v1.0.0"), &Value::Null)
    );

    act("rollback", &["--to", "v1.1.0", "--confirm", "orders"]).exits(0);
    assert_eq!(bed.status("orders")["stable"]["tag"], "v1.1.0");
    let history = act("history", &["-o", "json"]).exits(0).json();
    let ends = |tag: &str| {
        let releases = history["releases"].as_array().unwrap();
        let found = releases.iter().find(|release| release["tag"] == tag);
        found.unwrap()["ended"].clone()
    };
    assert_eq!(ends("v1.2.0"), "rolled_back", "{history:#}");
    assert_eq!(ends("v1.3.0"), "aborted", "{history:#}");
}

fn on_checkout<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[verb, "checkout", "-e", "production"], more].concat()
}

fn weight(bed: &Bed) -> Value {
    bed.get("httproute/checkout")["spec"]["rules"][0]["backendRefs"][1]["weight"].clone()
}

#[test]
fn a_canary_whose_gateway_never_answers_and_a_person_who_may_only_look() {
    let Some(bed) = Bed::find("production") else {
        return;
    };
    let backend = |name: &str, weight: u32| json!({ "name": name, "port": 80, "weight": weight });
    let rules =
        json!([{ "backendRefs": [backend("checkout", 100), backend("checkout-canary", 0)] }]);
    bed.apply(&[
        deployment("checkout", "checkout", 2),
        deployment("checkout-canary", "checkout", 0),
        service("checkout", "checkout"),
        service("checkout-canary", "checkout"),
        json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": { "name": "checkout" }, "spec": { "rules": rules } }),
    ]);
    bed.forget("checkout");
    bed.kubectl(&["rollout", "status", "deployment/checkout", "--timeout=60s"]);

    let first = bed
        .run(&["status", "checkout", "-n", "production", "-o", "json"])
        .exits(0);
    assert_eq!(
        first.json()["services"][0]["strategy"],
        "canary",
        "{first:#?}"
    );
    bed.run(&["config", "init", "checkout", "-n", "production"])
        .exits(0);

    let v2 = image("checkout", "v2.0.0");
    let deploy = on_checkout(
        "deploy",
        &["--image", &v2, "--confirm", "checkout", "-o", "json"],
    );

    let forbidden = bed.run_as("viewer", &deploy).exits(6);
    says(&forbidden, "patch");
    assert_eq!(weight(&bed), 0);

    let begun = bed.run(&deploy).exits(0);
    says(&begun, "no gateway has answered");
    let unknown = begun.json()["verified"]
        .as_array()
        .unwrap()
        .iter()
        .any(|check| check["check"] == "weight" && check["ok"] == Value::Null);
    assert!(
        unknown,
        "not seen is not verified, and not failed: {begun:#?}"
    );
    assert_eq!(weight(&bed), 5);
    let live = bed.status("checkout");
    assert_eq!(
        (&live["weight"], &live["candidate"]["tag"]),
        (&json!(5), &json!("v2.0.0"))
    );

    for (verb, resource) in [("rollback", "httproutes"), ("pause", "configmaps")] {
        let forbidden = bed
            .run_as("viewer", &on_checkout(verb, &["--yes"]))
            .exits(6);
        says(&forbidden, "patch");
        says(&forbidden, resource);
    }
    assert_eq!(weight(&bed), 5, "nothing was changed");

    bed.run(&on_checkout("rollback", &["--yes"])).exits(0);
    assert_eq!(weight(&bed), 0);
    assert_eq!(bed.get("deployment/checkout-canary")["spec"]["replicas"], 0);
}
