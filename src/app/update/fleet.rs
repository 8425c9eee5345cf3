//! The fleet: news of any service, and going from one to another.

use super::{black_box, feeds, pilot};
use crate::analysis::composed::{Numbers, judge_canary};
use crate::analysis::watched::Beginning;
use crate::analysis::window::Freshness;
use crate::app::canary_watch::{CanaryWatch, rules};
use crate::app::cut_off::Asked;
use crate::app::effect::Effect;
use crate::app::fleet::{
    Looked, MetricsKind, Opened, Reach, Row, Sort, chosen, listed, listing_step,
};
use crate::app::intent::Motion;
use crate::app::model::Model;
use crate::app::proof::{Mark, Remark, Smoke};
use crate::app::screen::{Level, Overlay, Screen, Subject};
use crate::config::settings::{Environment, Settings};
use crate::domain::cluster::Snapshot;
use crate::domain::counters::Scrape;
use crate::domain::event::{EffectEvent, PlanEvent, SourceEvent};
use crate::domain::feed::{FaultKind, FeedFault, FeedName};
use crate::domain::ids::{RequestId, Target};
use crate::domain::place::Place;
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Track;
use crate::strategy::engine;
use jiff::Timestamp;

/// Folds news into the rows, before the open service takes what is its own.
pub(super) fn take(model: &mut Model, news: &SourceEvent) {
    match news {
        SourceEvent::ClusterRead(target, snapshot) if model.fleet.reach == Reach::All => {
            read(model, target, snapshot);
        }
        SourceEvent::FeedFailed(target, FeedName::Cluster, fault) => {
            if let Some(row) = model.fleet.row_mut(target) {
                row.fault = Some(fault.clone());
            }
        }
        SourceEvent::FeedFailed(target, FeedName::Metrics, fault) => {
            if let Some(row) = model.fleet.row_mut(target) {
                row.series.miss();
                row.numbers.fail(fault.clone());
            }
            judge(model, target);
        }
        SourceEvent::FeedSeen(target, FeedName::Cluster) => {
            if let Some(row) = model.fleet.row_mut(target) {
                // Its watch says so only while nothing it follows fails.
                row.fault = None;
                let place = row.place;
                touch(model, place);
            }
        }
        SourceEvent::FeedSeen(target, FeedName::Metrics) => {
            let now = model.now;
            if let Some(row) = model.fleet.row_mut(target) {
                row.numbers.touch(now);
            }
        }
        SourceEvent::Scraped(target, scrape) if model.fleet.reach == Reach::All => {
            scraped(model, target, scrape);
        }
        SourceEvent::PlaceSeen(place) => seen(model, place),
        SourceEvent::PlaceFailed(place, fault) => failed(model, place, fault),
        SourceEvent::ClusterRead(..)
        | SourceEvent::Scraped(..)
        | SourceEvent::Backfilled(..)
        | SourceEvent::RightsRead(..)
        | SourceEvent::IdentityRead(..)
        | SourceEvent::GuardrailsRead(..)
        | SourceEvent::HarmCounted(..)
        | SourceEvent::FeedSeen(_, FeedName::Ci)
        | SourceEvent::FeedFailed(_, FeedName::Ci, _)
        | SourceEvent::PipelinesRead(..)
        | SourceEvent::JobLogRead(..)
        | SourceEvent::PodLogRead(..)
        | SourceEvent::LeaseSeen(..)
        | SourceEvent::Noted(..) => {}
    }
}

fn read(model: &mut Model, target: &Target, snapshot: &Snapshot) {
    let Some(environment) = model.settings.environment(target) else {
        return;
    };
    let rollout = engine(&environment.policy).read(snapshot);
    if let Some(row) = model.fleet.row_mut(target) {
        step_marks(row, &rollout);
        row.read(rollout, snapshot.record.record());
        let place = row.place;
        touch(model, place);
    }
}

/// Another candidate begins the comparison anew, another weight a step of it.
fn step_marks(row: &mut Row, after: &Rollout) {
    let Some(before) = &row.rollout else {
        let since = after.step.and_then(|step| step.started_at);
        row.weights.extend(
            after
                .split
                .map(|split| (since.unwrap_or(after.at), split.canary)),
        );
        return;
    };
    let image = |rollout: &Rollout| rollout.candidate.as_ref().map(|side| side.image.clone());
    if image(before) != image(after) {
        row.series.begin_comparison();
        row.canary = CanaryWatch {
            begun: row.weights.len().saturating_sub(1),
            ..CanaryWatch::default()
        };
    }
    if before.split != after.split {
        row.series.mark_step(after.at);
        row.weights
            .extend(after.split.map(|split| (after.at, split.canary)));
    }
}

