//! How long a plan takes, by experience: a first guess for the question, not a promise.

use super::tracks::{Tracks, track_of};
use crate::domain::policy::CanaryPolicy;
use crate::strategy::step::{Scale, SetImage, SetTemplate, Step};
use std::collections::BTreeMap;
use std::time::Duration;

/// Until the traffic has followed a weight.
const WEIGHT_SHIFT: Duration = Duration::from_secs(2);

/// Until a batch of pods is available.
const BATCH: Duration = Duration::from_secs(20);

/// The time these steps take, starting from `before`.
pub(super) fn estimate(steps: &[Step], before: &Tracks, policy: &CanaryPolicy) -> Duration {
    let mut now = before.clone();
    let mut batches: BTreeMap<String, u32> = BTreeMap::new();
    let mut takes = Duration::ZERO;
    for step in steps {
        match step {
            Step::SetWeights(_) => takes += WEIGHT_SHIFT,
            Step::Scale(Scale { on, from, to }) if to > from => {
                batches.entry(on.deployment.clone()).or_insert(1);
            }
            Step::SetImage(SetImage { on, .. }) | Step::SetTemplate(SetTemplate { on, .. }) => {
                let pods = now.track(track_of(on, policy)).replicas;
                if pods > 0 {
                    batches.insert(on.deployment.clone(), replacement(pods));
                }
            }
            Step::AwaitReady(step) => {
                let count = batches.remove(&step.deployment).unwrap_or(0);
                takes += (BATCH * count).min(step.within);
            }
            Step::Drain(time) => takes += *time,
            Step::Scale(_) | Step::AwaitEndpoints(_) | Step::ConfirmTraffic(_) => {}
        }
        now.apply(step, policy);
    }
    takes
}

/// Batches of a rolling update that replaces a quarter of the pods at a time.
fn replacement(pods: u32) -> u32 {
    pods.div_ceil(pods.div_ceil(4))
}
