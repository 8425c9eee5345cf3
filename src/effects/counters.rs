//! The pods' request counters, asked for by effects themselves, and what was counted between two readings.
//!
//! Invariant: a pod that should answer and does not makes the whole reading unknown; it never counts as zero.

use super::carrier::Carrier;
use crate::analysis::counts::Counts;
use crate::analysis::series::counted_between;
use crate::domain::cluster::{Pod, Snapshot};
use crate::domain::counters::{PodReading, Reading, Scrape};
use crate::domain::exposition::CountedBy;
use crate::domain::traffic::Track;
use crate::sources::metrics::pods::PodMetrics;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

/// How long one pod may take to answer.
const POD_LIMIT: Duration = Duration::from_secs(3);

/// The pods whose counters are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pods: Vec<(String, Track)>,
    /// Those that get traffic: without their counters nothing is known.
    serving: BTreeSet<String>,
}

impl Asked {
    /// Every pod that has started, by one reading of the cluster.
    pub(super) fn of(seen: &Snapshot) -> Self {
        let started = |pod: &&Pod| pod.started_at.is_some();
        let serves = |pod: &&Pod| pod.ready && !pod.deleting;
        let mut pods: Vec<(String, Track)> = seen
            .pods
            .iter()
            .filter(started)
            .map(|pod| (pod.name.clone(), pod.track))
            .collect();
        pods.sort();
        Self {
            pods,
            serving: seen
                .pods
                .iter()
                .filter(serves)
                .map(|pod| pod.name.clone())
                .collect(),
        }
    }
}

impl Asked {
    /// All of them, each with its side.
    pub(super) fn pods(&self) -> &[(String, Track)] {
        &self.pods
    }

    /// Those that get traffic.
    pub(super) fn serving(&self) -> impl Iterator<Item = &str> {
        self.serving.iter().map(String::as_str)
    }

    /// Whether the same pods get traffic; those that end meanwhile do not matter.
    pub(super) fn serves_like(&self, other: &Self) -> bool {
        self.serving == other.serving
    }
}

/// What both sides counted between two readings.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    pub(super) stable: Counts,
    pub(super) canary: Counts,
}

impl Tally {
    pub(super) fn requests(&self) -> f64 {
        self.stable.requests + self.canary.requests
    }

    /// Both sides together: all that serves.
    pub(super) fn together(&self) -> Counts {
        let mut all = self.stable.clone();
        all.add(&self.canary);
        all
    }
}

impl Carrier {
    /// Which pods there are now.
    pub(super) async fn pods(&self) -> Result<Asked, String> {
        let seen = self
            .context
            .observe()
            .await
            .map_err(|error| error.sentence())?;
        Ok(Asked::of(&seen))
    }

    /// Reads their counters; the reason in words where none could be read.
    pub(super) async fn scrape(&self, asked: &Asked) -> Result<Scrape, String> {
        let metrics = &self.context.environment.metrics;
        match metrics.names.counted_by {
            CountedBy::Pods | CountedBy::Sidecars => {}
            CountedBy::Gateway(_) => {
                return Err("requests are counted at the gateway, not in the pods".to_owned());
            }
        }
        let pods = PodMetrics {
            client: self.context.calls.clone(),
            namespace: self.context.namespace().to_owned(),
            port: metrics.port,
            path: metrics.path.clone(),
            names: metrics.names.clone(),
            deadline: POD_LIMIT,
        };
        let answer = pods.scrape(&asked.pods, Timestamp::now).await;
        answer.map_err(|error| chain(&error))
    }
}

/// What was counted between two readings of the same pods; the pod and the reason where that cannot be told.
pub(super) fn between(asked: &Asked, first: &Scrape, second: &Scrape) -> Result<Tally, String> {
    for scrape in [first, second] {
        for pod in scrape
            .pods
            .iter()
            .filter(|pod| asked.serving.contains(&pod.pod))
        {
            if pod.usable().is_none() {
                return Err(unreadable(pod));
            }
        }
    }
    let (first, second) = (common(first, second), common(second, first));
    let side = |side| counted_between(&first, &second, side).unwrap_or(Counts::ZERO);
    Ok(Tally {
        stable: side(Track::Stable),
        canary: side(Track::Canary),
    })
}

fn unreadable(pod: &PodReading) -> String {
    match &pod.reading {
        Reading::Unreadable(reason) => format!("pod {}: {reason}", pod.pod),
        Reading::Counted(_) => format!("pod {}: its counters are no counts", pod.pod),
    }
}

/// The pods of `scrape` that are usable in `other` too: one that is usable only now would count from its start.
fn common(scrape: &Scrape, other: &Scrape) -> Scrape {
    let in_other = |pod: &&PodReading| {
        let same = |found: &&PodReading| found.pod == pod.pod && found.usable().is_some();
        other.pods.iter().any(|found| same(&found))
    };
    Scrape {
        at: scrape.at,
        pods: scrape.pods.iter().filter(in_other).cloned().collect(),
    }
}

pub(super) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line = format!("{line}: {cause}");
        next = cause.source();
    }
    line
}
