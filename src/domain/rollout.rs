//! What is happening in an environment now, as an engine read it.

use crate::domain::artifact::Image;
use crate::domain::cluster::{Owner, Pod};
use crate::domain::policy::CanaryStep;
use crate::domain::record::{Claim, Paused, Release};
use crate::domain::text::Text;
use crate::domain::traffic::{Split, Track, Weight};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of a rollout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// When its objects were read.
    pub at: Timestamp,
    /// The word for all of it.
    pub phase: Phase,
    /// Why it is not simply well: stuck image pulls, a missing object, a deadline exceeded.
    pub troubles: Vec<Text>,
    /// The serving side between releases.
    pub stable: Option<TrackState>,
    /// The release under trial, while there is one.
    pub candidate: Option<TrackState>,
    /// How traffic is divided; `None` where no route tells.
    pub split: Option<Split>,
    /// The configured steps.
    pub steps: Vec<CanaryStep>,
    /// The present step.
    pub step: Option<StepState>,
    /// Who set the weight, where the record did not: no step is shown then.
    pub weight_set_by: Option<Text>,
    /// Set while a person wants it to stay where it is.
    pub paused: Option<Paused>,
    /// Stable has begun to take the release: stable is no longer the old version.
    pub finish_begun: bool,
    /// The newest release marked good other than the one that would be left.
    pub last_known_good: Option<Release>,
    /// The plan that holds the claim.
    pub claim: Option<Claim>,
    /// Who would revert a change of the workloads.
    pub owner: Option<Owner>,
    /// Pods of both sides.
    pub pods: Vec<Pod>,
    /// What a plan depends on, folded into one value.
    pub fingerprint: Fingerprint,
}

impl Rollout {
    /// The state of one side.
    pub fn side(&self, track: Track) -> Option<&TrackState> {
        match track {
            Track::Stable => self.stable.as_ref(),
            Track::Canary => self.candidate.as_ref(),
        }
    }
}

/// The phase, in JSON's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing under way and all wanted pods available.
    Healthy,
    /// A release is under way.
    Progressing,
    /// A release is under way and a person paused it.
    Paused,
    /// Pods are missing, or a deadline was exceeded.
    Degraded,
    /// The candidate has no traffic any more and its pods are kept for a look.
    Aborted,
    /// Cannot be told.
    Unknown,
}

impl Phase {
    /// The word on the screen and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Paused => "paused",
            Self::Degraded => "degraded",
            Self::Aborted => "aborted",
            Self::Unknown => "unknown",
        }
    }
}

/// One side's version and pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackState {
    /// The Deployment.
    pub deployment: String,
    /// The image of the release's container.
    pub image: Image,
    /// Its digest, from the reference or as the nodes report it.
    pub digest: Option<String>,
    /// `pod-template-hash` of the ReplicaSet with the present template, once it exists.
    pub hash: Option<String>,
    /// Pods wanted.
    pub desired: u32,
    /// Pods ready.
    pub ready: u32,
    /// Pods available.
    pub available: u32,
    /// Restarts of its pods' containers.
    pub restarts: u32,
}

impl TrackState {
    /// What people call the release on this side.
    pub fn tag(&self) -> &str {
        self.image.label()
    }
}

/// The present step of a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// 0-based index into the configured steps.
    pub index: usize,
    /// How many steps there are.
    pub count: usize,
    /// Its weight.
    pub weight: Weight,
    /// When the weight took effect, as recorded.
    pub started_at: Option<Timestamp>,
    /// When its holding time ends.
    pub holds_until: Option<Timestamp>,
}

/// Folds what a plan depends on: uids, images, template hashes, wanted replicas, weights, paused, the route's generation
/// and the claim's plan id; never resourceVersions of workloads and never status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);
