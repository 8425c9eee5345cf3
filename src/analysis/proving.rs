//! A release on its way to the mark, as one observer sees it: which release, since when, and what became of its pods.
//!
//! Invariants: only a release that takes all traffic while no plan is under way is on its way; a restart or a broken goal
//! stays; availability that was not seen is not assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::good::{Proof, Window, prove};
use super::window::Series;
use crate::domain::cluster::Pod;
use crate::domain::counters::Side;
use crate::domain::record::{Ended, Record, Release};
use crate::domain::rollout::{Rollout, TrackState};
use crate::domain::traffic::Weight;

/// A release that serves alone and does not bear the mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proving {
    /// Its number in the record.
    pub revision: u64,
    /// What people call it.
    pub tag: String,
    /// The side whose pods it runs on.
    pub side: Side,
    /// Since when it takes all traffic.
    pub since: Timestamp,
    /// Since when all its pods were seen available.
    settled_at: Option<Timestamp>,
    /// Restarts that each pod had when it was first seen.
    restarts: BTreeMap<String, u32>,
    /// What went wrong for good.
    failed: Option<String>,
}

impl Proving {
    /// The release that is on its way now, unseen yet.
    pub fn of(record: &Record, rollout: &Rollout) -> Option<Self> {
        if record.current.is_some() || rollout.weight_set_by.is_some() {
            return None;
        }
        let weight = rollout.split.map(|split| split.canary);
        let (side, track) = match (&rollout.candidate, &rollout.stable) {
            (Some(candidate), _) if weight == Some(Weight::FULL) && !rollout.finish_begun => {
                (Side::Canary, candidate)
            }
            (None, Some(stable)) if weight.is_none_or(|weight| weight == Weight::ZERO) => {
                (Side::Stable, stable)
            }
            _ => return None,
        };
        let release = record.release_of(&track.image)?;
        let is_serving = matches!(release.ended, Ended::Running | Ended::Promoted);
        (is_serving && release.good.is_none()).then(|| Self {
            revision: release.revision,
            tag: release.tag().to_owned(),
            side,
            since: alone_since(record, release, side),
            settled_at: None,
            restarts: BTreeMap::new(),
            failed: None,
        })
    }

    /// Whether `other` is the same release on the same pods.
    pub fn goes_on_as(&self, other: &Self) -> bool {
        (self.revision, self.side, self.since) == (other.revision, other.side, other.since)
    }

    /// Its pods are not seen any more: availability must be seen anew.
    pub fn lose_sight(&mut self) {
        self.settled_at = None;
    }

    /// Looks at its pods.
    pub fn see(&mut self, rollout: &Rollout) {
        let Some(track) = rollout.side(self.side) else {
            self.settled_at = None;
            return;
        };
        let is_first = self.restarts.is_empty();
        for pod in rollout
            .pods
            .iter()
            .filter(|pod| pod.track == self.side && !pod.deleting)
        {
            let known = self
                .restarts
                .entry(pod.name.clone())
                .or_insert(if is_first { pod.restarts } else { 0 });
            let ended_since = pod
                .last_end
                .as_ref()
                .and_then(|(_, at)| *at)
                .is_some_and(|at| at >= self.since);
            if pod.restarts > *known || (pod.restarts > 0 && ended_since) {
                self.failed.get_or_insert_with(|| restarted(pod));
            }
        }
        if !is_complete(rollout, track, self.side) {
            self.settled_at = None;
        } else if self.settled_at.is_none() {
            self.settled_at = Some(if is_first && self.was_there(rollout) {
                self.since
            } else {
                rollout.at.max(self.since)
            });
        }
    }

    /// How far it is. A failure stays.
    pub fn judge(&mut self, series: &Series, rollout: &Rollout, window: &Window<'_>) -> Proof {
        if let Some(why) = &self.failed {
            return Proof::Failed { why: why.clone() };
        }
        let Some(settled_at) = self.settled_at else {
            let seen = rollout
                .side(self.side)
                .map_or((0, 0), |track| (track.available, track.desired));
            return Proof::Waiting {
                missing: format!("{} of {} pods available", seen.0, seen.1),
                until: None,
            };
        };
        let window = Window {
            since: settled_at,
            ..*window
        };
        let proof = prove(series.points(self.side), &window);
        let coverage = series.coverage(self.side);
        match &proof {
            Proof::Failed { why } => self.failed = Some(why.clone()),
            Proof::Earned { .. } if coverage.read < coverage.asked => {
                return Proof::Waiting {
                    missing: format!(
                        "{} of {} pods' metrics were read",
                        coverage.read, coverage.asked
                    ),
                    until: None,
                };
            }
            Proof::Earned { .. } | Proof::Waiting { .. } => {}
        }
        proof
    }

    /// Its pods have run since before it served alone.
    fn was_there(&self, rollout: &Rollout) -> bool {
        rollout
            .pods
            .iter()
            .filter(|pod| pod.track == self.side && !pod.deleting)
            .all(|pod| pod.ready && pod.started_at.is_some_and(|at| at <= self.since))
    }
}

/// Since when the record says that it takes all traffic.
fn alone_since(record: &Record, release: &Release, side: Side) -> Timestamp {
    let known = match side {
        Side::Canary => record.step_started_at,
        Side::Stable => release.alone_since,
    };
    known.unwrap_or(release.deployed_at)
}

/// All wanted pods are there, available, and of the present template.
fn is_complete(rollout: &Rollout, track: &TrackState, side: Side) -> bool {
    let is_present =
        |pod: &Pod| pod.deleting || track.hash.as_ref().is_none_or(|hash| *hash == pod.hash);
    track.desired > 0
        && track.available >= track.desired
        && rollout
            .pods
            .iter()
            .filter(|pod| pod.track == side)
            .all(is_present)
}

fn restarted(pod: &Pod) -> String {
    match &pod.last_end {
        Some((reason, _)) => format!(
            "{} restarted within the window: {}",
            pod.name,
            reason.shown()
        ),
        None => format!("{} restarted within the window", pod.name),
    }
}
