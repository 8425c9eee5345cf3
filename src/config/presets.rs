//! What widely used exporters name their series: one table.
//!
//! Names and labels are those of the exporters' own references; what a team named otherwise stands in its config and wins.

use crate::domain::exposition::{
    BackendForm, BackendLabel, CountedBy, Histogram, MetricNames, Unit,
};

/// Series of one exporter, and where a pod serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in the config.
    pub word: &'static str,
    /// See [`MetricNames::requests`].
    pub requests: &'static str,
    /// See [`MetricNames::code_label`].
    pub code_label: &'static str,
    /// See [`MetricNames::duration`].
    pub duration: &'static str,
    /// See [`MetricNames::duration_unit`].
    pub duration_unit: Unit,
    /// See [`MetricNames::cpu`].
    pub cpu: &'static str,
    /// See [`MetricNames::cpu_unit`].
    pub cpu_unit: Unit,
    /// See [`MetricNames::started`].
    pub started: &'static str,
    /// See [`MetricNames::only`].
    pub only: &'static [(&'static str, &'static str)],
    /// Who counts.
    pub counts: Counts,
    /// The port and the path at which a pod serves them.
    pub served_at: (u16, &'static str),
}

/// Who counts; see [`CountedBy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// The service's own process.
    Pods,
    /// A proxy in each pod.
    Sidecars,
    /// The gateway, with the labels that tell the Service.
    Gateway(&'static [(&'static str, BackendForm)]),
}

const CPU: &str = "process_cpu_seconds_total";
const STARTED: &str = "process_start_time_seconds";
const NONE: &str = "";

/// The convention of most client libraries: what holds without a preset.
const PLAIN: Preset = Preset {
    word: "default",
    requests: "http_requests_total",
    code_label: "code",
    duration: "http_request_duration_seconds",
    duration_unit: Unit::Seconds,
    cpu: CPU,
    cpu_unit: Unit::Seconds,
    started: STARTED,
    only: &[],
    counts: Counts::Pods,
    served_at: (8080, "/metrics"),
};

/// Every preset; the first one holds where none is named.
pub const PRESETS: [Preset; 10] = [
    PLAIN,
    Preset {
        word: "istio",
        requests: "istio_requests_total",
        code_label: "response_code",
        duration: "istio_request_duration_milliseconds",
        duration_unit: Unit::Milliseconds,
        // Under the usual names a pod tells of the service's process here and of the sidecar's there: the kubelet knows the CPU,
        // and a sidecar that began anew is told by falling counters.
        cpu: NONE,
        started: NONE,
        only: &[("reporter", "destination")],
        counts: Counts::Sidecars,
        served_at: (15020, "/stats/prometheus"),
        ..PLAIN
    },
    Preset {
        word: "linkerd",
        requests: "response_total",
        code_label: "status_code",
        duration: "response_latency_ms",
        duration_unit: Unit::Milliseconds,
        cpu: NONE,
        started: NONE,
        only: &[("direction", "inbound")],
        counts: Counts::Sidecars,
        served_at: (4191, "/metrics"),
        ..PLAIN
    },
    Preset {
        word: "envoy-gateway",
        requests: "envoy_cluster_upstream_rq",
        code_label: "envoy_response_code",
        duration: "envoy_cluster_upstream_rq_time",
        duration_unit: Unit::Milliseconds,
        cpu: NONE,
        started: NONE,
        counts: Counts::Gateway(&[("envoy_cluster_name", BackendForm::Placed)]),
        served_at: (19001, "/stats/prometheus"),
        ..PLAIN
    },
    Preset {
        word: "ingress-nginx",
        requests: "nginx_ingress_controller_requests",
        code_label: "status",
        duration: "nginx_ingress_controller_request_duration_seconds",
        cpu: NONE,
        counts: Counts::Gateway(&[
            // A request that went to the canary bears the name of the Service that it would have gone to else.
            ("canary", BackendForm::Joined),
            // Prometheus's own label of the name puts the exporter's aside.
            ("exported_service", BackendForm::Name),
            ("service", BackendForm::Name),
        ]),
        served_at: (10254, "/metrics"),
        ..PLAIN
    },
    Preset {
        word: "traefik",
        requests: "traefik_service_requests_total",
        duration: "traefik_service_request_duration_seconds",
        cpu: NONE,
        counts: Counts::Gateway(&[
            ("exported_service", BackendForm::Joined),
            ("service", BackendForm::Joined),
        ]),
        served_at: (9100, "/metrics"),
        ..PLAIN
    },
    Preset {
        word: "spring-boot",
        requests: "http_server_requests_seconds_count",
        code_label: "status",
        duration: "http_server_requests_seconds",
        cpu: "process_cpu_time_ns_total",
        cpu_unit: Unit::Nanoseconds,
        served_at: (8080, "/actuator/prometheus"),
        ..PLAIN
    },
    Preset {
        word: "fastapi",
        code_label: "status",
        // The one with many bounds; its twin by handler has three.
        duration: "http_request_duration_highr_seconds",
        ..PLAIN
    },
    Preset {
        word: "express",
        requests: "http_request_duration_seconds_count",
        code_label: "status_code",
        ..PLAIN
    },
    Preset {
        word: "otel",
        requests: "http_server_request_duration_seconds_count",
        code_label: "http_response_status_code",
        duration: "http_server_request_duration_seconds",
        cpu: "process_cpu_time_seconds_total",
        served_at: (9464, "/metrics"),
        ..PLAIN
    },
];

impl Preset {
    /// The preset of that name.
    pub fn of(word: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.word == word)
    }

    /// Whether pods can be asked for these series themselves.
    pub fn is_in_pods(&self) -> bool {
        match self.counts {
            Counts::Pods | Counts::Sidecars => true,
            Counts::Gateway(_) => false,
        }
    }

    /// Whether a Service is told by its place in a route.
    pub fn is_by_place(&self) -> bool {
        match self.counts {
            Counts::Pods | Counts::Sidecars => false,
            Counts::Gateway(labels) => labels.iter().any(|(_, form)| *form == BackendForm::Placed),
        }
    }

    /// Its names.
    pub fn names(&self) -> MetricNames {
        let owned = |(label, value): &(&str, &str)| ((*label).to_owned(), (*value).to_owned());
        MetricNames {
            requests: self.requests.to_owned(),
            code_label: self.code_label.to_owned(),
            duration: self.duration.to_owned(),
            cpu: self.cpu.to_owned(),
            started: self.started.to_owned(),
            duration_unit: self.duration_unit,
            cpu_unit: self.cpu_unit,
            histogram: Histogram::Classic,
            only: self.only.iter().map(owned).collect(),
            counted_by: self.counted_by(),
        }
    }

    fn counted_by(&self) -> CountedBy {
        let label = |(label, form): &(&str, BackendForm)| BackendLabel {
            label: (*label).to_owned(),
            form: *form,
        };
        match self.counts {
            Counts::Pods => CountedBy::Pods,
            Counts::Sidecars => CountedBy::Sidecars,
            Counts::Gateway(labels) => CountedBy::Gateway(labels.iter().map(label).collect()),
        }
    }
}
