//! The evidence on the candidate, and what it is judged by.

use super::proof::Mark;
use crate::analysis::canary::{Canary, Rules, Watched};
use crate::analysis::watched::{Beginning, fix};
use crate::config::settings::Environment;
use crate::domain::assurance::Assurance;
use crate::domain::policy::Strategy;
use crate::domain::record::Record;
use serde::{Deserialize, Serialize};

/// The candidate as this run of the program sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryWatch {
    /// What its intervals say.
    pub evidence: Canary,
    /// What was fixed when its release began: the record's, else as this run saw it first.
    pub watched: Option<Watched>,
    /// Whether the record bears it.
    pub mark: Mark,
    /// The weight in effect when it appeared, as a place among the weights that were seen.
    pub begun: usize,
}

/// What the record fixed for the release under way; `None` where it fixed nothing that this version can read.
pub fn recorded_watch(record: &Record) -> Option<Watched> {
    serde_json::from_value(record.watched.clone()?).ok()
}

/// What a candidate in `environment` is judged by.
pub fn rules(environment: &Environment, watched: &Watched) -> Rules {
    let policy = &environment.policy;
    let steps = match &policy.strategy {
        Strategy::Canary(canary) => canary
            .reachable()
            .map(|step| (step.weight, step.hold))
            .collect(),
        Strategy::Rolling(_) => Vec::new(),
    };
    Rules {
        goals: policy.goals,
        assurance: policy.assurance.clone(),
        every: environment.metrics.interval,
        steps,
        watched: watched.clone(),
    }
}

impl CanaryWatch {
    /// What is fixed for the release that begins: by the record, by this run before, or now from what stable has shown.
    pub fn settle(
        &self,
        recorded: Option<Watched>,
        release: &Beginning<'_>,
        assurance: &Assurance,
    ) -> Watched {
        let is_of = |watched: &Watched| watched.revision == release.revision;
        recorded
            .filter(is_of)
            .or_else(|| self.watched.clone().filter(is_of))
            .unwrap_or_else(|| fix(release, assurance))
    }
}

impl Default for CanaryWatch {
    fn default() -> Self {
        Self {
            evidence: Canary::default(),
            watched: None,
            mark: Mark::Unwritten,
            begun: 0,
        }
    }
}
