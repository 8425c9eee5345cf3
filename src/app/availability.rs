//! Which actions make sense now, and why the others do not.
//!
//! A first look at the picture on the screen, so that keys can be grey with a reason; the plan itself is made from a fresh
//! reading and has the last word.

use super::action::Action;
use super::cut_off::{Standing, standing};
use super::model::Model;
use super::screen::Screen;
use crate::domain::feed::FeedState;
use crate::domain::rights::Right;
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Weight;
use crate::strategy::goal::Goal;

/// Why the goal cannot be asked for now, in a few words.
pub fn obstacle(model: &Model, goal: &Goal) -> Option<String> {
    if model.settings.read_only {
        return Some("read-only".to_owned());
    }
    // From the fleet the service is opened first, and asked then.
    if model.ui.screen == Screen::Fleet {
        return None;
    }
    if super::guessed::refuses_goal(model, goal).is_some() {
        return Some("no config: guessed".to_owned());
    }
    if let Some(right) = missing_right(model, goal) {
        return Some(format!("no right to {}", right.words()));
    }
    if model.running().is_some() && !goal.takes_over() {
        return Some("a plan is under way".to_owned());
    }
    if let Some(reason) = feed_obstacle(model.feeds.cluster.state(model.now)) {
        return Some(reason);
    }
    if let (Goal::TakeUp(_), Some((_, standing))) = (goal, standing(model)) {
        match standing {
            Standing::Lives => return Some("it is under way".to_owned()),
            Standing::Unclear => return Some("it may be under way: watched for 15 s".to_owned()),
            Standing::CutOff => {}
        }
    }
    match &model.reading.rollout {
        Some(rollout) => rollout_obstacle(rollout, goal).map(str::to_owned),
        None => Some("the cluster has not been read yet".to_owned()),
    }
}

/// The first right that the goal needs here and that was refused.
pub(crate) fn missing_right(model: &Model, goal: &Goal) -> Option<Right> {
    let strategy = &model.environment()?.policy.strategy;
    model.actor.rights.refused(goal.needs(strategy)).next()
}

/// The actions that make sense now, in the menu's order.
pub fn allowed(model: &Model) -> Vec<Action> {
    let possible = |action: &Action| {
        action
            .goal()
            .is_some_and(|goal| obstacle(model, &goal).is_none())
    };
    Action::ALL.iter().copied().filter(possible).collect()
}

fn feed_obstacle(state: FeedState) -> Option<String> {
    match state {
        FeedState::Starting => Some("the cluster has not been read yet".to_owned()),
        FeedState::LoginExpired => Some("login expired".to_owned()),
        // A plan is made from a fresh reading: asking shows whether the cluster answers again.
        FeedState::Live | FeedState::Stale | FeedState::Down => None,
    }
}

fn rollout_obstacle(rollout: &Rollout, goal: &Goal) -> Option<&'static str> {
    let no_candidate = rollout.candidate.is_none();
    match goal {
        Goal::Promote | Goal::PromoteFully => promote_obstacle(rollout),
        Goal::Pause | Goal::Abort if no_candidate => Some("no candidate"),
        Goal::Pause if rollout.paused.is_some() => Some("paused already"),
        Goal::Resume if rollout.paused.is_none() => Some("not paused"),
        // An abort also stops another's plan, whatever that has reached.
        Goal::Abort if rollout.claim.is_some() => None,
        Goal::Abort if rollout.finish_begun => Some("finish has begun: roll back"),
        Goal::Abort
            if rollout
                .split
                .is_some_and(|split| split.canary == Weight::ZERO)
                && !rollout.steps.is_empty() =>
        {
            Some("no traffic on the canary")
        }
        Goal::RollBack(_) if no_candidate && rollout.last_known_good.is_none() => {
            Some("no last known good release")
        }
        Goal::TakeUp(_) if rollout.claim.is_none() => Some("no plan was cut off"),
        Goal::Deploy(_)
        | Goal::Pause
        | Goal::Resume
        | Goal::Abort
        | Goal::RollBack(_)
        | Goal::DeclareGood(_)
        | Goal::TakeUp(_) => None,
    }
}

fn promote_obstacle(rollout: &Rollout) -> Option<&'static str> {
    if rollout.candidate.is_none() {
        Some("no candidate")
    } else if rollout.paused.is_some() {
        Some("paused: resume first")
    } else {
        None
    }
}
