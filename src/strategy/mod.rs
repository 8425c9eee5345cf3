//! Engines: pure code that reads an environment and plans a goal.
//!
//! Invariants: an engine never does I/O and never reads a clock; a plan leaves no choice to whoever carries it out; every
//! write in a plan carries a guard; a finished plan made again is a refusal or has nothing to do.

#![deny(clippy::disallowed_methods)]

pub mod canary;
mod cautions;
pub mod changes;
mod checks;
mod confirm;
pub mod cut_off;
mod declare;
mod deployable;
pub mod describe;
mod drafted;
mod earlier;
mod fingerprint;
pub mod goal;
mod inverted;
mod ledger;
mod pace;
pub mod pilot;
pub mod plan;
pub mod record_change;
pub mod refusal;
pub mod request;
pub mod rolling;
mod side;
mod smoke;
pub mod step;
mod troubles;

use crate::domain::cluster::Snapshot;
use crate::domain::policy::{Policy, Strategy};
use crate::domain::rollout::Rollout;
use plan::Plan;
use refusal::Refusal;
use request::Request;

/// The pure code for one strategy: how to read and plan an environment that has these objects.
pub trait Engine: Sync {
    /// Whether these objects are laid out for this strategy.
    fn detect(&self, seen: &Snapshot) -> bool;

    /// What is happening, read from the objects.
    fn read(&self, seen: &Snapshot) -> Rollout;

    /// The steps to the goal, from one fresh reading; or why there are none. `policy` is the environment's.
    fn plan(&self, request: &Request, seen: &Snapshot, policy: &Policy) -> Result<Plan, Refusal>;
}

/// The engine of an environment.
pub fn engine(policy: &Policy) -> &dyn Engine {
    match &policy.strategy {
        Strategy::Canary(canary) => canary,
        Strategy::Rolling(rolling) => rolling,
    }
}
