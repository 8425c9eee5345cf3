//! Everything a key can do, by the name that `keys.toml` uses.

use super::intent::{Copied, Export, Intent, LogWish, Motion, Pan, Purpose, Range};
use super::pipeline::CiWish;
use crate::strategy::goal::{Goal, Mend, RollBackTo};
use serde::{Deserialize, Serialize};

/// What an action is about: a heading in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Changes the world, after a question.
    Act,
    /// Asks something of the pipeline, after a question.
    Pipeline,
    /// Charts.
    Charts,
    /// What is shown, and how.
    View,
    /// Other screens.
    Go,
    /// Moving about.
    Move,
    /// Copies and files.
    Take,
    /// The program itself.
    Session,
}

impl Group {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 8] = [
        Self::Act,
        Self::Pipeline,
        Self::Charts,
        Self::View,
        Self::Go,
        Self::Take,
        Self::Session,
        Self::Move,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Act => "ACTIONS",
            Self::Pipeline => "PIPELINE, LOGS",
            Self::Charts => "CHARTS",
            Self::View => "VIEW",
            Self::Go => "GO TO",
            Self::Move => "MOVE",
            Self::Take => "COPY, EXPORT",
            Self::Session => "SESSION",
        }
    }
}

macro_rules! actions {
    ($($variant:ident = $name:literal, $group:ident, $does:literal, [$($key:literal),*];)*) => {
        /// An action.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Action { $(#[doc = $does] $variant,)* }

        impl Action {
            /// All of them, in the order of the help.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that `keys.toml` uses.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it does, in a few words.
            pub fn does(self) -> &'static str {
                match self { $(Self::$variant => $does,)* }
            }

            /// What it is about.
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// The keys it is on where nobody chose others, as they are written in `keys.toml`.
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($key),*],)* }
            }

            /// The action of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

