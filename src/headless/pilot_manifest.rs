//! `pilot --manifest`: what runs the pilot of one environment in its cluster, to be looked at and applied by who may.
//!
//! Invariants: the rights are those that the config uses, and no more; no secret is in it; the pod writes nowhere but into its
//! own volume.

use super::exit;
use super::output::Output;
use super::role::{self, Subject};
use crate::config::access::needed;
use crate::config::layer::Layered;
use crate::config::settings::{Environment, MetricsSource, SecretRef, Settings};
use crate::domain::ids::Target;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Stands where nobody named an image.
const PLACEHOLDER: &str = concat!("REGISTRY/flightdeck:", env!("CARGO_PKG_VERSION"));

const DATA: &str = "/var/lib/flightdeck";
const CONFIG: &str = "/etc/flightdeck";
/// Nobody in particular.
const USER: u32 = 65532;

/// Prints it.
pub fn run(
    layered: &Layered,
    target: &Target,
    image: Option<&str>,
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let Some(environment) = layered.settings.environment(target) else {
        return Ok(exit::CONFIG);
    };
    let references = references(&layered.settings, environment);
    for reference in &references {
        if let Some(told) = not_carried(reference) {
            output.notice(&told)?;
        }
    }
    for path in certificates(environment) {
        let path = path.display();
        output.notice(&format!(
            "the file {path} that the config takes a certificate from is on this machine, not in the pod: mount it there"
        ))?;
    }
    let objects = objects(layered, target, environment, image.unwrap_or(PLACEHOLDER));
    let document = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    output.print(&document, |_| text(target, &objects, &references, image))?;
    Ok(exit::DONE)
}

fn objects(
    layered: &Layered,
    target: &Target,
    environment: &Environment,
    image: &str,
) -> Vec<Value> {
    let subject = Subject::ServiceAccount {
        namespace: environment.namespace.clone(),
        name: name(target),
    };
    let metadata = metadata(target, environment);
    let mut objects = vec![json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
    })];
    objects.extend(role::objects(
        &needed(environment, target),
        target,
        &subject,
    ));
    objects.push(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": { "config.toml": config(layered, target, environment) },
    }));
    let references = references(&layered.settings, environment);
    objects.push(deployment(target, &metadata, image, &references));
    objects
}

/// `flightdeck-pilot-SERVICE-ENVIRONMENT`.
pub(super) fn name(target: &Target) -> String {
    format!("flightdeck-pilot-{}-{}", target.service, target.environment)
}

fn metadata(target: &Target, environment: &Environment) -> Value {
    json!({
        "name": name(target),
        "namespace": environment.namespace,
        "labels": {
            "app.kubernetes.io/name": "flightdeck-pilot",
            "flightdeck.dev/service": target.service,
        },
    })
}

fn deployment(target: &Target, metadata: &Value, image: &str, references: &[&SecretRef]) -> Value {
    let labels = json!({
        "app.kubernetes.io/name": "flightdeck-pilot",
        "app.kubernetes.io/instance": name(target),
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 1,
            "strategy": { "type": "Recreate" },
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "serviceAccountName": name(target),
                    "terminationGracePeriodSeconds": 30,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "fsGroup": USER,
                        "seccompProfile": { "type": "RuntimeDefault" },
                    },
                    "containers": [container(target, image, references)],
                    "volumes": [
                        { "name": "config", "configMap": { "name": name(target) } },
                        { "name": "data", "emptyDir": { "sizeLimit": "64Mi" } },
                    ],
                },
            },
        },
    })
}

