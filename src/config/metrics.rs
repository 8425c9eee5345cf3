//! `[….metrics]` as it is written: who is asked, by which login, and what the series are called.

use super::document::{Reader, Written};
use super::presets::{PRESETS, Preset};
use super::rules;
use super::settings::{HeaderRef, PrometheusBase, SecretRef};
use crate::domain::exposition::{Histogram, Unit};
use std::time::Duration;
use toml::de::DeValue;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[….metrics]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// `source`.
    pub source: Option<Written<&'static str>>,
    /// `preset`.
    pub preset: Option<Written<&'static str>>,
    /// `url` or `service`.
    pub base: Option<Written<PrometheusBase>>,
    /// What is shown there.
    pub login: Login,
    /// `pod_label`.
    pub pod_label: Option<Written<String>>,
    /// `namespace_label`.
    pub namespace_label: Option<Written<String>>,
    /// `port`.
    pub port: Option<Written<u16>>,
    /// `path`.
    pub path: Option<Written<String>>,
    /// `interval`.
    pub interval: Option<Written<Duration>>,
    /// What the series are called.
    pub names: Names,
    /// `[….metrics.queries]`.
    pub queries: Queries,
}

/// What a Prometheus wants to see of who asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Login {
    /// `token`.
    pub token: Option<Written<SecretRef>>,
    /// `user`.
    pub user: Option<Written<String>>,
    /// `password`.
    pub password: Option<Written<SecretRef>>,
    /// `ca`.
    pub ca: Option<Written<String>>,
    /// `client_certificate`.
    pub client_certificate: Option<Written<String>>,
    /// `client_key`.
    pub client_key: Option<Written<SecretRef>>,
    /// `tenant`.
    pub tenant: Option<Written<String>>,
    /// `headers`.
    pub headers: Option<Written<Vec<HeaderRef>>>,
}

/// What the series are called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// `requests`.
    pub requests: Option<Written<String>>,
    /// `code_label`.
    pub code_label: Option<Written<String>>,
    /// `duration`.
    pub duration: Option<Written<String>>,
    /// `duration_unit`.
    pub duration_unit: Option<Written<Unit>>,
    /// `histogram`.
    pub histogram: Option<Written<Histogram>>,
    /// `cpu`.
    pub cpu: Option<Written<String>>,
    /// `started`.
    pub started: Option<Written<String>>,
}

/// `[….metrics.queries]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queries {
    /// `requests`.
    pub requests: Option<Written<String>>,
    /// `duration`.
    pub duration: Option<Written<String>>,
    /// `cpu`.
    pub cpu: Option<Written<String>>,
    /// `started`.
    pub started: Option<Written<String>>,
}

/// Units by their names in the config.
pub const UNITS: [(&str, Unit); 2] = [
    ("seconds", Unit::Seconds),
    ("milliseconds", Unit::Milliseconds),
];

/// Kinds of histograms by their names in the config.
pub const HISTOGRAMS: [(&str, Histogram); 2] = [
    ("classic", Histogram::Classic),
    ("native", Histogram::Native),
];

/// Keys that say something of a Prometheus alone.
const OF_PROMETHEUS: [&str; 14] = [
    "url",
    "service",
    "token",
    "user",
    "password",
    "ca",
    "client_certificate",
    "client_key",
    "tenant",
    "headers",
    "pod_label",
    "namespace_label",
    "histogram",
    "queries",
];

impl Metrics {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let source = reader.optional(
            "source",
            rules::word(&[("pods", "pods"), ("prometheus", "prometheus")]),
        );
        let preset = reader.optional("preset", preset);
        // It may hold a password.
        let url = reader.unquoted("url", |value| rules::url(value).map(PrometheusBase::Url));
        let service = reader.optional("service", rules::service);
        let login = Login::read(reader);
        match source.map_or("pods", |source| source.value) {
            "prometheus" => {
                one_place(reader, url.as_ref(), service.as_ref());
                login.fits(reader, url.as_ref());
            }
            _ if source.is_some() || !reader.holds("source") => {
                only_prometheus(reader, preset.as_ref());
            }
            _ => {}
        }
        let metrics = Self {
            source,
            preset,
            base: url.or(service),
            login,
            pod_label: reader.optional("pod_label", rules::series),
            namespace_label: reader.optional("namespace_label", rules::series),
            port: reader.optional("port", rules::port),
            path: reader.optional("path", rules::http_path),
            interval: reader.optional("interval", rules::duration(Duration::from_millis(200), DAY)),
            names: Names::read(reader),
            queries: reader.table("queries", Queries::read).unwrap_or_default(),
        };
        metrics.refuse_native(reader);
        reader.refuse_others();
        metrics
    }

    /// No gateway has such histograms.
    fn refuse_native(&self, reader: &mut Reader<'_, '_>) {
        let native = self
            .names
            .histogram
            .filter(|kept| kept.value == Histogram::Native);
        if let (Some(native), Some(preset)) = (native, self.preset)
            && self.is_counted_by_gateway()
            && self.base.is_some()
        {
            let text = format!("{} keeps none but \"classic\" ones", preset.value);
            reader.fault(native.at, "histogram", text);
        }
    }

    /// Whether the gateway counts, which tells Services apart and nothing else.
    pub(super) fn is_counted_by_gateway(&self) -> bool {
        gateway(self.preset).is_some()
    }

    /// Whether it tells a Service by its place in a route.
    pub(super) fn is_counted_by_place(&self) -> bool {
        gateway(self.preset).is_some_and(Preset::is_by_place)
    }
}

