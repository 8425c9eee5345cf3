//! What is live: read from the model.

use super::history::evidence;
use super::pipeline::PipelineStatus;
use super::raw;
use super::status::{
    DriverStatus, FeedStatus, FeedsStatus, GoodStatus, MetricsStatus, Numbers, OwnerStatus,
    PausedStatus, PlanStatus, Replicas, ServiceStatus, SideStatus, StepStatus, VerdictStatus,
};
use crate::analysis::counts::Totals;
use crate::analysis::latency::Quantile;
use crate::app::cut_off::{self, Standing};
use crate::app::model::{Basis, Model};
use crate::app::pilot;
use crate::app::pipeline;
use crate::domain::cluster::Owner;
use crate::domain::feed::Feed;
use crate::domain::record::{Paused, Release};
use crate::domain::rollout::{Phase, StepState, TrackState};
use crate::domain::traffic::Track;
use jiff::Timestamp;
use std::time::Duration;

impl ServiceStatus {
    /// What is live in the open environment.
    pub fn of(model: &Model) -> Self {
        let rollout = model.reading.rollout.as_ref();
        let environment = model.environment();
        Self {
            service: model.target.service.to_string(),
            environment: model.target.environment.to_string(),
            context: environment.and_then(|environment| environment.context.clone()),
            namespace: environment
                .map_or_else(String::new, |environment| environment.namespace.clone()),
            strategy: environment
                .map_or("unknown", |environment| environment.policy.strategy.word()),
            phase: rollout
                .map_or(Phase::Unknown, |rollout| rollout.phase)
                .word(),
            troubles: rollout.map_or_else(Vec::new, |rollout| {
                rollout.troubles.iter().map(raw).collect()
            }),
            stable: rollout
                .and_then(|rollout| rollout.stable.as_ref())
                .map(side),
            candidate: rollout
                .and_then(|rollout| rollout.candidate.as_ref())
                .map(side),
            weight: weight(model),
            weight_set_by: rollout
                .and_then(|rollout| rollout.weight_set_by.as_ref())
                .map(raw),
            step: rollout.and_then(|rollout| rollout.step).map(step),
            paused: rollout
                .and_then(|rollout| rollout.paused.as_ref())
                .map(paused),
            metrics: metrics(model),
            verdict: VerdictStatus {
                call: model.reading.verdict.call,
                reason: model.reading.verdict.reason.word(),
                sentence: model.reading.verdict.sentence.clone(),
                guardrail: model.reading.verdict.guardrail.clone(),
                until: model.reading.verdict.until.clone(),
                warnings: model.reading.verdict.warnings.clone(),
            },
            last_known_good: rollout
                .and_then(|rollout| rollout.last_known_good.as_ref())
                .map(GoodStatus::of),
            driver: driver(model),
            plan: plan(model),
            last_plan: None,
            owner: rollout
                .and_then(|rollout| rollout.owner.as_ref())
                .map(owner),
            pipeline: PipelineStatus::of(model),
            feeds: FeedsStatus {
                cluster: feed(model, &model.feeds.cluster),
                metrics: feed(model, &model.feeds.metrics),
                ci: pipeline::is_configured(model).then(|| feed(model, &model.pipeline.feed)),
            },
        }
    }
}

/// The candidate's weight while there is one; the route's word where none is there.
fn weight(model: &Model) -> Option<u32> {
    let split = model.reading.rollout.as_ref()?.split?;
    Some(split.canary.percent())
}

fn side(side: &TrackState) -> SideStatus {
    SideStatus {
        tag: side.tag().to_owned(),
        image: side.image.to_string(),
        digest: side.digest.clone(),
        replicas: Replicas {
            desired: side.desired,
            ready: side.ready,
            available: side.available,
        },
        restarts: side.restarts,
    }
}

fn step(step: StepState) -> StepStatus {
    StepStatus {
        index: step.index,
        count: step.count,
        weight: step.weight.percent(),
        started_at: step.started_at,
        holds_until: step.holds_until,
    }
}

fn paused(paused: &Paused) -> PausedStatus {
    PausedStatus {
        by: raw(&paused.by),
        since: paused.since,
        reason: paused.reason.as_ref().map(raw),
    }
}

/// Intervals that count as now, but no less than half a minute.
const RECENT: u32 = 4;
const SHORTEST: Duration = Duration::from_secs(30);

