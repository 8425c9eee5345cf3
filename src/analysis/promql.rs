//! The text of the queries that read one environment's counters from a Prometheus.
//!
//! Invariants: raw counters only, since what PromQL makes of them (`rate`, `increase`) is extrapolated and counts requests
//! twice; every kind of series is one query, however many pods answer; nothing in a name can leave its quotes or its place in
//! a pattern.

use crate::domain::exposition::{
    BackendForm, BackendLabel, CountedBy, Histogram, MetricNames, MetricProbe, MetricQueries, Unit,
    WrittenQueries,
};

/// The kubelet's counter of CPU seconds, by container.
const CONTAINER_CPU: &str = "container_cpu_usage_seconds_total";
/// Of a Deployment's longer name not every character stands in its pods' names.
const NAME_STANDS_WHOLE: usize = 46;
/// The label with the address that was scraped: every series of a Prometheus has it.
pub const INSTANCE: &str = "instance";
/// Bounds at which a native histogram is read: twice the power of two, in seconds. Every histogram that is finer than a
/// doubling has a bound just there, so that nothing is interpolated. More of them would be longer than an address may be.
const NATIVE_BOUNDS: [i16; 24] = [
    -16, -14, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10,
];

/// Whose series are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The pods' namespace.
    pub namespace: &'a str,
    /// The Deployments that the pods belong to; all of the namespace where none is named.
    pub workloads: &'a [&'a str],
    /// The label with the pod's name.
    pub pod_label: &'a str,
    /// The label with its namespace.
    pub namespace_label: &'a str,
}

/// The queries for the pods in `scope`, their series named `names`, but for those that are `written`.
pub fn queries(scope: &Scope<'_>, names: &MetricNames, written: &WrittenQueries) -> MetricQueries {
    let text = Text { scope, names };
    let or = |written: &Option<String>, made: String| written.clone().unwrap_or(made);
    let (counted, _) = text.counted();
    MetricQueries {
        requests: or(&written.requests, text.requests()),
        buckets: or(&written.duration, text.buckets()),
        cpu: or(&written.cpu, text.cpu()),
        started: or(&written.started, text.started()),
        sampled: text.sampled(),
        count: format!("count({counted})"),
        example: format!("topk(1, {counted})"),
        pod_label: scope.pod_label.to_owned(),
        code_label: names.code_label.clone(),
    }
}

/// What tells of each query what came of it, or what is there instead.
pub fn probes(
    scope: &Scope<'_>,
    names: &MetricNames,
    written: &WrittenQueries,
) -> Vec<MetricProbe> {
    let text = Text { scope, names };
    let asked = queries(scope, names, written);
    let (counted, _) = text.counted();
    let duration = match names.histogram {
        Histogram::Classic => text.bucket(),
        Histogram::Native => names.duration.clone(),
    };
    let cpu = if names.cpu.is_empty() {
        CONTAINER_CPU
    } else {
        &names.cpu
    };
    let probe = |key, asked, series: &str, (own, and): (Vec<String>, String), is_written| {
        let made = |query: String| if is_written { String::new() } else { query };
        MetricProbe {
            key,
            asked,
            sampled: made(format!("max({}{and})", times(series, &own))),
            count: made(format!("count({series})")),
            example: made(format!("topk(1, {series})")),
            series: series.to_owned(),
        }
    };
    let own = || (text.alternatives(), String::new());
    let pods = (vec![text.pods()], String::new());
    let (requests, buckets) = (asked.requests, asked.buckets);
    let mut probes = vec![
        probe(
            "requests",
            requests,
            &counted,
            own(),
            written.requests.is_some(),
        ),
        probe(
            "duration",
            buckets,
            &duration,
            own(),
            written.duration.is_some(),
        ),
        probe("cpu", asked.cpu, cpu, pods, written.cpu.is_some()),
        probe(
            "started",
            asked.started,
            &names.started,
            text.of_counting(),
            written.started.is_some(),
        ),
    ];
    probes.retain(|probe| !probe.asked.is_empty());
    probes
}

