//! The text of queries: raw counters, one query a kind, and names that stay in their place.

use flightdeck::analysis::promql::{Scope, literal, queries, quoted};
use flightdeck::domain::exposition::{MetricNames, MetricQueries, WrittenQueries};
use proptest::prelude::*;

fn of(namespace: &str, workloads: &[&str]) -> MetricQueries {
    let scope = Scope {
        namespace,
        workloads,
        pod_label: "pod",
        namespace_label: "namespace",
    };
    queries(&scope, &MetricNames::default(), &WrittenQueries::default())
}

/// The value of a label's pattern, its quotes and escapes undone.
fn pattern(query: &str) -> String {
    let start = query.find("=~\"").unwrap() + 2;
    serde_json::Deserializer::from_str(&query[start..])
        .into_iter::<String>()
        .next()
        .unwrap()
        .unwrap()
}

fn matches(query: &str, pod: &str) -> bool {
    regex::Regex::new(&format!("^(?:{})$", pattern(query)))
        .unwrap()
        .is_match(pod)
}

#[test]
fn one_query_asks_for_each_kind_of_series() {
    let asked = of("production", &["checkout", "checkout-canary"]);
    let pods = r#"namespace="production",pod=~"checkout-[a-z0-9]+-[a-z0-9]+|checkout-canary-[a-z0-9]+-[a-z0-9]+""#;
    assert_eq!(
        asked.requests,
        format!("sum by (pod, code) (http_requests_total{{{pods}}})")
    );
    assert_eq!(
        asked.buckets,
        format!("sum by (pod, le) (http_request_duration_seconds_bucket{{{pods}}})")
    );
    assert_eq!(
        asked.started,
        format!("max by (pod) (process_start_time_seconds{{{pods}}})")
    );
    assert_eq!(
        asked.sampled,
        format!("max by (pod) (timestamp(http_requests_total{{{pods}}}))")
    );
    let container = format!(
        r#"sum by (pod) (container_cpu_usage_seconds_total{{{pods},container!="",container!="POD"}})"#
    );
    assert_eq!(
        asked.cpu,
        format!(
            "{container} or (sum by (pod) (process_cpu_seconds_total{{{pods}}}) unless on () count({container}))"
        )
    );
    assert_eq!(asked.count, "count(http_requests_total)");
    assert_eq!(asked.example, "topk(1, http_requests_total)");
}

#[test]
fn rates_are_never_asked_for() {
    let asked = of("production", &["checkout"]);
    for query in [
        asked.requests,
        asked.buckets,
        asked.cpu,
        asked.started,
        asked.sampled,
    ] {
        assert!(
            !query.contains("rate(") && !query.contains("increase("),
            "{query}"
        );
    }
}

#[test]
fn names_of_labels_and_series_are_the_configs() {
    let names = MetricNames {
        requests: "hits".to_owned(),
        code_label: "status".to_owned(),
        ..MetricNames::default()
    };
    let scope = Scope {
        namespace: "shop",
        workloads: &["cart"],
        pod_label: "kubernetes_pod_name",
        namespace_label: "kubernetes_namespace",
    };
    assert_eq!(
        queries(&scope, &names, &WrittenQueries::default()).requests,
        r#"sum by (kubernetes_pod_name, status) (hits{kubernetes_namespace="shop",kubernetes_pod_name=~"cart-[a-z0-9]+-[a-z0-9]+"})"#
    );
}

#[test]
fn only_the_deployments_own_pods_match() {
    let stable = of("production", &["checkout"]).requests;
    assert!(matches(&stable, "checkout-7d9f8c6b5-x2x4z"));
    for other in [
        "checkout-canary-7d9f8c6b5-x2x4z",
        "checkout-0",
        "checkout",
        "my-checkout-7d9f8c6b5-x2x4z",
        "checkout-7d9f8c6b5-x2x4z-x",
        "checkouts-7d9f8c6b5-x2x4z",
    ] {
        assert!(!matches(&stable, other), "{other}");
    }
    let dotted = of("production", &["api.v2"]).requests;
    assert!(
        matches(&dotted, "api.v2-7d9f8c6b5-x2x4z") && !matches(&dotted, "apiXv2-7d9f8c6b5-x2x4z")
    );
}

/// A pod's name keeps 58 characters of its ReplicaSet's, so that a long Deployment's hash may be cut.
#[test]
fn pods_of_a_deployment_with_a_long_name_match() {
    let name = "a-deployment-with-a-name-that-is-longer-than-most-of-them-are";
    let pod: String = format!("{name}-7d9f8c6b5-")
        .chars()
        .take(58)
        .chain("x2x4z".chars())
        .collect();
    assert!(matches(&of("production", &[name]).requests, &pod), "{pod}");
}

proptest! {
    #[test]
    fn a_literal_matches_itself_and_nothing_else(text in ".{0,20}", other in ".{0,20}") {
        let pattern = regex::Regex::new(&format!("(?s)^(?:{})$", literal(&text))).unwrap();
        prop_assert!(pattern.is_match(&text));
        prop_assert_eq!(pattern.is_match(&other), text == other);
    }

    #[test]
    fn no_name_leaves_its_quotes(namespace in any::<String>()) {
        let string = quoted(&namespace);
        let inside = string.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
        prop_assert!(!inside.contains(char::is_control));
        let mut escaped = false;
        for character in inside.chars() {
            prop_assert!(character != '"' || escaped);
            escaped = character == '\\' && !escaped;
        }
        prop_assert!(!escaped);
    }
}
