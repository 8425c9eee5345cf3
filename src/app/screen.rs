//! What is on the screen, besides data.

use super::key::Key;
use super::pick::Pick;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// What is looked at and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ui {
    /// Columns and rows.
    pub size: (u16, u16),
    /// The screen below everything.
    pub screen: Screen,
    /// What lies over it.
    pub overlay: Overlay,
    /// The charts' time range.
    pub range: Duration,
    /// The moment at the charts' right edge where they do not follow the present.
    pub until: Option<Timestamp>,
    /// The inspected moment.
    pub inspect: Option<Timestamp>,
    /// Whether the stable series are drawn.
    pub stable_shown: Shown,
    /// Which parts get the room.
    pub layout: Layout,
    /// How moments are written.
    pub times: Times,
    /// The theme in use.
    pub theme: String,
    /// The themes that there are.
    pub themes: Vec<String>,
    /// The chosen line of a screen that is a list, and its filter.
    pub list: Pick,
    /// How a plan's steps are told.
    pub telling: Telling,
    /// One line above the hints, until it has been seen long enough.
    pub toast: Option<Toast>,
    /// What was run from the palette, oldest first, bounded.
    #[serde(default)]
    pub spelled: Vec<String>,
    /// What was said in such lines, oldest first, bounded.
    pub said: VecDeque<Said>,
}

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// All services.
    Fleet,
    /// One service in one environment.
    Service,
    /// One pane of it alone.
    Zoomed(Pane),
    /// The releases of the record.
    History,
    /// One of them with all that is known of it.
    Release,
    /// What was said and what happened.
    Messages,
    /// A run of the pipeline, and a job's log.
    Pipeline,
    /// What the candidate brings against stable.
    Changes,
    /// What the pods print.
    Logs,
}

/// What a screen is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All services, one of them chosen.
    Fleet,
    /// The open service.
    Service,
}

impl Screen {
    /// What it is about.
    pub fn subject(self) -> Subject {
        match self {
            Self::Fleet => Subject::Fleet,
            Self::Service
            | Self::Zoomed(_)
            | Self::History
            | Self::Release
            | Self::Messages
            | Self::Pipeline
            | Self::Changes
            | Self::Logs => Subject::Service,
        }
    }
}

/// A pane that can be zoomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pane {
    /// The error chart.
    Errors,
    /// The p95 chart.
    Latency,
    /// Verdict and rollout in words.
    Verdict,
    /// The event log.
    Events,
}

/// What lies over the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlay {
    /// Nothing.
    None,
    /// What can follow this key.
    Menu(Key),
    /// The help.
    Help(Pick),
    /// The palette of commands.
    Palette(Pick),
    /// The pilot is about to be let drive; what was typed to confirm.
    Pilot(String),
    /// A running plan was about to be left: stay, or leave it to finish.
    Leaving,
    /// How a drill went.
    Drill,
}

/// Whether something optional is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// Drawn.
    Shown,
    /// Not drawn.
    Hidden,
}

/// Which parts of the service screen get the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// All of them.
    Balanced,
    /// Charts over the whole width.
    Charts,
    /// Words and the event log; no charts.
    Text,
}

impl Layout {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Balanced, Self::Charts, Self::Text];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::Charts => "charts",
            Self::Text => "text",
        }
    }
}

/// How moments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Times {
    /// In UTC.
    Utc,
    /// In the time of this machine.
    Local,
    /// As how long ago they were.
    Age,
}

impl Times {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Utc, Self::Local, Self::Age];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "local",
            Self::Age => "age",
        }
    }
}

/// How a plan's steps are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Telling {
    /// In words.
    Words,
    /// As the kubectl commands that would do the same.
    Commands,
}

/// A line that goes away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Toast {
    /// How urgent.
    pub level: Level,
    /// The line.
    pub text: String,
    /// When it goes.
    pub until: jiff::Timestamp,
}

/// A line that was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// How urgent.
    pub level: Level,
    /// The line.
    pub text: String,
}

/// How urgent a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// 4 s.
    Info,
    /// 8 s.
    Warn,
    /// 30 s.
    Error,
}

impl Level {
    /// How long such a line is shown.
    pub fn shown(self) -> SignedDuration {
        SignedDuration::from_secs(match self {
            Self::Info => 4,
            Self::Warn => 8,
            Self::Error => 30,
        })
    }
}

/// The charts' ranges, shortest first.
pub const RANGES: [Duration; 6] = [
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(3 * 60 * 60),
    Duration::from_secs(6 * 60 * 60),
];
