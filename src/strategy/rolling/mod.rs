//! The rolling update: one plain Deployment, whose own controller replaces the pods.
//!
//! Invariants: what is under way is read from the Deployment and its ReplicaSets, so that a rollout begun by others is seen
//! and can be held, aborted and rolled back like one's own; a version that is not marked good is never gone back to unasked,
//! unless it still serves.

mod abort;
mod deploy;
mod draft;
mod good;
mod pause_resume;
mod read;
mod roll_back;
mod situation;
mod state;
mod status;
mod take_up;

use super::Engine;
use super::goal::Goal;
use super::plan::Plan;
use super::refusal::{Reason, Refusal};
use super::request::Request;
use super::side::side;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::{Policy, RollingPolicy};
use crate::domain::rollout::Rollout;
use situation::Situation;

impl Engine for RollingPolicy {
    fn detect(&self, seen: &Snapshot) -> bool {
        side(seen, &self.deployment, &self.container).is_ok()
    }

    fn read(&self, seen: &Snapshot) -> Rollout {
        read::read(seen, self)
    }

    fn plan(&self, request: &Request, seen: &Snapshot, policy: &Policy) -> Result<Plan, Refusal> {
        let at = Situation::new(request, seen, policy, self)?;
        match &request.goal {
            Goal::Deploy(wanted) => deploy::plan(&at, wanted),
            Goal::Promote | Goal::PromoteFully => Err(nothing_to_promote(self)),
            Goal::Pause => pause_resume::pause(&at),
            Goal::Resume => pause_resume::resume(&at),
            Goal::Abort => abort::plan(&at),
            Goal::RollBack(to) => roll_back::plan(&at, to),
            Goal::DeclareGood(name) => good::plan(&at, name.as_deref()),
            Goal::TakeUp(mend) => take_up::plan(&at, *mend),
        }
    }
}

fn nothing_to_promote(own: &RollingPolicy) -> Refusal {
    Refusal::new(
        Reason::NothingToPromote,
        format!(
            "a rolling environment has nothing to promote: deployment {} takes a release as a whole",
            own.deployment
        ),
    )
    .hint("deploy takes a release in; pause, resume and abort steer it")
}
