//! The pipeline: its states, its providers, its screens.

mod conveyor;
mod economy;
mod folding;
mod github;
mod screens;

use crate::support::DemoWorld;
use flightdeck::config::settings::{CiKind, CiProject, CiSource};
use flightdeck::runtime::wire::{self, Proxy};
use flightdeck::sources::ci::Provider;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A provider with a directory of its own for kept answers.
pub struct Provided {
    pub provider: Arc<dyn Provider>,
    kept: Arc<TempDir>,
}

impl Provided {
    /// Another one with the same kept answers, as after a restart.
    pub fn again(&self, demo: &DemoWorld) -> Self {
        Self {
            provider: open(demo, &self.kept),
            kept: Arc::clone(&self.kept),
        }
    }
}

/// The demo world's own CI server.
pub fn provider(demo: &DemoWorld) -> Provided {
    let kept = Arc::new(tempfile::tempdir().unwrap());
    Provided {
        provider: open(demo, &kept),
        kept,
    }
}

fn open(demo: &DemoWorld, kept: &TempDir) -> Arc<dyn Provider> {
    let source = CiSource {
        name: "demo".to_owned(),
        kind: CiKind::GitHub,
        url: demo.world.info().ci.clone().unwrap(),
        token: None,
        user: None,
        interval: Duration::from_secs(5),
    };
    let project = CiProject {
        source: "demo".to_owned(),
        project: "shop/checkout".to_owned(),
        branch: None,
        gates: Vec::new(),
    };
    wire::pipeline(&source, &project, kept.path(), Proxy::Never).unwrap()
}

/// Any time.
pub fn released() -> jiff::Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}
