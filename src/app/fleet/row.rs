//! One service in one environment, as the fleet shows it.

use crate::analysis::canary::Watched;
use crate::analysis::verdict::Verdict;
use crate::analysis::window::Series;
use crate::app::canary_watch::{CanaryWatch, recorded_watch};
use crate::app::subscription::PodRef;
use crate::config::settings::{Environment, MetricsSource};
use crate::domain::feed::{Feed, FeedFault};
use crate::domain::ids::Target;
use crate::domain::record::Record;
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Weight;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Points kept of a row: it shows the last ones only.
const POINTS: usize = 120;

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The service in its environment.
    pub target: Target,
    /// Index of its namespace among the fleet's places.
    pub place: usize,
    /// Whether its numbers come from a Prometheus, else from its pods.
    pub source: MetricsKind,
    /// What its objects say; without its pods.
    pub rollout: Option<Rollout>,
    /// Why it cannot be read while its namespace can.
    pub fault: Option<FeedFault>,
    /// When the release that is running, or on trial, was deployed.
    pub deployed_at: Option<Timestamp>,
    /// The pods of a rollout under way.
    pub pods: Vec<PodRef>,
    /// The last reading of its numbers.
    pub numbers: Feed<()>,
    /// Its numbers over time.
    pub series: Series,
    /// The evidence on the candidate.
    #[serde(default)]
    pub canary: CanaryWatch,
    /// Weight changes that were seen: when, and the canary's weight.
    #[serde(default)]
    pub weights: Vec<(Timestamp, Weight)>,
    /// The candidate's number in the record; 0 where it is not recorded.
    #[serde(default)]
    pub revision: u64,
    /// What the record fixed for its release.
    #[serde(default)]
    pub recorded: Option<Watched>,
    /// What they say of the candidate, while there is one.
    pub verdict: Option<Verdict>,
}

/// Where a row's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricsKind {
    /// Its pods, read while a rollout is under way.
    Pods,
    /// A Prometheus, read always.
    Prometheus,
}

impl Row {
    /// A row of which nothing is known.
    pub fn new(target: Target, place: usize, environment: &Environment) -> Self {
        let interval = environment.metrics.interval;
        let stale = SignedDuration::try_from(interval * 4).unwrap_or(SignedDuration::from_secs(60));
        Self {
            target,
            place,
            source: match environment.metrics.source {
                MetricsSource::Pods => MetricsKind::Pods,
                MetricsSource::Prometheus(_) => MetricsKind::Prometheus,
            },
            rollout: None,
            fault: None,
            deployed_at: None,
            pods: Vec::new(),
            numbers: Feed::new(stale.max(SignedDuration::from_secs(5))),
            series: Series::new(interval, POINTS),
            canary: CanaryWatch::default(),
            weights: Vec::new(),
            revision: 0,
            recorded: None,
            verdict: None,
        }
    }

    /// Takes what an engine read.
    pub fn read(&mut self, mut rollout: Rollout, record: Option<&Record>) {
        let pods = std::mem::take(&mut rollout.pods);
        self.fault = None;
        self.deployed_at = rollout
            .candidate
            .as_ref()
            .or(rollout.stable.as_ref())
            .and_then(|side| Some(record?.release_of(&side.image)?.deployed_at));
        self.revision = rollout
            .candidate
            .as_ref()
            .and_then(|side| Some(record?.release_of(&side.image)?.revision))
            .unwrap_or(0);
        self.recorded = record.and_then(recorded_watch);
        self.pods = match rollout.candidate {
            Some(_) => PodRef::of(&pods),
            None => Vec::new(),
        };
        if rollout.candidate.is_none() {
            self.verdict = None;
        }
        self.rollout = Some(rollout);
    }

    /// Whether a release is under way.
    pub fn is_under_way(&self) -> bool {
        self.rollout
            .as_ref()
            .is_some_and(|rollout| rollout.candidate.is_some())
    }
}
