//! A person's word that a release is good.

use super::draft::Draft;
use super::situation::Situation;
use crate::strategy::confirm::Risk;
use crate::strategy::declare;
use crate::strategy::ledger::record_is_kept;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;
use crate::strategy::side::track_state;

pub(super) fn plan(at: &Situation<'_>, name: Option<&str>) -> Result<Plan, Refusal> {
    record_is_kept(&at.seen.record)?;
    let serves = track_state(&at.stable, at.seen);
    let declared = declare::good(at.ledger(), &serves, name)?;
    let mut draft = Draft::new(at);
    draft.warnings.extend(declared.warnings);
    draft.record = declared.change;
    let tag = declared.tag;
    let expected = format!("{tag} is what a later roll back goes to");
    Ok(draft.done(format!("declare {tag} good"), expected, Risk::Word))
}
