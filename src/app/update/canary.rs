//! The evidence on the candidate: begun with it, fed with each scrape, judged by what the record fixed.

use super::good::may_write;
use crate::analysis::canary::Watched;
use crate::analysis::preflight::preflight;
use crate::analysis::signals::Signals;
use crate::analysis::watched::{Beginning, fix};
use crate::app::asking::Asking;
use crate::app::canary_watch::{CanaryWatch, recorded_watch, rules};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::proof::Mark;
use crate::domain::amendment::{Adds, Amended, Amendment};
use crate::domain::counters::Side;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::record::Record;
use jiff::Timestamp;
use std::time::Duration;

/// Over which time today's traffic is looked at.
const LATELY: Duration = Duration::from_secs(15 * 60);
/// Intervals after which a run is one that watches: a command that asks, acts and ends writes nothing by the way.
const FEWEST: usize = 10;

/// Another candidate, or none: nothing of the one before counts.
pub(super) fn begin(model: &mut Model) {
    // What a query said of the candidate before is no answer of this one.
    model.reading.signals = Signals::NONE;
    model.reading.canary = CanaryWatch {
        begun: model.reading.weights.len().saturating_sub(1),
        ..CanaryWatch::default()
    };
}

/// Takes the intervals that closed since the last look.
pub(super) fn follow(model: &mut Model) {
    let Some(revision) = revision(model) else {
        return;
    };
    let Some(watched) = watched(model, revision) else {
        return;
    };
    let Some(environment) = model.environment() else {
        return;
    };
    let rules = rules(environment, &watched);
    model.reading.canary.watched = Some(watched);
    let reading = &mut model.reading;
    let steps = reading
        .weights
        .get(reading.canary.begun..)
        .unwrap_or_default();
    reading
        .canary
        .evidence
        .follow(reading.series.intervals(), steps, &rules);
}

/// The number of the candidate's release; 0 where it is not recorded. `None` without a candidate.
fn revision(model: &Model) -> Option<u64> {
    let rollout = model.reading.rollout.as_ref()?;
    let candidate = rollout.candidate.as_ref()?;
    let release = record(model).and_then(|record| record.release_of(&candidate.image));
    Some(release.map_or(0, |release| release.revision))
}

/// When the candidate's release began; now where it is not recorded.
fn deployed_at(model: &Model) -> Timestamp {
    let rollout = model.reading.rollout.as_ref();
    let candidate = rollout.and_then(|rollout| rollout.candidate.as_ref());
    let release = candidate.and_then(|candidate| record(model)?.release_of(&candidate.image));
    release.map_or(model.now, |release| release.deployed_at)
}

fn record(model: &Model) -> Option<&Record> {
    model.feeds.cluster.value.as_ref()?.record.record()
}

/// What was fixed for this release; `None` while nothing was read.
fn watched(model: &Model, revision: u64) -> Option<Watched> {
    let series = &model.reading.series;
    let release = Beginning {
        revision,
        at: deployed_at(model),
        stable: series.since_start(Side::Stable)?,
        bursts: series.bursts(),
    };
    let assurance = &model.environment()?.policy.assurance;
    let recorded = record(model).and_then(recorded_watch);
    Some(model.reading.canary.settle(recorded, &release, assurance))
}

/// What the steps of a release that begins now can show.
pub(super) fn preflight_lines(model: &Model) -> Vec<String> {
    let series = &model.reading.series;
    let stable = series.recent(Side::Stable, LATELY);
    let rules = series.since_start(Side::Stable).and_then(|stable| {
        let environment = model.environment()?;
        let release = Beginning {
            revision: 0,
            at: model.now,
            stable,
            bursts: series.bursts(),
        };
        let watched = fix(&release, &environment.policy.assurance);
        Some(rules(environment, &watched))
    });
    rules
        .filter(|rules| !rules.steps.is_empty())
        .map_or_else(Vec::new, |rules| preflight(&rules, &stable))
}

/// Writes what this run fixed, so that whoever looks later judges alike.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let Some(watched) = model.reading.canary.watched.clone() else {
        return Vec::new();
    };
    let is_to_write = model.reading.canary.mark.is_due(model.now);
    let is_idle = record(model).is_some_and(|record| record.current.is_none());
    let has_watched = model.asking == Asking::Nothing
        && model
            .reading
            .canary
            .evidence
            .judge()
            .is_some_and(|judge| judge.taken() >= FEWEST);
    if watched.revision == 0 || !(is_to_write && is_idle && has_watched && may_write(model)) {
        return Vec::new();
    }
    if record(model)
        .and_then(recorded_watch)
        .is_some_and(|known| known.revision == watched.revision)
    {
        model.reading.canary.mark = Mark::Written;
        return Vec::new();
    }
    let Ok(value) = serde_json::to_value(&watched) else {
        return Vec::new();
    };
    let id = model.ids.request();
    model.reading.canary.mark = Mark::Asked(id);
    let amendment = Amendment {
        revision: watched.revision,
        adds: Adds::Watched(value),
    };
    vec![Effect::Amend(id, amendment)]
}

/// It was written, or could not be. `false`: the answer is not to this.
pub(super) fn fixed(model: &mut Model, id: RequestId, result: &Result<Amended, Notice>) -> bool {
    let now = model.now;
    let canary = &mut model.reading.canary;
    if canary.mark != Mark::Asked(id) {
        return false;
    }
    canary.mark = match result {
        Ok(Amended::Written | Amended::MarkedBy(_)) => Mark::Written,
        Ok(Amended::Moved(why)) => Mark::Failed(now, why.as_str().into()),
        Err(notice) => Mark::Failed(now, notice.summary.as_str().into()),
    };
    true
}
