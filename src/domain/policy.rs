//! What a team decided about an environment: its strategy, its steps, its limits. Engines obey it.

use crate::domain::artifact::TagRule;
use crate::domain::goals::Goals;
use crate::domain::traffic::Weight;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The rules of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How it takes a new release.
    pub strategy: Strategy,
    /// Limits of the verdict.
    pub goals: Goals,
    /// Raises every confirmation but pause, abort and roll back to the serving stable side by one level.
    pub protected: bool,
    /// Which tags may be deployed.
    pub tags: TagRule,
    /// How long bad metrics may last after an abort or roll back before the outcome is called bad (60 s).
    pub verify_for: Duration,
    /// How long a release must be seen to serve alone within its goals before it is marked good (10 min).
    pub good_after: Duration,
}

/// How an environment takes a new release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Two Deployments and an HTTPRoute that splits the traffic between their Services.
    Canary(CanaryPolicy),
}

impl Strategy {
    /// The word in the config and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Canary(_) => "canary",
        }
    }
}

/// Objects and steps of a two-track canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanaryPolicy {
    /// Deployment that serves between releases.
    pub stable: String,
    /// Deployment that takes the candidate; 0 replicas when idle.
    pub canary: String,
    /// Container of both that bears the release's image.
    pub container: String,
    /// HTTPRoute that splits the traffic.
    pub route: String,
    /// Service of the stable Deployment, a backend of the route.
    pub stable_service: String,
    /// Service of the canary Deployment, a backend of the route.
    pub canary_service: String,
    /// Weights in rising order, each with the time it is held.
    pub steps: Vec<CanaryStep>,
    /// How long the canary keeps its pods after traffic left it for good.
    pub drain: Duration,
    /// How long pods may take to become available.
    pub ready_within: Duration,
}

impl CanaryPolicy {
    /// Name of the Deployment of one side.
    pub fn deployment(&self, track: crate::domain::traffic::Track) -> &str {
        match track {
            crate::domain::traffic::Track::Stable => &self.stable,
            crate::domain::traffic::Track::Canary => &self.canary,
        }
    }
}

/// One step of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryStep {
    /// The canary's share of traffic.
    pub weight: Weight,
    /// How long it is held.
    pub hold: Duration,
}
