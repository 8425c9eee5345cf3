//! The layers of `[….metrics]`: what is written over the preset's names.

use super::document::Written;
use super::layer::Stack;
use super::metrics;
use super::presets::{PRESETS, Preset};
use super::settings::{
    Auth, ClientCertificate, HeaderRef, Metrics, MetricsSource, Prometheus, PrometheusBase, Tls,
};
use crate::domain::exposition::{MetricNames, Unit, WrittenQueries};
use std::time::Duration;

impl Stack<'_> {
    pub(super) fn metrics(&mut self, at: &str, file: &metrics::Metrics) -> Metrics {
        let key = |key: &str| format!("{at}.{key}");
        let source = self.metrics_source(at, file);
        // As often as a Prometheus is usually set to scrape.
        let interval = match source {
            MetricsSource::Pods => 5,
            MetricsSource::Prometheus(_) => 15,
        };
        let word = self.set(&key("preset"), file.preset.as_ref(), PRESETS[0].word);
        let preset = Preset::of(word).unwrap_or(&PRESETS[0]);
        let from = file.preset.map_or("default", |_| "preset");
        let (port, path) = preset.served_at;
        let path = path.to_owned();
        let mut names = self.metric_names(at, &file.names, (preset.names(), from));
        if let MetricsSource::Prometheus(_) = source {
            let kept = names.histogram;
            names.histogram = self.set(&key("histogram"), file.names.histogram.as_ref(), kept);
        }
        Metrics {
            source,
            port: self.set_from(&key("port"), file.port.as_ref(), (port, from)),
            path: self.set_from(&key("path"), file.path.as_ref(), (path, from)),
            interval: self.set(
                &key("interval"),
                file.interval.as_ref(),
                Duration::from_secs(interval),
            ),
            names,
        }
    }

    fn metric_names(
        &mut self,
        at: &str,
        file: &metrics::Names,
        (preset, from): (MetricNames, &'static str),
    ) -> MetricNames {
        let mut name = |key: &str, file: Option<&Written<String>>, preset: String| {
            self.set_from(&format!("{at}.{key}"), file, (preset, from))
        };
        let requests = name("requests", file.requests.as_ref(), preset.requests);
        let code_label = name("code_label", file.code_label.as_ref(), preset.code_label);
        let duration = name("duration", file.duration.as_ref(), preset.duration);
        let cpu = name("cpu", file.cpu.as_ref(), preset.cpu);
        let started = name("started", file.started.as_ref(), preset.started);
        let unit = (preset.duration_unit, from);
        let key = format!("{at}.duration_unit");
        MetricNames {
            requests,
            code_label,
            duration,
            cpu,
            started,
            duration_unit: self.set_from(&key, file.duration_unit.as_ref(), unit),
            histogram: preset.histogram,
            // Whoever names another counter of CPU names one in seconds.
            cpu_unit: file.cpu.as_ref().map_or(preset.cpu_unit, |_| Unit::Seconds),
            only: preset.only,
            counted_by: preset.counted_by,
        }
    }

    fn metrics_source(&mut self, at: &str, file: &metrics::Metrics) -> MetricsSource {
        let key = |key: &str| format!("{at}.{key}");
        let word = self.set(&key("source"), file.source.as_ref(), "pods");
        let (Some(base), "prometheus") = (&file.base, word) else {
            return MetricsSource::Pods;
        };
        let at_base = match base.value {
            PrometheusBase::Url(_) => "url",
            PrometheusBase::Service { .. } => "service",
        };
        MetricsSource::Prometheus(Box::new(Prometheus {
            base: self.set(&key(at_base), Some(base), base.value.clone()),
            auth: self.metrics_auth(at, &file.login),
            tls: self.metrics_tls(at, &file.login),
            tenant: self.maybe(&key("tenant"), None, file.login.tenant.as_ref()),
            headers: self.metrics_headers(at, &file.login),
            pod_label: self.set(&key("pod_label"), file.pod_label.as_ref(), "pod".to_owned()),
            namespace_label: self.set(
                &key("namespace_label"),
                file.namespace_label.as_ref(),
                "namespace".to_owned(),
            ),
            queries: self.written_queries(&key("queries"), &file.queries),
        }))
    }

    fn metrics_auth(&mut self, at: &str, login: &metrics::Login) -> Auth {
        let key = |key: &str| format!("{at}.{key}");
        let token = login.token.as_ref().map(|token| self.secret(token));
        let token = self.maybe(&key("token"), None, token.as_ref());
        let user = self.maybe(&key("user"), None, login.user.as_ref());
        let password = login
            .password
            .as_ref()
            .map(|password| self.secret(password));
        let password = self.maybe(&key("password"), None, password.as_ref());
        match (token, user, password) {
            (Some(token), _, _) => Auth::Bearer(token),
            (None, Some(user), Some(password)) => Auth::Basic { user, password },
            (None, _, _) => Auth::None,
        }
    }

    fn metrics_tls(&mut self, at: &str, login: &metrics::Login) -> Tls {
        let key = |key: &str| format!("{at}.{key}");
        let ca = login.ca.as_ref().map(|ca| self.path(ca));
        let ca = self.maybe(&key("ca"), None, ca.as_ref());
        let certificate = login.client_certificate.as_ref();
        let certificate = certificate.map(|path| self.path(path));
        let certificate = self.maybe(&key("client_certificate"), None, certificate.as_ref());
        let private = login
            .client_key
            .as_ref()
            .map(|private| self.secret(private));
        let private = self.maybe(&key("client_key"), None, private.as_ref());
        Tls {
            ca,
            client: certificate
                .zip(private)
                .map(|(certificate, key)| ClientCertificate { certificate, key }),
        }
    }

    fn metrics_headers(&mut self, at: &str, login: &metrics::Login) -> Vec<HeaderRef> {
        let written = login.headers.as_ref().map(|headers| {
            let resolved = headers.value.iter().map(|header| {
                let value = Written {
                    value: header.value.clone(),
                    at: headers.at,
                };
                HeaderRef {
                    name: header.name.clone(),
                    value: self.secret(&value).value,
                }
            });
            Written {
                value: resolved.collect(),
                at: headers.at,
            }
        });
        self.set(&format!("{at}.headers"), written.as_ref(), Vec::new())
    }

    fn written_queries(&mut self, at: &str, file: &metrics::Queries) -> WrittenQueries {
        let key = |key: &str| format!("{at}.{key}");
        WrittenQueries {
            requests: self.maybe(&key("requests"), None, file.requests.as_ref()),
            duration: self.maybe(&key("duration"), None, file.duration.as_ref()),
            cpu: self.maybe(&key("cpu"), None, file.cpu.as_ref()),
            started: self.maybe(&key("started"), None, file.started.as_ref()),
        }
    }
}
