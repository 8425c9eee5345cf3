//! News from the sources: the picture, what changed in it, and what the numbers say.

use super::black_box::{self, Ground as Judged};
use super::{canary, drill, fleet, pipeline, pod_logs, signals};
use crate::analysis::composed::{Numbers, judge_canary};
use crate::analysis::sequential::finding::{Advised, Circumstances};
use crate::analysis::sequential::judge::Judge;
use crate::analysis::verdict::Verdict;
use crate::analysis::window::Freshness;
use crate::app::asking::{Asking, Ground};
use crate::app::effect::Effect;
use crate::app::fleet::Opened;
use crate::app::model::{Basis, Model};
use crate::domain::cluster::Snapshot;
use crate::domain::counters::Scrape;
use crate::domain::event::{NoteKind, SourceEvent};
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::rollout::Rollout;
use crate::domain::traffic::Track;
use crate::strategy::engine;
use jiff::Timestamp;

/// Changes of the verdict that are kept for the charts.
const CALLS: usize = 64;

pub(super) fn take(model: &mut Model, news: SourceEvent) -> Vec<Effect> {
    fleet::take(model, &news);
    if model.fleet.opened == Opened::Nothing {
        return Vec::new();
    }
    match news {
        SourceEvent::ClusterRead(target, snapshot) if target == model.target => {
            cluster_read(model, *snapshot);
        }
        SourceEvent::FeedSeen(target, feed) if target == model.target => seen(model, feed),
        SourceEvent::FeedFailed(target, feed, fault) if target == model.target => {
            failed(model, feed, fault);
        }
        SourceEvent::Scraped(target, scrape) if target == model.target => scraped(model, *scrape),
        SourceEvent::Backfilled(target, scrapes) if target == model.target => {
            if model.reading.series.backfill(&scrapes) {
                judge(model);
            }
        }
        SourceEvent::GuardrailsRead(target, readings) if target == model.target => {
            signals::read(model, readings);
            judge(model);
        }
        SourceEvent::RightsRead(target, rights) if target == model.target => {
            model.actor.rights = rights;
        }
        SourceEvent::IdentityRead(target, who) if target == model.target => {
            model.actor.who.cluster = who.cluster;
        }
        SourceEvent::LeaseSeen(target, lease) if target == model.target => {
            model.pilot.lease.see(lease, model.now);
        }
        SourceEvent::Noted(target, kind, text) if target == model.target => {
            model.log.push(model.now, kind, text);
        }
        SourceEvent::PipelinesRead(target, pipelines) if target == model.target => {
            recovered(model, FeedName::Ci);
            pipeline::read(model, *pipelines);
        }
        SourceEvent::JobLogRead(target, job, piece) if target == model.target => {
            pipeline::log_read(model, &job, piece);
        }
        SourceEvent::PodLogRead(target, focus, read) if target == model.target => {
            pod_logs::read(model, focus, read);
        }
        SourceEvent::HarmCounted(target, truth) if target == model.target => {
            drill::counted(model, truth);
        }
        // News of an environment that is no longer open, or that the fleet has told the open service.
        SourceEvent::ClusterRead(..)
        | SourceEvent::FeedSeen(..)
        | SourceEvent::FeedFailed(..)
        | SourceEvent::Scraped(..)
        | SourceEvent::Backfilled(..)
        | SourceEvent::RightsRead(..)
        | SourceEvent::IdentityRead(..)
        | SourceEvent::PipelinesRead(..)
        | SourceEvent::JobLogRead(..)
        | SourceEvent::PodLogRead(..)
        | SourceEvent::LeaseSeen(..)
        | SourceEvent::Noted(..)
        | SourceEvent::GuardrailsRead(..)
        | SourceEvent::HarmCounted(..)
        | SourceEvent::PlaceSeen(_)
        | SourceEvent::PlaceFailed(..) => {}
    }
    fleet::agree(model);
    Vec::new()
}

