//! The decision. What must be known comes first, then what a person said, then the verdict against the candidate, then
//! everything that can hold a promotion, and last the promotion.

use super::decision::{Decision, Topic, Wait};
use super::observation::{Claimed, Held, Observation};
use crate::analysis::verdict::{Call, Verdict};
use crate::domain::feed::FeedState;
use crate::domain::freeze::{Freeze, Frozen, frozen};
use crate::domain::pilot::{OnNotEnoughData, PilotPolicy};
use crate::domain::record::{Claim, Paused, RecordRead};
use crate::domain::rollout::{Phase, Rollout, StepState};
use crate::domain::traffic::Weight;
use jiff::{SignedDuration, Timestamp};

/// What the pilot does next. `calendar` is the environment's freezes.
pub fn decide(
    seen: &Observation<'_>,
    verdict: &Verdict,
    settings: &PilotPolicy,
    calendar: &[Freeze],
    now: Timestamp,
) -> Decision {
    let rollout = match grounded(seen) {
        Ok(rollout) => rollout,
        Err(decision) => return decision,
    };
    let frozen = frozen(calendar, now);
    if let Some(decision) = in_other_hands(seen, rollout, verdict, frozen.clone()) {
        return decision;
    }
    if verdict.call == Call::RollBack && has_traffic(rollout) {
        return roll_back(rollout, verdict);
    }
    if let Some(decision) = unclear(seen, rollout) {
        return decision;
    }
    let step = match step_over(rollout, now) {
        Ok(step) => step,
        Err(decision) => return decision,
    };
    if let Some(frozen) = frozen {
        return waits_for(&frozen);
    }
    match verdict.call {
        Call::Promote => go_on(rollout, step, &verdict.sentence),
        Call::NotEnoughData => without_data(rollout, step, verdict, (settings, now)),
        Call::Hold | Call::RollBack => {
            Decision::HoldAndAsk(Topic::Verdict, verdict.sentence.clone())
        }
    }
}

/// What cannot be done without, whatever is to be decided.
fn grounded<'a>(seen: &Observation<'a>) -> Result<&'a Rollout, Decision> {
    let still = |topic, why: String| Err(Decision::StandStill(topic, why));
    match seen.lease {
        Held::Here => {}
        Held::By(who) => return still(Topic::Driver, format!("{who} drives")),
        Held::NotYet => return still(Topic::Start, "the Lease is not held yet".to_owned()),
        Held::Nobody(why) => return still(Topic::Lease, why.clone()),
    }
    match seen.cluster {
        FeedState::Live => {}
        FeedState::LoginExpired => {
            return still(
                Topic::Cluster,
                "the login of the cluster has expired".to_owned(),
            );
        }
        FeedState::Starting => {
            return still(Topic::Start, "the cluster has not been read yet".to_owned());
        }
        FeedState::Stale | FeedState::Down => {
            return still(Topic::Cluster, "the API server does not answer".to_owned());
        }
    }
    match seen.record {
        RecordRead::Read { .. } | RecordRead::Absent => {}
        RecordRead::Unread => {
            return still(Topic::Start, "the record has not been read yet".to_owned());
        }
        RecordRead::Unreadable(why) => {
            return still(Topic::Record, format!("the record makes no sense: {why}"));
        }
        RecordRead::Failed(why) => {
            return still(Topic::Record, format!("the record cannot be read: {why}"));
        }
    }
    if let Some(right) = seen.missing_right {
        return still(Topic::Right, format!("no right to {right}"));
    }
    seen.rollout.ok_or_else(|| {
        Decision::StandStill(Topic::Start, "the cluster has not been read yet".to_owned())
    })
}

/// Another plan is under way or was cut off, a person has paused or aborted it, or there is nothing to drive.
fn in_other_hands(
    seen: &Observation<'_>,
    rollout: &Rollout,
    verdict: &Verdict,
    frozen: Option<Frozen>,
) -> Option<Decision> {
    if let Some(claim) = &rollout.claim {
        match seen.claim {
            Claimed::Free => {}
            Claimed::Living => {
                let plan = format!("\"{}\" by {}", claim.title, claim.by);
                return Some(Decision::WaitUntil(None, Wait::Plan(plan)));
            }
            // Getting back is planned from what is there now and takes the claim over.
            Claimed::CutOff if verdict.call == Call::RollBack && has_traffic(rollout) => {}
            Claimed::CutOff => return Some(cut_off(seen, (rollout, claim), verdict, frozen)),
        }
    }
    let tag = match &rollout.candidate {
        Some(candidate) => candidate.tag(),
        None => return Some(Decision::Rest("there is no candidate".to_owned())),
    };
    if let Some(paused) = &rollout.paused {
        return Some(yields(paused));
    }
    if rollout.phase == Phase::Aborted {
        return Some(Decision::Yield(format!(
            "{tag} was aborted, its pods are kept for a look"
        )));
    }
    None
}

fn yields(paused: &Paused) -> Decision {
    let since = paused.since.strftime("%H:%M:%SZ");
    Decision::Yield(format!("paused by {} since {since}", paused.by))
}

