//! Whether numbers come, of which series, and how old they are.

use super::recorded::recorded;
use super::{Area, Finding};
use crate::config::settings::{Environment, MetricsSource};
use crate::domain::cluster::Snapshot;
use crate::domain::counters::{Counters, PodReading, Reading, Scrape};
use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::notice::NoticeKind;
use crate::domain::traffic::Track;
use crate::runtime::clock;
use crate::runtime::wire::{self, Clients};
use crate::sources::metrics::pods::PodMetrics;
use jiff::SignedDuration;
use std::time::Duration;

/// One pod may take this long.
const POD_WITHIN: Duration = Duration::from_secs(5);

/// Reads the numbers once.
pub(super) async fn metrics(
    clients: &Clients,
    environment: &Environment,
    snapshot: &Snapshot,
) -> Vec<Finding> {
    let source = environment.metrics.source.word();
    let pods: Vec<(String, Track)> = snapshot
        .pods
        .iter()
        .filter(|pod| !pod.deleting && pod.ready)
        .map(|pod| (pod.name.clone(), pod.track))
        .collect();
    if pods.is_empty() {
        let finding = Finding::well(Area::Metrics, source, "there is no ready pod to count");
        return vec![finding.unknown()];
    }
    match &environment.metrics.source {
        MetricsSource::Pods => of_pods(clients, environment, &pods).await,
        MetricsSource::Prometheus(settings) => {
            let asked = wire::prometheus(settings, environment, clients.calls.clone());
            recorded(&asked, environment, &pods).await
        }
    }
}

/// The pods' own counters.
async fn of_pods(
    clients: &Clients,
    environment: &Environment,
    pods: &[(String, Track)],
) -> Vec<Finding> {
    let metrics = &environment.metrics;
    let asked = PodMetrics {
        client: clients.calls.clone(),
        namespace: environment.namespace.clone(),
        port: metrics.port,
        path: metrics.path.clone(),
        names: metrics.names.clone(),
        deadline: POD_WITHIN,
    };
    match asked.scrape(pods, clock::now).await {
        Ok(scrape) => read(environment, &scrape),
        Err(error) => vec![failed(metrics.source.word(), &error.fault())],
    }
}

pub(super) fn failed(source: &str, fault: &FeedFault) -> Finding {
    let kind = match fault.kind {
        FaultKind::Forbidden => NoticeKind::Forbidden,
        FaultKind::Missing | FaultKind::Garbled => NoticeKind::Config,
        FaultKind::Unreachable | FaultKind::LoginExpired => NoticeKind::Unreachable,
    };
    let finding = Finding::well(Area::Metrics, source, fault.text.shown()).failed(kind);
    match &fault.hint {
        Some(hint) => finding.cure(hint.shown()),
        None => finding,
    }
}

fn read(environment: &Environment, scrape: &Scrape) -> Vec<Finding> {
    let names = &environment.metrics.names;
    let counted: Vec<&Counters> = scrape.pods.iter().filter_map(PodReading::usable).collect();
    let mut findings = vec![pods(environment, scrape, SignedDuration::ZERO)];
    if counted.is_empty() {
        return findings;
    }
    let requests: f64 = counted.iter().map(|counters| counters.requests).sum();
    findings.push(Finding::well(
        Area::Metrics,
        &names.requests,
        format!("by {}, {requests} requests counted", names.code_label),
    ));
    let has = |present: fn(&Counters) -> bool| counted.iter().any(|counters| present(counters));
    findings.push(series(
        (&names.duration, "metrics.duration"),
        has(|counters| !counters.buckets.is_empty()),
        "without it p95 is unknown and no verdict looks at it",
    ));
    let cpu = series(
        (&names.cpu, "metrics.cpu"),
        has(|counters| counters.cpu_seconds.is_some()),
        "without it CPU is unknown",
    );
    let started = series(
        (&names.started, "metrics.started"),
        has(|counters| counters.started_at.is_some()),
        "without it a restart is only seen by falling counters",
    );
    // What the preset does not have is not looked for.
    let two = [(&names.cpu, cpu), (&names.started, started)].into_iter();
    findings.extend(
        two.filter(|(name, _)| !name.is_empty())
            .map(|(_, finding)| finding),
    );
    findings
}

/// How many of the pods could be read.
pub(super) fn pods(environment: &Environment, scrape: &Scrape, age: SignedDuration) -> Finding {
    let all = scrape.pods.len();
    let counted = scrape.pods.iter().filter_map(PodReading::usable).count();
    let text = format!(
        "{counted} of {all} ready pods read, {} s old",
        age.as_secs()
    );
    let finding = Finding::well(Area::Metrics, environment.metrics.source.word(), text);
    let unread = scrape.pods.iter().find_map(|pod| match &pod.reading {
        Reading::Unreadable(why) => Some(format!("pod {}: {why}", pod.pod)),
        Reading::Counted(_) => None,
    });
    match unread {
        Some(why) if counted == 0 => finding.failed(NoticeKind::Config).cure(format!(
            "{why}; check metrics.port, metrics.path and the names of the series"
        )),
        Some(why) => finding.unknown().cure(why),
        None => finding,
    }
}

/// One kind of series; a missing one leaves something unknown, and nothing fails by it.
fn series((name, key): (&str, &str), found: bool, without: &str) -> Finding {
    if found {
        return Finding::well(Area::Metrics, name, "found");
    }
    Finding::well(Area::Metrics, name, format!("not found: {without}"))
        .unknown()
        .cure(format!("name the right series as {key} in the config"))
}
