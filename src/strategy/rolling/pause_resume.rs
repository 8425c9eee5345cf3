//! Holding a rollout where it is, and letting it go on: in the Deployment itself, so that it holds without the record.

use super::draft::Draft;
use super::situation::Situation;
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn pause(at: &Situation<'_>) -> Result<Plan, Refusal> {
    if let Some(paused) = &at.rollout.paused {
        return Err(Refusal::new(
            Reason::NothingToDo,
            format!("paused already by {}", paused.by),
        ));
    }
    if at.state.before.is_none() {
        return Err(Refusal::new(
            Reason::NothingToDo,
            "nothing is being rolled out that could be paused",
        ));
    }
    let mut draft = Draft::new(at);
    draft.set_paused(true);
    draft.record.paused = Some(Some(at.ledger().pause()));
    let title = format!("pause {}", at.tag());
    let expected = format!(
        "both versions stay as they are until {} is resumed",
        at.tag()
    );
    Ok(draft.done(title, expected, Risk::Still))
}

pub(super) fn resume(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let is_recorded = at.record().is_some_and(|record| record.paused.is_some());
    let is_held = at.state.side.deployment.paused;
    if !is_held && !is_recorded {
        return Err(Refusal::new(Reason::NothingToDo, "nothing is paused"));
    }
    let mut draft = Draft::new(at);
    if is_held {
        draft.set_paused(false);
    }
    draft.record.paused = Some(None);
    let title = format!("resume {}", at.tag());
    Ok(draft.done(title, "the rollout goes on".to_owned(), Risk::Word))
}
