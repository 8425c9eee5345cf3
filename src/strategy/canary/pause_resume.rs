//! Staying where it is, and going on: the record alone changes.

use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use crate::strategy::confirm::Risk;
use crate::strategy::ledger::record_is_kept;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

/// A pause that the record cannot keep is no pause: whoever goes by the record would go on.
pub(super) fn pause(at: &Situation<'_>) -> Result<Plan, Refusal> {
    if at.trial == Trial::None {
        return Err(Refusal::new(
            Reason::NothingToDo,
            "there is no candidate to be paused",
        ));
    }
    record_is_kept(&at.seen.record).map_err(|refusal| Refusal {
        text: format!("NOT paused: {}", refusal.text),
        hint: Some("abort takes the traffic off the candidate without the record".to_owned()),
        reason: refusal.reason,
    })?;
    if let Some(paused) = &at.rollout.paused {
        return Err(Refusal::new(
            Reason::NothingToDo,
            format!("paused already by {}", paused.by),
        ));
    }
    let mut draft = Draft::new(at);
    draft.record.paused = Some(Some(at.ledger().pause()));
    let (tag, weight) = (at.canary_tag(), at.weight());
    let title = format!("pause {tag} at {weight}");
    let expected = format!("{tag} stays at {weight} until it is resumed");
    Ok(draft.done(title, expected, Risk::Still))
}

pub(super) fn resume(at: &Situation<'_>) -> Result<Plan, Refusal> {
    record_is_kept(&at.seen.record)?;
    if at.rollout.paused.is_none() {
        return Err(Refusal::new(Reason::NothingToDo, "nothing is paused"));
    }
    let mut draft = Draft::new(at);
    draft.record.paused = Some(None);
    let title = match at.trial {
        Trial::None => "resume".to_owned(),
        Trial::UnderWay | Trial::Aborted | Trial::Finishing => {
            format!("resume {}", at.canary_tag())
        }
    };
    let expected = "the steps may go on".to_owned();
    Ok(draft.done(title, expected, Risk::Word))
}
