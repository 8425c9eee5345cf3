//! What is live: the shape.

use super::pipeline::PipelineStatus;
use crate::analysis::verdict::Call;
use jiff::Timestamp;
use serde::Serialize;

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
    /// The last plan of this machine.
    pub last_plan: Option<LastPlan>,
    /// Who would revert a change of the workloads.
    pub owner: Option<OwnerStatus>,
    /// The run in view; `null` without a source, or before one was read.
    pub pipeline: Option<PipelineStatus>,
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
    /// What they were counted over: `recent` (at least 30 s), else `step`, or `start` (of the pods) after a single reading.
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
    pub call: Call,
    /// Why.
    pub reason: &'static str,
    /// In words.
    pub sentence: String,
    /// The guardrail that decided, where one did.
    pub guardrail: Option<String>,
    /// What has to change before it is another one; `null` where the sentence says it.
    pub until: Option<String>,
    /// What guardrails found that only warn.
    pub warnings: Vec<String>,
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
    /// What it does now, where it is a pilot.
    pub doing: Option<String>,
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
    /// `running`, `cut_off`, or `unclear`: whether it lives is known once its heartbeat was watched for 15 s.
    pub state: &'static str,
    /// The command that carries it on; `null` while it runs.
    pub resume: Option<String>,
    /// The command that takes it back; `null` while it runs.
    pub undo: Option<String>,
}

/// How the last plan of this machine ended, by its journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LastPlan {
    /// Its title.
    pub title: String,
    /// Who.
    pub by: String,
    /// When it began.
    pub began_at: Timestamp,
    /// `done`, or what kind of trouble; `cut_off` where the journal breaks off.
    pub end: &'static str,
    /// The line that a person remembers.
    pub sentence: String,
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
    /// The pipeline; `null` where the config names none.
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
