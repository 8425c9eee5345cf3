//! What a person should know before saying yes, whatever the plan.

use super::situation::Situation;
use super::trial::Trial;
use crate::domain::record::{Claim, RecordRead};
use crate::strategy::goal::Goal;

pub(super) fn of(at: &Situation<'_>) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(at.rollout.claim.as_ref().map(|claim| held(at, claim)));
    told.extend(unrecorded(&at.seen.record));
    told.extend(missing_pods(at));
    if changes_traffic(&at.request.goal) {
        told.extend(foreign_weight(at));
        told.extend(refused_route(at));
        told.extend(reverting_owner(at));
    }
    if raises(&at.request.goal) {
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
        if at.request.blind {
            told.push(
                "there are no fresh metrics: nothing is known of how the candidate does".to_owned(),
            );
        }
    }
    told
}

fn raises(goal: &Goal) -> bool {
    match goal {
        Goal::Deploy(_) | Goal::Promote | Goal::PromoteFully => true,
        Goal::Pause | Goal::Resume | Goal::Abort | Goal::RollBack(_) | Goal::DeclareGood(_) => {
            false
        }
    }
}

fn changes_traffic(goal: &Goal) -> bool {
    match goal {
        Goal::Deploy(_) | Goal::Promote | Goal::PromoteFully | Goal::Abort | Goal::RollBack(_) => {
            true
        }
        Goal::Pause | Goal::Resume | Goal::DeclareGood(_) => false,
    }
}

fn held(at: &Situation<'_>, claim: &Claim) -> String {
    let holder = format!(
        "{} has `{}` under way since {}, {} of {} steps done",
        claim.by,
        claim.title,
        claim.since.strftime("%H:%M:%SZ"),
        claim.done,
        claim.steps
    );
    if at.request.goal.takes_over() {
        format!("{holder}: this plan takes over from it")
    } else {
        format!("{holder}: this plan can begin only when that one has ended or no longer lives")
    }
}

fn unrecorded(read: &RecordRead) -> Option<String> {
    let why = match read {
        RecordRead::Read { .. } | RecordRead::Absent => return None,
        RecordRead::Unread => "has not been read".to_owned(),
        RecordRead::Unreadable(why) => format!("makes no sense: {why}"),
        RecordRead::Failed(why) => format!("could not be read: {why}"),
    };
    Some(format!(
        "the record {why}; other machines will not see this plan"
    ))
}

fn missing_pods(at: &Situation<'_>) -> Option<String> {
    let deployment = at.stable.deployment;
    let missing = deployment
        .replicas
        .saturating_sub(deployment.counted.available);
    (missing > 0).then(|| {
        format!(
            "{missing} of {} pods of {} are not available",
            deployment.replicas, deployment.name
        )
    })
}

fn foreign_weight(at: &Situation<'_>) -> Option<String> {
    let manager = at.rollout.weight_set_by.as_ref()?;
    Some(format!(
        "the weight {} was set by {manager}, not by a plan of the record",
        at.split()
    ))
}

fn refused_route(at: &Situation<'_>) -> Option<String> {
    match &at.route.route.acceptance {
        crate::domain::cluster::Acceptance::Refused(words) => Some(format!(
            "the gateway refuses httproute {}: {words}",
            at.route.route.name
        )),
        crate::domain::cluster::Acceptance::Accepted
        | crate::domain::cluster::Acceptance::Unanswered => None,
    }
}

fn reverting_owner(at: &Situation<'_>) -> Option<String> {
    let owner = at.rollout.owner.as_ref().filter(|owner| owner.reverts)?;
    Some(format!(
        "{} {} may put back what this plan changes",
        owner.kind, owner.name
    ))
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
