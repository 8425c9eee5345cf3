//! The cluster's objects of one environment, decoded: what an engine reads.

use crate::domain::record::RecordRead;
use crate::domain::text::Text;
use crate::domain::traffic::Track;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One reading of an environment's objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When the newest part of it was read.
    pub at: Timestamp,
    /// The strategy's Deployments, those that exist.
    pub deployments: Vec<Deployment>,
    /// ReplicaSets owned by these Deployments.
    pub replica_sets: Vec<ReplicaSet>,
    /// Pods owned by these ReplicaSets.
    pub pods: Vec<Pod>,
    /// The route that splits the traffic, if it exists.
    pub route: Option<Route>,
    /// Endpoints of the route's Services; `None` where they were not read.
    pub endpoints: Option<Vec<Endpoints>>,
    /// Autoscalers of these Deployments; `None` where they were not, or may not be, read.
    pub autoscalers: Option<Vec<Autoscaler>>,
    /// The record kept beside them.
    pub record: RecordRead,
}

impl Snapshot {
    /// The Deployment of that name.
    pub fn deployment(&self, name: &str) -> Option<&Deployment> {
        self.deployments
            .iter()
            .find(|deployment| deployment.name == name)
    }

    /// ReplicaSets owned by that Deployment.
    pub fn replica_sets_of<'a>(
        &'a self,
        owner: &'a Deployment,
    ) -> impl Iterator<Item = &'a ReplicaSet> {
        self.replica_sets
            .iter()
            .filter(|set| set.owner_uid == owner.uid)
    }

    /// Pods of that Deployment, through its ReplicaSets.
    pub fn pods_of<'a>(&'a self, owner: &'a Deployment) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter(|pod| {
            self.replica_sets_of(owner)
                .any(|set| set.uid == pod.owner_uid)
        })
    }

    /// The endpoints of that Service, where they were read.
    pub fn endpoints_of(&self, service: &str) -> Option<&Endpoints> {
        self.endpoints
            .as_ref()?
            .iter()
            .find(|endpoints| endpoints.service == service)
    }
}

/// How a Deployment replaces its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacing {
    /// All of them at once: none is there meanwhile.
    AtOnce,
    /// Some at a time; as many of its wanted pods may be missing meanwhile.
    InTurn {
        /// `maxUnavailable` in pods.
        missing: u32,
    },
}

impl Default for Replacing {
    fn default() -> Self {
        Self::InTurn { missing: 0 }
    }
}

/// An `apps/v1` Deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// `status.observedGeneration`, 0 before the controller saw it.
    pub observed_generation: i64,
    /// `spec.replicas`.
    pub replicas: u32,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.strategy`.
    #[serde(default)]
    pub replacing: Replacing,
    /// What its controller counted.
    pub counted: ReplicaCounts,
    /// Condition `Progressing`.
    pub progress: Progress,
    /// Containers of the pod template, in order.
    pub containers: Vec<Container>,
    /// The whole pod template.
    pub template: Template,
    /// Annotation `flightdeck.dev/plan`.
    pub plan: Option<String>,
    /// Whether `metadata.annotations` exists at all: a JSON Patch cannot `add` below a missing map.
    pub has_annotations: bool,
    /// Annotation `deployment.kubernetes.io/revision`.
    pub revision: Option<u64>,
    /// Who owns or applies it, where that can be told (a GitOps tool, an operator).
    pub owner: Option<Owner>,
}

/// Replica counts from a Deployment's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaCounts {
    /// `status.replicas`.
    pub total: u32,
    /// `status.updatedReplicas`.
    pub updated: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
    /// `status.availableReplicas`.
    pub available: u32,
}

/// A Deployment's `Progressing` condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// No such condition yet.
    Unknown,
    /// Moving, or complete.
    Moving,
    /// Reason `ProgressDeadlineExceeded`, with its message.
    DeadlineExceeded(Text),
}

/// A container of a pod template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image reference.
    pub image: String,
}

/// A pod template as the API server returned it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub serde_json::Value);

/// Who reverts or owns an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `Argo CD`, `Flux`, `Helm` …
    pub kind: String,
    /// The application or release.
    pub name: Text,
    /// Whether it would put a changed image back.
    pub reverts: bool,
}

/// An `apps/v1` ReplicaSet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicaSet {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// uid of the controlling Deployment.
    pub owner_uid: String,
    /// Label `pod-template-hash`.
    pub hash: String,
    /// Annotation `deployment.kubernetes.io/revision`.
    pub revision: Option<u64>,
    /// `spec.replicas`.
    pub replicas: u32,
    /// `status.readyReplicas`.
    pub ready: u32,
    /// `status.availableReplicas`.
    pub available: u32,
    /// Containers of its template.
    pub containers: Vec<Container>,
    /// Its pod template, with the `pod-template-hash` label taken out.
    pub template: Template,
}

/// A pod, as far as a release needs to know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// `metadata.name`.
    pub name: String,
    /// uid of the controlling ReplicaSet.
    pub owner_uid: String,
    /// Label `pod-template-hash`.
    pub hash: String,
    /// Which side it serves, by the Deployment that owns its ReplicaSet.
    pub track: Track,
    /// `status.phase`, or the reason that matters more (`CrashLoopBackOff`, `ImagePullBackOff`, `Terminating`).
    pub state: Text,
    /// Condition `Ready`.
    pub ready: bool,
    /// `metadata.deletionTimestamp` is set.
    pub deleting: bool,
    /// Sum of its containers' restarts.
    pub restarts: u32,
    /// Why its last container ended, with the time (`OOMKilled`).
    pub last_end: Option<(Text, Option<Timestamp>)>,
    /// `status.startTime`.
    pub started_at: Option<Timestamp>,
    /// Digest of the release's container image as the node reports it (`sha256:…`).
    pub digest: Option<String>,
}

/// A Gateway API HTTPRoute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.generation`.
    pub generation: i64,
    /// Backends per rule.
    pub rules: Vec<Vec<Backend>>,
    /// What a gateway said of it.
    pub acceptance: Acceptance,
    /// Field manager that last wrote the spec.
    pub manager: Option<Text>,
}

/// One `backendRefs` entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// The Service's name.
    pub name: String,
    /// `weight`; absent means 1.
    pub weight: Option<u32>,
}

/// Conditions `Accepted` and `ResolvedRefs` of a route's parents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// No gateway has answered for this generation.
    Unanswered,
    /// Accepted, all backends resolved, at the present generation.
    Accepted,
    /// Refused, with the gateway's words.
    Refused(Text),
}

/// The EndpointSlices of one Service, joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// The Service's name.
    pub service: String,
    /// Names of the pods that get its traffic (ready, not terminating).
    pub ready: Vec<String>,
}

/// A HorizontalPodAutoscaler of one of the Deployments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// The Deployment it scales.
    pub deployment: String,
    /// `spec.minReplicas`, 1 where absent.
    pub min: u32,
    /// `spec.maxReplicas`.
    pub max: u32,
}