actions! {
    Promote = "promote", Act, "promote one step", ["a p"];
    Pause = "pause", Act, "pause", ["a space"];
    Resume = "resume", Act, "resume", ["a r"];
    RollBack = "roll-back", Act, "roll back to last good", ["a b"];
    Abort = "abort", Act, "abort, traffic leaves", ["a x"];
    PromoteFully = "promote-fully", Act, "promote fully", ["a f"];
    Pilot = "pilot", Act, "the pilot drives: on, off", ["a d"];
    ResumePlan = "resume-plan", Act, "resume the cut-off plan", ["a c"];
    UndoPlan = "undo-plan", Act, "undo the cut-off plan", ["a u"];

    Approve = "approve", Pipeline, "approve what waits", ["p a"];
    Reject = "reject", Pipeline, "reject what waits", ["p r"];
    Rerun = "rerun", Pipeline, "run everything again", ["p R"];
    RerunFailed = "rerun-failed", Pipeline, "run again what failed", ["p f"];
    CancelRun = "cancel-run", Pipeline, "cancel the run", ["p x"];
    LogFollow = "log-follow", Pipeline, "log: follow its end", ["F"];
    LogWrap = "log-wrap", Pipeline, "log: wrap long lines", ["w"];
    LogFault = "log-fault", Pipeline, "log: to what is wrong in it", ["E"];
    LogPrevious = "log-previous", Pipeline, "log: before the restart", ["P"];

    Longer = "range-longer", Charts, "longer time", ["+"];
    Shorter = "range-shorter", Charts, "shorter time", ["-"];
    Live = "live", Charts, "range as at the start, live", ["="];
    Older = "pan-older", Charts, "pan to older", [","];
    Newer = "pan-newer", Charts, "pan to newer", ["."];
    Inspect = "inspect", Charts, "inspect: h l g G move", ["i"];
    Stable = "stable", Charts, "show or hide stable", ["m"];

    Zoom = "zoom", View, "zoom: one pane, the next", ["z"];
    Layout = "layout", View, "layout: balanced, charts, text", ["v"];
    Freeze = "freeze", View, "freeze the picture", ["f"];
    Sort = "sort", View, "sort the fleet: risk, name", ["s"];
    Times = "times", View, "times UTC, local, age", ["t"];
    Commands = "commands", View, "a plan as kubectl commands", ["@"];

    Fleet = "fleet", Go, "all services", ["1"];
    Service = "service", Go, "the service", ["2"];
    Pipeline = "pipeline", Go, "the pipeline, logs, approvals", ["3"];
    History = "history", Go, "releases, to roll back to", ["4"];
    Changes = "changes", Go, "what the candidate brings", ["d"];
    Logs = "logs", Go, "the pods' logs", ["L"];
    NextService = "next-service", Go, "the next service", ["J"];
    PreviousService = "previous-service", Go, "the service before", ["K"];
    Messages = "messages", Go, "messages and events", ["!"];
    Palette = "palette", Go, "command palette", [":"];
    Help = "help", Go, "this help", ["?"];
    Filter = "filter", Go, "filter, search", ["/"];

    CopyCommit = "copy-commit", Take, "copy the commit", ["y c"];
    CopyVersion = "copy-version", Take, "copy the version", ["y v"];
    CopyImage = "copy-image", Take, "copy the image", ["y i"];
    CopyPod = "copy-pod", Take, "copy the pod in question", ["y p"];
    CopyUrl = "copy-url", Take, "copy the run's URL", ["y u"];
    CopyLine = "copy-line", Take, "copy the chosen line", ["y l"];
    ExportText = "export-text", Take, "export as text", ["e t"];
    ExportSvg = "export-svg", Take, "export as SVG", ["e s"];
    ExportJson = "export-json", Take, "export as JSON", ["e j"];
    SaveRecording = "save-recording", Take, "write a recording", ["e r"];

    Refresh = "refresh", Session, "connect and read again now", ["r"];
    Redraw = "redraw", Session, "draw everything again", ["C-l"];
    Suspend = "suspend", Session, "suspend; fg comes back", ["C-z"];
    Back = "back", Session, "back, close, dismiss", ["Esc"];
    Quit = "quit", Session, "back, quit at the top", ["q"];

    Down = "down", Move, "down", ["j", "Down"];
    Up = "up", Move, "up", ["k", "Up"];
    Left = "left", Move, "left", ["h", "Left"];
    Right = "right", Move, "right", ["l", "Right"];
    First = "first", Move, "first", ["g", "Home"];
    Last = "last", Move, "last", ["G", "End"];
    PageDown = "page-down", Move, "a page down", ["PgDn", "C-d"];
    PageUp = "page-up", Move, "a page up", ["PgUp", "C-u"];
    NextMatch = "next-match", Move, "the next line that fits", ["n"];
    PreviousMatch = "previous-match", Move, "the one before it", ["N"];
    Open = "open", Move, "open, run", ["Enter"];
}

