//! The two-track canary: two Deployments, and an HTTPRoute that splits the traffic between their Services.

use super::Engine;
use super::plan::Plan;
use super::refusal::{Reason, Refusal};
use super::request::Request;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::Policy;
use crate::domain::rollout::{Fingerprint, Phase, Rollout};

/// The engine.
pub struct Canary;

impl Engine for Canary {
    fn detect(&self, _seen: &Snapshot, _policy: &Policy) -> bool {
        true
    }

    fn read(&self, seen: &Snapshot, _policy: &Policy) -> Rollout {
        Rollout {
            at: seen.at,
            phase: Phase::Unknown,
            troubles: Vec::new(),
            stable: None,
            candidate: None,
            split: None,
            steps: Vec::new(),
            step: None,
            weight_set_by: None,
            paused: None,
            finish_begun: false,
            last_known_good: None,
            claim: None,
            owner: None,
            pods: Vec::new(),
            fingerprint: Fingerprint::default(),
        }
    }

    fn plan(
        &self,
        _request: &Request,
        _seen: &Snapshot,
        _policy: &Policy,
    ) -> Result<Plan, Refusal> {
        Err(Refusal::new(Reason::NothingToDo, "not built yet"))
    }
}
