//! The files by which others find a world: a kubeconfig, a configuration for the cockpit, and the world's addresses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ci_api::REPOSITORY;
use super::objects::{CANARY, PORT, SERVICE};
use super::scenario::Strategy;
use super::setup::{PRODUCTION, STAGING};

/// The kubeconfig's one context, cluster and user.
pub const CONTEXT: &str = "flightdeck-demo";

/// Where a world listens; all of it is on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// URL of the API server.
    pub kube: String,
    /// URL of the CI server, where there is one.
    pub ci: Option<String>,
    /// URL of the front where clients' requests enter.
    pub service: String,
    /// URL of the controls.
    pub control: String,
    /// URL that lists the pods as Prometheus' HTTP service discovery wants them.
    pub prometheus_targets: String,
    /// The process that serves all this.
    pub pid: u32,
}

impl Info {
    pub(crate) fn new(
        kube: SocketAddr,
        ci: SocketAddr,
        service: SocketAddr,
        control: SocketAddr,
    ) -> Self {
        Self {
            kube: format!("http://{kube}"),
            ci: Some(format!("http://{ci}")),
            service: format!("http://{service}"),
            control: format!("http://{control}"),
            prometheus_targets: format!("http://{control}/targets"),
            pid: std::process::id(),
        }
    }
}

/// How the environments take releases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strategies {
    pub(crate) production: Strategy,
    pub(crate) staging: Strategy,
}

/// Why a world's file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct FileError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Writes the three files into `dir`, making it where it does not exist.
pub(crate) fn write_all(
    dir: &Path,
    info: &Info,
    strategies: Strategies,
    others: &[String],
) -> Result<(), FileError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FileError { path, source }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    let world = serde_json::to_string_pretty(info).map_err(io::Error::from);
    let files = [
        ("kubeconfig", Ok(kubeconfig(info))),
        (
            "config.toml",
            Ok(config(dir, info, strategies) + &fleet_config(dir, others)),
        ),
        ("world.json", world),
    ];
    for (name, text) in files {
        let path = dir.join(name);
        text.and_then(|text| fs::write(&path, text))
            .map_err(failed(&path))?;
    }
    Ok(())
}

/// JSON, which is YAML too.
fn kubeconfig(info: &Info) -> String {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "preferences": {},
        "clusters": [{ "name": CONTEXT, "cluster": { "server": info.kube } }],
        "users": [{ "name": CONTEXT, "user": {} }],
        "contexts": [{ "name": CONTEXT, "context": { "cluster": CONTEXT, "user": CONTEXT, "namespace": PRODUCTION } }],
    });
    format!("{config:#}\n")
}

fn config(dir: &Path, info: &Info, strategies: Strategies) -> String {
    let production = environment_config(dir, PRODUCTION, strategies.production);
    let staging = environment_config(dir, STAGING, strategies.staging);
    format!(
        "[data]\ndir = {}\n\n{}{production}\n{staging}",
        quoted(&dir.join("data")),
        info.ci.as_deref().map(ci_config).unwrap_or_default()
    )
}

fn ci_config(url: &str) -> String {
    format!(
        "[ci.demo]\nprovider = \"github\"\nurl = \"{url}\"\ninterval = \"1s\"\n\n[services.{SERVICE}.ci]\nsource = \"demo\"\nproject = \"{REPOSITORY}\"\n\n"
    )
}

/// The services of the fleet: one Deployment each.
fn fleet_config(dir: &Path, others: &[String]) -> String {
    let one = |name: &String| {
        let table = format!("services.{name}.environments.{PRODUCTION}");
        let (head, metrics) = (head(&table, dir, PRODUCTION), metrics(&table, "5s"));
        format!(
            r#"
{head}
[{table}.strategy]
kind = "rolling"
deployment = "{name}"
container = "{name}"

{metrics}"#
        )
    };
    others.iter().map(one).collect()
}

/// Where an environment is.
fn head(table: &str, dir: &Path, namespace: &str) -> String {
    let kubeconfig = quoted(&dir.join("kubeconfig"));
    format!(
        r#"[{table}]
context = "{CONTEXT}"
kubeconfig = {kubeconfig}
namespace = "{namespace}"
"#
    )
}

/// Its pods' own metrics.
fn metrics(table: &str, interval: &str) -> String {
    format!(
        r#"[{table}.metrics]
source = "pods"
port = {PORT}
path = "/metrics"
interval = "{interval}"
"#
    )
}

fn environment_config(dir: &Path, environment: &str, strategy: Strategy) -> String {
    let table = format!("services.{SERVICE}.environments.{environment}");
    let (head, metrics) = (head(&table, dir, environment), metrics(&table, "1s"));
    let strategy = strategy_config(strategy);
    format!(
        r#"{head}good_after = "20s"

[{table}.strategy]
{strategy}
[{table}.goals]
error_share = 0.02
p95 = "400ms"
min_requests = 50

# The world's requests fail one by one, and its steps are short.
[{table}.verdict]
warm_up = "4s"
burst_errors = 1
burst_slow = 1
margins = [
    {{ up_to = 10, error_ratio = 10, error_share = 0.1, slow_ratio = 6 }},
    {{ up_to = 100, error_ratio = 3, error_share = 0.02, slow_ratio = 3 }},
]

{metrics}
[{table}.smoke]
sample = "/orders"
"#
    )
}

fn strategy_config(strategy: Strategy) -> String {
    let (route, weights) = match strategy {
        Strategy::Rolling => {
            return format!(
                "kind = \"rolling\"\ndeployment = \"{SERVICE}\"\ncontainer = \"{SERVICE}\"\nservice = \"{SERVICE}\"\n"
            );
        }
        Strategy::Canary => (format!("route = \"{SERVICE}\"\n"), [5, 50, 100]),
        Strategy::CanaryByPods => (String::new(), [5, 25, 50]),
    };
    let steps = weights.map(|weight| format!("    {{ weight = {weight}, hold = \"20s\" }},\n"));
    format!(
        r#"kind = "canary"
stable = "{SERVICE}"
canary = "{CANARY}"
container = "{SERVICE}"
{route}steps = [
{}]
drain = "1s"
"#,
        steps.concat()
    )
}

/// A path as a TOML string; a JSON string is one too.
fn quoted(path: &Path) -> String {
    json!(path.display().to_string()).to_string()
}
