//! The missing weights in one go, then the finish.

use super::confirm::Risk;
use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use super::{finish, promote, releases, template_diff};
use crate::domain::traffic::Weight;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;

pub(super) fn plan(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let canary = promote::candidate(at)?;
    let mut draft = Draft::new(at);
    draft.warnings.extend(template_diff::warning(at, canary));
    if at.trial != Trial::Finishing {
        promote::to(&mut draft, Weight::FULL);
    }
    finish::steps(&mut draft, canary);
    releases::goes_on(&mut draft, canary);
    releases::finishes(&mut draft, canary);
    let tag = canary.image.label();
    let expected = finish::expected(&draft);
    Ok(draft.done(format!("promote {tag} fully"), expected, Risk::Leap))
}
