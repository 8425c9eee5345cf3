//! A new release into the environment, to the first weight.

use super::confirm::Risk;
use super::draft::Draft;
use super::releases;
use super::situation::Situation;
use super::template_diff;
use super::trial::Trial;
use crate::domain::artifact::Image;
use crate::domain::traffic::{Split, Track};
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>, image: &Image) -> Result<Plan, Refusal> {
    at.policy.tags.check(image).map_err(|fault| {
        Refusal::new(Reason::MutableTag, fault.to_string())
            .hint("deploy a full version, a commit's tag, a build number or a digest")
    })?;
    nobody_there(at)?;
    if at.stable.image.same_build(image) {
        return Err(Refusal::new(
            Reason::NothingToDo,
            format!(
                "{} is what {} runs already",
                image.label(),
                at.stable.deployment.name
            ),
        ));
    }
    let canary = at.may_raise()?;
    let mut draft = Draft::new(at);
    warn(&mut draft, image);
    draft.warnings.extend(template_diff::warning(at, canary));
    let weight = at.next_weight().unwrap_or_default();
    let pods = at.canary_pods(weight);
    draft.take_image(Track::Canary, image);
    draft.scale_up(Track::Canary, pods);
    draft.await_ready(Track::Canary);
    draft.await_endpoints(Track::Canary, pods);
    draft.weights(Split::canary(weight));
    draft.check_weight();
    draft.check_endpoints(Track::Canary, pods);
    draft.check_pods(Track::Canary);
    releases::begins(&mut draft, image);
    let tag = image.label();
    let expected = format!(
        "{tag} gets {weight} of the traffic, {} serves the rest",
        at.stable_tag()
    );
    Ok(draft.done(format!("deploy {tag} to {weight}"), expected, Risk::Step))
}

/// A candidate that was aborted makes room; one that is under way does not.
fn nobody_there(at: &Situation<'_>) -> Result<(), Refusal> {
    let tag = at.canary_tag();
    match at.trial {
        Trial::None | Trial::Aborted => Ok(()),
        Trial::UnderWay => Err(Refusal::new(
            Reason::CandidateThere,
            format!("{tag} is there as candidate, at {}", at.weight()),
        )
        .hint("abort or roll it back first")),
        Trial::Finishing => Err(Refusal::new(
            Reason::CandidateThere,
            format!("{} is still taking {tag}", at.stable.deployment.name),
        )
        .hint("promote to finish it, or roll it back first")),
    }
}

fn warn(draft: &mut Draft<'_, '_>, image: &Image) {
    let at = draft.at;
    if image.repository != at.stable.image.repository {
        draft.warnings.push(format!(
            "{} comes from another repository than {}: {} instead of {}",
            image.label(),
            at.stable_tag(),
            image.repository,
            at.stable.image.repository
        ));
    }
}
