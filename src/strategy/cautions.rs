//! What a person should know before saying yes, whatever the strategy.

use super::goal::Goal;
use super::request::Request;
use crate::domain::cluster::{Deployment, Replacing};
use crate::domain::record::{Claim, RecordRead};
use crate::domain::rollout::Rollout;

/// Whether the goal moves traffic.
pub(super) fn changes_traffic(goal: &Goal) -> bool {
    match goal {
        Goal::Deploy(_)
        | Goal::Promote
        | Goal::PromoteFully
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::TakeUp(_) => true,
        Goal::Pause | Goal::Resume | Goal::DeclareGood(_) => false,
    }
}

/// Another's plan holds the claim.
pub(super) fn held(claim: Option<&Claim>, goal: &Goal) -> Option<String> {
    let claim = claim?;
    let holder = format!(
        "{} has `{}` under way since {}, {} of {} steps done",
        claim.by,
        claim.title,
        claim.since.strftime("%H:%M:%SZ"),
        claim.done,
        claim.steps
    );
    Some(if goal.takes_over() {
        format!("{holder}: this plan takes over from it")
    } else {
        format!("{holder}: this plan can begin only when that one has ended or no longer lives")
    })
}

/// The record will not tell others.
pub(super) fn unrecorded(read: &RecordRead) -> Option<String> {
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

/// Pods that should be there are not.
pub(super) fn missing_pods(deployment: &Deployment) -> Option<String> {
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

/// Half of the pods or more are away while others take their place.
pub(super) fn missing_meanwhile(deployment: &Deployment, wanted: u32) -> Option<String> {
    let name = &deployment.name;
    match deployment.replacing {
        _ if wanted == 0 => None,
        Replacing::AtOnce => Some(format!(
            "{name} has the strategy Recreate: all {wanted} pods end before the first new one begins, and nothing answers meanwhile"
        )),
        Replacing::InTurn { missing } if missing >= wanted => Some(format!(
            "maxUnavailable of {name} lets all {wanted} pods be away at once while new ones begin"
        )),
        Replacing::InTurn { missing } if missing * 2 >= wanted => Some(format!(
            "maxUnavailable of {name} lets {missing} of {wanted} pods be away while new ones begin"
        )),
        Replacing::InTurn { .. } => None,
    }
}

/// Somebody would put a change back.
pub(super) fn reverting_owner(rollout: &Rollout) -> Option<String> {
    let owner = rollout.owner.as_ref().filter(|owner| owner.reverts)?;
    Some(format!(
        "{} {} may put back what this plan changes",
        owner.kind, owner.name
    ))
}

/// Nothing was measured.
pub(super) fn blind(request: &Request) -> Option<String> {
    request.blind.then(|| {
        "there are no fresh metrics: nothing is known of how the candidate does".to_owned()
    })
}
