//! The steps that take a plan back.
//!
//! Invariant: the order that loses no request holds on the way back too: pods before the traffic that they are to get, and
//! traffic away before the pods that served it.

use super::tracks::{Tracks, track_of};
use crate::domain::policy::CanaryPolicy;
use crate::domain::traffic::Split;
use crate::strategy::inverted::inverted;
use crate::strategy::step::{
    AwaitReady, ConfirmTraffic, Scale, SetImage, SetPaused, SetTemplate, Step, Workload,
};

/// The way back from where `steps`, begun at `before`, lead.
pub(super) fn inverse(steps: &[Step], before: &Tracks, policy: &CanaryPolicy) -> Vec<Step> {
    let mut after = before.clone();
    for step in steps {
        after.apply(step, policy);
    }
    let mut back = Back {
        now: after,
        policy,
        unready: Vec::new(),
        steps: Vec::new(),
    };
    for write in steps.iter().rev().filter_map(inverted) {
        back.take(write);
    }
    back.await_all();
    back.steps
}

/// The way back in the making.
struct Back<'p> {
    now: Tracks,
    policy: &'p CanaryPolicy,
    /// Sides whose pods changed since they were last waited for.
    unready: Vec<Workload>,
    steps: Vec<Step>,
}

impl Back<'_> {
    fn take(&mut self, write: Step) {
        match &write {
            Step::SetWeights(step) => {
                let split = step.to;
                let route = step.route.clone();
                self.await_all();
                self.push(write);
                self.confirm(split, route);
            }
            Step::Scale(Scale { on, .. })
            | Step::SetImage(SetImage { on, .. })
            | Step::SetTemplate(SetTemplate { on, .. }) => {
                if !self
                    .unready
                    .iter()
                    .any(|known| known.deployment == on.deployment)
                {
                    self.unready.push(on.clone());
                }
                self.push(write);
            }
            Step::SetPaused(SetPaused { .. }) => self.push(write),
            Step::AwaitReady(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_)
            | Step::Drain(_)
            | Step::RunSmokeTest(_) => {}
        }
    }

    fn push(&mut self, step: Step) {
        self.now.apply(&step, self.policy);
        self.steps.push(step);
    }

    fn confirm(&mut self, split: Split, route: String) {
        self.steps.push(Step::ConfirmTraffic(ConfirmTraffic {
            split,
            route: Some(route),
            canary_tag: self.now.canary_word(self.policy),
            within: self.policy.ready_within,
        }));
    }

    /// Waits for every side that changed and is to have pods.
    fn await_all(&mut self) {
        for on in std::mem::take(&mut self.unready) {
            let wanted = self.now.track(track_of(&on, self.policy));
            if wanted.replicas > 0 {
                self.steps.push(Step::AwaitReady(AwaitReady {
                    image: wanted.image.clone(),
                    replicas: wanted.replicas,
                    enough: wanted.replicas,
                    within: self.policy.ready_within,
                    deployment: on.deployment,
                    uid: on.uid,
                    container: on.container,
                }));
            }
        }
    }
}
