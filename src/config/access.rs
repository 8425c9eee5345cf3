//! The rights that an environment's settings use, and no more: what the doctor asks the cluster about, and what a Role grants.

use super::settings::{Environment, MetricsSource, PrometheusBase};
use crate::domain::ids::Target;
use crate::domain::smoke::SmokePlace;
use std::iter;

/// What a right is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To show what is live.
    Watching,
    /// To read the numbers.
    Metrics,
    /// To read what the pods print.
    Logs,
    /// To carry out the smoke test.
    Smoke,
    /// To carry out plans.
    Acting,
}

impl Purpose {
    /// The word in text and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Watching => "watching",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Smoke => "smoke test",
            Self::Acting => "acting",
        }
    }
}

/// Verbs on one resource, as a rule of a Role has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// What for.
    pub purpose: Purpose,
    /// Where.
    pub namespace: String,
    /// API group; empty for the core.
    pub group: &'static str,
    /// Plural name.
    pub resource: &'static str,
    /// `proxy`, or empty.
    pub subresource: &'static str,
    /// The objects; empty: all of the namespace.
    pub names: Vec<String>,
    /// The verbs.
    pub verbs: &'static [&'static str],
}

impl Access {
    /// `pods/proxy`.
    pub fn full_resource(&self) -> String {
        match self.subresource {
            "" => self.resource.to_owned(),
            sub => format!("{}/{sub}", self.resource),
        }
    }
}

/// Objects that are read one by one, or followed by their name.
const FOLLOWED: &[&str] = &["get", "list", "watch"];

/// Every right that `environment` uses.
pub fn needed(environment: &Environment, target: &Target) -> Vec<Access> {
    let mut needed = watching(environment, target);
    needed.extend(metrics(environment));
    needed.push(logs(environment));
    needed.extend(smoke(environment));
    needed.extend(acting(environment, target));
    needed
}

/// The way to what a configured smoke test asks; one that goes to a URL needs no right of the cluster.
fn smoke(environment: &Environment) -> Option<Access> {
    let test = environment.policy.smoke.as_ref()?;
    let SmokePlace::Service(service) = &test.place else {
        return None;
    };
    let strategy = &environment.policy.strategy;
    let names: Vec<&str> = match &service.name {
        Some(name) => vec![name],
        None => strategy.services(),
    };
    let with_port = |name: &str| match &service.port {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    };
    Some(Access {
        purpose: Purpose::Smoke,
        namespace: environment.namespace.clone(),
        group: "",
        resource: "services",
        subresource: "proxy",
        names: names.into_iter().map(with_port).collect(),
        verbs: &["get"],
    })
}

fn watching(environment: &Environment, target: &Target) -> Vec<Access> {
    let rows: [Row; 6] = [
        ("", "configmaps", vec![target.record_name()], FOLLOWED),
        (COORDINATION, "leases", vec![target.record_name()], FOLLOWED),
        ("apps", "replicasets", Vec::new(), &["list", "watch"]),
        ("", "pods", Vec::new(), &["list", "watch"]),
        ("discovery.k8s.io", "endpointslices", Vec::new(), &["list"]),
        (
            "autoscaling",
            "horizontalpodautoscalers",
            Vec::new(),
            &["list"],
        ),
    ];
    named(environment, FOLLOWED)
        .chain(rows)
        .map(|row| access(Purpose::Watching, environment, row))
        .collect()
}

/// What the strategy names: its Deployments and, where it has one, its route.
fn named(environment: &Environment, verbs: &'static [&'static str]) -> impl Iterator<Item = Row> {
    let strategy = &environment.policy.strategy;
    let named = strategy.deployments().into_iter();
    let deployments = named.map(|(_, name)| name.to_owned()).collect();
    let route = strategy
        .route()
        .map(|route| (GATEWAY, "httproutes", vec![route.to_owned()], verbs));
    iter::once(("apps", "deployments", deployments, verbs)).chain(route)
}

fn acting(environment: &Environment, target: &Target) -> Vec<Access> {
    let rows: [Row; 5] = [
        ("", "configmaps", vec![target.record_name()], &["patch"]),
        // What does not exist yet has no name that a rule could hold.
        ("", "configmaps", Vec::new(), &["create"]),
        (
            COORDINATION,
            "leases",
            vec![target.record_name()],
            &["patch"],
        ),
        (COORDINATION, "leases", Vec::new(), &["create"]),
        ("events.k8s.io", "events", Vec::new(), &["create"]),
    ];
    named(environment, &["patch"])
        .chain(rows)
        .map(|row| access(Purpose::Acting, environment, row))
        .collect()
}

/// The way to the numbers; a Prometheus that is reached by its URL needs no right of the cluster.
fn metrics(environment: &Environment) -> Option<Access> {
    let (namespace, resource, names) = match &environment.metrics.source {
        MetricsSource::Pods => (environment.namespace.clone(), "pods", Vec::new()),
        MetricsSource::Prometheus(prometheus) => match &prometheus.base {
            PrometheusBase::Url(_) => return None,
            PrometheusBase::Service {
                namespace,
                name,
                port,
            } => (
                namespace.clone(),
                "services",
                vec![format!("{name}:{port}")],
            ),
        },
    };
    Some(Access {
        purpose: Purpose::Metrics,
        namespace,
        group: "",
        resource,
        subresource: "proxy",
        names,
        verbs: &["get"],
    })
}

const COORDINATION: &str = "coordination.k8s.io";
/// What the pods print.
fn logs(environment: &Environment) -> Access {
    Access {
        subresource: "log",
        ..access(
            Purpose::Logs,
            environment,
            ("", "pods", Vec::new(), &["get"]),
        )
    }
}

const GATEWAY: &str = "gateway.networking.k8s.io";

/// Group, resource, names, verbs.
type Row = (
    &'static str,
    &'static str,
    Vec<String>,
    &'static [&'static str],
);

fn access(
    purpose: Purpose,
    environment: &Environment,
    (group, resource, names, verbs): Row,
) -> Access {
    Access {
        purpose,
        namespace: environment.namespace.clone(),
        group,
        resource,
        subresource: "",
        names,
        verbs,
    }
}
