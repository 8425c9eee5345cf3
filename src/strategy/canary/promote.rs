//! The next weight for the candidate; what comes after 100 % is the finish.

use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use super::{finish, releases, template_diff};
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::side::Side;

pub(super) fn plan(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let canary = candidate(at)?;
    let Some(weight) = at.next_weight().filter(|_| at.trial != Trial::Finishing) else {
        return Ok(finish::plan(at, canary));
    };
    let mut draft = Draft::new(at);
    draft.warnings.extend(template_diff::warning(at, canary));
    let pods = at.canary_pods(weight);
    let weight = to(&mut draft, weight);
    draft.check_weight();
    draft.check_endpoints(Track::Canary, pods);
    draft.check_pods(Track::Canary);
    releases::goes_on(&mut draft, canary);
    let tag = canary.image.label();
    let expected = if weight == Weight::FULL {
        format!(
            "{tag} serves all traffic from the canary, {} keeps its pods until it is finished",
            at.stable_tag()
        )
    } else {
        format!(
            "{tag} gets {weight} of the traffic, {} serves the rest",
            at.stable_tag()
        )
    };
    Ok(draft.done(format!("promote {tag} to {weight}"), expected, Risk::Step))
}

/// Pods first, then the weight. The weight that it comes to, which a small number of pods may put above the wanted one.
pub(super) fn to(draft: &mut Draft<'_, '_>, weight: Weight) -> Weight {
    pods_for(draft, weight);
    shift(draft, weight)
}

/// The pods that a weight needs.
pub(super) fn pods_for(draft: &mut Draft<'_, '_>, weight: Weight) {
    let pods = draft.at.canary_pods(weight);
    draft.scale_up(Track::Canary, pods);
    draft.await_ready(Track::Canary);
    draft.await_endpoints(Track::Canary, pods);
}

/// The weight, once its pods are there.
pub(super) fn shift(draft: &mut Draft<'_, '_>, weight: Weight) -> Weight {
    draft.weights(Split::canary(weight));
    let reached = draft.now.split.canary;
    if reached > weight {
        let all = draft
            .now
            .stable
            .replicas
            .saturating_add(draft.now.canary.replicas);
        draft.warnings.push(format!(
            "{} of {all} pods get {reached} of the traffic, more than the {weight} of the step",
            draft.now.canary.replicas
        ));
    }
    reached
}

/// The candidate, where it may go on.
pub(super) fn candidate<'s, 'a>(at: &'s Situation<'a>) -> Result<&'s Side<'a>, Refusal> {
    let tag = at.canary_tag();
    match at.trial {
        Trial::UnderWay | Trial::Finishing => {}
        Trial::None => {
            return Err(Refusal::new(
                Reason::NothingToPromote,
                format!(
                    "there is no candidate: {} serves all traffic",
                    at.stable_tag()
                ),
            )
            .hint("deploy a release first"));
        }
        Trial::Aborted => {
            return Err(Refusal::new(
                Reason::NothingToPromote,
                format!("{tag} has no traffic any more: its pods are kept for a look"),
            )
            .hint("deploy it again to try it again, or roll back to take its pods away"));
        }
    }
    if let Some(paused) = &at.rollout.paused {
        return Err(Refusal::new(
            Reason::Paused,
            format!(
                "paused by {} since {}",
                paused.by,
                paused.since.strftime("%H:%M:%SZ")
            ),
        )
        .hint("resume it first"));
    }
    at.may_raise()
}