fn gateway(preset: Option<Written<&'static str>>) -> Option<&'static Preset> {
    Preset::of(preset?.value).filter(|preset| !preset.is_in_pods())
}

fn preset(value: &DeValue<'_>) -> super::document::Ruled<&'static str> {
    let words: Vec<(&'static str, &'static str)> = PRESETS
        .iter()
        .map(|preset| (preset.word, preset.word))
        .collect();
    rules::word(&words)(value)
}

fn one_place(
    reader: &mut Reader<'_, '_>,
    url: Option<&Written<PrometheusBase>>,
    service: Option<&Written<PrometheusBase>>,
) {
    match (url, service) {
        (None, None) if !reader.holds("url") && !reader.holds("service") => reader.fault_here(
            "source = \"prometheus\" needs url, or service for one that is reached through the API server".to_owned(),
        ),
        (Some(_), Some(service)) => reader.fault(
            service.at,
            "service",
            "url says already where Prometheus is; one of both is enough".to_owned(),
        ),
        _ => {}
    }
}

/// Keys that mean nothing where the pods are asked.
fn only_prometheus(reader: &mut Reader<'_, '_>, preset: Option<&Written<&'static str>>) {
    for key in OF_PROMETHEUS {
        if reader.holds(key) {
            let text = "has a meaning only with source = \"prometheus\"".to_owned();
            reader.fault_at_key(key, text);
        }
    }
    if let Some(preset) = preset.filter(|preset| gateway(Some(**preset)).is_some()) {
        let text = format!(
            "{} counts at the gateway, not in the pods: it needs source = \"prometheus\"",
            preset.value
        );
        reader.fault(preset.at, "preset", text);
    }
}

impl Login {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        Self {
            token: reader.unquoted("token", rules::secret),
            user: reader.optional("user", rules::text),
            password: reader.unquoted("password", rules::secret),
            ca: reader.optional("ca", rules::text),
            client_certificate: reader.optional("client_certificate", rules::text),
            client_key: reader.unquoted("client_key", rules::secret),
            tenant: reader.optional("tenant", rules::header_value),
            headers: reader.unquoted("headers", rules::headers),
        }
    }

    /// Notes what does not go together.
    fn fits(&self, reader: &mut Reader<'_, '_>, url: Option<&Written<PrometheusBase>>) {
        let by_url = [
            ("token", self.token.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("ca", self.ca.is_some()),
            ("client_certificate", self.client_certificate.is_some()),
            ("client_key", self.client_key.is_some()),
        ];
        if reader.holds("service") {
            for (key, _) in by_url.into_iter().filter(|(_, is_there)| *is_there) {
                let text = "goes with url; a service is asked by the kubeconfig's login".to_owned();
                reader.fault_at_key(key, text);
            }
            return;
        }
        for (one, other) in [("user", "password"), ("client_certificate", "client_key")] {
            for (there, missing) in [(one, other), (other, one)] {
                if reader.holds(there) && !reader.holds(missing) {
                    reader.fault_at_key(there, format!("goes with {missing}, which is missing"));
                }
            }
        }
        if self.token.is_some() && self.user.is_some() {
            let text = "token says already who asks; one of both is enough".to_owned();
            reader.fault_at_key("user", text);
        }
        let is_plain = url.is_some_and(|url| match &url.value {
            PrometheusBase::Url(url) => url.starts_with("http://"),
            PrometheusBase::Service { .. } => false,
        });
        for key in ["ca", "client_certificate"] {
            if is_plain && reader.holds(key) {
                reader.fault_at_key(key, "has a meaning only with a URL of https".to_owned());
            }
        }
    }
}

impl Names {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        Self {
            requests: reader.optional("requests", rules::series),
            code_label: reader.optional("code_label", rules::series),
            duration: reader.optional("duration", rules::series),
            duration_unit: reader.optional("duration_unit", rules::word(&UNITS)),
            histogram: reader.optional("histogram", rules::word(&HISTOGRAMS)),
            cpu: reader.optional("cpu", rules::series),
            started: reader.optional("started", rules::series),
        }
    }
}

impl Queries {
    fn read(reader: &mut Reader<'_, '_>) -> Self {
        let queries = Self {
            requests: reader.optional("requests", rules::text),
            duration: reader.optional("duration", rules::text),
            cpu: reader.optional("cpu", rules::text),
            started: reader.optional("started", rules::text),
        };
        reader.refuse_others();
        queries
    }
}
