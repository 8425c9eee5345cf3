//! What can be wrong with a Prometheus or its answers, each with its own sentence and cure.

use crate::domain::feed::{FaultKind, FeedFault};
use crate::domain::text::Text;
use crate::sources::cluster::ClusterError;
use crate::sources::secret::SecretError;
use crate::sources::with_causes;
use jiff::SignedDuration;
use std::time::Duration;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// The token is not to be had.
    #[error("cannot log in to Prometheus at {place}")]
    Token {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: SecretError,
    },
    /// This program could not be set up to ask.
    #[error("cannot set up a connection to Prometheus")]
    NoClient {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No connection.
    #[error("cannot reach Prometheus at {place}")]
    Unreachable {
        /// Where it should be.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time.
    #[error("Prometheus at {place} gave no answer within {} s", after.as_secs_f64())]
    TimedOut {
        /// Where it is.
        place: String,
        /// The time it had.
        after: Duration,
    },
    /// Who asks is not known.
    #[error("Prometheus at {place} answered 401 Unauthorized")]
    LoginExpired {
        /// Where it is.
        place: String,
    },
    /// Who asks may not.
    #[error("Prometheus at {place} answered 403 Forbidden")]
    Forbidden {
        /// Where it is.
        place: String,
    },
    /// The cluster no longer knows who asks.
    #[error("cannot reach Prometheus at {place}: the cluster login expired: {message}")]
    ClusterLoginExpired {
        /// The Service.
        place: String,
        /// What the cluster, or the login's own program, said.
        message: Text,
    },
    /// The cluster does not let its Service be asked.
    #[error("not allowed to get services/proxy for Prometheus at {place}: {message}")]
    ProxyForbidden {
        /// The Service.
        place: String,
        /// What the API server said.
        message: Text,
    },
    /// The API server does not pass the question on.
    #[error("the API server cannot pass on to Prometheus at {place}: {code} {message}")]
    NotProxied {
        /// The Service.
        place: String,
        /// The API server's status code.
        code: u16,
        /// What it said.
        message: Text,
    },
    /// A login page, as of a proxy before it.
    #[error("{place} answered {code} and leads to {to} instead of answering as a Prometheus")]
    Redirected {
        /// Where Prometheus should be.
        place: String,
        /// The status code.
        code: u16,
        /// Where it leads.
        to: Text,
    },
    /// Something else answers there.
    #[error("{place} answered {code} and not as a Prometheus does: `{beginning}`")]
    NotPrometheus {
        /// Where Prometheus should be.
        place: String,
        /// The status code.
        code: u16,
        /// How the answer begins.
        beginning: Text,
    },
    /// The answer is larger than is read.
    #[error("the answer of Prometheus at {place} is larger than {} MiB", most / 1024 / 1024)]
    TooLong {
        /// Where it is.
        place: String,
        /// The most that is read, in bytes.
        most: usize,
    },
    /// Prometheus refused or failed the query.
    #[error("Prometheus at {place} could not answer `{asked}`: {kind}: {message}")]
    Refused {
        /// Where it is.
        place: String,
        /// The query.
        asked: String,
        /// Its word for the kind of failure (`bad_data`, `execution`, `timeout`).
        kind: Text,
        /// What it said.
        message: Text,
    },
    /// It has no such series at all.
    #[error("Prometheus at {place} has no series {name}")]
    NoSuchMetric {
        /// Where it is.
        place: String,
        /// The counter of requests.
        name: String,
    },
    /// It answers other series than were asked for.
    #[error(
        "no series of these {}: Prometheus has {count} series {name}, with the labels {labels}; asked was {asked}",
        if *by_service { "Services" } else { "pods" }
    )]
    OtherSeries {
        /// The counter of requests.
        name: String,
        /// The query.
        asked: String,
        /// How many series of the name there are.
        count: f64,
        /// The labels of one of them.
        labels: Text,
        /// The label that should have had the pod's name.
        pod_label: String,
        /// Whether one of them has it.
        has_pod: bool,
        /// Whether a gateway counts, by Service.
        by_service: bool,
    },
    /// The status code is not told.
    #[error(
        "errors cannot be told: of {count} series that Prometheus gave not all have the label {label}, but {labels}; asked was {asked}"
    )]
    NoCode {
        /// The query.
        asked: String,
        /// How many series came.
        count: usize,
        /// The label that was looked for.
        label: String,
        /// The labels of one of the series.
        labels: Text,
    },
    /// The versions are counted as one.
    #[error(
        "the gateway counts the requests of {} together, as `{cluster}`: which version answered cannot be told",
        services.join(" and ")
    )]
    Together {
        /// What it calls them.
        cluster: Text,
        /// The Services behind it.
        services: Vec<String>,
    },
    /// The routes are not to be had, without which a gateway's places mean nothing.
    #[error("cannot tell the Services behind the gateway")]
    Routes(#[source] ClusterError),
    /// The certificates cannot be used.
    #[error("the certificates for Prometheus at {place} cannot be used")]
    Certificates {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It answers, and its data are of the past.
    #[error("Prometheus at {place} answers, but its newest sample of these pods is {} s old", age.as_secs())]
    NotRecording {
        /// Where it is.
        place: String,
        /// The newest sample's age.
        age: SignedDuration,
    },
}

impl PrometheusError {
    /// The failure as the metrics feed tells it: kind, text with its causes, what to do next.
    pub fn fault(&self) -> FeedFault {
        FeedFault {
            kind: self.kind(),
            text: with_causes(self),
            hint: Some(Text::new(self.hint())),
        }
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::LoginExpired { .. } | Self::ClusterLoginExpired { .. } => FaultKind::LoginExpired,
            Self::Forbidden { .. } | Self::ProxyForbidden { .. } => FaultKind::Forbidden,
            Self::NotProxied { code, .. } if *code == 404 => FaultKind::Missing,
            Self::NotPrometheus { code, .. } if *code < 500 => FaultKind::Garbled,
            Self::Refused { kind, .. } if !is_passing(kind) => FaultKind::Garbled,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::NoClient { .. }
            | Self::NotProxied { .. }
            | Self::NotPrometheus { .. }
            | Self::Refused { .. } => FaultKind::Unreachable,
            Self::TooLong { .. } | Self::Redirected { .. } => FaultKind::Garbled,
            Self::Routes(error) => error.kind(),
            Self::Token { .. }
            | Self::Certificates { .. }
            | Self::Together { .. }
            | Self::NoSuchMetric { .. }
            | Self::OtherSeries { .. }
            | Self::NoCode { .. }
            | Self::NotRecording { .. } => FaultKind::Missing,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Token { source, .. } => source.hint(),
            Self::NoClient { .. } => "check the proxy variables and the system's certificates".to_owned(),
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "check metrics.url or metrics.service in the config, and that Prometheus runs".to_owned()
            }
            Self::LoginExpired { .. } => "renew the token or password that metrics.token or metrics.password in the config refers to".to_owned(),
            Self::Forbidden { .. } => "ask for the right to query it, or check metrics.token, metrics.user and metrics.tenant in the config".to_owned(),
            Self::Certificates { .. } => "check the files of metrics.ca, metrics.client_certificate and metrics.client_key in the config: PEM".to_owned(),
            Self::Together { .. } => "give one backendRef of the rule a filter of its own, such as a RequestHeaderModifier: each then has counters of its own".to_owned(),
            Self::Routes(error) => error.hint().unwrap_or_else(|| "check strategy.route in the config".to_owned()),
            Self::ClusterLoginExpired { .. } => "log in to the cluster again".to_owned(),
            Self::ProxyForbidden { .. } => "ask for the right to get services/proxy in its namespace, or give metrics.url".to_owned(),
            Self::NotProxied { .. } => "check metrics.service in the config: NAMESPACE/NAME:PORT".to_owned(),
            Self::Redirected { .. } => "a proxy before it wants a login: give metrics.token, or an address behind the proxy".to_owned(),
            Self::NotPrometheus { code, .. } if *code >= 500 => "a proxy before Prometheus answers in its place: check that Prometheus runs".to_owned(),
            Self::NotPrometheus { .. } => "check metrics.url in the config: it is the part before /api/v1".to_owned(),
            Self::TooLong { .. } => "check metrics.requests and metrics.duration in the config".to_owned(),
            Self::Refused { kind, .. } if is_passing(kind) => "Prometheus is overloaded or starting; it is asked again".to_owned(),
            Self::Refused { .. } => "check the names of series and labels under metrics in the config".to_owned(),
            Self::NoSuchMetric { .. } => {
                "name the service's counter under metrics.requests in the config, and check that Prometheus scrapes it".to_owned()
            }
            Self::OtherSeries { by_service: true, .. } => {
                "check the environment's namespace, strategy.stable_service and strategy.canary_service, and that requests come through this gateway".to_owned()
            }
            Self::OtherSeries { has_pod: true, .. } => {
                "check the environment's namespace and Deployments, and that Prometheus discovers these pods".to_owned()
            }
            Self::OtherSeries { pod_label, .. } => {
                format!("there is no label {pod_label}: name the one with the pod's name under metrics.pod_label in the config")
            }
            Self::NoCode { .. } => "name the label with the status code under metrics.code_label in the config".to_owned(),
            Self::NotRecording { .. } => "look at these pods' state on the page /targets of Prometheus".to_owned(),
        }
    }
}

/// Failures that pass by themselves.
fn is_passing(kind: &Text) -> bool {
    matches!(
        kind.shown(),
        "timeout" | "canceled" | "unavailable" | "internal"
    )
}