fn metrics(model: &Model) -> Option<MetricsStatus> {
    let at = read_at(model)?;
    let environment = model.environment()?;
    let length = (environment.metrics.interval * RECENT).max(SHORTEST);
    let series = &model.reading.series;
    let (canary, stable) = (
        series.recent(Track::Canary, length),
        series.recent(Track::Stable, length),
    );
    // What goes on now, where more than one reading is known; else what the verdict speaks of.
    let is_recent = canary.counts.requests > 0.0 || stable.counts.requests > 0.0;
    let (canary, stable, since) = match model.reading.basis {
        _ if is_recent => (Some(canary), Some(stable), "recent"),
        Basis::SinceStep => (
            Some(series.since_step(Track::Canary)),
            Some(series.since_step(Track::Stable)),
            "step",
        ),
        Basis::SinceStart => (
            series.since_start(Track::Canary).cloned(),
            series.since_start(Track::Stable).cloned(),
            "start",
        ),
    };
    Some(MetricsStatus {
        source: environment.metrics.source.word(),
        canary: canary.map(|totals| numbers(&totals)),
        stable: stable.map(|totals| numbers(&totals)),
        at: Some(at),
        since,
    })
}

/// When numbers were read last. A row of the fleet keeps what came of its scrapes, not the scrapes.
fn read_at(model: &Model) -> Option<Timestamp> {
    let metrics = &model.feeds.metrics;
    let series = &model.reading.series;
    let mut tracks = [Track::Canary, Track::Stable].into_iter();
    match &metrics.value {
        Some(scrape) => Some(scrape.at),
        None if tracks.any(|track| series.last_read(track).is_some()) => metrics.seen_at,
        None => None,
    }
}

fn numbers(totals: &Totals) -> Numbers {
    Numbers {
        requests: totals.counts.requests,
        requests_per_s: totals.requests_per_second(),
        error_share: totals.counts.error_share(),
        p95_s: totals.counts.quantile(0.95).map(Quantile::seconds),
        cpu_s_per_request: totals.counts.cpu_per_request(),
    }
}

impl GoodStatus {
    /// A release that bears the mark.
    pub fn of(release: &Release) -> Self {
        let mark = release.good.as_ref();
        Self {
            tag: release.tag().to_owned(),
            image: release.image.to_string(),
            digest: release.known_digest().cloned(),
            good_since: mark.map(|mark| mark.since),
            evidence: evidence(release),
        }
    }
}

/// The pilot that drives; where none does, whoever has a plan under way.
fn driver(model: &Model) -> Option<DriverStatus> {
    if let Some((who, since)) = pilot::driver(model) {
        let note = pilot::note(model).filter(|note| note.drives && note.who == who);
        return Some(DriverStatus {
            who: raw(&who),
            since,
            doing: note.map(|note| raw(&note.text)),
        });
    }
    let claim = model.reading.rollout.as_ref()?.claim.as_ref()?;
    Some(DriverStatus {
        who: raw(&claim.by),
        since: Some(claim.since),
        doing: None,
    })
}

fn plan(model: &Model) -> Option<PlanStatus> {
    let claim = model.reading.rollout.as_ref()?.claim.as_ref()?;
    let standing = cut_off::standing(model).map_or(Standing::Lives, |(_, standing)| standing);
    let target = &model.target;
    let command = |word: &str| {
        (standing != Standing::Lives).then(|| {
            format!(
                "flightdeck {word} {} -e {}",
                target.service, target.environment
            )
        })
    };
    Some(PlanStatus {
        title: raw(&claim.title),
        by: raw(&claim.by),
        since: claim.since,
        done: claim.done,
        steps: claim.steps,
        state: match standing {
            Standing::Lives => "running",
            Standing::Unclear => "unclear",
            Standing::CutOff => "cut_off",
        },
        resume: command("resume-plan"),
        undo: command("undo-plan"),
    })
}

fn owner(owner: &Owner) -> OwnerStatus {
    OwnerStatus {
        kind: owner.kind.clone(),
        name: raw(&owner.name),
        reverts: owner.reverts,
    }
}

fn feed<T>(model: &Model, feed: &Feed<T>) -> FeedStatus {
    FeedStatus {
        state: feed.state(model.now).word(),
        age_s: feed.age(model.now).map(|age| age.as_secs_f64()),
        error: feed.fault.as_ref().map(|fault| raw(&fault.text)),
    }
}
