//! Which run belongs to the release in view, and how its five gates stand.

use crate::analysis::gates::{Dialect, GateMap, Named, OwnRule, Place};
use crate::app::model::Model;
use crate::config::settings::{CiKind, CiProject, Settings};
use crate::domain::artifact::Image;
use crate::domain::gate::Gate;
use crate::domain::ids::ServiceName;
use crate::domain::pipeline::{Job, Run, RunId, Stage, State};
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The run in view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strip {
    /// The run.
    pub run: RunId,
    /// Why this one.
    pub link: Link,
    /// Its gates, in their order.
    pub gates: Vec<GateReading>,
}

/// Why a run is taken for that of the release in view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// It is under way and newer than what runs in the environment.
    UnderWay,
    /// The record names it.
    Record,
    /// The image's tag, or the record, has its commit.
    Commit,
    /// The image's tag ends in its number: likely.
    Number,
    /// It is the newest; what it has to do with the release is not known: likely.
    Newest,
}

impl Link {
    /// Whether it is a guess.
    pub fn is_likely(self) -> bool {
        match self {
            Self::UnderWay | Self::Record | Self::Commit => false,
            Self::Number | Self::Newest => true,
        }
    }

    /// Whether the run made what runs in the environment.
    pub fn made_the_release(self) -> bool {
        match self {
            Self::Record | Self::Commit | Self::Number => true,
            Self::UnderWay | Self::Newest => false,
        }
    }
}

/// How a gate stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReading {
    /// The gate.
    pub gate: Gate,
    /// What its jobs amount to; `None` where the run has none of it.
    pub state: Option<State>,
    /// Since when: of what goes on its start, else its end.
    pub since: Option<Timestamp>,
    /// The job that decides, in words: the failed, waiting or running one.
    pub job: Option<String>,
}

/// The run of the release in view, newest first among equals.
pub fn linked(model: &Model, runs: &[Run]) -> Option<(RunId, Link)> {
    let newest = runs.first()?;
    let rollout = model.reading.rollout.as_ref();
    let image = rollout.and_then(|rollout| {
        let track = rollout.candidate.as_ref().or(rollout.stable.as_ref())?;
        Some(&track.image)
    });
    let made = image.and_then(|image| of_image(model, runs, image));
    let place = |id: &RunId| runs.iter().position(|run| run.id == *id);
    let before = made
        .as_ref()
        .and_then(|(id, _)| place(id))
        .unwrap_or(usize::MAX);
    let under_way = runs
        .iter()
        .position(|run| !run.state.is_over())
        .filter(|at| *at < before)
        .and_then(|at| runs.get(at));
    match (under_way, made) {
        (Some(run), _) => Some((run.id.clone(), Link::UnderWay)),
        (None, Some(made)) => Some(made),
        (None, None) => Some((newest.id.clone(), Link::Newest)),
    }
}

fn of_image(model: &Model, runs: &[Run], image: &Image) -> Option<(RunId, Link)> {
    let record = crate::app::releases::record(model);
    let release = record.and_then(|record| record.release_of(image));
    let told = release.and_then(|release| release.run.as_ref());
    if let Some(run) = told.and_then(|told| named(runs, told.shown())) {
        return Some((run.id.clone(), Link::Record));
    }
    let commit = release.and_then(|release| release.commit.as_ref());
    let parts = image.tag.as_deref().unwrap_or_default();
    let parts = || parts.split(['-', '_', '+', '.']);
    let has_commit = |run: &&Run| {
        let whole = run.commit.as_ref().map_or("", |commit| commit.shown());
        let begins = |part: &str| {
            let part = part.strip_prefix('g').unwrap_or(part);
            part.len() >= 7 && whole.starts_with(part)
        };
        commit.is_some_and(|commit| begins(commit.shown())) || parts().any(begins)
    };
    if let Some(run) = runs.iter().find(has_commit) {
        return Some((run.id.clone(), Link::Commit));
    }
    // A dot divides a version: the 7 of v1.2.7 is no run's number.
    let (_, last) = image.tag.as_deref()?.rsplit_once(['-', '_', '+'])?;
    let by_number = runs
        .iter()
        .find(|run| run.number.is_some_and(|number| number.to_string() == last));
    by_number.map(|run| (run.id.clone(), Link::Number))
}