fn scraped(model: &mut Model, target: &Target, scrape: &Scrape) {
    if let Some(row) = model.fleet.row_mut(target) {
        row.series.push(scrape);
        row.numbers.take((), scrape.at);
    }
    judge(model, target);
}

/// What a row's numbers say of its candidate. The open service is judged by all that is known of it, and tells its row.
fn judge(model: &mut Model, target: &Target) {
    let now = model.now;
    let Some(environment) = model.settings.environment(target) else {
        return;
    };
    let goals = environment.policy.goals;
    let row = model
        .fleet
        .rows
        .iter_mut()
        .find(|row| row.target == *target);
    let Some(row) = row.filter(|row| row.is_under_way()) else {
        return;
    };
    follow(row, environment, now);
    let series = &row.series;
    let (canary, stable) = (
        series.since_step(Track::Canary),
        series.since_step(Track::Stable),
    );
    let freshness = series.freshness(now);
    let whole = series
        .since_start(Track::Canary)
        .zip(series.since_start(Track::Stable));
    let (canary, stable, freshness) = match (whole, series.last_read(Track::Canary)) {
        (Some((canary, stable)), Some(at)) if freshness == Freshness::Waiting => {
            (canary, stable, Freshness::Live(at))
        }
        _ => (&canary, &stable, freshness),
    };
    let numbers = Numbers {
        canary,
        stable,
        freshness,
        signals: &super::signals::of_row(row),
    };
    row.verdict = Some(judge_canary(&row.canary.evidence, &numbers, &goals));
}

/// Takes the row's intervals that closed since the last look.
fn follow(row: &mut Row, environment: &Environment, now: Timestamp) {
    let Some(stable) = row.series.since_start(Track::Stable) else {
        return;
    };
    let release = Beginning {
        revision: row.revision,
        at: row.deployed_at.unwrap_or(now),
        stable,
        bursts: row.series.bursts(),
    };
    let assurance = &environment.policy.assurance;
    let watched = row.canary.settle(row.recorded.clone(), &release, assurance);
    let rules = rules(environment, &watched);
    row.canary.watched = Some(watched);
    let steps = row.weights.get(row.canary.begun..).unwrap_or_default();
    row.canary
        .evidence
        .follow(row.series.intervals(), steps, &rules);
}

/// A sign of life of the namespace at `place` among the fleet's places.
fn touch(model: &mut Model, place: usize) {
    if let Some((_, feed)) = model.fleet.places.get_mut(place) {
        feed.take((), model.now);
    }
}

fn seen(model: &mut Model, place: &Place) {
    let mut places = model.fleet.places.iter();
    if let Some(at) = places.position(|(known, _)| known == place) {
        touch(model, at);
    }
    if !is_open_in(model, place) {
        return;
    }
    // Its place lives; what is wrong with the service itself is still so.
    let own = model
        .fleet
        .row(&model.target)
        .and_then(|row| row.fault.clone());
    match own {
        None => feeds::seen(model, FeedName::Cluster),
        own if model.feeds.cluster.fault == own => {}
        Some(fault) => feeds::failed(model, FeedName::Cluster, fault),
    }
}

fn failed(model: &mut Model, place: &Place, fault: &FeedFault) {
    let places = &mut model.fleet.places;
    let at = places.iter().position(|(known, _)| known == place);
    // Who may not list a namespace may still read what is named: the least rights are of that kind.
    if let (Some(at), FaultKind::Forbidden) = (at, fault.kind)
        && model.fleet.one_by_one.insert(at)
    {
        return;
    }
    if let Some((_, feed)) = at.and_then(|at| model.fleet.places.get_mut(at)) {
        feed.fail(fault.clone());
    }
    if is_open_in(model, place) {
        feeds::failed(model, FeedName::Cluster, fault.clone());
    }
}

fn is_open_in(model: &Model, place: &Place) -> bool {
    model.fleet.opened == Opened::Target
        && model
            .environment()
            .is_some_and(|environment| environment.place() == *place)
}

