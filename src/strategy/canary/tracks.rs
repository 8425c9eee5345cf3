//! Both sides and the split as a plan's steps leave them.

use super::situation::Situation;
use crate::domain::artifact::Image;
use crate::domain::policy::CanaryPolicy;
use crate::domain::traffic::{Split, Track};
use crate::strategy::step::{Step, Workload};

/// Both sides and the split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tracks {
    pub(super) stable: Wanted,
    pub(super) canary: Wanted,
    pub(super) split: Split,
}

/// What a Deployment is told to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) image: Image,
    pub(super) replicas: u32,
}

impl Tracks {
    /// As observed.
    pub(super) fn of(at: &Situation<'_>) -> Self {
        let stable = Wanted {
            image: at.stable.image.clone(),
            replicas: at.stable.deployment.replicas,
        };
        // Without its Deployment no step touches the canary; its version is only needed for words.
        let canary = at.canary.as_ref().map_or_else(
            || Wanted {
                image: Image {
                    repository: at.canary_policy.canary.clone(),
                    tag: Some(at.canary_policy.canary.clone()),
                    digest: None,
                },
                replicas: 0,
            },
            |side| Wanted {
                image: side.image.clone(),
                replicas: side.deployment.replicas,
            },
        );
        Self {
            stable,
            canary,
            split: at.split(),
        }
    }

    pub(super) fn track(&self, track: Track) -> &Wanted {
        match track {
            Track::Stable => &self.stable,
            Track::Canary => &self.canary,
        }
    }

    pub(super) fn track_mut(&mut self, track: Track) -> &mut Wanted {
        match track {
            Track::Stable => &mut self.stable,
            Track::Canary => &mut self.canary,
        }
    }

    /// What the canary side is called where its traffic is spoken of: its release, or its Deployment where stable runs the same.
    pub(super) fn canary_word(&self, policy: &CanaryPolicy) -> String {
        if self.stable.image.same_build(&self.canary.image) {
            policy.canary.clone()
        } else {
            self.canary.image.label().to_owned()
        }
    }

    /// After this step.
    pub(super) fn apply(&mut self, step: &Step, policy: &CanaryPolicy) {
        match step {
            Step::SetWeights(step) => self.split = step.to,
            Step::Scale(step) => self.track_mut(track_of(&step.on, policy)).replicas = step.to,
            Step::SetImage(step) => {
                self.track_mut(track_of(&step.on, policy)).image = step.to.clone();
            }
            Step::SetTemplate(step) => {
                self.track_mut(track_of(&step.on, policy)).image = step.to.clone();
            }
            Step::SetPaused(_)
            | Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => {}
        }
    }
}

/// The side that a write goes to.
pub(super) fn track_of(on: &Workload, policy: &CanaryPolicy) -> Track {
    if on.deployment == policy.canary {
        Track::Canary
    } else {
        Track::Stable
    }
}
