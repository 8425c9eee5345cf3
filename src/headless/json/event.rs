//! Something that happened.

use super::raw;
use crate::analysis::verdict::Call;
use crate::app::log::Line;
use crate::app::model::Model;
use crate::domain::rollout::Phase;
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.event/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// When.
    pub at: Timestamp,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// `state`, `rollout`, `pod`, `verdict`, `plan`, `feed`.
    pub kind: String,
    /// What happened.
    pub text: String,
    /// The phase's word then.
    pub phase: &'static str,
    /// The candidate's weight then.
    pub weight: Option<u32>,
    /// The verdict's word then.
    pub verdict: Call,
}

impl EventDocument {
    /// A line of the log, with the state it happened in.
    pub fn logged(model: &Model, line: &Line) -> Self {
        let kind = line.kind.word().to_ascii_lowercase();
        Self::new(model, line.at, kind, raw(&line.text))
    }

    /// The state itself, in words.
    pub fn state(model: &Model, text: String) -> Self {
        Self::new(model, model.now, "state".to_owned(), text)
    }

    fn new(model: &Model, at: Timestamp, kind: String, text: String) -> Self {
        let rollout = model.reading.rollout.as_ref();
        Self {
            schema: "flightdeck.event/1",
            at,
            service: model.target.service.to_string(),
            environment: model.target.environment.to_string(),
            kind,
            text,
            phase: rollout
                .map_or(Phase::Unknown, |rollout| rollout.phase)
                .word(),
            weight: rollout
                .and_then(|rollout| rollout.split)
                .map(|split| split.canary.percent()),
            verdict: model.reading.verdict.call,
        }
    }
}