/// The open service knows more of itself than its row would: its row says the same.
pub(super) fn agree(model: &mut Model) {
    if model.fleet.reach == Reach::One || model.fleet.opened == Opened::Nothing {
        return;
    }
    let verdict = &model.reading.verdict;
    let row = model
        .fleet
        .rows
        .iter_mut()
        .find(|row| row.target == model.target);
    if let Some(row) = row.filter(|row| row.is_under_way())
        && row.verdict.as_ref() != Some(verdict)
    {
        row.verdict = Some(verdict.clone());
    }
}

/// Opens the chosen row, of those that are drawn.
pub(super) fn open_chosen(model: &mut Model) -> Vec<Effect> {
    let picture = model.picture();
    let rows = listed(&picture.fleet, picture.now);
    match chosen(&model.fleet, &rows).map(|(_, row)| row.target.clone()) {
        Some(target) => open(model, &target),
        None => Vec::new(),
    }
}

/// Opens what is looked at: from the fleet the chosen row; elsewhere it is open.
pub(super) fn open_seen(model: &mut Model) -> Vec<Effect> {
    match model.ui.screen.subject() {
        Subject::Fleet => open_chosen(model),
        Subject::Service => Vec::new(),
    }
}

/// Opens a service; what was open goes on in the background where something of it is under way.
pub(super) fn open(model: &mut Model, target: &Target) -> Vec<Effect> {
    if model.settings.environment(target).is_none() {
        return Vec::new();
    }
    if model.ui.screen == Screen::Fleet {
        model.fleet.looked = Looked::end(&model.fleet, model.now);
    }
    model.fleet.chosen = Some(target.clone());
    let effects = if model.target == *target {
        Vec::new()
    } else {
        change(model, target)
    };
    model.fleet.opened = Opened::Target;
    model.ui.screen = Screen::Service;
    model.ui.overlay = Overlay::None;
    model.ui.inspect = None;
    model.ui.until = None;
    effects
}

fn change(model: &mut Model, target: &Target) -> Vec<Effect> {
    let left = model.target.clone();
    let effects = match model.fleet.opened {
        Opened::Nothing => Vec::new(),
        Opened::Target => {
            let mut effects = black_box::farewell(model);
            effects.extend(pilot::leave(model));
            effects
        }
    };
    model.frozen = None;
    let parked = model
        .fleet
        .parked
        .iter()
        .position(|parked| parked.target == *target);
    let mut next = match parked {
        Some(at) => model.fleet.parked.swap_remove(at),
        None => fresh(model, target),
    };
    exchange(model, &mut next);
    if next.running().is_some() || next.black_box.is_waiting() {
        model.fleet.parked.push(next);
    }
    of(&left, effects)
}

fn fresh(model: &mut Model, target: &Target) -> Model {
    let settings = std::mem::replace(&mut model.settings, Settings::empty());
    let (who, run) = (model.actor.who.clone(), model.ids.run.clone());
    let mut fresh = Model::new(settings, target.clone(), who, run, model.now);
    std::mem::swap(&mut model.settings, &mut fresh.settings);
    fresh.attention = model.attention;
    // What was counted for the row is the beginning of the charts; a Prometheus tells more than that.
    let row = model
        .fleet
        .row(target)
        .filter(|row| row.source == MetricsKind::Pods);
    if let Some(row) = row {
        fresh.reading.series.begin_with(&row.series);
    }
    fresh
}

/// Puts `next` in the model's place, and the model into `next`; what all services share stays with the one in place.
fn exchange(model: &mut Model, next: &mut Model) {
    std::mem::swap(&mut model.settings, &mut next.settings);
    std::mem::swap(&mut model.fleet, &mut next.fleet);
    std::mem::swap(&mut model.ui, &mut next.ui);
    std::mem::swap(&mut model.keys, &mut next.keys);
    std::mem::swap(&mut model.ids, &mut next.ids);
    next.now = model.now;
    std::mem::swap(model, next);
}

/// Lets `change` see the parked service at `at` as the open one.
fn with_parked(
    model: &mut Model,
    at: usize,
    change: impl FnOnce(&mut Model) -> Vec<Effect>,
) -> Vec<Effect> {
    let mut parked = model.fleet.parked.swap_remove(at);
    exchange(model, &mut parked);
    let target = model.target.clone();
    let effects = change(model);
    exchange(model, &mut parked);
    if parked.running().is_some() || parked.black_box.is_waiting() {
        model.fleet.parked.push(parked);
    }
    of(&target, effects)
}

/// Lets the services that go on in the background take what is theirs; of what is not, `change` answers no effects.
pub(super) fn each_parked(
    model: &mut Model,
    mut change: impl FnMut(&mut Model) -> Vec<Effect>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for at in (0..model.fleet.parked.len()).rev() {
        effects.extend(with_parked(model, at, &mut change));
    }
    effects
}