impl Action {
    /// What it asks for.
    pub fn intent(self) -> Intent {
        match self {
            Self::Promote => ask(Goal::Promote),
            Self::Pause => ask(Goal::Pause),
            Self::Resume => ask(Goal::Resume),
            Self::RollBack => ask(Goal::RollBack(RollBackTo::LastKnownGood)),
            Self::Abort => ask(Goal::Abort),
            Self::PromoteFully => ask(Goal::PromoteFully),
            Self::Pilot => Intent::TogglePilot,
            Self::ResumePlan => ask(Goal::TakeUp(Mend::Resume)),
            Self::UndoPlan => ask(Goal::TakeUp(Mend::Undo)),
            Self::Longer => Intent::Range(Range::Out),
            Self::Shorter => Intent::Range(Range::In),
            Self::Live => Intent::Range(Range::Reset),
            Self::Older => Intent::Pan(Pan::Older),
            Self::Newer => Intent::Pan(Pan::Newer),
            Self::Inspect => Intent::ToggleInspect,
            Self::Stable => Intent::ToggleStable,
            Self::Zoom => Intent::Zoom,
            Self::Layout => Intent::NextLayout,
            Self::Freeze => Intent::ToggleFreeze,
            Self::Times => Intent::NextTimes,
            Self::Commands => Intent::ToggleCommands,
            Self::Fleet => Intent::GoFleet,
            Self::NextService => Intent::Neighbour(Motion::Down),
            Self::PreviousService => Intent::Neighbour(Motion::Up),
            Self::Sort => Intent::NextSort,
            Self::Service => Intent::GoService,
            Self::Pipeline => Intent::GoPipeline,
            Self::Approve => Intent::AskCi(CiWish::Approve),
            Self::Reject => Intent::AskCi(CiWish::Reject),
            Self::Rerun => Intent::AskCi(CiWish::Rerun),
            Self::RerunFailed => Intent::AskCi(CiWish::RerunFailed),
            Self::CancelRun => Intent::AskCi(CiWish::Cancel),
            Self::LogFollow => Intent::Log(LogWish::Follow),
            Self::LogWrap => Intent::Log(LogWish::Wrap),
            Self::LogFault => Intent::Log(LogWish::Fault),
            Self::LogPrevious => Intent::OtherProcess,
            Self::Changes => Intent::GoChanges,
            Self::Logs => Intent::GoLogs,
            Self::History => Intent::GoHistory,
            Self::Messages => Intent::GoMessages,
            Self::Palette => Intent::OpenPalette,
            Self::Help => Intent::OpenHelp,
            Self::Filter => Intent::Filter,
            Self::CopyCommit => Intent::Copy(Copied::Commit),
            Self::CopyVersion => Intent::Copy(Copied::Version),
            Self::CopyImage => Intent::Copy(Copied::Image),
            Self::CopyPod => Intent::Copy(Copied::Pod),
            Self::CopyUrl => Intent::Copy(Copied::Url),
            Self::CopyLine => Intent::Copy(Copied::Line),
            Self::ExportText => Intent::Export(Export::Text),
            Self::ExportSvg => Intent::Export(Export::Svg),
            Self::ExportJson => Intent::Export(Export::Json),
            Self::SaveRecording => Intent::SaveRecording,
            Self::Refresh => Intent::Refresh,
            Self::Redraw => Intent::Redraw,
            Self::Suspend => Intent::Suspend,
            Self::Back => Intent::Back,
            Self::Quit => Intent::Quit,
            // A filter leaves only what fits.
            Self::Down | Self::NextMatch => Intent::Move(Motion::Down),
            Self::Up | Self::PreviousMatch => Intent::Move(Motion::Up),
            Self::Left => Intent::Move(Motion::Left),
            Self::Right => Intent::Move(Motion::Right),
            Self::First => Intent::Move(Motion::First),
            Self::Last => Intent::Move(Motion::Last),
            Self::PageDown => Intent::Move(Motion::PageDown),
            Self::PageUp => Intent::Move(Motion::PageUp),
            Self::Open => Intent::Open,
        }
    }

    /// Whether it changes something, or asks whether to.
    pub fn changes(self) -> bool {
        self == Self::Pilot || self.goal().is_some() || self.ci_wish().is_some()
    }

    /// What it asks of the pipeline; `None` for all others.
    pub fn ci_wish(self) -> Option<CiWish> {
        if let Intent::AskCi(wish) = self.intent() {
            Some(wish)
        } else {
            None
        }
    }

    /// The goal of an action that changes the world; `None` for all others.
    pub fn goal(self) -> Option<Goal> {
        if let Intent::Ask { goal, .. } = self.intent() {
            Some(goal)
        } else {
            None
        }
    }
}

fn ask(goal: Goal) -> Intent {
    Intent::Ask {
        goal,
        reason: None,
        purpose: Purpose::Act,
    }
}
