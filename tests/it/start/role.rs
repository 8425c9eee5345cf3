//! The Role that `doctor --role` prints.

use crate::support::{Ran, flightdeck, ran};
use flightdeck::headless::role::Subject;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/config/valid");

fn role(config: &str, args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = flightdeck(home.path());
    let config = format!("{DATA}/{config}");
    command.args(["--config", &config, "doctor", "--role"]);
    command.args(args);
    ran(command)
}

const EXPECTED: &str = r#"# The least rights that Flightdeck uses for cart in staging.
# For whoever may grant them: look at it, then kubectl apply -f FILE
---
apiVersion: "rbac.authorization.k8s.io/v1"
kind: "Role"
metadata:
  labels:
    flightdeck.dev/service: "cart"
  name: "flightdeck-cart-staging"
  namespace: "staging"
rules:
- apiGroups: ["apps"]
  resources: ["deployments"]
  resourceNames: ["cart","cart-next"]
  verbs: ["get","list","watch"]
- apiGroups: ["gateway.networking.k8s.io"]
  resources: ["httproutes"]
  resourceNames: ["shop"]
  verbs: ["get","list","watch"]
- apiGroups: [""]
  resources: ["configmaps"]
  resourceNames: ["flightdeck-cart-staging"]
  verbs: ["get","list","watch"]
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  resourceNames: ["flightdeck-cart-staging"]
  verbs: ["get","list","watch"]
- apiGroups: ["apps"]
  resources: ["replicasets"]
  verbs: ["list","watch"]
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["list","watch"]
- apiGroups: ["discovery.k8s.io"]
  resources: ["endpointslices"]
  verbs: ["list"]
- apiGroups: ["autoscaling"]
  resources: ["horizontalpodautoscalers"]
  verbs: ["list"]
- apiGroups: [""]
  resources: ["pods/proxy"]
  verbs: ["get"]
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
- apiGroups: ["apps"]
  resources: ["deployments"]
  resourceNames: ["cart","cart-next"]
  verbs: ["patch"]
- apiGroups: ["gateway.networking.k8s.io"]
  resources: ["httproutes"]
  resourceNames: ["shop"]
  verbs: ["patch"]
- apiGroups: [""]
  resources: ["configmaps"]
  resourceNames: ["flightdeck-cart-staging"]
  verbs: ["patch"]
- apiGroups: [""]
  resources: ["configmaps"]
  verbs: ["create"]
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  resourceNames: ["flightdeck-cart-staging"]
  verbs: ["patch"]
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  verbs: ["create"]
- apiGroups: ["events.k8s.io"]
  resources: ["events"]
  verbs: ["create"]
---
apiVersion: "rbac.authorization.k8s.io/v1"
kind: "RoleBinding"
metadata:
  labels:
    flightdeck.dev/service: "cart"
  name: "flightdeck-cart-staging"
  namespace: "staging"
roleRef:
  kind: "Role"
  apiGroup: "rbac.authorization.k8s.io"
  name: "flightdeck-cart-staging"
subjects:
- kind: "Group"
  apiGroup: "rbac.authorization.k8s.io"
  name: "on-call"
"#;

#[test]
fn the_role_names_what_the_config_uses_and_nothing_else() {
    let ran = role("two.toml", &["cart", "-e", "staging", "--group", "on-call"]).exits(0);
    assert_eq!(ran.out, EXPECTED);
    assert_eq!(ran.err, "");
}

#[test]
fn looking_alone_writes_nothing() {
    let args = ["cart", "-e", "staging", "--user", "mira", "--read-only"];
    let ran = role("two.toml", &args).exits(0);
    for verb in ["patch", "create", "update", "delete", "*"] {
        assert!(
            !ran.out.contains(&format!("\"{verb}\"")),
            "{verb}: {}",
            ran.out
        );
    }
    assert!(ran.out.contains("\"watch\""));
}

#[test]
fn a_prometheus_in_the_cluster_is_reached_in_its_own_namespace() {
    let args = ["cart", "-e", "production", "--user", "mira", "-o", "json"];
    let list = role("prometheus.toml", &args).exits(0).json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 4, "{list:#}");
    let monitoring = items
        .iter()
        .find(|item| item["kind"] == "Role" && item["metadata"]["namespace"] == "monitoring")
        .unwrap();
    assert_eq!(
        monitoring["rules"],
        serde_json::json!([{
            "apiGroups": [""],
            "resources": ["services/proxy"],
            "resourceNames": ["prometheus-k8s:web"],
            "verbs": ["get"],
        }])
    );
    assert!(!list.to_string().contains("pods/proxy"), "{list:#}");
    // By URL it needs no right of the cluster.
    let args = ["cart", "-e", "staging", "--user", "mira", "-o", "json"];
    let list = role("prometheus.toml", &args).exits(0).json();
    assert!(!list.to_string().contains("/proxy"), "{list:#}");
}

#[test]
fn who_gets_it_is_told_or_asked_for() {
    let account = ["cart", "-e", "staging", "--serviceaccount", "ci:deployer"];
    let ran = role("two.toml", &account).exits(0);
    let subject = "- kind: \"ServiceAccount\"\n  name: \"deployer\"\n  namespace: \"ci\"\n";
    assert!(ran.out.ends_with(subject), "{}", ran.out);
    let wrong = ["cart", "-e", "staging", "--serviceaccount", "deployer"];
    role("two.toml", &wrong).exits(2);
    // The kubeconfig that the config names is not there: nobody can be asked who asks.
    let unknown = role("two.toml", &["cart", "-e", "staging"]).exits(2);
    assert!(unknown.err.contains("--serviceaccount"), "{unknown:#?}");
    assert_eq!(
        Subject::of_identity("system:serviceaccount:ci:deployer"),
        Subject::ServiceAccount {
            namespace: "ci".to_owned(),
            name: "deployer".to_owned()
        }
    );
    assert_eq!(
        Subject::of_identity("mira@corp"),
        Subject::User("mira@corp".to_owned())
    );
}