/// What goes back is carried on always; a promote only where a promotion could begin now, since some of it may be still ahead.
/// Whatever else a person began is a person's to carry on.
fn cut_off(
    seen: &Observation<'_>,
    (rollout, claim): (&Rollout, &Claim),
    verdict: &Verdict,
    frozen: Option<Frozen>,
) -> Decision {
    let title = claim.title.shown();
    match claim.goal.shown() {
        "abort" | "roll_back" => return Decision::TakeUp(title.to_owned()),
        "promote" => {}
        _ => {
            let why = format!("\"{title}\" by {} was cut off", claim.by);
            return Decision::HoldAndAsk(Topic::Plan, why);
        }
    }
    if let Some(paused) = &rollout.paused {
        return yields(paused);
    }
    if let Some(silence) = silence(seen.metrics) {
        return silence;
    }
    match (frozen, verdict.call) {
        (Some(frozen), _) => waits_for(&frozen),
        (None, Call::Hold | Call::RollBack) => {
            Decision::HoldAndAsk(Topic::Verdict, verdict.sentence.clone())
        }
        (None, Call::Promote | Call::NotEnoughData) => Decision::TakeUp(title.to_owned()),
    }
}

fn waits_for(frozen: &Frozen) -> Decision {
    Decision::WaitUntil(Some(frozen.until), Wait::Freeze(frozen.words()))
}

/// Once stable has begun to take the release, only a person replaces what it runs.
fn roll_back(rollout: &Rollout, verdict: &Verdict) -> Decision {
    if rollout.finish_begun {
        let why = format!(
            "{} Stable has begun to take the release: a roll back replaces what serves and needs a person.",
            verdict.sentence
        );
        return Decision::HoldAndAsk(Topic::Finish, why);
    }
    Decision::RollBack(verdict.sentence.clone())
}

/// What speaks against raising anything, whatever the numbers say.
fn unclear(seen: &Observation<'_>, rollout: &Rollout) -> Option<Decision> {
    if rollout.finish_begun {
        let why = "stable has begun to take the release and the finish did not come to its end";
        return Some(Decision::HoldAndAsk(Topic::Finish, why.to_owned()));
    }
    if let Some(who) = &rollout.weight_set_by {
        let weight = rollout.split.map_or(Weight::ZERO, |split| split.canary);
        let why = format!("the weight {weight} was set by {who}, not by a plan of the record");
        return Some(Decision::HoldAndAsk(Topic::Weight, why));
    }
    silence(seen.metrics)
}

/// Numbers that nothing is concluded from.
fn silence(metrics: FeedState) -> Option<Decision> {
    let (topic, why) = match metrics {
        FeedState::Live => return None,
        FeedState::Starting => (Topic::Start, "there are no numbers yet"),
        FeedState::Stale => (
            Topic::Metrics,
            "the numbers are old: nothing is concluded from silence",
        ),
        FeedState::Down => (
            Topic::Metrics,
            "the metrics cannot be read: nothing is concluded from silence",
        ),
        FeedState::LoginExpired => (Topic::Metrics, "the login of the metrics has expired"),
    };
    Some(Decision::StandStill(topic, why.to_owned()))
}

/// The present step once its time is over.
fn step_over(rollout: &Rollout, now: Timestamp) -> Result<StepState, Decision> {
    let ask = |why: &str| Decision::HoldAndAsk(Topic::Weight, why.to_owned());
    let step = rollout
        .step
        .ok_or_else(|| ask("the weight is below the first step"))?;
    match step.holds_until {
        None => Err(ask("the record does not tell when the step began")),
        Some(until) if now < until => {
            Err(Decision::WaitUntil(Some(until), Wait::Step(step.weight)))
        }
        Some(_) => Ok(step),
    }
}

fn go_on(rollout: &Rollout, step: StepState, why: &str) -> Decision {
    match rollout.steps.get(step.index + 1) {
        Some(next) => Decision::Advance(next.weight, why.to_owned()),
        None => Decision::Finish(why.to_owned()),
    }
}

fn without_data(
    rollout: &Rollout,
    step: StepState,
    verdict: &Verdict,
    (settings, now): (&PilotPolicy, Timestamp),
) -> Decision {
    let ask = Decision::HoldAndAsk(Topic::Data, verdict.sentence.clone());
    match settings.on_not_enough_data {
        OnNotEnoughData::Hold => ask,
        OnNotEnoughData::Continue => {
            let why = format!(
                "the config says to go on without enough data. {}",
                verdict.sentence
            );
            go_on(rollout, step, &why)
        }
        OnNotEnoughData::Extend(limit) => {
            let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
            let end = step
                .holds_until
                .and_then(|until| until.checked_add(limit).ok());
            match end {
                Some(end) if now < end => {
                    Decision::WaitUntil(Some(end), Wait::MoreData(verdict.sentence.clone()))
                }
                Some(_) | None => ask,
            }
        }
    }
}

fn has_traffic(rollout: &Rollout) -> bool {
    rollout.candidate.is_some()
        && rollout
            .split
            .is_some_and(|split| split.canary > Weight::ZERO)
}
