//! What should be watched now, derived from the model.

use super::fleet::{Fleet, MetricsKind, Opened, Reach, Row};
use super::model::Model;
use super::screen::Screen;
use super::{pipeline, pod_logs, releases};
use crate::domain::cluster::Pod;
use crate::domain::ids::Target;
use crate::domain::pipeline::{JobId, RunId};
use crate::domain::place::Place;
use crate::domain::pod_log::LogFocus;
use crate::domain::traffic::Track;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A wanted source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sub {
    /// Watch the environment's objects.
    Cluster(Target),
    /// Watch a namespace as a whole, once for all services in it; the one named, if any, is told with all its history. Another
    /// name reaches the running task; it does not start anew.
    Namespace(Place, Option<Target>),
    /// Ask the Prometheuses of a namespace's services for the numbers of all of them.
    Recorded(Place),
    /// Scrape these pods. A change of the list reaches the running task; it does not start anew.
    Metrics(Target, Vec<PodRef>),
    /// Follow the Lease of the pilots.
    Lease(Target),
    /// Ask now and then what may be done.
    Rights(Target),
    /// Ask the demo world at this control URL what harm is really done.
    GroundTruth(Target, String),
    /// Watch the service's pipeline. What is looked at closer reaches the running task.
    Pipeline(Target, PipelineFocus),
    /// Read and follow this job's log.
    JobLog(Target, RunId, JobId),
    /// Read these pods' logs again and again, and those of the pods that they are compared with. A change of the lists reaches
    /// the running task.
    PodLogs(Target, LogFocus, Vec<String>, Vec<String>),
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

impl PodRef {
    /// Those of `pods` that have begun, in their order.
    pub(super) fn of<'p>(pods: impl IntoIterator<Item = &'p Pod>) -> Vec<Self> {
        let mut refs: Vec<Self> = pods
            .into_iter()
            .filter(|pod| pod.started_at.is_some())
            .map(|pod| Self {
                name: pod.name.clone(),
                track: pod.track,
            })
            .collect();
        refs.sort();
        refs
    }
}

/// What of a pipeline is looked at closer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PipelineFocus {
    /// The open run.
    pub run: Option<RunId>,
    /// Commits, or their beginnings, of the releases in view.
    pub commits: Vec<String>,
    /// Grows with every wish for news.
    pub hurry: u64,
}

/// What should be watched now.
pub fn subscriptions(model: &Model) -> BTreeSet<Sub> {
    let mut wanted = BTreeSet::from([Sub::Clock]);
    match model.fleet.reach {
        Reach::One => {
            wanted.insert(Sub::Cluster(model.target.clone()));
        }
        Reach::All => all(model, &mut wanted),
    }
    match model.fleet.opened {
        Opened::Nothing => {}
        Opened::Target => opened(model, &mut wanted),
    }
    if let Some(drill) = &model.drill {
        let target = model.target.clone();
        wanted.insert(Sub::GroundTruth(target, drill.control.clone()));
    }
    wanted.extend(of_the_pipeline(model));
    if model.ui.screen == Screen::Logs {
        let focus = model.pod_logs.focus;
        let own = pod_logs::pods(model, focus.track);
        let others = pod_logs::compared_with(model);
        wanted.insert(Sub::PodLogs(model.target.clone(), focus, own, others));
    }
    wanted
}

fn of_the_pipeline(model: &Model) -> Vec<Sub> {
    if !pipeline::is_configured(model) {
        return Vec::new();
    }
    let (target, slice) = (&model.target, &model.pipeline);
    let mut wanted = vec![Sub::Pipeline(
        target.clone(),
        PipelineFocus {
            run: slice.chosen.clone(),
            commits: commits(model),
            hurry: slice.hurry,
        },
    )];
    if let (Screen::Pipeline, Some(run), Some(job), true) = (
        model.ui.screen,
        slice.run(),
        slice.log_of.clone(),
        slice.log_is_there(),
    ) {
        wanted.push(Sub::JobLog(target.clone(), run.id.clone(), job));
    }
    wanted
}

/// The commits that the record knows of the releases in view.
fn commits(model: &Model) -> Vec<String> {
    let rollout = model.reading.rollout.as_ref();
    let tracks = rollout
        .into_iter()
        .flat_map(|rollout| rollout.candidate.iter().chain(&rollout.stable));
    let record = releases::record(model);
    let commit = |track: &crate::domain::rollout::TrackState| {
        let release = record?.release_of(&track.image)?;
        Some(release.commit.as_ref()?.shown().to_owned())
    };
    tracks.filter_map(commit).collect()
}

/// What the open service wants beside its objects.
fn opened(model: &Model, wanted: &mut BTreeSet<Sub>) {
    let target = &model.target;
    wanted.insert(Sub::Lease(target.clone()));
    wanted.insert(Sub::Rights(target.clone()));
    let Some(rollout) = &model.reading.rollout else {
        return;
    };
    let pods = PodRef::of(&rollout.pods);
    wanted.insert(Sub::Metrics(target.clone(), pods));
}

/// Every namespace once; numbers of all services that a Prometheus knows, and of the pods of those under way.
fn all(model: &Model, wanted: &mut BTreeSet<Sub>) {
    let fleet = &model.fleet;
    let is_open = |row: &Row| fleet.opened == Opened::Target && row.target == model.target;
    let open = fleet.rows.iter().find(|row| is_open(row));
    for (at, (place, _)) in fleet.places.iter().enumerate() {
        if fleet.one_by_one.contains(&at) {
            let rows = fleet.rows.iter().filter(|row| row.place == at);
            wanted.extend(rows.map(|row| Sub::Cluster(row.target.clone())));
            continue;
        }
        let open = open.filter(|row| row.place == at);
        let open = open.map(|row| row.target.clone());
        wanted.insert(Sub::Namespace(place.clone(), open));
    }
    wanted.extend(recorded(fleet));
    let under_way = fleet
        .rows
        .iter()
        .filter(|row| row.source == MetricsKind::Pods && !row.pods.is_empty() && !is_open(row));
    wanted.extend(under_way.map(|row| Sub::Metrics(row.target.clone(), row.pods.clone())));
}

fn recorded(fleet: &Fleet) -> impl Iterator<Item = Sub> + '_ {
    let places = fleet.places.iter().enumerate();
    places
        .filter(|(at, _)| {
            let own = |row: &&Row| row.place == *at && row.source == MetricsKind::Prometheus;
            fleet.rows.iter().any(|row| own(&row))
        })
        .map(|(_, (place, _))| Sub::Recorded(place.clone()))
}
