//! Engines: pure code that reads an environment and plans a goal.
//!
//! Invariants: an engine never does I/O and never reads a clock; a plan leaves no choice to whoever carries it out; every
//! write in a plan carries a guard; a finished plan made again is a refusal or has nothing to do.

#![deny(clippy::disallowed_methods)]

pub mod canary;
pub mod describe;
pub mod goal;
pub mod plan;
pub mod record_change;
pub mod refusal;
pub mod request;
pub mod step;

use crate::domain::cluster::Snapshot;
use crate::domain::policy::{Policy, Strategy};
use crate::domain::rollout::Rollout;
use plan::Plan;
use refusal::Refusal;
use request::Request;

/// The pure code for one strategy.
pub trait Engine: Sync {
    /// Whether these objects are laid out for this strategy.
    fn detect(&self, seen: &Snapshot, policy: &Policy) -> bool;

    /// What is happening, read from the objects.
    fn read(&self, seen: &Snapshot, policy: &Policy) -> Rollout;

    /// The steps to the goal, from one fresh reading; or why there are none.
    fn plan(&self, request: &Request, seen: &Snapshot, policy: &Policy) -> Result<Plan, Refusal>;
}

/// The engine of an environment.
pub fn engine(policy: &Policy) -> &'static dyn Engine {
    match policy.strategy {
        Strategy::Canary(_) => &canary::Canary,
    }
}
