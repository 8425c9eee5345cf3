//! A rolling update's plan that was cut off: carried on, or taken back.

use super::draft::Draft;
use super::situation::Situation;
use crate::strategy::cut_off::{Ground, WayBack, mended};
use crate::strategy::goal::Mend;
use crate::strategy::inverted::inverted;
use crate::strategy::pace;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;
use crate::strategy::step::Step;
use std::time::Duration;

pub(super) fn plan(at: &Situation<'_>, mend: Mend) -> Result<Plan, Refusal> {
    let ground = Ground {
        request: at.request,
        seen: at.seen,
        policy: at.policy,
        fingerprint: &at.rollout.fingerprint,
    };
    mended(ground, mend, |done| back(at, done))
}

fn back(at: &Situation<'_>, done: &[Step]) -> WayBack {
    let mut steps: Vec<Step> = done.iter().rev().filter_map(inverted).collect();
    let version = steps.iter().rev().find_map(|step| match step {
        Step::SetImage(step) => Some(step.to.clone()),
        Step::SetTemplate(step) => Some(step.to.clone()),
        Step::SetWeights(_)
        | Step::Scale(_)
        | Step::SetPaused(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    });
    let Some(image) = version else {
        return WayBack {
            steps,
            checks: Vec::new(),
            takes: Duration::ZERO,
        };
    };
    let draft = Draft::running(at, image);
    let pods = at.replicas();
    if pods > 0 {
        steps.push(draft.ready());
    }
    WayBack {
        steps,
        checks: vec![draft.pods()],
        takes: (pace::BATCH * pace::batches(pods)).min(at.own.ready_within),
    }
}
