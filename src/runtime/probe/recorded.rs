//! What a Prometheus has recorded: each query with what came of it, and what is wrong where nothing came.

use super::metrics::{failed, pods};
use super::{Area, Finding, Query};
use crate::config::settings::Environment;
use crate::domain::exposition::{CountedBy, Histogram, MetricNames};
use crate::domain::notice::NoticeKind;
use crate::domain::traffic::Track;
use crate::runtime::clock;
use crate::sources::metrics::prometheus::{Examined, Found, Prometheus, Skew};
use jiff::SignedDuration;

/// Older samples are of the past: so many readings.
const PAST_AFTER: i32 = 4;

/// Reads the numbers once, and asks each query by itself.
pub(super) async fn recorded(
    asked: &Prometheus,
    environment: &Environment,
    ready: &[(String, Track)],
) -> Vec<Finding> {
    let source = environment.metrics.source.word();
    let compared = asked.compared(Skew::default(), clock::now).await;
    let skew = match compared {
        Ok(skew) => skew,
        // Nothing else would come either.
        Err(error) => return vec![failed(source, &error.fault())],
    };
    let now = skew.there(clock::now());
    let mut findings: Vec<Finding> = skew.told().into_iter().map(clocks).collect();
    findings.push(match asked.scrape(ready, now).await {
        Ok(recorded) => {
            let newest = recorded.sampled.values().max().copied().unwrap_or(now);
            pods(environment, &recorded.scrape, now.duration_since(newest))
        }
        Err(error) => failed(source, &error.fault()),
    });
    let examined = asked.examine(now).await;
    findings.extend(examined.iter().map(|one| query(environment, one)));
    findings
}

fn clocks(told: String) -> Finding {
    Finding::well(Area::Metrics, "clock", told)
        .unknown()
        .cure("set both by NTP; until then Prometheus is asked in its own time")
}

fn query(environment: &Environment, one: &Examined) -> Finding {
    let probe = &one.probe;
    let name = format!("query {}", probe.key);
    let found = match &one.found {
        Ok(found) => found,
        Err(error) => {
            let finding = failed(&name, &error.fault());
            return finding.asked(Query::unanswered(&probe.asked));
        }
    };
    let told = Query {
        asked: probe.asked.clone(),
        series: found.series,
        labels: found.labels.clone(),
        age: found.age,
    };
    let finding = Finding::well(Area::Metrics, name, text(probe.series.as_str(), found));
    let judged = match found.series {
        0 if probe.key == "requests" => finding.failed(NoticeKind::Config),
        0 => finding.unknown(),
        _ => finding,
    };
    let cured = match cure(environment, one, found) {
        Some(cure) if found.series > 0 => judged.unknown().cure(cure),
        Some(cure) => judged.cure(cure),
        None => judged,
    };
    cured.asked(told)
}

fn text(series: &str, found: &Found) -> String {
    let labels = found.labels.shown();
    match (found.series, found.elsewhere) {
        (0, None) => "answers nothing".to_owned(),
        (0, Some(0)) => format!("there is no series {series} at all"),
        (0, Some(count)) => {
            format!(
                "none of these pods; there are {count} series {series}, with the labels {labels}"
            )
        }
        (count, _) => match found.age {
            Some(age) => format!("{count} series by {labels}, {} s old", age.as_secs()),
            None => format!("{count} series by {labels}"),
        },
    }
}

/// Whether the histogram may be of the other kind.
fn may_be_native(names: &MetricNames) -> bool {
    let is_classic = names.histogram == Histogram::Classic;
    is_classic
        && match names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => true,
            CountedBy::Gateway(_) => false,
        }
}

fn cure(environment: &Environment, one: &Examined, found: &Found) -> Option<String> {
    let (key, names) = (one.probe.key, &environment.metrics.names);
    match (found.series, found.elsewhere) {
        (0, None) => Some(format!(
            "try metrics.queries.{key} on the page of Prometheus itself"
        )),
        (0, Some(0)) if key == "cpu" && names.cpu.is_empty() => Some(
            "have Prometheus scrape the kubelets' /metrics/cadvisor; without it CPU is unknown"
                .to_owned(),
        ),
        (0, Some(0)) if key == "duration" && may_be_native(names) => Some(format!(
            "name the right series as metrics.duration in the config, or set metrics.histogram = \"native\" where {} is one; without it p95 is unknown",
            names.duration
        )),
        (0, Some(0)) => Some(format!(
            "name the right series as metrics.{key} in the config, or choose metrics.preset, and check that Prometheus scrapes it"
        )),
        (0, Some(_)) => Some(
            "check metrics.pod_label and metrics.namespace_label, the environment's namespace and what its strategy names"
                .to_owned(),
        ),
        _ => {
            let past = SignedDuration::try_from(environment.metrics.interval).ok()? * PAST_AFTER;
            let is_past = found.age.is_some_and(|age| age > past);
            is_past.then(|| {
                "it is recorded no more: look at these targets on the page /targets of Prometheus"
                    .to_owned()
            })
        }
    }
}