/// The run that the record names: by its id, below a branch by both as its server tells them to a job, or by a number that only
/// one of the runs has.
fn named<'r>(runs: &'r [Run], told: &str) -> Option<&'r Run> {
    let below_branch = |run: &Run| {
        Some(format!(
            "{}/{}",
            run.reference.as_ref()?.shown(),
            run.number?
        ))
    };
    let by_id = runs
        .iter()
        .find(|run| run.id.as_str() == told || below_branch(run).as_deref() == Some(told));
    let mut numbered = runs.iter().filter(|run| run.label() == told);
    by_id.or_else(|| numbered.next().filter(|_| numbered.next().is_none()))
}

/// The five gates of a run. Where the team's own map cannot be used, the built-in rules stand alone.
pub fn read_gates(model: &Model, run: &Run) -> Vec<GateReading> {
    let placed = placed(&model.settings, &model.target.service, run);
    Gate::ALL
        .into_iter()
        .map(|gate| {
            let own = placed
                .iter()
                .filter(|(place, _)| *place == Place::Gate(gate));
            reading(gate, &own.map(|(_, job)| *job).collect::<Vec<_>>())
        })
        .collect()
}

/// Where each job of a run leads, in their order.
pub(super) fn placed<'r>(
    settings: &Settings,
    service: &ServiceName,
    run: &'r Run,
) -> Vec<(Place, &'r Job)> {
    let project = settings.pipeline(service);
    let own = project.map_or_else(Vec::new, |(_, project)| own_rules(project).collect());
    let dialect = dialect(project.map(|(source, _)| source.kind));
    let Ok(map) = GateMap::new(&own).or_else(|_| GateMap::new(&[])) else {
        return Vec::new();
    };
    run.jobs()
        .map(|(stage, job)| (place(&map, dialect, (run, stage, job)), job))
        .collect()
}

/// The team's own map, as it is written in the config.
pub fn own_rules(project: &CiProject) -> impl Iterator<Item = OwnRule> {
    project.gates.iter().map(|rule| OwnRule {
        name: rule.name.clone(),
        gate: rule.gate,
    })
}

/// How a provider composes names; one that is not known as most do.
pub fn dialect(provider: Option<CiKind>) -> Dialect {
    match provider {
        None => Dialect::default(),
        Some(CiKind::GitHub | CiKind::Gitea | CiKind::Forgejo) => Dialect::Called,
        Some(CiKind::GitLab | CiKind::Jenkins) => Dialect::Plain,
    }
}

fn place(map: &GateMap, dialect: Dialect, (run, stage, job): (&Run, &Stage, &Job)) -> Place {
    let around = [stage.name.shown(), run.name.shown()];
    // A stage that only groups a job's own parts says nothing more.
    let around = if stage.jobs.len() == 1 {
        &around[1..]
    } else {
        &around[..]
    };
    let steps: Vec<&str> = job.steps.iter().map(|step| step.name.shown()).collect();
    let named = Named {
        name: job.name.shown(),
        environment: job.environment.as_ref().map(Text::shown),
        around,
        steps: &steps,
        dialect,
    };
    map.place(&named).place
}

fn reading(gate: Gate, jobs: &[&Job]) -> GateReading {
    let state = State::fold(jobs.iter().map(|job| &job.state));
    let deciding = jobs.iter().find(|job| Some(&job.state) == state.as_ref());
    let starts = jobs.iter().filter_map(|job| job.span.started);
    let ends = jobs.iter().filter_map(|job| job.span.ended);
    let since = match &state {
        Some(State::NeedsHuman) => deciding.and_then(|job| job.span.created),
        Some(state) if state.is_over() => ends.max(),
        Some(State::Running | State::Queued | State::Unknown(_)) => starts.min(),
        Some(_) | None => None,
    };
    GateReading {
        gate,
        job: deciding
            .filter(|job| !matches!(job.state, State::Passed | State::Skipped))
            .map(|job| job.name.shown().to_owned()),
        state,
        since,
    }
}
