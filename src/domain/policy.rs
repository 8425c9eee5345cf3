//! What a team decided about an environment: its strategy, its steps, its limits. Engines obey it.

use crate::domain::artifact::TagRule;
use crate::domain::assurance::Assurance;
use crate::domain::freeze::Freeze;
use crate::domain::goals::Goals;
use crate::domain::guardrails::ExtraGuardrail;
use crate::domain::pilot::PilotPolicy;
use crate::domain::smoke::SmokeTest;
use crate::domain::traffic::{Track, Weight};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The rules of one environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// How it takes a new release.
    pub strategy: Strategy,
    /// Limits of the verdict.
    pub goals: Goals,
    /// Queries of the team's own, each with its limit.
    #[serde(default)]
    pub extra_guardrails: Vec<ExtraGuardrail>,
    /// How sure a verdict must be.
    pub assurance: Assurance,
    /// Raises every confirmation but pause, abort and roll back to the serving stable side by one level.
    pub protected: bool,
    /// Which tags may be deployed.
    pub tags: TagRule,
    /// How long bad metrics may last after an abort or roll back before the outcome is called bad (60 s).
    pub verify_for: Duration,
    /// How long a release must be seen to serve alone within its goals before it is marked good (10 min).
    pub good_after: Duration,
    /// Times in which nothing new goes out; what is taken back is never held.
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    /// What the pilot may do by itself.
    #[serde(default)]
    pub pilot: PilotPolicy,
    /// What a release must answer besides, before it is marked good; `None` where nothing is configured.
    #[serde(default)]
    pub smoke: Option<SmokeTest>,
}

impl Policy {
    /// The smoke test that is carried out when somebody asks for one.
    pub fn smoke_test(&self) -> SmokeTest {
        self.smoke
            .clone()
            .unwrap_or_else(|| SmokeTest::plain(self.goals.p95))
    }
}

/// How an environment takes a new release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Two Deployments; an HTTPRoute, or the numbers of their pods, split the traffic between them.
    Canary(CanaryPolicy),
    /// One Deployment that its own controller updates.
    Rolling(RollingPolicy),
}

impl Strategy {
    /// The word in the config and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Canary(_) => "canary",
            Self::Rolling(_) => "rolling",
        }
    }

    /// Its Deployments by name, the serving one first.
    pub fn deployments(&self) -> Vec<(Track, &str)> {
        match self {
            Self::Canary(canary) => vec![
                (Track::Stable, canary.stable.as_str()),
                (Track::Canary, canary.canary.as_str()),
            ],
            Self::Rolling(rolling) => vec![(Track::Stable, rolling.deployment.as_str())],
        }
    }

    /// Container of its Deployments that bears the release's image.
    pub fn container(&self) -> &str {
        match self {
            Self::Canary(canary) => &canary.container,
            Self::Rolling(rolling) => &rolling.container,
        }
    }

    /// The HTTPRoute that splits the traffic, where one does.
    pub fn route(&self) -> Option<&str> {
        match self {
            Self::Canary(canary) => canary.route.as_deref(),
            Self::Rolling(_) => None,
        }
    }

    /// The Service of what serves between releases, where one is known.
    pub fn serving_service(&self) -> Option<&str> {
        match self {
            Self::Canary(canary) => Some(&canary.stable_service),
            Self::Rolling(rolling) => rolling.service.as_deref(),
        }
    }

    /// Services whose endpoints tell where traffic can go.
    pub fn services(&self) -> Vec<&str> {
        match self {
            Self::Canary(canary) if canary.route.is_some() => {
                vec![&canary.stable_service, &canary.canary_service]
            }
            Self::Canary(canary) => vec![&canary.stable_service],
            Self::Rolling(rolling) => rolling.service.as_deref().into_iter().collect(),
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
    /// HTTPRoute that splits the traffic; without one each pod of both gets the same share.
    pub route: Option<String>,
    /// Service of the stable Deployment, a backend of the route; without a route the one Service of both.
    pub stable_service: String,
    /// Service of the canary Deployment, a backend of the route; without a route it is not used.
    pub canary_service: String,
    /// Weights in rising order, each with the time it is held.
    pub steps: Vec<CanaryStep>,
    /// How long the canary keeps its pods after traffic left it for good.
    pub drain: Duration,
    /// How long pods may take to become available.
    pub ready_within: Duration,
}

/// The highest share that a canary can have by its number of pods alone, while stable keeps its own.
pub const HIGHEST_BY_PODS: Weight = Weight::HALF;

impl CanaryPolicy {
    /// Name of the Deployment of one side.
    pub fn deployment(&self, track: Track) -> &str {
        match track {
            Track::Stable => &self.stable,
            Track::Canary => &self.canary,
        }
    }

    /// Pods that the canary has for this weight, of a stable side with `base`: with a route enough to bear it,
    /// `ceil(base * weight / 100)`; without one those that make the share, `floor(base * weight / (100 - weight))`. At least 1.
    pub fn pods(&self, base: u32, weight: Weight) -> u32 {
        let share = u64::from(base) * u64::from(weight.percent());
        let pods = match self.route {
            Some(_) => share.div_ceil(100),
            None => share / u64::from(weight.rest().percent().max(1)),
        };
        u32::try_from(pods).unwrap_or(u32::MAX).max(1)
    }

    /// The steps that can be reached: without a route none is above [`HIGHEST_BY_PODS`].
    pub fn reachable(&self) -> impl Iterator<Item = CanaryStep> + '_ {
        let highest = match self.route {
            Some(_) => Weight::FULL,
            None => HIGHEST_BY_PODS,
        };
        self.steps
            .iter()
            .copied()
            .filter(move |step| step.weight <= highest)
    }
}

/// Objects of a plain Deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollingPolicy {
    /// The Deployment.
    pub deployment: String,
    /// Its container that bears the release's image.
    pub container: String,
    /// Its Service, whose endpoints are looked at; `None` where none is to be.
    pub service: Option<String>,
    /// How long a rollout may take.
    pub ready_within: Duration,
}

/// One step of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryStep {
    /// The canary's share of traffic.
    pub weight: Weight,
    /// How long it is held.
    pub hold: Duration,
}