/// Takes a reading of the environment's objects, unless a newer one is there.
pub(super) fn cluster_read(model: &mut Model, snapshot: Snapshot) {
    let older = model
        .feeds
        .cluster
        .value
        .as_ref()
        .is_some_and(|known| known.at > snapshot.at);
    if older {
        return;
    }
    let Some(environment) = model.environment() else {
        return;
    };
    let policy = &environment.policy;
    let rollout = engine(policy).read(&snapshot);
    let before = model.reading.rollout.take();
    changes(model, before.as_ref(), &rollout);
    if let Asking::Question(question) = &mut model.asking {
        question.ground = if question.plan.fingerprint == rollout.fingerprint {
            Ground::Same
        } else {
            Ground::Moved
        };
    }
    recovered(model, FeedName::Cluster);
    let at = snapshot.at;
    model.feeds.cluster.take(snapshot, at);
    model.reading.rollout = Some(rollout);
    pipeline::link(model);
    judge(model);
}

/// What differs from the picture before becomes lines of the log, step marks and comparisons begun anew.
fn changes(model: &mut Model, before: Option<&Rollout>, after: &Rollout) {
    let at = after.at;
    let Some(before) = before else {
        first_reading(model, after);
        return;
    };
    candidate_change(model, before, after);
    if let (Some(old), Some(new)) = (before.split, after.split)
        && old != new
    {
        model.reading.series.mark_step(at);
        model.reading.weights.push((at, new.canary));
        model
            .log
            .push(at, NoteKind::Rollout, format!("weights {old} to {new}"));
    }
    if before.phase != after.phase {
        let line = format!("{} to {}", before.phase.word(), after.phase.word());
        model.log.push(at, NoteKind::Rollout, line);
    }
    for trouble in after
        .troubles
        .iter()
        .filter(|trouble| !before.troubles.contains(trouble))
    {
        model.log.push(at, NoteKind::Rollout, trouble.clone());
    }
    pod_changes(model, before, after);
}

fn first_reading(model: &mut Model, after: &Rollout) {
    if let Some(split) = after.split {
        let since = after
            .step
            .and_then(|step| step.started_at)
            .unwrap_or(after.at);
        model.reading.series.mark_step(since);
        model.reading.weights.push((since, split.canary));
    }
}

fn candidate_change(model: &mut Model, before: &Rollout, after: &Rollout) {
    let tag = |rollout: &Rollout| rollout.candidate.as_ref().map(|track| track.image.clone());
    let (old, new) = (tag(before), tag(after));
    if old == new {
        return;
    }
    model.reading.series.begin_comparison();
    canary::begin(model);
    let line = match (old, new) {
        (_, Some(new)) => format!("candidate {}", new.label()),
        (Some(old), None) => format!("no candidate any more, was {}", old.label()),
        (None, None) => return,
    };
    model.log.push(after.at, NoteKind::Rollout, line);
}

fn pod_changes(model: &mut Model, before: &Rollout, after: &Rollout) {
    for pod in &after.pods {
        let known = before.pods.iter().find(|old| old.name == pod.name);
        let line = match known {
            Some(old) if pod.restarts > old.restarts => match &pod.last_end {
                Some((reason, _)) => format!("{} restarted: {}", pod.name, reason.shown()),
                None => format!("{} restarted", pod.name),
            },
            Some(old) if !old.ready && pod.ready => format!("{} ready", pod.name),
            Some(_) | None => continue,
        };
        model.log.push(after.at, NoteKind::Pod, line);
    }
}

pub(super) fn seen(model: &mut Model, feed: FeedName) {
    recovered(model, feed);
    let now = model.now;
    match feed {
        FeedName::Cluster => model.feeds.cluster.touch(now),
        FeedName::Metrics => model.feeds.metrics.touch(now),
        FeedName::Ci => model.pipeline.feed.touch(now),
    }
}

pub(super) fn failed(model: &mut Model, feed: FeedName, fault: FeedFault) {
    let known = match feed {
        FeedName::Cluster => model.feeds.cluster.fault.as_ref(),
        FeedName::Metrics => model.feeds.metrics.fault.as_ref(),
        FeedName::Ci => model.pipeline.feed.fault.as_ref(),
    };
    if known.is_none_or(|known| known.kind != fault.kind) {
        let line = format!("{}: {}", feed.word(), fault.text.shown());
        model.log.push(model.now, NoteKind::Feed, line);
    }
    match feed {
        FeedName::Cluster => model.feeds.cluster.fail(fault),
        FeedName::Ci => return model.pipeline.feed.fail(fault),
        FeedName::Metrics => {
            model.reading.series.miss();
            model.feeds.metrics.fail(fault);
        }
    }
    judge(model);
}

