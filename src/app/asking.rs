//! The way from a goal to a confirmed plan.

use super::intent::Purpose;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::strategy::goal::Goal;
use crate::strategy::plan::Plan;
use crate::strategy::refusal::Refusal;
use crate::strategy::request::Request;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the way from a goal to a plan stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Asking {
    /// Nothing is asked.
    Nothing,
    /// The environment is being read afresh for this.
    Observing(RequestId, Box<Request>, Purpose),
    /// A plan waits for its confirmation.
    Question(Box<Question>),
    /// There is no plan.
    Refused(Goal, Refusal),
    /// The reading failed, so there is no plan.
    Failed(Goal, Notice),
}

/// A plan that waits for its confirmation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The plan.
    pub plan: Plan,
    /// When the reading it was made from was taken.
    pub read_at: Timestamp,
    /// When the question opened: keys of the first 300 ms are typed-ahead and dropped.
    pub opened_at: Timestamp,
    /// What was typed so far, where a name is asked for.
    pub typed: String,
    /// What Enter would do.
    pub focus: Focus,
    /// When a part of a split sequence was last seen: a `y` within 50 ms of it does not count.
    pub escape_at: Option<Timestamp>,
    /// What became of the state it was made from.
    pub ground: Ground,
    /// What it is open for.
    pub purpose: Purpose,
    /// Steps that were scrolled past, where they have no room all at once.
    #[serde(default)]
    pub scrolled: usize,
}

/// What became of the state a plan was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    /// As it was read.
    Same,
    /// It changed behind the open question: the plan is not carried out.
    Moved,
}

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Focus {
    /// The harmless one.
    Cancel,
    /// The one that acts.
    Accept,
}

/// Keys typed before a question is this old are dropped.
pub const TYPED_AHEAD_MS: i64 = 300;

/// A `y` this soon after an Esc may be the end of a split sequence.
pub const SPLIT_MS: i64 = 50;
