//! The missing weights in one go, then the finish.

use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use super::{finish, promote, releases, template_diff};
use crate::domain::traffic::Weight;
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;

pub(super) fn plan(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let canary = promote::candidate(at)?;
    let mut draft = Draft::new(at);
    draft.warnings.extend(template_diff::warning(at, canary));
    // Where pods make the share, everything is only reached by the finish.
    if at.trial != Trial::Finishing && !at.is_by_pods() {
        promote::to(&mut draft, Weight::FULL);
    }
    finish::steps(&mut draft, canary);
    releases::goes_on(&mut draft, canary);
    at.ledger().takes_over(&mut draft.record, &canary.image);
    let tag = canary.image.label();
    let expected = finish::expected(&draft);
    Ok(draft.done(format!("promote {tag} fully"), expected, Risk::Leap))
}
