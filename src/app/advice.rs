//! What to do next, in one line: the key and how long it takes, or what to wait for.

use super::action::Action;
use super::model::Model;
use crate::analysis::verdict::Call;
use crate::domain::feed::FeedState;
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Weight;
use jiff::Timestamp;

/// A piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The action to take; `None` where there is only waiting.
    pub action: Option<Action>,
    /// What they do, or what to wait for.
    pub text: String,
}

/// What to do next.
pub fn advice(model: &Model) -> Advice {
    let Some(rollout) = &model.reading.rollout else {
        return wait("the cluster is being read");
    };
    match model.feeds.cluster.state(model.now) {
        FeedState::LoginExpired => {
            return wait("login expired: log in again, it is picked up by itself");
        }
        FeedState::Down => return wait("the cluster does not answer: the picture is old"),
        FeedState::Live | FeedState::Stale | FeedState::Starting => {}
    }
    if rollout.candidate.is_none() {
        return wait("nothing under way");
    }
    if let Some(paused) = &rollout.paused {
        return press(
            Action::Resume,
            format!("resume, paused by {}", paused.by.shown()),
        );
    }
    if rollout
        .split
        .is_some_and(|split| split.canary == Weight::ZERO)
        && !rollout.finish_begun
    {
        return press(
            Action::RollBack,
            format!(
                "take the canary's pods away, {} serves",
                stable_tag(rollout)
            ),
        );
    }
    by_verdict(model, rollout)
}

fn by_verdict(model: &Model, rollout: &Rollout) -> Advice {
    match model.reading.verdict.call {
        Call::RollBack => press(
            Action::RollBack,
            format!("back to {}, about {}", back_to(rollout), seconds(rollout)),
        ),
        Call::Hold => match model.feeds.metrics.state(model.now) {
            FeedState::Live => press(
                Action::Abort,
                "take the traffic off the canary, or wait".to_owned(),
            ),
            FeedState::Starting | FeedState::Stale | FeedState::Down | FeedState::LoginExpired => {
                wait("no fresh numbers: nothing is concluded from silence")
            }
        },
        Call::NotEnoughData => wait("more requests are needed"),
        Call::Promote => promote(rollout, model.now),
    }
}

fn promote(rollout: &Rollout, now: Timestamp) -> Advice {
    let held_until = rollout
        .step
        .and_then(|step| step.holds_until)
        .filter(|until| *until > now);
    if let Some(until) = held_until {
        let left = until.duration_since(now).as_secs().max(1);
        return wait(format!("the step is held for another {}", span(left)));
    }
    let weight = rollout.split.map_or(Weight::ZERO, |split| split.canary);
    match rollout.steps.iter().find(|step| step.weight > weight) {
        Some(next) => press(Action::Promote, format!("to {}", next.weight)),
        None => press(
            Action::Promote,
            "finish: stable takes the release".to_owned(),
        ),
    }
}

fn press(action: Action, text: String) -> Advice {
    Advice {
        action: Some(action),
        text,
    }
}

fn wait(text: impl Into<String>) -> Advice {
    Advice {
        action: None,
        text: format!("wait: {}", text.into()),
    }
}

fn stable_tag(rollout: &Rollout) -> &str {
    rollout
        .stable
        .as_ref()
        .map_or("stable", |track| track.tag())
}

/// Where a roll back would go: the serving stable side while finish has not begun and it is good, else the last known good.
fn back_to(rollout: &Rollout) -> &str {
    match (&rollout.last_known_good, rollout.finish_begun) {
        (Some(good), _) => good.tag(),
        (None, _) => stable_tag(rollout),
    }
}

/// A weight shift where stable serves already, a start of pods where it does not.
fn seconds(rollout: &Rollout) -> &'static str {
    let serving = match (&rollout.last_known_good, &rollout.stable) {
        (Some(good), Some(stable)) => good.runs(&stable.image),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    if serving && !rollout.finish_begun {
        "5 s"
    } else {
        "60 s"
    }
}

fn span(seconds: i64) -> String {
    if seconds < 90 {
        format!("{seconds} s")
    } else {
        format!("{} min", (seconds + 30) / 60)
    }
}
