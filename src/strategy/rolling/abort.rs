//! Back to what ran before, while the rollout is unfinished.

use super::draft::Draft;
use super::situation::Situation;
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let Some(before) = &at.state.before else {
        return if at.rollout.claim.is_some() {
            Ok(stop(at))
        } else {
            Err(
                Refusal::new(Reason::NothingToDo, "nothing is being rolled out")
                    .hint("roll back leaves a finished release"),
            )
        };
    };
    let (destination, told) = before.destination(at.earlier());
    let image = destination.image.clone();
    let mut draft = Draft::new(at);
    draft.warnings.extend(told);
    draft.take_template(destination);
    draft.await_rollout();
    draft.check_metrics();
    let ledger = at.ledger();
    ledger.is_aborted(&mut draft.record, Some(&at.state.side.image));
    ledger.serves_again(&mut draft.record, &image);
    let title = format!("abort {}, back to {}", at.tag(), image.label());
    let expected = draft.serves();
    Ok(draft.done(title, expected, Risk::Safety))
}

/// Takes the claim from the plan under way and leaves everything else as it is.
fn stop(at: &Situation<'_>) -> Plan {
    let draft = Draft::new(at);
    let title = "stop the plan under way".to_owned();
    let expected = format!("{} stays as it is", at.name());
    draft.done(title, expected, Risk::Safety)
}
