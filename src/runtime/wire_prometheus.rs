//! Builds the way to a Prometheus, and the clients that go it.

use super::wire::{AGENT, CONNECT_WITHIN, READ_WITHIN, install_crypto};
use crate::analysis::promql;
use crate::config::settings::{Environment, Prometheus as Settings};
use crate::domain::exposition::{BackendForm, CountedBy};
use crate::domain::policy::Strategy;
use crate::domain::traffic::Track;
use crate::sources::metrics::prometheus::{Backends, Dial, Door, Login, Prometheus, Routes, Trust};
use std::sync::Arc;

/// Sets up the way to an environment's Prometheus; nothing is sent yet. `cluster` is the environment's.
pub fn prometheus(
    settings: &Settings,
    environment: &Environment,
    cluster: kube::Client,
) -> Prometheus {
    let deployments = environment.policy.strategy.deployments();
    let workloads: Vec<&str> = deployments.iter().map(|(_, name)| *name).collect();
    made(settings, (&[environment], &workloads), cluster)
}

/// Sets up the way to the Prometheus of several environments of one namespace, all with these settings and names; `None`
/// where there are no environments.
pub fn prometheus_of_all(
    settings: &Settings,
    environments: &[&Environment],
    cluster: kube::Client,
) -> Option<Prometheus> {
    (!environments.is_empty()).then(|| made(settings, (environments, &[]), cluster))
}

/// Under which names the counters of an environment are found: those of its Deployments, or of its Services where a gateway
/// counts.
pub fn owners(environment: &Environment) -> Vec<String> {
    let deployments = environment.policy.strategy.deployments();
    let deployments = deployments.into_iter().map(|(_, name)| name.to_owned());
    match environment.metrics.names.counted_by {
        CountedBy::Pods | CountedBy::Sidecars => deployments.collect(),
        CountedBy::Gateway(_) => services(environment)
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    }
}

fn made(
    settings: &Settings,
    (environments, workloads): (&[&Environment], &[&str]),
    cluster: kube::Client,
) -> Prometheus {
    install_crypto();
    let names = environments
        .first()
        .map(|first| first.metrics.names.clone())
        .unwrap_or_default();
    let namespace = environments
        .first()
        .map_or("", |first| first.namespace.as_str());
    let scope = promql::Scope {
        namespace,
        workloads,
        pod_label: &settings.pod_label,
        namespace_label: &settings.namespace_label,
    };
    let all = environments.iter();
    let deployments = all.flat_map(|environment| environment.policy.strategy.deployments());
    Prometheus {
        door: Door::new(
            &settings.base,
            login(settings),
            cluster.clone(),
            READ_WITHIN,
        ),
        queries: promql::queries(&scope, &names, &settings.queries),
        probes: promql::probes(&scope, &names, &settings.queries),
        workloads: deployments
            .map(|(track, name)| (name.to_owned(), track))
            .collect(),
        backends: Backends {
            namespace: namespace.to_owned(),
            services: environments
                .iter()
                .flat_map(|environment| services(environment))
                .collect(),
        },
        routes: is_placed(&names.counted_by).then(|| Routes {
            client: cluster,
            namespace: namespace.to_owned(),
            names: environments
                .iter()
                .filter_map(|environment| environment.policy.strategy.route())
                .map(str::to_owned)
                .collect(),
        }),
        names,
    }
}

fn is_placed(counted_by: &CountedBy) -> bool {
    match counted_by {
        CountedBy::Pods | CountedBy::Sidecars => false,
        CountedBy::Gateway(labels) => labels
            .iter()
            .any(|backend| backend.form == BackendForm::Placed),
    }
}

/// The Services of an environment and their sides; a Deployment without a named one has one of its own name.
fn services(environment: &Environment) -> Vec<(String, Track)> {
    match &environment.policy.strategy {
        Strategy::Canary(canary) => vec![
            (canary.stable_service.clone(), Track::Stable),
            (canary.canary_service.clone(), Track::Canary),
        ],
        Strategy::Rolling(rolling) => {
            let service = rolling.service.as_ref().unwrap_or(&rolling.deployment);
            vec![(service.clone(), Track::Stable)]
        }
    }
}

fn login(settings: &Settings) -> Login {
    let dial: Dial = Arc::new(|trust| dialled(trust).map_err(Into::into));
    Login {
        auth: settings.auth.clone(),
        tls: settings.tls.clone(),
        tenant: settings.tenant.clone(),
        headers: settings.headers.clone(),
        dial,
    }
}

/// A client that follows no redirection and trusts and shows what it is given.
fn dialled(trust: &Trust) -> reqwest::Result<reqwest::Client> {
    let mut http = reqwest::Client::builder()
        .user_agent(AGENT)
        .connect_timeout(CONNECT_WITHIN)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(authorities) = &trust.authorities {
        http = http.tls_certs_merge(reqwest::Certificate::from_pem_bundle(authorities)?);
    }
    if let Some(identity) = &trust.identity {
        http = http.identity(reqwest::Identity::from_pem(identity.expose().as_bytes())?);
    }
    http.build()
}
