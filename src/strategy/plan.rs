//! A plan: everything that will be done, decided before anything is done.

use super::goal::Goal;
use super::step::Step;
use crate::domain::artifact::Image;
use crate::domain::ids::{PlanId, Target};
use crate::domain::record::{Ended, Paused, Release, Version};
use crate::domain::rollout::Fingerprint;
use crate::domain::traffic::Split;
use crate::domain::who::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Marks everything it writes.
    pub id: PlanId,
    /// What was asked for.
    pub goal: Goal,
    /// Where.
    pub target: Target,
    /// One line: `roll back to v2.41.0`.
    pub title: String,
    /// What it was made from.
    pub fingerprint: Fingerprint,
    /// When.
    pub made_at: Timestamp,
    /// Who asked.
    pub by: Who,
    /// Why.
    pub reason: Option<String>,
    /// Sentence of the verdict that it goes against.
    pub against_verdict: Option<String>,
    /// In order.
    pub steps: Vec<Step>,
    /// What is looked at afterwards.
    pub checks: Vec<Check>,
    /// The end in words: `v2.41.0 serves 100 %, 4 pods`.
    pub expected: String,
    /// The steps that would take it back, in order.
    pub inverse: Vec<Step>,
    /// How it must be confirmed.
    pub confirm: Confirm,
    /// What a person should know before saying yes.
    pub warnings: Vec<String>,
    /// Expected time to full effect.
    pub takes: Duration,
    /// How the record changes.
    pub record: RecordChange,
    /// The plan that was cut off and that this one carries on, or takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_up: Option<TakesUp>,
}

/// A plan that was cut off, and whose claim another one takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakesUp {
    /// Its id.
    pub plan: String,
    /// How many steps of the plan that takes it up were done by it.
    pub done: usize,
    /// Where it is taken back: itself, without templates, so that the taking back can be made anew wherever it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Box<Plan>>,
}

impl Plan {
    /// How many of its steps were done before it began.
    pub fn begins_at(&self) -> usize {
        self.takes_up.as_ref().map_or(0, |taken| taken.done)
    }
}

/// How a plan must be confirmed, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Not at all.
    None,
    /// By `y`.
    Yes,
    /// By typing the service's name.
    Name,
}

impl Confirm {
    /// One level more.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::None => Self::Yes,
            Self::Yes | Self::Name => Self::Name,
        }
    }
}

/// A look at the effect after the steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The traffic is divided like this, seen in the pods' counters; the route stands in where they cannot tell.
    Weight {
        /// The split.
        split: Split,
        /// The route; `None` where the numbers of pods divide the traffic.
        route: Option<String>,
        /// What the canary side runs, for the words.
        canary_tag: String,
    },
    /// The Service's endpoints are only pods of that Deployment that run that image.
    Endpoints {
        /// The Service.
        service: String,
        /// The Deployment.
        deployment: String,
        /// The container.
        container: String,
        /// The image.
        image: Image,
        /// Pods that must be there at least.
        at_least: u32,
    },
    /// The Deployment has exactly these replicas of that image, all available.
    Pods {
        /// The Deployment.
        deployment: String,
        /// The container.
        container: String,
        /// The image.
        image: Image,
        /// How many.
        replicas: u32,
    },
    /// Error share and p95 of what serves are back in band.
    Metrics {
        /// Error share that must not be exceeded.
        error_share: Ppm,
        /// p95 that must not be exceeded.
        p95: Duration,
        /// How long they may stay out of band.
        within: Duration,
    },
}

/// A share in parts per million: a whole number, so that plans can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub u32);

/// How the record changes with a plan. Besides, each weight that takes effect sets `set_weight` and `step_started_at`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordChange {
    /// A new release, put on top when the plan begins.
    pub release: Option<Release>,
    /// `base` and `stable_before`, written with the release.
    pub began: Option<Began>,
    /// Releases that end when the plan is done.
    pub ended: Vec<(u64, Ended)>,
    /// Releases that lose their mark when the plan is done, with the reason.
    pub not_good: Vec<(u64, String)>,
    /// A release that a person declares good, with the reason.
    pub good: Option<(u64, Option<String>)>,
    /// A pause set (`Some(Some)`) or lifted (`Some(None)`) when the plan is done.
    pub paused: Option<Option<Paused>>,
    /// Remarks on releases, written when the plan is done.
    #[serde(default)]
    pub notes: Vec<(u64, String)>,
}

/// What is fixed when a release begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// Wanted replicas of stable.
    pub base: u32,
    /// What stable runs.
    pub stable: Version,
}