fn container(target: &Target, image: &str, references: &[&SecretRef]) -> Value {
    let mut variables = vec![json!({ "name": "HOME", "value": DATA })];
    variables.extend(references.iter().filter_map(|reference| match reference {
        SecretRef::Env(variable) => Some(json!({
            "name": variable,
            "valueFrom": { "secretKeyRef": { "name": name(target), "key": variable } },
        })),
        SecretRef::Command(_) | SecretRef::File(_) => None,
    }));
    json!({
        "name": "pilot",
        "image": image,
        "args": [
            "--config", format!("{CONFIG}/config.toml"),
            "pilot", target.service, "-e", target.environment, "--stay", "-o", "json",
        ],
        "env": variables,
        "resources": {
            "requests": { "cpu": "20m", "memory": "32Mi" },
            "limits": { "memory": "96Mi" },
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "volumeMounts": [
            { "name": "config", "mountPath": CONFIG, "readOnly": true },
            { "name": "data", "mountPath": DATA },
        ],
    })
}

/// The part of the config that this pilot uses, without what only holds outside the cluster.
fn config(layered: &Layered, target: &Target, environment: &Environment) -> String {
    let own = format!(
        "services.{}.environments.{}",
        target.service, target.environment
    );
    let mut text = format!("[data]\ndir = {DATA:?}\n");
    let strategy = environment.policy.strategy.word();
    let tables = [
        ("notify", "notify".to_owned()),
        ("", own.clone()),
        ("strategy", format!("{own}.strategy")),
        ("goals", format!("{own}.goals")),
        ("metrics", format!("{own}.metrics")),
        ("verdict", format!("{own}.verdict")),
        ("queries", format!("{own}.metrics.queries")),
        ("pilot", format!("{own}.pilot")),
        ("smoke", format!("{own}.smoke")),
    ];
    for (table, path) in &tables {
        let keys = keys(layered, path);
        let is_strategy = *table == "strategy";
        // A smoke test is part of the proof where its table stands, also empty.
        let is_smoke = *table == "smoke" && environment.policy.smoke.is_some();
        if keys.is_empty() && !is_strategy && !is_smoke {
            continue;
        }
        // Writing into a text does not fail.
        let _ = write!(text, "\n[{path}]\n");
        if is_strategy {
            let _ = writeln!(text, "kind = {strategy:?}");
        }
        for (key, value) in keys {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

/// What somebody wrote directly below that table.
fn keys<'l>(layered: &'l Layered, path: &str) -> Vec<(&'l str, &'l str)> {
    let below = |key: &'l str| {
        let rest = key.strip_prefix(path)?.strip_prefix('.')?;
        (!rest.contains('.') && !matches!(rest, "kubeconfig" | "context")).then_some(rest)
    };
    let written = layered.values.iter().filter(|value| value.from == "file");
    written
        .filter_map(|value| Some((below(&value.key)?, value.value.as_deref()?)))
        .collect()
}

/// The secrets that this pilot refers to.
fn references<'s>(settings: &'s Settings, environment: &'s Environment) -> Vec<&'s SecretRef> {
    let webhook = settings.notify.webhook.as_ref().map(|webhook| &webhook.url);
    let metrics = match &environment.metrics.source {
        MetricsSource::Prometheus(prometheus) => prometheus.secrets(),
        MetricsSource::Pods => Vec::new(),
    };
    webhook.into_iter().chain(metrics).collect()
}

/// The files with certificates that a Prometheus is asked with.
fn certificates(environment: &Environment) -> Vec<&Path> {
    match &environment.metrics.source {
        MetricsSource::Prometheus(prometheus) => {
            let tls = &prometheus.tls;
            let own = tls.client.as_ref().map(|client| &client.certificate);
            tls.ca.iter().chain(own).map(PathBuf::as_path).collect()
        }
        MetricsSource::Pods => Vec::new(),
    }
}

/// What lies on this machine does not come along.
fn not_carried(reference: &SecretRef) -> Option<String> {
    let what = match reference {
        SecretRef::Env(_) => return None,
        SecretRef::Command(words) => {
            format!("the program `{}`", words.first().map_or("", String::as_str))
        }
        SecretRef::File(path) => format!("the file {}", path.display()),
    };
    Some(format!(
        "{what} that the config takes a secret from is on this machine, not in the pod: refer to it by {{ env = \"NAME\" }}"
    ))
}

fn text(
    target: &Target,
    objects: &[Value],
    references: &[&SecretRef],
    image: Option<&str>,
) -> Vec<String> {
    let mut lines = vec![
        format!("# The pilot of {target}, in its cluster, with the least rights that it uses."),
        "# Look at it, then: kubectl apply -f FILE. It drives once no other pilot does; two replicas stand by for each other."
            .to_owned(),
    ];
    if image.is_none() {
        lines.push(format!(
            "# {PLACEHOLDER} is a placeholder: an image with the flightdeck program as its entry point, or --image REF here."
        ));
    }
    let variables = references.iter().filter_map(|reference| match reference {
        SecretRef::Env(variable) => Some(variable),
        SecretRef::Command(_) | SecretRef::File(_) => None,
    });
    lines.extend(variables.map(|variable| {
        format!(
            "# It needs a Secret: kubectl create secret generic {} --from-literal={variable}=…",
            name(target)
        )
    }));
    for object in objects {
        lines.push("---".to_owned());
        role::yaml(object, 0, &mut lines);
    }
    lines
}
