//! What should be watched now, derived from the model.

use super::model::Model;
use crate::domain::ids::Target;
use crate::domain::traffic::Track;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A wanted source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sub {
    /// Watch the environment's objects.
    Cluster(Target),
    /// Scrape these pods. A change of the list reaches the running task; it does not start anew.
    Metrics(Target, Vec<PodRef>),
    /// Follow the Lease of the pilots.
    Lease(Target),
    /// Ask now and then what may be done.
    Rights(Target),
    /// Ask the demo world at this control URL what harm is really done.
    GroundTruth(Target, String),
    /// A tick a second.
    Clock,
}

/// A pod to scrape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PodRef {
    /// Its name.
    pub name: String,
    /// Its side.
    pub track: Track,
}

/// What should be watched now.
pub fn subscriptions(model: &Model) -> BTreeSet<Sub> {
    let target = &model.target;
    let mut wanted = BTreeSet::from([
        Sub::Clock,
        Sub::Cluster(target.clone()),
        Sub::Lease(target.clone()),
        Sub::Rights(target.clone()),
    ]);
    if let Some(rollout) = &model.reading.rollout {
        let mut pods: Vec<PodRef> = rollout
            .pods
            .iter()
            .filter(|pod| pod.started_at.is_some())
            .map(|pod| PodRef {
                name: pod.name.clone(),
                track: pod.track,
            })
            .collect();
        pods.sort();
        wanted.insert(Sub::Metrics(target.clone(), pods));
    }
    if let Some(drill) = &model.drill {
        wanted.insert(Sub::GroundTruth(target.clone(), drill.control.clone()));
    }
    wanted
}
