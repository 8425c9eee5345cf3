//! The pods' merged logs that are looked at, and what in them the stable pods do not print.
//!
//! Invariant: no line is ever written with the model: what a service prints is its own, and may hold anything.

use super::log_pane::LogPane;
use super::model::Model;
use crate::analysis::log_lines::Kinds;
use crate::domain::pod_log::{LogFocus, Process};
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use serde::{Deserialize, Serialize};

/// The pods' logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodLogs {
    /// Whose are looked at.
    pub focus: LogFocus,
    /// Their lines.
    #[serde(skip)]
    pub pane: LogPane,
    /// The kinds of lines, and those of the stable pods.
    #[serde(skip)]
    pub kinds: Kinds,
    /// Pods that could not be read last, and why.
    pub unread: Vec<(String, Text)>,
    /// Whether anything was read.
    pub is_read: bool,
}

impl Default for PodLogs {
    fn default() -> Self {
        Self::of(LogFocus {
            track: Track::Canary,
            process: Process::Present,
        })
    }
}

impl PodLogs {
    /// Logs of which nothing is known.
    pub fn of(focus: LogFocus) -> Self {
        Self {
            focus,
            pane: LogPane::default(),
            kinds: Kinds::default(),
            unread: Vec::new(),
            is_read: false,
        }
    }
}

/// The names of a side's pods, as far as the rollout tells, in their order.
pub fn pods(model: &Model, track: Track) -> Vec<String> {
    let rollout = model.reading.rollout.iter();
    let pods = rollout.flat_map(|rollout| &rollout.pods);
    let mut names: Vec<String> = pods
        .filter(|pod| pod.track == track)
        .map(|pod| pod.name.clone())
        .collect();
    names.sort();
    names
}

/// The pods that those looked at are compared with: stable's, while the canary's are looked at.
pub fn compared_with(model: &Model) -> Vec<String> {
    match model.pod_logs.focus.track {
        Track::Canary => pods(model, Track::Stable),
        Track::Stable => Vec::new(),
    }
}

/// The end of a pod's name, which tells it from its siblings.
pub fn short(pod: &str) -> &str {
    pod.rsplit('-').next().unwrap_or(pod)
}
