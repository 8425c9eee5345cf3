//! What a person wants, whatever key or command said it.

use crate::strategy::goal::Goal;
use serde::{Deserialize, Serialize};

/// An intention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// Plan this goal and ask about it.
    Ask {
        /// The goal.
        goal: Goal,
        /// Why; the verdict's sentence where absent.
        reason: Option<String>,
        /// Whether the plan may be carried out afterwards.
        purpose: Purpose,
    },
    /// Say yes to the open question.
    Accept {
        /// What was typed to confirm.
        typed: String,
    },
    /// Add a remark to the release under way, else to the one that serves.
    Remark(String),
    /// Read the black box in the cluster's record.
    ReadBlackBox,
    /// Close what is on top: question, menu, help, zoom, outcome.
    Back,
    /// Open the menu of actions.
    OpenMenu,
    /// Open the help.
    OpenHelp,
    /// Give one pane the whole screen, or the next one, or none.
    Zoom,
    /// Show the plan's steps as kubectl commands, or in words.
    ToggleCommands,
    /// Show or hide the stable series.
    ToggleStable,
    /// Show a longer, or shorter, time in the charts.
    Range(Range),
    /// Read everything anew now.
    Refresh,
    /// Draw the whole screen anew.
    Redraw,
    /// Suspend the program.
    Suspend,
    /// Leave; a running plan is named first.
    Quit,
    /// Leave at once.
    QuitNow,
}

/// What a plan is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To be carried out once confirmed; at once where no confirmation is needed.
    Act,
    /// To be looked at: it always becomes a question.
    Preview,
}

/// A change of the charts' time range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Range {
    /// Shorter.
    In,
    /// Longer.
    Out,
    /// Back to the first.
    Reset,
}
