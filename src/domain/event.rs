//! What sources and effects report: everything that can happen in the world, as values.

use crate::domain::amendment::Amended;
use crate::domain::cluster::Snapshot;
use crate::domain::counters::Scrape;
use crate::domain::drill::GroundTruth;
use crate::domain::feed::{FeedFault, FeedName};
use crate::domain::guardrails::ExtraReading;
use crate::domain::holder::Holder;
use crate::domain::ids::{PlanId, RequestId, Target};
use crate::domain::notice::Notice;
use crate::domain::outcome::{Outcome, StepResult};
use crate::domain::pilot::{LeaseAnswer, LeaseRead};
use crate::domain::pipeline::{Answered, Comparison, JobId, LogPiece, Pipelines};
use crate::domain::place::Place;
use crate::domain::pod_log::{LogFocus, PodLogPiece};
use crate::domain::rights::Rights;
use crate::domain::smoke::SmokeReport;
use crate::domain::text::Text;
use crate::domain::who::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// News from a live source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SourceEvent {
    /// The environment's objects as they stand now.
    ClusterRead(Target, Box<Snapshot>),
    /// A feed proved alive without news.
    FeedSeen(Target, FeedName),
    /// A feed failed; it retries by itself.
    FeedFailed(Target, FeedName, FeedFault),
    /// The pods' counters were read.
    Scraped(Target, Box<Scrape>),
    /// What the pods counted before they were watched, oldest first.
    Backfilled(Target, Vec<Scrape>),
    /// The team's own queries were asked.
    GuardrailsRead(Target, Vec<ExtraReading>),
    /// Access reviews were answered.
    RightsRead(Target, Rights),
    /// The cluster told who is acting.
    IdentityRead(Target, Who),
    /// The Lease of the pilots was read.
    LeaseSeen(Target, LeaseRead),
    /// Something worth a line in the event log happened to the objects.
    Noted(Target, NoteKind, Text),
    /// The service's pipelines as they stand now.
    PipelinesRead(Target, Box<Pipelines>),
    /// More of a job's log came, or it could not be read; it is tried again.
    JobLogRead(Target, JobId, Result<LogPiece, FeedFault>),
    /// More of the pods' logs, or why they cannot be read.
    PodLogRead(Target, LogFocus, Result<PodLogPiece, FeedFault>),
    /// The demo world told what harm is really done; it runs only in a drill.
    HarmCounted(Target, GroundTruth),
    /// A namespace that is watched as a whole proved alive, and nothing in it was missed.
    PlaceSeen(Place),
    /// A namespace that is watched as a whole cannot be followed; it retries by itself.
    PlaceFailed(Place, FeedFault),
}

/// What a line in the event log is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Weights, images, replicas.
    Rollout,
    /// A pod.
    Pod,
    /// The verdict changed.
    Verdict,
    /// A plan of this program.
    Plan,
    /// A feed was lost or came back.
    Feed,
    /// A run, job or approval of the pipeline.
    Ci,
    /// The pilot.
    Pilot,
}

impl NoteKind {
    /// The word in the event log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollout => "ROLLOUT",
            Self::Pod => "POD",
            Self::Verdict => "VERDICT",
            Self::Plan => "PLAN",
            Self::Feed => "FEED",
            Self::Ci => "CI",
            Self::Pilot => "PILOT",
        }
    }
}

/// The answer to an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EffectEvent {
    /// The fresh reading that a plan is made from.
    Observed(RequestId, Result<Box<Snapshot>, Notice>),
    /// What this machine knows of the program that holds a claim.
    HolderSeen(RequestId, Holder),
    /// A plan made progress.
    PlanMoved(PlanId, PlanEvent),
    /// The record was amended, or could not be.
    Amended(RequestId, Result<Amended, Notice>),
    /// Lines of the black box were written, or could not be.
    LinesKept(RequestId, Result<(), Notice>),
    /// The cluster's part of the black box, as JSON; `None` where there is none.
    BlackBoxRead(RequestId, Result<Option<Text>, Notice>),
    /// The pipeline's provider did what was asked, or did not.
    PipelineAnswered(RequestId, Result<Answered, Notice>),
    /// The commits between two releases.
    Compared(RequestId, Result<Comparison, Notice>),
    /// The Lease was written, or could not be.
    LeaseWritten(RequestId, Result<LeaseAnswer, Notice>),
    /// The pilot's note was written into the record, or could not be.
    PilotNoted(RequestId, Result<(), Notice>),
    /// A message was sent, or could not be.
    Notified(RequestId, Result<(), Notice>),
    /// A smoke test was carried out, or could not be.
    SmokeTested(RequestId, Result<SmokeReport, Notice>),
    /// A recording or picture was written, or could not be.
    Written(RequestId, Result<String, Notice>),
}

/// Progress of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlanEvent {
    /// Journal and claim are written; steps may begin.
    Claimed(Timestamp),
    /// A step began.
    StepBegan(usize, Timestamp),
    /// What is being waited for within a step or check, with numbers.
    Waited(Text),
    /// A step ended.
    StepEnded(usize, StepResult, Timestamp),
    /// A check was answered.
    Checked(usize, Option<bool>, Text),
    /// Something could not be done or known; the plan goes on.
    Told(Text),
    /// The plan ended.
    Ended(Box<Outcome>),
}
