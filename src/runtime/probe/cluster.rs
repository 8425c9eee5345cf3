//! One environment: its cluster, this identity's rights there, and the objects that the strategy names.

use super::{Area, Finding, metrics};
use crate::config::access::{Access, Purpose, needed};
use crate::config::settings::{Environment, Settings};
use crate::domain::cluster::Snapshot;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::policy::{CanaryPolicy, Strategy};
use crate::domain::record::RecordRead;
use crate::domain::traffic::Track;
use crate::runtime::clock;
use crate::runtime::wire::{self, Clients};
use crate::sources::cluster::access::{self, Asked};
use crate::sources::cluster::{ClusterError, observe};
use futures_util::future::join_all;
use std::time::Duration;

/// The server's version comes from where no login is asked for; it may take this long.
const VERSION_WITHIN: Duration = Duration::from_secs(10);

/// Looks at `target`; what depends on something that failed is left out.
pub async fn environment(settings: &Settings, target: &Target) -> Vec<Finding> {
    let Some(environment) = settings.environment(target) else {
        return Vec::new();
    };
    let clients = match wire::connect(settings, environment).await {
        Ok(clients) => clients,
        Err(error) => {
            let name = context(environment);
            return vec![Finding::trouble(Area::Cluster, name, &Notice::from(&error))];
        }
    };
    let reached = reached(&clients, environment).await;
    if reached
        .iter()
        .any(|finding| finding.state != super::State::Well)
    {
        return reached;
    }
    let wanted: Vec<Access> = needed(environment, target)
        .into_iter()
        .filter(|access| !(settings.read_only && access.purpose == Purpose::Acting))
        .collect();
    let client = &clients.calls;
    let (rights, snapshot) = tokio::join!(
        join_all(wanted.iter().map(|access| right(client, access))),
        observe(client, environment, target, clock::now()),
    );
    let mut findings = reached;
    findings.extend(rights);
    match snapshot {
        Ok(snapshot) => {
            findings.extend(objects(environment, &snapshot));
            findings.extend(metrics::metrics(&clients, environment, &snapshot).await);
        }
        Err(error) => findings.push(Finding::trouble(
            Area::Objects,
            format!("namespace {}", environment.namespace),
            &Notice::from(&error),
        )),
    }
    findings
}

fn context(environment: &Environment) -> String {
    match &environment.context {
        Some(context) => format!("context {context}"),
        None => "current context".to_owned(),
    }
}

/// Whether it answers, which version, and as whom it knows the caller.
async fn reached(clients: &Clients, environment: &Environment) -> Vec<Finding> {
    let name = context(environment);
    let identity = match access::identity(&clients.calls).await {
        Ok(Some(user)) => Finding::well(Area::Cluster, "identity", user.shown()),
        Ok(None) => Finding::well(Area::Cluster, "identity", "the cluster names nobody"),
        // Clusters before 1.28 cannot tell; everything else works there.
        Err(ClusterError::Call {
            source: crate::sources::cluster::errors::Cause::Missing,
            ..
        }) => Finding::well(Area::Cluster, "identity", "the cluster does not tell"),
        Err(error) => return vec![Finding::trouble(Area::Cluster, name, &Notice::from(&error))],
    };
    let version = tokio::time::timeout(VERSION_WITHIN, clients.calls.apiserver_version()).await;
    let text = match version {
        Ok(Ok(version)) => format!("answers, Kubernetes {}", version.git_version),
        Ok(Err(_)) | Err(_) => "answers, does not tell its version".to_owned(),
    };
    vec![Finding::well(Area::Cluster, name, text), identity]
}

/// One rule's verbs, on each of its objects.
async fn right(client: &kube::Client, access: &Access) -> Finding {
    let name = format!("{} {}", access.verbs.join(", "), objects_of(access));
    let mut missing = Vec::new();
    for verb in access.verbs {
        match is_allowed(client, access, verb).await {
            Ok(true) => {}
            Ok(false) => missing.push(*verb),
            Err(error) => return Finding::trouble(Area::Rights, name, &Notice::from(&error)),
        }
    }
    let finding = Finding::well(Area::Rights, name, format!("for {}", access.purpose.word()));
    if missing.is_empty() {
        return finding;
    }
    let resource = access.full_resource();
    let text = format!(
        "no right to {} {resource} in namespace {}, needed for {}",
        missing.join(", "),
        access.namespace,
        access.purpose.word()
    );
    Finding { text, ..finding }
        .failed(NoticeKind::Forbidden)
        .cure("flightdeck doctor --role prints the Role to ask for")
}

fn objects_of(access: &Access) -> String {
    let resource = access.full_resource();
    match access.names.as_slice() {
        [] => resource,
        names => format!("{resource} {}", names.join(", ")),
    }
}