/// When each sample of a series was taken, its labels being one of these. Of anything but a plain name with its labels it would
/// be the time of the asking.
fn times(series: &str, own: &[String]) -> String {
    let times = own
        .iter()
        .map(|own| format!("timestamp({series}{{{own}}})"));
    times.collect::<Vec<_>>().join(" or ")
}

/// The text of one environment's queries.
struct Text<'a> {
    scope: &'a Scope<'a>,
    names: &'a MetricNames,
}

impl Text<'_> {
    /// The series whose samples are the requests, and whether each is a whole histogram.
    fn counted(&self) -> (String, bool) {
        let names = self.names;
        let of_histogram = names.requests.strip_suffix("_count") == Some(&names.duration);
        match names.histogram {
            // Where the histogram is one series, the counter that would go with it does not exist.
            Histogram::Native if of_histogram => (names.duration.clone(), true),
            Histogram::Native | Histogram::Classic => (names.requests.clone(), false),
        }
    }

    fn bucket(&self) -> String {
        format!("{}_bucket", self.names.duration)
    }

    fn requests(&self) -> String {
        let (series, is_histogram) = self.counted();
        let own = self.own(&series);
        let by = [self.group().as_str(), &self.names.code_label].join(", ");
        if is_histogram {
            format!("sum by ({by}) (histogram_count({own}))")
        } else {
            format!("sum by ({by}) ({own})")
        }
    }

    fn buckets(&self) -> String {
        let by = self.group();
        match self.names.histogram {
            Histogram::Classic => format!("sum by ({by}, le) ({})", self.own(&self.bucket())),
            Histogram::Native => self.native(&format!(
                "sum by ({by}) ({})",
                self.own(&self.names.duration)
            )),
        }
    }

    /// The shares of a native histogram up to each bound, and its count as that up to infinity.
    fn native(&self, histogram: &str) -> String {
        let labelled =
            |value: String, le: &str| format!("label_replace({value},\"le\",\"{le}\",\"\",\"\")");
        let mut terms: Vec<String> = NATIVE_BOUNDS
            .into_iter()
            .map(|half| {
                let le = (f64::from(half) / 2.0).exp2() * self.names.duration_unit.per_second();
                labelled(
                    format!("histogram_fraction(-Inf,{le},{histogram})"),
                    &le.to_string(),
                )
            })
            .collect();
        terms.push(labelled(format!("histogram_count({histogram})"), "+Inf"));
        terms.join(" or ")
    }

    fn cpu(&self) -> String {
        let pod = self.scope.pod_label;
        let pods = self.pods();
        let container =
            format!(r#"sum by ({pod}) ({CONTAINER_CPU}{{{pods},container!="",container!="POD"}})"#);
        if self.names.cpu.is_empty() {
            return container;
        }
        let own = format!("sum by ({pod}) ({})", self.of_pods(&self.names.cpu));
        let own = match self.names.cpu_unit {
            Unit::Seconds => own,
            unit @ (Unit::Milliseconds | Unit::Nanoseconds) => {
                format!("{own} / {}", unit.per_second())
            }
        };
        // Where containers are recorded at all, a pod that is not yet has no CPU rather than another kind of it.
        format!("{container} or ({own} unless on () count({container}))")
    }

    fn started(&self) -> String {
        let started = &self.names.started;
        let pod = self.scope.pod_label;
        if started.is_empty() {
            return String::new();
        }
        match &self.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => {
                format!("max by ({pod}) ({})", self.of_pods(started))
            }
            CountedBy::Gateway(_) => {
                let and = self.and_counts();
                format!("max by ({pod}, {INSTANCE}) ({started}{and})")
            }
        }
    }

    /// Which series tell the start of who counts: their labels, and what narrows them down.
    fn of_counting(&self) -> (Vec<String>, String) {
        match &self.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => (vec![self.pods()], String::new()),
            CountedBy::Gateway(_) => (vec![String::new()], self.and_counts()),
        }
    }

    /// Only of those addresses that count for this namespace.
    fn and_counts(&self) -> String {
        let (series, _) = self.counted();
        format!(" and on ({INSTANCE}) ({})", self.own(&series))
    }

    fn sampled(&self) -> String {
        let (series, _) = self.counted();
        let times = times(&series, &self.alternatives());
        format!("max by ({}) ({times})", self.group())
    }

    /// The labels by which it is told who counted.
    fn group(&self) -> String {
        let pod = self.scope.pod_label;
        match &self.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => pod.to_owned(),
            CountedBy::Gateway(labels) => {
                let labels = labels.iter().map(|backend| backend.label.as_str());
                [pod, INSTANCE]
                    .into_iter()
                    .chain(labels)
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        }
    }

    /// A series of the pods.
    fn of_pods(&self, series: &str) -> String {
        format!("{series}{{{}}}", self.pods())
    }

    /// A series of who counts.
    fn own(&self, series: &str) -> String {
        let own = self.alternatives().into_iter();
        let own = own.map(|matchers| format!("{series}{{{matchers}}}"));
        own.collect::<Vec<_>>().join(" or ")
    }

    /// What the labels of who counts must be: one of these.
    fn alternatives(&self) -> Vec<String> {
        match &self.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => {
                let only = self.names.only.iter();
                let only = only.map(|(label, value)| format!("{label}={}", quoted(value)));
                vec![
                    std::iter::once(self.pods())
                        .chain(only)
                        .collect::<Vec<_>>()
                        .join(","),
                ]
            }
            CountedBy::Gateway(labels) => self.behind_gateway(labels),
        }
    }

    /// A gateway stands in a namespace of its own: where Prometheus's label for that has the same name as the gateway's, it
    /// puts that one aside as `exported_…`.
    fn behind_gateway(&self, labels: &[BackendLabel]) -> Vec<String> {
        let namespace = self.scope.namespace;
        let label = self.scope.namespace_label;
        if labels
            .iter()
            .any(|backend| backend.form == BackendForm::Name)
        {
            let value = quoted(namespace);
            return vec![
                format!("exported_{label}={value}"),
                format!("{label}={value},exported_{label}=\"\""),
            ];
        }
        let mut before = String::new();
        let mut alternatives = Vec::new();
        for BackendLabel { label, form } in labels {
            let pattern = match form {
                BackendForm::Placed => format!("httproute/{}/.+", literal(namespace)),
                BackendForm::Name | BackendForm::Joined => {
                    format!("(.*-)?{}-.+", literal(namespace))
                }
            };
            alternatives.push(format!("{label}=~{}{before}", quoted(&pattern)));
            before = format!("{before},{label}=\"\"");
        }
        alternatives
    }

    fn pods(&self) -> String {
        let scope = self.scope;
        let namespace = format!("{}={}", scope.namespace_label, quoted(scope.namespace));
        // Without names it is everything there: a list of hundreds would be longer than an address may be.
        if scope.workloads.is_empty() {
            return namespace;
        }
        let pods: Vec<String> = scope.workloads.iter().map(|name| pods_of(name)).collect();
        format!(
            "{namespace},{}=~{}",
            scope.pod_label,
            quoted(&pods.join("|"))
        )
    }
}

/// A pattern for the names of a Deployment's pods: its name, its template's hash, five characters. Such a pattern is
/// anchored at both ends.
fn pods_of(workload: &str) -> String {
    match workload.char_indices().nth(NAME_STANDS_WHOLE) {
        None => format!("{}-[a-z0-9]+-[a-z0-9]+", literal(workload)),
        Some((cut, _)) => format!("{}.*", literal(&workload[..cut])),
    }
}

/// A text as a pattern that matches only itself.
pub fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

fn escaped(control: char) -> String {
    format!("\\u{:04x}", u32::from(control))
}

/// A text as a string in a query.
pub fn quoted(text: &str) -> String {
    let mut string = String::with_capacity(text.len() + 2);
    string.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => string.extend(['\\', character]),
            '\n' => string.push_str("\\n"),
            control if control.is_control() => string.push_str(&escaped(control)),
            other => string.push(other),
        }
    }
    string.push('"');
    string
}
