//! The documents: the shapes that scripts hold on to. Unknown is `null`, never 0; text stands as received.

use super::exit;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::outcome::{End, Outcome, StepOutcome, Verified};
use crate::strategy::describe::StepWords;
use crate::strategy::goal::Goal;
use crate::strategy::plan::{Confirm, Plan};
use crate::strategy::refusal::Refusal;
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.error/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// What kind of trouble.
    pub kind: NoticeKind,
    /// One sentence.
    pub summary: String,
    /// The causes, outermost first.
    pub chain: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

impl ErrorDocument {
    /// The document of a trouble.
    pub fn new(notice: &Notice) -> Self {
        Self {
            schema: "flightdeck.error/1",
            kind: notice.kind,
            summary: notice.summary.clone(),
            chain: notice.chain.clone(),
            hint: notice.hint.clone(),
            exit_code: exit::of_notice(notice.kind),
        }
    }
}

/// `flightdeck.status/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// When it was put together.
    pub at: Timestamp,
    /// One entry per service and environment.
    pub services: Vec<ServiceStatus>,
}

/// A service in an environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// The environment's.
    pub environment: String,
    /// The kubeconfig context; `null`: the current one.
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The strategy's word.
    pub strategy: &'static str,
    /// The phase's word.
    pub phase: &'static str,
    /// Why it is not simply well.
    pub troubles: Vec<String>,
    /// The serving side.
    pub stable: Option<SideStatus>,
    /// The release under trial.
    pub candidate: Option<SideStatus>,
    /// The candidate's share of traffic, 0 to 100.
    pub weight: Option<u32>,
    /// Who set the weight, where no plan did.
    pub weight_set_by: Option<String>,
    /// The present step.
    pub step: Option<StepStatus>,
    /// Set while a person wants it to stay where it is.
    pub paused: Option<PausedStatus>,
    /// Numbers.
    pub metrics: Option<MetricsStatus>,
    /// What the numbers say.
    pub verdict: VerdictStatus,
    /// Where a roll back would go.
    pub last_known_good: Option<GoodStatus>,
    /// Who carries the steps out.
    pub driver: Option<DriverStatus>,
    /// The plan under way.
    pub plan: Option<PlanStatus>,
    /// Who would revert a change of the workloads.
    pub owner: Option<OwnerStatus>,
    /// The pipeline; there is no source for it yet.
    pub pipeline: Option<()>,
    /// The live sources.
    pub feeds: FeedsStatus,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideStatus {
    /// What people call the release.
    pub tag: String,
    /// The image reference.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// Pods.
    pub replicas: Replicas,
    /// Restarts of its pods' containers.
    pub restarts: u32,
}

/// Pods of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Replicas {
    /// Wanted.
    pub desired: u32,
    /// Ready.
    pub ready: u32,
    /// Available.
    pub available: u32,
}

/// The present step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StepStatus {
    /// From 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
    /// Its weight.
    pub weight: u32,
    /// When it took effect.
    pub started_at: Option<Timestamp>,
    /// When its holding time ends.
    pub holds_until: Option<Timestamp>,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PausedStatus {
    /// Who.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Option<String>,
}

/// Numbers of both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricsStatus {
    /// Where they come from.
    pub source: &'static str,
    /// The candidate's.
    pub canary: Option<Numbers>,
    /// Stable's.
    pub stable: Option<Numbers>,
    /// When they were read.
    pub at: Option<Timestamp>,
    /// What they were counted over: `step` or `start` (of the pods).
    pub since: &'static str,
}

/// One side's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// Requests counted.
    pub requests: f64,
    /// Requests a second.
    pub requests_per_s: Option<f64>,
    /// Failed requests by requests, 0 to 1.
    pub error_share: Option<f64>,
    /// 95th percentile of the response time, seconds.
    pub p95_s: Option<f64>,
    /// CPU seconds a request.
    pub cpu_s_per_request: Option<f64>,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictStatus {
    /// What it advises.
    pub call: crate::analysis::verdict::Call,
    /// Why.
    pub reason: &'static str,
    /// In words.
    pub sentence: String,
}

/// The last known good release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoodStatus {
    /// What people call it.
    pub tag: String,
    /// Its image.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// Since when it bears the mark.
    pub good_since: Option<Timestamp>,
    /// What speaks for it.
    pub evidence: Option<String>,
}

/// Who carries the steps out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DriverStatus {
    /// Who.
    pub who: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// The plan that holds the claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanStatus {
    /// Its title.
    pub title: String,
    /// Who.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub steps: usize,
}

/// Who would revert a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerStatus {
    /// What it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether it would put a changed image back.
    pub reverts: bool,
}

/// The live sources.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedsStatus {
    /// Kubernetes.
    pub cluster: FeedStatus,
    /// The pods' metrics.
    pub metrics: FeedStatus,
    /// The pipeline; there is no source for it yet.
    pub ci: Option<FeedStatus>,
}

