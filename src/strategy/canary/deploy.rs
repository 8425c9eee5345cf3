//! A new release into the environment, to the first weight.

use super::draft::Draft;
use super::promote;
use super::releases;
use super::situation::Situation;
use super::template_diff;
use super::trial::Trial;
use crate::domain::traffic::Track;
use crate::strategy::confirm::Risk;
use crate::strategy::deployable;
use crate::strategy::goal::Deploy;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>, wanted: &Deploy) -> Result<Plan, Refusal> {
    let image = &wanted.image;
    deployable::names_one_build(image, at.policy)?;
    nobody_there(at)?;
    deployable::is_new(image, &at.stable)?;
    let canary = at.may_raise()?;
    let mut draft = Draft::new(at);
    draft
        .warnings
        .extend(deployable::other_repository(image, &at.stable));
    draft.warnings.extend(template_diff::warning(at, canary));
    let weight = at.next_weight().unwrap_or_default();
    let pods = at.canary_pods(weight);
    draft.take_image(Track::Canary, image);
    promote::pods_for(&mut draft, weight);
    let early = wanted
        .smoke
        .as_ref()
        .filter(|test| draft.can_test_first(test));
    if let Some(test) = early {
        draft.smoke_test(test);
    }
    let weight = promote::shift(&mut draft, weight);
    if let (Some(test), None) = (&wanted.smoke, early) {
        draft.smoke_test(test);
    }
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
