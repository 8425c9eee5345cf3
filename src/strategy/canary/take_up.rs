//! A canary's plan that was cut off: carried on, or taken back.

use super::draft::Draft;
use super::estimate::estimate;
use super::inverse::inverse;
use super::objects::split_by_pods;
use super::situation::Situation;
use super::tracks::Tracks;
use crate::domain::traffic::Track;
use crate::strategy::cut_off::{Ground, WayBack, mended};
use crate::strategy::goal::Mend;
use crate::strategy::inverted::inverted;
use crate::strategy::plan::{Check, Plan};
use crate::strategy::refusal::Refusal;
use crate::strategy::step::{ConfirmTraffic, Step};

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
    let now = Tracks::of(at);
    let mut before = now.clone();
    for write in done.iter().rev().filter_map(inverted) {
        before.apply(&write, at.canary_policy);
    }
    if at.is_by_pods() {
        before.split = split_by_pods(before.stable.replicas, before.canary.replicas);
    }
    let mut steps = inverse(done, &before, at.canary_policy);
    if at.is_by_pods() && !steps.is_empty() {
        steps.push(Step::ConfirmTraffic(ConfirmTraffic {
            split: before.split,
            route: None,
            canary_tag: before.canary_word(at.canary_policy),
            within: at.canary_policy.ready_within,
        }));
    }
    WayBack {
        takes: estimate(&steps, &now, at.canary_policy),
        steps,
        checks: checks(at, before),
    }
}

fn checks(at: &Situation<'_>, before: Tracks) -> Vec<Check> {
    let mut draft = Draft::new(at);
    draft.now = before;
    draft.check_weight();
    draft.check_pods(Track::Stable);
    draft.check_pods(Track::Canary);
    draft.checks
}
