//! What a person may ask of a pipeline, why it is refused, and the question before it is sent.

use super::{Pipeline, is_configured};
use crate::app::model::Model;
use crate::domain::feed::FeedState;
use crate::domain::pipeline::{Approval, ApprovalId, Command, May, Run};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CiWish {
    /// Let what waits go on.
    Approve,
    /// Let it not go on.
    Reject,
    /// Run everything again.
    Rerun,
    /// Run again what failed.
    RerunFailed,
    /// Stop the run.
    Cancel,
}

impl CiWish {
    /// The word on a button.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Rerun => "rerun",
            Self::RerunFailed => "rerun failed",
            Self::Cancel => "cancel run",
        }
    }

    /// Whether a comment goes with it.
    pub fn takes_comment(self) -> bool {
        match self {
            Self::Approve | Self::Reject => true,
            Self::Rerun | Self::RerunFailed | Self::Cancel => false,
        }
    }

    /// What would be sent for a run.
    pub fn command(self, run: &Run, comment: &str) -> Command {
        let what = || -> Vec<ApprovalId> { open(run).map(|one| one.id.clone()).collect() };
        let (id, comment) = (run.id.clone(), comment.to_owned());
        match self {
            Self::Approve => Command::Approve {
                run: id,
                what: what(),
                comment,
            },
            Self::Reject => Command::Reject {
                run: id,
                what: what(),
                comment,
            },
            Self::Rerun => Command::Rerun(id),
            Self::RerunFailed => Command::RerunFailed(id),
            Self::Cancel => Command::Cancel(id),
        }
    }
}

/// What waits and may be decided by this login, as far as is known.
pub(super) fn open(run: &Run) -> impl Iterator<Item = &Approval> {
    run.approvals
        .iter()
        .filter(|one| !matches!(one.may, May::No(_)))
}

/// Why a wish cannot be fulfilled for the run in view, in a few words.
pub fn obstacle(model: &Model, wish: CiWish) -> Option<String> {
    if model.settings.read_only {
        return Some("read-only".to_owned());
    }
    if !is_configured(model) {
        return Some("no pipeline in the config".to_owned());
    }
    let pipeline: &Pipeline = &model.pipeline;
    if pipeline.feed.state(model.now) == FeedState::LoginExpired {
        return Some("login expired".to_owned());
    }
    let (Some(known), Some(run)) = (&pipeline.feed.value, pipeline.run()) else {
        return Some("no run has been read yet".to_owned());
    };
    let ability = wish.command(run, "").ability(&known.capabilities).refusal();
    if let Some(reason) = ability {
        return Some(reason.to_owned());
    }
    if pipeline.sent.is_some() {
        return Some("the last one is not answered yet".to_owned());
    }
    by_state(run, wish)
}

fn by_state(run: &Run, wish: CiWish) -> Option<String> {
    let over = run.state.is_over();
    let waits = open(run).next().is_some();
    match wish {
        CiWish::Approve | CiWish::Reject if waits => None,
        CiWish::Approve | CiWish::Reject => Some(match run.approvals.first() {
            Some(Approval {
                may: May::No(why), ..
            }) => why.shown().to_owned(),
            _ => "nothing waits for a person".to_owned(),
        }),
        CiWish::Rerun if over => None,
        CiWish::RerunFailed if over && run.state != crate::domain::pipeline::State::Passed => None,
        CiWish::RerunFailed if over => Some("nothing failed".to_owned()),
        CiWish::Rerun | CiWish::RerunFailed => Some("the run is not over".to_owned()),
        CiWish::Cancel if over => Some("the run is over".to_owned()),
        CiWish::Cancel => None,
    }
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CiQuestion {
    /// What is wished.
    pub wish: CiWish,
    /// The run as it was when the question opened.
    pub run: Box<Run>,
    /// What was typed.
    pub comment: String,
    /// What keys go to.
    pub focus: FocusOn,
    /// When it opened: keys typed ahead are dropped.
    pub opened_at: Timestamp,
    /// When a part of a split sequence was last seen.
    pub escape_at: Option<Timestamp>,
}

/// What keys go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FocusOn {
    /// The harmless button.
    Cancel,
    /// The one that acts.
    Accept,
    /// The comment.
    Comment,
}
