//! What an action would do.

use crate::domain::ids::Target;
use crate::strategy::describe::StepWords;
use crate::strategy::goal::Goal;
use crate::strategy::plan::{Check, Confirm, Plan};
use crate::strategy::refusal::Refusal;
use crate::strategy::step::Step;
use serde::Serialize;

/// `flightdeck.plan/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The goal's word.
    pub goal: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// One line.
    pub title: Option<String>,
    /// What it was made from.
    pub fingerprint: Option<String>,
    /// In order.
    pub steps: Vec<StepWords>,
    /// What is looked at afterwards.
    pub checks: Vec<String>,
    /// The end in words.
    pub expected: Option<String>,
    /// The steps that would take it back.
    pub inverse: Vec<StepWords>,
    /// How it must be confirmed.
    pub confirm: Confirm,
    /// What a person should know before saying yes.
    pub warnings: Vec<String>,
    /// Expected seconds to full effect.
    pub takes_s: Option<f64>,
    /// Why there is no plan.
    pub refusal: Option<Refusal>,
}

impl PlanDocument {
    /// A plan that was made.
    pub fn of(plan: &Plan) -> Self {
        Self {
            title: Some(plan.title.clone()),
            fingerprint: Some(plan.fingerprint.0.clone()),
            steps: plan.steps.iter().map(Step::words).collect(),
            checks: plan.checks.iter().map(Check::text).collect(),
            expected: Some(plan.expected.clone()),
            inverse: plan.inverse.iter().map(Step::words).collect(),
            confirm: plan.confirm,
            warnings: plan.warnings.clone(),
            takes_s: Some(plan.takes.as_secs_f64()),
            ..Self::empty(&plan.goal, &plan.target)
        }
    }

    /// A goal that cannot be planned.
    pub fn refused(goal: &Goal, target: &Target, refusal: &Refusal) -> Self {
        Self {
            refusal: Some(refusal.clone()),
            ..Self::empty(goal, target)
        }
    }

    fn empty(goal: &Goal, target: &Target) -> Self {
        Self {
            schema: "flightdeck.plan/1",
            goal: goal.word(),
            service: target.service.to_string(),
            environment: target.environment.to_string(),
            title: None,
            fingerprint: None,
            steps: Vec::new(),
            checks: Vec::new(),
            expected: None,
            inverse: Vec::new(),
            confirm: Confirm::None,
            warnings: Vec::new(),
            takes_s: None,
            refusal: None,
        }
    }
}
