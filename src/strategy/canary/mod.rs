//! The two-track canary: two Deployments, and an HTTPRoute that splits the traffic between their Services; or, without a
//! route, one Service of both, whose traffic their numbers of pods split.
//!
//! Invariants: stable is never scaled below what it had when the release began; pods come before the traffic that they are to
//! get, traffic leaves before the pods that served it; a release that is not marked good is never gone back to unasked, unless
//! it serves already.

mod abort;
mod capacity;
mod deploy;
mod draft;
mod estimate;
mod finish;
mod good;
mod inverse;
mod objects;
mod pause_resume;
mod phase;
mod promote;
mod promote_fully;
mod read;
mod releases;
mod roll_back;
mod situation;
mod take_up;
mod target;
mod template_diff;
mod tracks;
mod trial;
mod warnings;

use super::Engine;
use super::goal::Goal;
use super::plan::Plan;
use super::refusal::Refusal;
use super::request::Request;
use crate::domain::cluster::Snapshot;
use crate::domain::policy::{CanaryPolicy, Policy};
use crate::domain::rollout::Rollout;
use objects::Objects;
use situation::Situation;

impl Engine for CanaryPolicy {
    fn detect(&self, seen: &Snapshot) -> bool {
        Objects::of(seen, self).faults().next().is_none()
    }

    fn read(&self, seen: &Snapshot) -> Rollout {
        read::read(seen, self)
    }

    fn plan(&self, request: &Request, seen: &Snapshot, policy: &Policy) -> Result<Plan, Refusal> {
        let at = Situation::new(request, seen, policy, self)?;
        match &request.goal {
            Goal::Deploy(wanted) => deploy::plan(&at, wanted),
            Goal::Promote => promote::plan(&at),
            Goal::PromoteFully => promote_fully::plan(&at),
            Goal::Pause => pause_resume::pause(&at),
            Goal::Resume => pause_resume::resume(&at),
            Goal::Abort => abort::plan(&at),
            Goal::RollBack(to) => roll_back::plan(&at, to),
            Goal::DeclareGood(name) => good::plan(&at, name.as_deref()),
            Goal::TakeUp(mend) => take_up::plan(&at, *mend),
        }
    }
}
