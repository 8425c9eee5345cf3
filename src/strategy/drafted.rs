//! The end of a draft: what an engine put together, with what the question gave, becomes a plan.

use super::confirm::{Risk, confirm, freeze_warning, is_against};
use super::plan::{Check, Plan, RecordChange};
use super::request::Request;
use super::step::Step;
use crate::domain::policy::Policy;
use crate::domain::rollout::Fingerprint;
use std::time::Duration;

/// What an engine put together.
pub(super) struct Drafted {
    pub(super) title: String,
    pub(super) expected: String,
    pub(super) risk: Risk,
    pub(super) steps: Vec<Step>,
    pub(super) checks: Vec<Check>,
    pub(super) inverse: Vec<Step>,
    pub(super) takes: Duration,
    pub(super) warnings: Vec<String>,
    pub(super) record: RecordChange,
}

impl Drafted {
    /// The plan that answers `request`, made from the reading with that fingerprint.
    pub(super) fn plan(
        self,
        request: &Request,
        policy: &Policy,
        fingerprint: &Fingerprint,
    ) -> Plan {
        Plan {
            id: request.plan.clone(),
            goal: request.goal.clone(),
            target: request.target.clone(),
            title: self.title,
            fingerprint: fingerprint.clone(),
            made_at: request.at,
            by: request.by.clone(),
            reason: request.reason.clone(),
            against_verdict: request
                .against_verdict
                .clone()
                .filter(|_| is_against(request)),
            steps: self.steps,
            checks: self.checks,
            expected: self.expected,
            inverse: self.inverse,
            confirm: confirm(self.risk, request, policy),
            warnings: freeze_warning(request, policy)
                .into_iter()
                .chain(self.warnings)
                .collect(),
            takes: self.takes,
            record: self.record,
            takes_up: None,
        }
    }
}
