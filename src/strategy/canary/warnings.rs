//! What a person should know before saying yes, whatever the plan.

use super::situation::Situation;
use super::trial::Trial;
use crate::domain::cluster::Acceptance;
use crate::strategy::cautions;

pub(super) fn of(at: &Situation<'_>) -> Vec<String> {
    let goal = &at.request.goal;
    let mut told = Vec::new();
    told.extend(cautions::held(at.rollout.claim.as_ref(), goal));
    told.extend(cautions::unrecorded(&at.seen.record));
    told.extend(cautions::missing_pods(at.stable.deployment));
    if cautions::changes_traffic(goal) {
        told.extend(foreign_weight(at));
        told.extend(refused_route(at));
        told.extend(cautions::reverting_owner(&at.rollout));
    }
    if goal.raises() {
        told.extend(low_autoscaler(at));
        if at.stable.is_rolling() && at.trial != Trial::Finishing {
            told.push(format!(
                "{} is still rolling out {}",
                at.stable.deployment.name,
                at.stable_tag()
            ));
        }
        if at.seen.autoscalers.is_none() {
            told.push(
                "autoscalers could not be read: one on the canary would fight the plan".to_owned(),
            );
        }
        told.extend(cautions::blind(at.request));
    }
    told
}

fn foreign_weight(at: &Situation<'_>) -> Option<String> {
    let manager = at.rollout.weight_set_by.as_ref()?;
    Some(format!(
        "the weight {} was set by {manager}, not by a plan of the record",
        at.split()
    ))
}

fn refused_route(at: &Situation<'_>) -> Option<String> {
    let route = at.divider.route.as_ref()?.object;
    match &route.acceptance {
        Acceptance::Refused(words) => Some(format!(
            "the gateway refuses httproute {}: {words}",
            route.name
        )),
        Acceptance::Accepted | Acceptance::Unanswered => None,
    }
}

fn low_autoscaler(at: &Situation<'_>) -> Option<String> {
    let name = &at.stable.deployment.name;
    let mut autoscalers = at.seen.autoscalers.iter().flatten();
    let low = autoscalers.find(|scaler| scaler.deployment == *name && scaler.min < at.base)?;
    Some(format!(
        "autoscaler {} may take {name} down to {} pods as traffic leaves it; {} are needed for the way back",
        low.name, low.min, at.base
    ))
}
