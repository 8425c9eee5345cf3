//! Traffic leaves the candidate, its pods stay for a look, whatever is stable stays.

use super::capacity;
use super::draft::Draft;
use super::situation::Situation;
use super::trial::Trial;
use crate::domain::traffic::{Track, Weight};
use crate::strategy::confirm::Risk;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::{Reason, Refusal};

pub(super) fn plan(at: &Situation<'_>) -> Result<Plan, Refusal> {
    let is_claimed = at.rollout.claim.is_some();
    match at.trial {
        Trial::None => {
            Err(nothing("there is no candidate").hint("roll back leaves a finished release"))
        }
        Trial::Aborted if !is_claimed => {
            Err(nothing(format!("{} has no traffic", at.canary_tag()))
                .hint("roll back takes its pods away"))
        }
        Trial::Finishing if !is_claimed => Err(finish_begun(at)),
        Trial::Finishing => Ok(stop(at)),
        Trial::UnderWay | Trial::Aborted => Ok(leave(at)),
    }
}

fn leave(at: &Situation<'_>) -> Plan {
    let mut draft = Draft::new(at);
    if at.weight() == Weight::ZERO {
        draft.confirm_traffic();
    } else {
        capacity::traffic_to_stable(&mut draft);
        capacity::restore_stable(&mut draft);
    }
    draft.check_weight();
    draft.check_endpoints(Track::Stable, 1);
    draft.check_pods(Track::Stable);
    draft.check_metrics();
    let candidate = at.canary.as_ref().map(|side| &side.image);
    at.ledger().is_aborted(&mut draft.record, candidate);
    let (stable, canary) = (at.stable_tag(), at.canary_tag());
    let expected = if at.is_by_pods() {
        draft.check_pods(Track::Canary);
        format!("{stable} serves all traffic; the canary has no pods")
    } else {
        format!("{stable} serves all traffic, the pods of {canary} stay for a look")
    };
    draft.done(format!("abort {canary}"), expected, Risk::Safety)
}

/// Takes the claim from the plan under way and leaves everything else as it is.
fn stop(at: &Situation<'_>) -> Plan {
    let mut draft = Draft::new(at);
    draft.warnings.push(format!(
        "{} has begun to take {}: weights and replicas are left as they are; a roll back is what changes the release",
        at.stable.deployment.name,
        at.canary_tag()
    ));
    let expected = format!("the plan under way stops at {}", at.split());
    draft.done(
        format!("stop the finish of {}", at.canary_tag()),
        expected,
        Risk::Safety,
    )
}

fn finish_begun(at: &Situation<'_>) -> Refusal {
    Refusal::new(
        Reason::FinishBegun,
        format!(
            "{} has begun to take {}, and no plan is under way that could be stopped",
            at.stable.deployment.name,
            at.canary_tag()
        ),
    )
    .hint("roll back is what changes the release now")
}

fn nothing(why: impl Into<String>) -> Refusal {
    Refusal::new(Reason::NothingToDo, why)
}
