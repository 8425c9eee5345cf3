//! Watches a whole namespace once, for all services that live in it, and tells each of them as whole snapshots.
//!
//! Invariants: one list and one watch per kind, however many services; no snapshot before every kind was listed; what changed
//! is told of the services that it concerns and of no others; while a kind cannot be followed the fault is what was told last.

mod change;
mod held;
mod index;
mod session;

use super::follow::Pace;
use crate::config::settings::Environment;
use crate::domain::event::SourceEvent;
use crate::domain::ids::Target;
use crate::domain::place::Place;
use crate::domain::policy::Strategy;
use crate::domain::traffic::Track;
use crate::sources::Clock;
use std::sync::Arc;
use tokio::sync::{mpsc, watch as latest};

/// A service that lives in the namespace: the names of its objects.
#[derive(Clone, Debug)]
pub struct Member {
    target: Target,
    deployments: Vec<(Track, String)>,
    container: String,
    route: Option<String>,
    record: String,
}

impl Member {
    /// The objects of an environment.
    pub fn new(target: Target, environment: &Environment) -> Self {
        let strategy: &Strategy = &environment.policy.strategy;
        let owned = |(track, name): (Track, &str)| (track, name.to_owned());
        Self {
            record: target.record_name(),
            target,
            deployments: strategy.deployments().into_iter().map(owned).collect(),
            container: strategy.container().to_owned(),
            route: strategy.route().map(str::to_owned),
        }
    }
}

/// What is watched, and how.
#[derive(Clone)]
pub struct Namespace {
    /// Without a read timeout: watches are silent for long.
    pub client: kube::Client,
    /// Which one.
    pub place: Place,
    /// Its services.
    pub members: Arc<[Member]>,
    /// How patient.
    pub pace: Pace,
    /// The time.
    pub clock: Clock,
}

/// Watches until `out` is closed. The service that `open` names is told at once, and with the templates of all its earlier
/// versions.
pub async fn watch(
    watched: Namespace,
    open: latest::Receiver<Option<Target>>,
    out: mpsc::Sender<SourceEvent>,
) {
    session::Session::new(watched, open).run(&out).await;
}
