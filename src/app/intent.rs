//! What a person wants, whatever key or command said it.

use super::key::Key;
use super::pipeline::CiWish;
use super::pointing::{Rolled, Touched};
use super::screen::{Layout, Times};
use crate::domain::ids::Target;
use crate::strategy::goal::Goal;
use crate::strategy::pilot::Wish;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// Let the pilot of this process drive, or drive no more.
    Fly(Wish),
    /// Ask whether the pilot is to drive; where it does, let it drive no more.
    TogglePilot,
    /// Read the black box in the cluster's record.
    ReadBlackBox,
    /// Close what is on top: question, menu, help, zoom, outcome.
    Back,
    /// Show what can follow this key.
    OpenMenu(Key),
    /// Open the help.
    OpenHelp,
    /// Open the palette of commands.
    OpenPalette,
    /// Begin to spell a command out in the palette.
    Spell(String),
    /// Filter the list on the screen, or search what is open.
    Filter,
    /// Open the chosen line.
    Open,
    /// Move within what is shown.
    Move(Motion),
    /// A pointer was pressed on this.
    Touch(Touched),
    /// A wheel was turned over this.
    Roll(Rolled, Motion),
    /// To all services.
    GoFleet,
    /// Open this service.
    OpenService(Target),
    /// Open the service beside the open one.
    Neighbour(Motion),
    /// Sort the fleet the next way.
    NextSort,
    /// To the service screen.
    GoService,
    /// To the releases.
    GoHistory,
    /// To what was said and what happened.
    GoMessages,
    /// To the pipeline.
    GoPipeline,
    /// To what the candidate brings.
    GoChanges,
    /// To the pods' logs.
    GoLogs,
    /// The logs of the other side's pods.
    OtherTrack,
    /// What the containers printed before their restart, or print now.
    OtherProcess,
    /// Ask about this for the run in view.
    AskCi(CiWish),
    /// Do something to the log pane.
    Log(LogWish),
    /// Give one pane the whole screen, or the next one, or none.
    Zoom,
    /// Show the plan's steps as kubectl commands, or in words.
    ToggleCommands,
    /// Show or hide the stable series.
    ToggleStable,
    /// Show a longer, or shorter, time in the charts.
    Range(Range),
    /// Show exactly this much time.
    UseRange(Duration),
    /// Show older, or newer, time in the charts.
    Pan(Pan),
    /// Put a cursor into the charts, or take it away.
    ToggleInspect,
    /// Hold the picture, or let it go on.
    ToggleFreeze,
    /// Write moments the next way.
    NextTimes,
    /// Write moments this way.
    UseTimes(Times),
    /// Give the room to other parts.
    NextLayout,
    /// Give the room to these parts.
    UseLayout(Layout),
    /// Look like this theme.
    UseTheme(String),
    /// Copy to the terminal's clipboard.
    Copy(Copied),
    /// Write the view to a file.
    Export(Export),
    /// Write the recent events and the model they began from to a file.
    SaveRecording,
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

/// Something about the log pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogWish {
    /// Follow its end.
    Follow,
    /// Break long lines, or cut them.
    Wrap,
    /// To the next match.
    Next,
    /// To the match before.
    Previous,
    /// To the first fault.
    Fault,
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

/// A movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Motion {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// One bucket to the left.
    Left,
    /// One bucket to the right.
    Right,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// Ten lines up.
    PageUp,
    /// Ten lines down.
    PageDown,
}

/// A movement of the charts' window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pan {
    /// To older data.
    Older,
    /// To newer data.
    Newer,
}

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Copied {
    /// The commit of the release that is looked at.
    Commit,
    /// Its version.
    Version,
    /// Its whole image reference.
    Image,
    /// The pod that a look is worth: one in trouble, else the first of the candidate, else of stable.
    Pod,
    /// Where the pipeline's run that made the release can be seen.
    Url,
    /// The chosen line of a list, else what was said last.
    Line,
}

impl Copied {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Version => "version",
            Self::Image => "image",
            Self::Pod => "pod",
            Self::Url => "URL",
            Self::Line => "line",
        }
    }
}

/// A form in which the view is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Export {
    /// Its characters.
    Text,
    /// A picture.
    Svg,
    /// What it was drawn from.
    Json,
}

impl Export {
    /// The end of the file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Svg => "svg",
            Self::Json => "json",
        }
    }
}