/// A live source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedStatus {
    /// `live`, `stale`, `down`, `login_expired`; `starting` before the first news.
    pub state: &'static str,
    /// Seconds since the last sign of life.
    pub age_s: Option<f64>,
    /// What failed.
    pub error: Option<String>,
}

/// `flightdeck.plan/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The goal's word.
    pub goal: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// One line.
    pub title: Option<String>,
    /// What it was made from.
    pub fingerprint: Option<String>,
    /// In order.
    pub steps: Vec<StepWords>,
    /// What is looked at afterwards.
    pub checks: Vec<String>,
    /// The end in words.
    pub expected: Option<String>,
    /// The steps that would take it back.
    pub inverse: Vec<StepWords>,
    /// How it must be confirmed.
    pub confirm: Confirm,
    /// What a person should know before saying yes.
    pub warnings: Vec<String>,
    /// Expected seconds to full effect.
    pub takes_s: Option<f64>,
    /// Why there is no plan.
    pub refusal: Option<Refusal>,
}

impl PlanDocument {
    /// A plan that was made.
    pub fn of(plan: &Plan) -> Self {
        Self {
            title: Some(plan.title.clone()),
            fingerprint: Some(plan.fingerprint.0.clone()),
            steps: plan.steps.iter().map(crate::strategy::step::Step::words).collect(),
            checks: plan.checks.iter().map(crate::strategy::plan::Check::text).collect(),
            expected: Some(plan.expected.clone()),
            inverse: plan.inverse.iter().map(crate::strategy::step::Step::words).collect(),
            confirm: plan.confirm,
            warnings: plan.warnings.clone(),
            takes_s: Some(plan.takes.as_secs_f64()),
            ..Self::empty(&plan.goal, &plan.target)
        }
    }

    /// A goal that cannot be planned.
    pub fn refused(goal: &Goal, target: &crate::domain::ids::Target, refusal: &Refusal) -> Self {
        Self {
            refusal: Some(refusal.clone()),
            ..Self::empty(goal, target)
        }
    }

    fn empty(goal: &Goal, target: &crate::domain::ids::Target) -> Self {
        Self {
            schema: "flightdeck.plan/1",
            goal: goal.word(),
            service: target.service.to_string(),
            environment: target.environment.to_string(),
            title: None,
            fingerprint: None,
            steps: Vec::new(),
            checks: Vec::new(),
            expected: None,
            inverse: Vec::new(),
            confirm: Confirm::None,
            warnings: Vec::new(),
            takes_s: None,
            refusal: None,
        }
    }
}

/// `flightdeck.outcome/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The goal's word.
    pub goal: String,
    /// One line.
    pub title: String,
    /// Every step that was begun.
    pub steps: Vec<StepOutcome>,
    /// Every check that was made.
    pub verified: Vec<Verified>,
    /// How it ended.
    pub end: End,
    /// The line that a person remembers.
    pub sentence: String,
    /// Seconds from the confirmation to the end.
    pub took_s: f64,
    /// Seconds from the confirmation until the traffic was seen where it should be.
    pub full_effect_s: Option<f64>,
    /// Where it is recorded.
    pub record: String,
    /// What could not be done or known on the way.
    pub notices: Vec<String>,
    /// The exit code that goes with it.
    pub exit_code: u8,
}

impl OutcomeDocument {
    /// The document of an outcome.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            schema: "flightdeck.outcome/1",
            goal: outcome.goal.clone(),
            title: outcome.title.clone(),
            steps: outcome.steps.clone(),
            verified: outcome.verified.clone(),
            end: outcome.end.clone(),
            sentence: outcome.sentence.clone(),
            took_s: outcome.took_s,
            full_effect_s: outcome.full_effect_s,
            record: outcome.record.clone(),
            notices: outcome.notices.clone(),
            exit_code: exit::of_end(&outcome.end),
        }
    }
}

/// `flightdeck.history/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// Where it was read: `cluster` or `journal`.
    pub source: &'static str,
    /// Newest first.
    pub releases: Vec<ReleaseEntry>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReleaseEntry {
    /// Running number.
    pub revision: u64,
    /// What people call it.
    pub tag: String,
    /// Its image.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The pipeline run.
    pub run: Option<String>,
    /// When.
    pub deployed_at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// How it ended.
    pub ended: &'static str,
    /// Whether it bears the mark.
    pub good: bool,
    /// Since when.
    pub good_since: Option<Timestamp>,
    /// Who said so: a person, or the window.
    pub good_by: Option<String>,
    /// What speaks for it: the numbers, or the reason given.
    pub evidence: Option<String>,
    /// Marks that were taken away, and remarks.
    pub notes: Vec<crate::domain::record::Note>,
}

/// `flightdeck.event/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// When.
    pub at: Timestamp,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// `state`, `rollout`, `pod`, `verdict`, `plan`, `feed`.
    pub kind: String,
    /// What happened.
    pub text: String,
    /// The phase's word then.
    pub phase: &'static str,
    /// The candidate's weight then.
    pub weight: Option<u32>,
    /// The verdict's word then.
    pub verdict: crate::analysis::verdict::Call,
}