/// The answer to an effect of a service that goes on in the background; hands back what is the open one's.
pub(super) fn answered(
    model: &mut Model,
    answer: EffectEvent,
) -> Result<Vec<Effect>, Box<EffectEvent>> {
    let own = |parked: &Model| match &answer {
        EffectEvent::PlanMoved(id, _) => parked.run.as_ref().is_some_and(|run| run.plan.id == *id),
        EffectEvent::LinesKept(id, _) => parked.black_box.awaits(*id),
        EffectEvent::Amended(id, _) => is_amending(parked, *id),
        EffectEvent::SmokeTested(id, _) => is_testing(parked, *id),
        EffectEvent::HolderSeen(id, _) => {
            let pulse = parked.pulse.as_ref();
            pulse.is_some_and(|pulse| pulse.asked == Asked::Waiting(*id))
        }
        EffectEvent::PipelineAnswered(id, _) => {
            let sent = parked.pipeline.sent.as_ref();
            sent.is_some_and(|(sent, _)| sent == id)
        }
        EffectEvent::LeaseWritten(id, _) => parked.pilot.lease_request == Some(*id),
        EffectEvent::PilotNoted(id, _) => parked.pilot.note.awaits(*id),
        // What only a screen asks for.
        EffectEvent::Observed(..)
        | EffectEvent::BlackBoxRead(..)
        | EffectEvent::Compared(..)
        | EffectEvent::Notified(..)
        | EffectEvent::Written(..) => false,
    };
    let Some(at) = model.fleet.parked.iter().position(own) else {
        return Err(Box::new(answer));
    };
    if let EffectEvent::PlanMoved(_, PlanEvent::Ended(outcome)) = &answer
        && let Some(parked) = model.fleet.parked.get(at)
    {
        let said = format!("{}: {}", parked.target, outcome.sentence);
        super::toast(model, Level::Warn, said);
    }
    Ok(with_parked(model, at, |model| {
        super::answers::take(model, answer)
    }))
}

fn is_testing(parked: &Model, id: RequestId) -> bool {
    let trial = parked.reading.trial.as_ref();
    trial.is_some_and(|trial| trial.smoke == Smoke::Asked(id))
}

/// Whether this write into the record is one of its own.
fn is_amending(parked: &Model, id: RequestId) -> bool {
    let reading = &parked.reading;
    let marks = [
        reading.trial.as_ref().map(|trial| &trial.mark),
        reading.settling.as_ref().map(|settling| &settling.mark),
        Some(&reading.canary.mark),
    ];
    let is_remark = matches!(&parked.remark, Remark::Asked(asked, _) if *asked == id);
    is_remark || marks.contains(&Some(&Mark::Asked(id)))
}

/// The service before or after the open one, in the order of the fleet.
pub(super) fn neighbour(model: &mut Model, motion: Motion) -> Vec<Effect> {
    model.fleet.chosen = Some(model.target.clone());
    step(model, motion);
    match model.fleet.chosen.clone() {
        Some(target) => open(model, &target),
        None => Vec::new(),
    }
}

fn of(target: &Target, effects: Vec<Effect>) -> Vec<Effect> {
    let own = |effect| Effect::Of(target.clone(), Box::new(effect));
    effects.into_iter().map(own).collect()
}

/// To the fleet.
pub(super) fn go(model: &mut Model) -> Vec<Effect> {
    if !model.fleet.is_one_of_many() {
        return Vec::new();
    }
    model.fleet.reach = Reach::All;
    model
        .fleet
        .chosen
        .get_or_insert_with(|| model.target.clone());
    model.ui.overlay = Overlay::None;
    model.ui.screen = Screen::Fleet;
    Vec::new()
}

/// Moves the choice among the rows that are drawn.
pub(super) fn step(model: &mut Model, motion: Motion) {
    let picture = model.picture();
    let rows = listed(&picture.fleet, picture.now);
    if let Some(target) = listing_step(&model.fleet, &rows, motion) {
        model.fleet.chosen = Some(target);
    }
}

/// Sorts the next way.
pub(super) fn next_sort(model: &mut Model) -> Vec<Effect> {
    model.fleet.sort = super::looks::after(&Sort::ALL, model.fleet.sort);
    super::toast(
        model,
        Level::Info,
        format!("sorted by {}", model.fleet.sort.word()),
    );
    Vec::new()
}
