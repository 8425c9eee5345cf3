//! What the pilot can come to, in types and in words.

use crate::domain::traffic::Weight;
use crate::strategy::goal::{Goal, Mend, RollBackTo};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the pilot does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The candidate gets the next weight, for that reason.
    Advance(Weight, String),
    /// Stable takes the release, for that reason.
    Finish(String),
    /// The traffic leaves the candidate; the verdict's sentence.
    RollBack(String),
    /// A plan that was cut off is carried on; its title.
    TakeUp(String),
    /// Nothing is due before that moment; `None`: until something else changes.
    WaitUntil(Option<Timestamp>, Wait),
    /// A person must decide, about that.
    HoldAndAsk(Topic, String),
    /// A person has taken it in hand, so.
    Yield(String),
    /// Something that it cannot do without is missing; nothing is raised before it is back.
    StandStill(Topic, String),
    /// There is nothing to drive, because of that.
    Rest(String),
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// The end of the time of the step with this weight.
    Step(Weight),
    /// The end of a freeze, in words.
    Freeze(String),
    /// More requests, for which the step's time was extended; the verdict's sentence.
    MoreData(String),
    /// Another's plan, in words.
    Plan(String),
}

/// What a hold is about: its sentence may change, with this it is another hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// It has only begun to look.
    Start,
    /// Another drives.
    Driver,
    /// The Lease was lost.
    Lease,
    /// The API server.
    Cluster,
    /// The record.
    Record,
    /// The numbers.
    Metrics,
    /// A right.
    Right,
    /// The verdict.
    Verdict,
    /// Too few requests.
    Data,
    /// A weight that the record did not set.
    Weight,
    /// A finish that did not come to its end.
    Finish,
    /// A plan that failed.
    Plan,
}

impl Decision {
    /// The word in the record and in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Advance(..) => "advances",
            Self::Finish(_) => "finishes",
            Self::RollBack(_) => "rolls_back",
            Self::TakeUp(_) => "takes_up",
            Self::WaitUntil(..) => "waits",
            Self::HoldAndAsk(..) => "asks",
            Self::Yield(_) => "yields",
            Self::StandStill(..) => "stands_still",
            Self::Rest(_) => "rests",
        }
    }

    /// One sentence, with its numbers.
    pub fn sentence(&self) -> String {
        match self {
            Self::Advance(to, why) => format!("goes on to {to}: {why}"),
            Self::Finish(why) => format!("finishes: {why}"),
            Self::RollBack(why) => format!("rolls back: {why}"),
            Self::TakeUp(plan) => format!("carries on \"{plan}\", which was cut off"),
            Self::WaitUntil(until, wait) => match until {
                Some(until) => format!(
                    "waits until {}{}",
                    until.strftime("%H:%M:%SZ"),
                    wait.words()
                ),
                None => format!("waits{}", wait.words()),
            },
            Self::HoldAndAsk(_, why) => format!("holds and asks: {why}"),
            Self::Yield(to) => format!("yields: {to}"),
            Self::StandStill(_, why) => format!("stands still: {why}"),
            Self::Rest(why) => format!("rests: {why}"),
        }
    }

    /// Whether a person is wanted.
    pub fn wants_a_person(&self) -> bool {
        match self {
            Self::HoldAndAsk(..) => true,
            Self::StandStill(topic, _) => {
                !matches!(topic, Topic::Start | Topic::Driver | Topic::Lease)
            }
            Self::Advance(..)
            | Self::Finish(_)
            | Self::RollBack(_)
            | Self::TakeUp(_)
            | Self::WaitUntil(..)
            | Self::Yield(_)
            | Self::Rest(_) => false,
        }
    }

    /// Whether traffic is brought to the candidate.
    pub fn raises(&self) -> bool {
        match self {
            Self::Advance(..) | Self::Finish(_) | Self::TakeUp(_) => true,
            Self::RollBack(_)
            | Self::WaitUntil(..)
            | Self::HoldAndAsk(..)
            | Self::Yield(_)
            | Self::StandStill(..)
            | Self::Rest(_) => false,
        }
    }

    /// The goal that carries it out; `None` where there is nothing to do.
    pub fn goal(&self) -> Option<Goal> {
        match self {
            Self::Advance(..) | Self::Finish(_) => Some(Goal::Promote),
            Self::RollBack(_) => Some(Goal::RollBack(RollBackTo::LastKnownGood)),
            Self::TakeUp(_) => Some(Goal::TakeUp(Mend::Resume)),
            Self::WaitUntil(..)
            | Self::HoldAndAsk(..)
            | Self::Yield(_)
            | Self::StandStill(..)
            | Self::Rest(_) => None,
        }
    }

    /// Whether it differs from `other` in no more than numbers that change with every look.
    pub fn goes_on_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::HoldAndAsk(own, _), Self::HoldAndAsk(others, _))
            | (Self::StandStill(own, _), Self::StandStill(others, _)) => own == others,
            (Self::WaitUntil(own, why), Self::WaitUntil(others, other)) => {
                own == others && std::mem::discriminant(why) == std::mem::discriminant(other)
            }
            (own, others) => own == others,
        }
    }
}

impl Wait {
    fn words(&self) -> String {
        match self {
            Self::Step(weight) => format!(", the time of the step at {weight}"),
            Self::Freeze(frozen) => format!(": {frozen}"),
            Self::MoreData(sentence) => format!(", the step was extended: {sentence}"),
            Self::Plan(plan) => format!(" for {plan}"),
        }
    }
}
