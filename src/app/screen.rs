//! What is on the screen, besides data.

use serde::{Deserialize, Serialize};
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
    /// Whether the stable series are drawn.
    pub stable_shown: Shown,
    /// How a plan's steps are told.
    pub telling: Telling,
    /// One line above the hints, until it has been seen long enough.
    pub toast: Option<Toast>,
}

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    /// One service in one environment.
    Service,
    /// One pane of it alone.
    Zoomed(Pane),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlay {
    /// Nothing.
    None,
    /// The menu of actions, after `a`.
    Menu,
    /// The help.
    Help,
    /// A running plan was about to be left: stay, or leave it to finish.
    Leaving,
}

/// Whether something optional is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// Drawn.
    Shown,
    /// Not drawn.
    Hidden,
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

/// The charts' ranges, shortest first.
pub const RANGES: [Duration; 6] = [
    Duration::from_secs(5 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(3 * 60 * 60),
    Duration::from_secs(6 * 60 * 60),
];
