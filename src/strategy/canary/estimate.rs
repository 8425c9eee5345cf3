//! How long a plan takes, by experience: a first guess for the question, not a promise.

use super::tracks::{Tracks, track_of};
use crate::domain::policy::CanaryPolicy;
use crate::strategy::pace;
use crate::strategy::step::{Scale, SetImage, SetTemplate, Step};
use std::collections::BTreeMap;
use std::time::Duration;

/// Until the traffic has followed a weight.
const WEIGHT_SHIFT: Duration = Duration::from_secs(2);

/// The time these steps take, starting from `before`.
pub(super) fn estimate(steps: &[Step], before: &Tracks, policy: &CanaryPolicy) -> Duration {
    let mut now = before.clone();
    let mut due: BTreeMap<String, u32> = BTreeMap::new();
    let mut takes = Duration::ZERO;
    for step in steps {
        match step {
            Step::SetWeights(_) => takes += WEIGHT_SHIFT,
            Step::Scale(Scale { on, from, to }) if to > from => {
                due.entry(on.deployment.clone()).or_insert(1);
            }
            Step::SetImage(SetImage { on, .. }) | Step::SetTemplate(SetTemplate { on, .. }) => {
                let pods = now.track(track_of(on, policy)).replicas;
                if pods > 0 {
                    due.insert(on.deployment.clone(), pace::batches(pods));
                }
            }
            Step::AwaitReady(step) => {
                let count = due.remove(&step.deployment).unwrap_or(0);
                takes += (pace::BATCH * count).min(step.within);
            }
            Step::Drain(time) => takes += *time,
            Step::RunSmokeTest(_) => takes += pace::SMOKE_TEST,
            Step::Scale(_)
            | Step::SetPaused(_)
            | Step::AwaitEndpoints(_)
            | Step::ConfirmTraffic(_) => {}
        }
        now.apply(step, policy);
    }
    takes
}
