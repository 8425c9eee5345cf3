//! `pilot --manifest`: what is printed for the cluster.

use crate::support::{Ran, flightdeck, ran};
use serde_json::{Value, json};

const CONFIG: &str = r#"
[notify]
webhook = { env = "HOOK" }
format = "slack"

[services.cart.environments.staging]
kubeconfig = "/home/mira/.kube/config"
context = "staging-eu1"
namespace = "staging"
freezes = [{ name = "weekend", from = "Fri 15:00", until = "Mon 08:00", zone = "Europe/Berlin" }]

[services.cart.environments.staging.strategy]
kind = "canary"
stable = "cart"
canary = "cart-next"
route = "shop"

[services.cart.environments.staging.pilot]
on_not_enough_data = "extend"
extend_by = "5m"
"#;

/// Every table that a pilot goes by, none as by default; the smoke test's is filled or empty.
const STRICT: &str = r"
[services.cart.environments.staging.goals]
error_share = 0.002

[services.cart.environments.staging.metrics]
port = 9090

[services.cart.environments.staging.verdict]
false_alarms = 0.01
error_ratio = 1.5
margins = [
    { up_to = 20, error_ratio = 2, error_share = 0.005, slow_ratio = 1.25 },
    { up_to = 100, error_ratio = 1.25, error_share = 0.001, slow_ratio = 1.125 },
]

[services.cart.environments.staging.smoke]
";

fn manifest(more: &[&str]) -> Ran {
    manifest_of(CONFIG, more)
}

fn manifest_of(config: &str, more: &[&str]) -> Ran {
    let mut args = vec!["pilot", "cart", "-e", "staging", "--manifest"];
    args.extend(more);
    with_config(config, &args)
}

fn with_config(config: &str, args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    std::fs::write(&path, config).unwrap();
    let mut command = flightdeck(home.path());
    command.arg("--config").arg(&path).args(args);
    ran(command)
}

/// The config in what `pilot --manifest` prints.
fn config_in(list: &Value) -> String {
    let map = objects(list, "ConfigMap")[0];
    map["data"]["config.toml"].as_str().unwrap().to_owned()
}

/// What is in effect by `config print`, without what only holds on this machine, or where a value came from.
fn in_effect(config: &str) -> Vec<(String, Value)> {
    let printed = with_config(config, &["config", "print", "-o", "json"]);
    let document = printed.exits(0).json();
    let values = document["values"].as_array().unwrap().iter();
    let value = |value: &Value| {
        (
            value["key"].as_str().unwrap().to_owned(),
            value["value"].clone(),
        )
    };
    let local = ["data.dir", "kubeconfig", "context"];
    values
        .map(value)
        .filter(|(key, _)| !local.iter().any(|end| key.ends_with(end)))
        .collect()
}

fn objects<'l>(list: &'l Value, kind: &str) -> Vec<&'l Value> {
    let items = list["items"].as_array().unwrap();
    items.iter().filter(|item| item["kind"] == kind).collect()
}

#[test]
fn it_is_complete_bound_to_itself_and_has_the_least_rights() {
    let list = manifest(&[
        "--image",
        "registry.example.com/tools/flightdeck:0.1.0",
        "-o",
        "json",
    ])
    .exits(0)
    .json();
    let name = "flightdeck-pilot-cart-staging";
    let kinds: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "ConfigMap",
            "Deployment"
        ]
    );
    let binding = objects(&list, "RoleBinding")[0];
    assert_eq!(
        binding["subjects"],
        json!([{ "kind": "ServiceAccount", "name": name, "namespace": "staging" }])
    );
    for rule in objects(&list, "Role")[0]["rules"].as_array().unwrap() {
        let verbs = rule["verbs"].as_array().unwrap();
        let is_write = verbs.iter().any(|verb| verb == "patch");
        assert!(!is_write || rule["resourceNames"].is_array(), "{rule:#}");
        assert!(
            !verbs
                .iter()
                .any(|verb| verb == "*" || verb == "delete" || verb == "update")
        );
    }
    let pod = &objects(&list, "Deployment")[0]["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], name);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(
        container["image"],
        "registry.example.com/tools/flightdeck:0.1.0"
    );
    assert_eq!(
        container["env"][1]["valueFrom"]["secretKeyRef"],
        json!({ "name": name, "key": "HOOK" })
    );
}

/// The config in it is one that the program takes, and says the same but for what only holds outside.
#[test]
fn its_config_is_read_as_the_one_it_was_made_from() {
    let list = manifest(&["-o", "json"]).exits(0).json();
    let config = config_in(&list);
    assert!(
        !config.contains("mira") && !config.contains("staging-eu1"),
        "{config}"
    );
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config.toml");
    std::fs::write(&path, &config).unwrap();
    let mut command = flightdeck(home.path());
    command.arg("--config").arg(&path).args(["config", "print"]);
    let printed = ran(command).exits(0);
    for part in [
        "\"cart-next\"",
        "\"shop\"",
        "\"extend\"",
        "\"5m\"",
        "\"Fri 15:00\"",
        "\"Mon 08:00\"",
        "\"slack\"",
        "HOOK",
    ] {
        assert!(
            printed.out.contains(part),
            "{part}: {}\n{config}",
            printed.out
        );
    }
}

/// A pilot in the cluster judges as the one here would: each value in effect is the same.
#[test]
fn its_config_has_every_value_in_effect() {
    for smoke in ["", "health = \"/up\"\nrequests = 7\n"] {
        let own = format!("{CONFIG}{STRICT}{smoke}");
        let list = manifest_of(&own, &["-o", "json"]).exits(0).json();
        assert_eq!(in_effect(&config_in(&list)), in_effect(&own), "{smoke:?}");
    }
}

#[test]
fn as_text_it_is_yaml_that_explains_its_placeholder() {
    let text = manifest(&[]).exits(0);
    assert!(text.out.contains("# REGISTRY/flightdeck:"), "{}", text.out);
    assert!(
        text.out.contains("config.toml: |\n    [data]"),
        "{}",
        text.out
    );
    assert!(text.out.contains("--from-literal=HOOK="), "{}", text.out);
    assert_eq!(text.err, "");
}
