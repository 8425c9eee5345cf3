//! Where cluster, metrics, pipeline, record and config of an environment are.

use super::document::Section;
use super::facts::Facts;
use super::sections::ours;
use crate::config::settings::{CiKind, CiSource, MetricsSource, PrometheusBase};
use crate::record::journal::Journal;

pub(super) fn places(facts: &Facts<'_>) -> Section {
    let environment = facts.environment;
    let context = environment
        .context
        .as_deref()
        .unwrap_or("the kubeconfig's current one");
    let journal = Journal::of(&facts.settings.data_dir, facts.target);
    let notes = vec![
        format!(
            "Cluster: context {context}, namespace {}.",
            environment.namespace
        ),
        format!("Metrics: {}.", metrics(facts)),
        format!("Pipeline: {}.", pipeline(facts)),
        format!(
            "Record: ConfigMap {0} in that namespace, the pilot's Lease {0}.",
            facts.target.record_name()
        ),
        format!("This machine's journal: {}.", journal.path().display()),
        format!("Config: {}.", facts.settings.origin.path().display()),
    ];
    Section {
        id: "places",
        title: "Where things are",
        notes,
        flightdeck: ours(
            facts,
            &[
                (
                    "config, cluster, rights, objects and metrics, with the cure for what fails",
                    "doctor",
                    "",
                ),
                ("the postmortem", "report", ""),
            ],
        ),
        kubectl: Vec::new(),
    }
}

fn metrics(facts: &Facts<'_>) -> String {
    let metrics = &facts.environment.metrics;
    match &metrics.source {
        MetricsSource::Pods => format!(
            "the pods' own, port {} path {}, read through the API server; no other dashboard is in the config",
            metrics.port, metrics.path
        ),
        MetricsSource::Prometheus(prometheus) => match &prometheus.base {
            PrometheusBase::Url(url) => format!("Prometheus at {url}"),
            PrometheusBase::Service {
                namespace,
                name,
                port,
            } => {
                format!("Prometheus behind the Service {namespace}/{name}:{port} of the cluster")
            }
        },
    }
}

fn pipeline(facts: &Facts<'_>) -> String {
    match facts.settings.pipeline(&facts.target.service) {
        None => "none is in the config".to_owned(),
        Some((source, project)) => {
            let page = page(source, &project.project);
            format!("{} on {}, {page}", project.project, source.kind.title())
        }
    }
}

/// The page of a project's runs.
fn page(source: &CiSource, project: &str) -> String {
    let url = source.url.trim_end_matches('/');
    match source.kind {
        CiKind::GitHub => {
            let server = if source.kind.public_url() == Some(url) {
                "https://github.com"
            } else {
                url.trim_end_matches("/api/v3")
            };
            format!("{server}/{project}/actions")
        }
        CiKind::Gitea | CiKind::Forgejo => format!("{url}/{project}/actions"),
        CiKind::GitLab => format!("{url}/{project}/-/pipelines"),
        CiKind::Jenkins => format!("{url}/job/{}", project.replace('/', "/job/")),
    }
}