/// A feed that had failed is there again: worth a line.
fn recovered(model: &mut Model, feed: FeedName) {
    let was_down = match feed {
        FeedName::Cluster => model.feeds.cluster.fault.is_some(),
        FeedName::Metrics => model.feeds.metrics.fault.is_some(),
        FeedName::Ci => model.pipeline.feed.fault.is_some(),
    };
    if was_down {
        model
            .log
            .push(model.now, NoteKind::Feed, format!("{}: back", feed.word()));
    }
}

fn scraped(model: &mut Model, scrape: Scrape) {
    recovered(model, FeedName::Metrics);
    model.reading.series.push(&scrape);
    let at = scrape.at;
    model.feeds.metrics.take(scrape, at);
    judge(model);
}

/// Says anew what the numbers say.
pub(super) fn judge(model: &mut Model) {
    let Some(goals) = model
        .environment()
        .map(|environment| environment.policy.goals)
    else {
        return;
    };
    black_box::collect(model);
    canary::follow(model);
    let signals = signals::of(model);
    let series = &model.reading.series;
    let (canary, stable) = (
        series.since_step(Track::Canary),
        series.since_step(Track::Stable),
    );
    let freshness = series.freshness(model.now);
    let evidence = &model.reading.canary.evidence;
    let enough = step_was_seen(model)
        || (canary.counts.requests >= minimum(goals.min_requests)
            && evidence.judge().is_none_or(says_something));
    let since_start = series
        .since_start(Track::Canary)
        .zip(series.since_start(Track::Stable));
    let (canary, stable, freshness, basis) = match since_start {
        Some((canary, stable)) if !enough => (
            canary,
            stable,
            whole_time(model, freshness),
            Basis::SinceStart,
        ),
        Some(_) | None => (&canary, &stable, freshness, Basis::SinceStep),
    };
    let numbers = Numbers {
        canary,
        stable,
        freshness,
        signals: &signals,
    };
    let verdict = judge_canary(evidence, &numbers, &goals);
    let ground = Judged {
        goals,
        freshness,
        basis,
        signals: signals.clone(),
    };
    black_box::shown(model, &verdict, &ground);
    tell_change(model, &verdict);
    model.reading.basis = basis;
    model.reading.signals = signals;
    model.reading.verdict = verdict;
}

/// The intervals that were seen say more than that they are too few.
fn says_something(judge: &Judge) -> bool {
    let advised = judge.advised(Circumstances::default());
    !matches!(advised, Advised::NoData | Advised::Unproven)
}

/// The present step began under our eyes: what the pods counted before it speaks for another share of traffic.
fn step_was_seen(model: &Model) -> bool {
    model.reading.weights.len() > 1
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a minimum number of requests is small"
)]
fn minimum(requests: u64) -> f64 {
    requests as f64
}

/// Cumulative counters are fresh with the first scrape: they need no interval.
fn whole_time(model: &Model, freshness: Freshness) -> Freshness {
    let last: Option<Timestamp> = model.reading.series.last_read(Track::Canary);
    match (freshness, last) {
        (Freshness::Waiting, Some(at)) => Freshness::Live(at),
        (Freshness::Waiting | Freshness::Live(_) | Freshness::Stale(_), _) => freshness,
    }
}

fn tell_change(model: &mut Model, verdict: &Verdict) {
    let has_candidate = model
        .reading
        .rollout
        .as_ref()
        .is_some_and(|rollout| rollout.candidate.is_some());
    if has_candidate && model.reading.verdict.call != verdict.call {
        model
            .log
            .push(model.now, NoteKind::Verdict, verdict.sentence.clone());
        let calls = &mut model.reading.calls;
        let over = (calls.len() + 1).saturating_sub(CALLS);
        calls.drain(..over);
        calls.push((model.now, verdict.call));
    }
}