async fn is_allowed(
    client: &kube::Client,
    access: &Access,
    verb: &str,
) -> Result<bool, ClusterError> {
    let asked = |name| Asked {
        namespace: &access.namespace,
        verb,
        group: access.group,
        resource: access.resource,
        subresource: access.subresource,
        name,
    };
    if access.names.is_empty() {
        return access::allowed(client, asked(None)).await;
    }
    for name in &access.names {
        if !access::allowed(client, asked(Some(name))).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the strategy names, object by object.
fn objects(environment: &Environment, snapshot: &Snapshot) -> Vec<Finding> {
    let strategy = &environment.policy.strategy;
    let named = strategy.deployments().into_iter();
    let mut findings: Vec<Finding> = named
        .map(|(track, name)| deployment(strategy, snapshot, (track, name)))
        .collect();
    if let Strategy::Canary(canary) = strategy {
        findings.extend(
            canary
                .route
                .as_deref()
                .map(|name| route(canary, name, snapshot)),
        );
        findings.extend(autoscaler(canary, snapshot));
    }
    findings.push(record(snapshot));
    findings
}

fn deployment(strategy: &Strategy, snapshot: &Snapshot, (track, name): (Track, &str)) -> Finding {
    let title = format!("Deployment {name}");
    let finding = |text: String| Finding::well(Area::Objects, title.clone(), text);
    let Some(found) = snapshot.deployment(name) else {
        let key = match (strategy, track) {
            (Strategy::Rolling(_), _) => "strategy.deployment",
            (Strategy::Canary(_), Track::Stable) => "strategy.stable",
            (Strategy::Canary(_), Track::Canary) => "strategy.canary",
        };
        return finding("does not exist".to_owned())
            .failed(NoticeKind::Config)
            .cure(format!(
                "create it, or name the right one as {key} in the config"
            ));
    };
    let containers: Vec<&str> = found.containers.iter().map(|c| c.name.as_str()).collect();
    if !containers.contains(&strategy.container()) {
        return finding(format!(
            "has no container `{}`; it has {}",
            strategy.container(),
            containers.join(", ")
        ))
        .failed(NoticeKind::Config)
        .cure("name the container of the release as strategy.container in the config");
    }
    let image = found
        .containers
        .iter()
        .find(|container| container.name == strategy.container())
        .map_or("", |container| container.image.as_str());
    finding(format!(
        "{} of {} pods available, image {image}",
        found.counted.available, found.replicas
    ))
}

fn route(canary: &CanaryPolicy, name: &str, snapshot: &Snapshot) -> Finding {
    let title = format!("HTTPRoute {name}");
    let finding = |text: String| Finding::well(Area::Objects, title.clone(), text);
    let Some(route) = &snapshot.route else {
        return finding("does not exist".to_owned())
            .failed(NoticeKind::Config)
            .cure("create it, or name the right one as strategy.route in the config");
    };
    let wanted = [&canary.stable_service, &canary.canary_service];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|service| {
            let mut backends = route.rules.iter().flatten();
            !backends.any(|backend| backend.name == **service)
        })
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let text = format!("has no backend {}", missing.join(" and no backend "));
        return finding(text)
            .failed(NoticeKind::Config)
            .cure("add the backend, or name the Services as strategy.stable_service and canary_service in the config");
    }
    let (stable, trial) = (&canary.stable_service, &canary.canary_service);
    finding(format!("splits between Services {stable} and {trial}"))
}

fn autoscaler(canary: &CanaryPolicy, snapshot: &Snapshot) -> Option<Finding> {
    let scalers = snapshot.autoscalers.as_ref()?;
    let scaler = scalers
        .iter()
        .find(|scaler| scaler.deployment == canary.canary)?;
    let title = format!("HorizontalPodAutoscaler {}", scaler.name);
    let text = format!("scales the canary's Deployment {}", canary.canary);
    let finding = Finding::well(Area::Objects, title, text).failed(NoticeKind::Refused);
    Some(finding.cure("take it away: the canary's replicas follow its weight, and an autoscaler would fight over them"))
}

fn record(snapshot: &Snapshot) -> Finding {
    let finding = |text: String| Finding::well(Area::Objects, "record", text);
    match &snapshot.record {
        RecordRead::Read { record, .. } => {
            let good = record.releases.iter().filter(|r| r.good.is_some()).count();
            finding(format!("{} releases, {good} good", record.releases.len()))
        }
        RecordRead::Absent | RecordRead::Unread => finding("none yet".to_owned()).unknown().cure(
            "begin it by calling what serves good: flightdeck good SERVICE -e ENV --reason TEXT",
        ),
        RecordRead::Unreadable(why) => finding(format!("cannot be understood: {why}"))
            .failed(NoticeKind::Config)
            .cure("it may be of a newer version: update Flightdeck; it is never overwritten"),
        RecordRead::Failed(why) => {
            finding(format!("cannot be read: {why}")).failed(NoticeKind::Forbidden)
        }
    }
}
