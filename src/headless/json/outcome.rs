//! How a plan ended.

use super::raw;
use crate::app::model::Model;
use crate::app::run::PlanRun;
use crate::domain::outcome::{End, Outcome, StepOutcome, Verified};
use crate::headless::exit;
use serde::Serialize;

/// `flightdeck.outcome/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The goal's word.
    pub goal: String,
    /// One line.
    pub title: String,
    /// Every step that was begun.
    pub steps: Vec<StepOutcome>,
    /// Every check that was made.
    pub verified: Vec<Verified>,
    /// How it ended: `done`, or what kind of trouble.
    pub end: &'static str,
    /// What stood in the way; `null` where it is done.
    pub why: Option<String>,
    /// The line that a person remembers.
    pub sentence: String,
    /// Seconds from the confirmation to the end.
    pub took_s: f64,
    /// Seconds from the confirmation until the traffic was seen where it should be.
    pub full_effect_s: Option<f64>,
    /// Where it is recorded.
    pub record: String,
    /// What could not be done or known on the way.
    pub notices: Vec<String>,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

impl OutcomeDocument {
    /// The document of an outcome.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            schema: "flightdeck.outcome/1",
            goal: outcome.goal.clone(),
            title: outcome.title.clone(),
            steps: outcome.steps.clone(),
            verified: outcome.verified.clone(),
            end: end_word(&outcome.end),
            why: exit::trouble(&outcome.end).map(|(_, why)| why.to_owned()),
            sentence: outcome.sentence.clone(),
            took_s: outcome.took_s,
            full_effect_s: outcome.full_effect_s,
            record: outcome.record.clone(),
            notices: outcome.notices.clone(),
            exit_code: exit::of_end(&outcome.end),
        }
    }
}

impl OutcomeDocument {
    /// The document of a plan that this program no longer looks on, and why. What the plan itself told is kept.
    pub fn cut_off(model: &Model, run: &PlanRun, why: &str, exit_code: u8) -> Self {
        let told = run.outcome.as_deref().map(Self::of);
        let namespace = model
            .environment()
            .map_or("", |environment| environment.namespace.as_str());
        Self {
            schema: "flightdeck.outcome/1",
            goal: run.plan.goal.word().to_owned(),
            title: run.plan.title.clone(),
            steps: told
                .as_ref()
                .map_or_else(Vec::new, |told| told.steps.clone()),
            verified: told
                .as_ref()
                .map_or_else(Vec::new, |told| told.verified.clone()),
            end: "cut_off",
            why: Some(why.to_owned()),
            sentence: why.to_owned(),
            took_s: model.now.duration_since(run.began_at).as_secs_f64(),
            full_effect_s: told.as_ref().and_then(|told| told.full_effect_s),
            record: told.map_or_else(
                || format!("configmap {namespace}/{}", model.target.record_name()),
                |told| told.record,
            ),
            notices: run.told.iter().map(raw).collect(),
            exit_code,
        }
    }
}

pub(super) fn end_word(end: &End) -> &'static str {
    match end {
        End::Done => "done",
        End::WorldMoved(_) => "world_moved",
        End::Forbidden(_) => "forbidden",
        End::Unreachable(_) => "unreachable",
        End::NotProven(_) => "not_proven",
        End::Bad(_) => "bad",
        End::Stopped(_) => "stopped",
        End::Fault(_) => "fault",
    }
}
