//! The text of the queries that read one environment's counters from a Prometheus.
//!
//! Invariants: raw counters only, since what PromQL makes of them (`rate`, `increase`) is extrapolated and counts requests
//! twice; every kind of series is one query, however many pods answer; nothing in a name can leave its quotes or its place in
//! a pattern.

use crate::domain::exposition::{MetricNames, MetricQueries};

/// The kubelet's counter of CPU seconds, by container.
const CONTAINER_CPU: &str = "container_cpu_usage_seconds_total";
/// Of a Deployment's longer name not every character stands in its pods' names.
const NAME_STANDS_WHOLE: usize = 46;

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

/// The queries for the pods in `scope`, their series named `names`.
pub fn queries(scope: &Scope<'_>, names: &MetricNames) -> MetricQueries {
    let (pod, code) = (scope.pod_label, names.code_label.as_str());
    let pods = matchers(scope);
    let of = |series: &str| format!("{series}{{{pods}}}");
    let requests = of(&names.requests);
    let container =
        format!(r#"sum by ({pod}) ({CONTAINER_CPU}{{{pods},container!="",container!="POD"}})"#);
    MetricQueries {
        requests: format!("sum by ({pod}, {code}) ({requests})"),
        buckets: format!(
            "sum by ({pod}, le) ({})",
            of(&format!("{}_bucket", names.duration))
        ),
        // Where containers are recorded at all, a pod that is not yet has no CPU rather than another kind of it.
        cpu: format!(
            "{container} or (sum by ({pod}) ({}) unless on () count({container}))",
            of(&names.cpu)
        ),
        started: format!("max by ({pod}) ({})", of(&names.started)),
        sampled: format!("max by ({pod}) (timestamp({requests}))"),
        count: format!("count({})", names.requests),
        example: format!("topk(1, {})", names.requests),
        pod_label: pod.to_owned(),
        code_label: code.to_owned(),
    }
}

fn matchers(scope: &Scope<'_>) -> String {
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
