//! The narrow waist: everything a plan can consist of.
//!
//! Engines compose steps, `effects` carries each out once, the screens, the record and the text output describe each once.

use crate::domain::artifact::Image;
use crate::domain::cluster::Template;
use crate::domain::smoke::SmokeTest;
use crate::domain::traffic::Split;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Divides the traffic.
    SetWeights(SetWeights),
    /// Sets the wanted replicas of a Deployment.
    Scale(Scale),
    /// Sets the image of the release's container.
    SetImage(SetImage),
    /// Puts a whole pod template in.
    SetTemplate(SetTemplate),
    /// Holds a Deployment's rollout where it is, or lets it go on.
    SetPaused(SetPaused),
    /// Waits until a Deployment runs what it should.
    AwaitReady(AwaitReady),
    /// Waits until a Service's endpoints are only pods of one version.
    AwaitEndpoints(AwaitEndpoints),
    /// Watches the pods' request counters until the traffic is where it should be.
    ConfirmTraffic(ConfirmTraffic),
    /// Lets time pass, so that requests under way end.
    Drain(Duration),
    /// Sends a few requests that the release must answer well.
    RunSmokeTest(RunSmokeTest),
}

/// Where the two Services stand in one rule of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBackends {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the stable Service in the rule's `backendRefs`.
    pub stable: usize,
    /// Index of the canary's Service.
    pub canary: usize,
}

/// Divides the traffic in every rule that names both Services.
///
/// Guard: the route's uid and generation and the Services' names at their indices, tested in the same JSON Patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetWeights {
    /// The route's name.
    pub route: String,
    /// Its uid.
    pub uid: String,
    /// Its generation when the plan was made; a later step of the plan goes by the answer to the step before.
    pub generation: i64,
    /// The rules.
    pub rules: Vec<RuleBackends>,
    /// The stable Service.
    pub stable_service: String,
    /// The canary's Service.
    pub canary_service: String,
    /// As observed.
    pub from: Split,
    /// As wanted.
    pub to: Split,
    /// Written anew in other numbers where the traffic is divided so already: the route gets a new generation, so that a
    /// late write of a plan that was cut off is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restated: bool,
}

/// The Deployment that a step writes to, and what must still hold there.
///
/// Guard: uid, the container's name at its index, the old value, and annotation `flightdeck.dev/plan`: a plan's first write to
/// a Deployment tests the old annotation (absent: the generation) and sets its own id, which its later writes test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// The Deployment's name.
    pub deployment: String,
    /// Its uid.
    pub uid: String,
    /// Its generation when the plan was made.
    pub generation: i64,
    /// Index of the release's container in the pod template.
    pub container_index: usize,
    /// That container's name.
    pub container: String,
    /// The annotation's value when the plan was made.
    pub plan: Option<String>,
    /// Whether `metadata.annotations` existed.
    pub has_annotations: bool,
}

/// Sets the wanted replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Where.
    pub on: Workload,
    /// As observed, or as an earlier step of the plan left it.
    pub from: u32,
    /// As wanted.
    pub to: u32,
}

/// Sets the image of the release's container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetImage {
    /// Where.
    pub on: Workload,
    /// As observed.
    pub from: Image,
    /// As wanted.
    pub to: Image,
}

/// Puts the pod template of an earlier version in, and `spec.paused` false in the same patch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetTemplate {
    /// Where.
    pub on: Workload,
    /// The image there now.
    pub from: Image,
    /// The template there now, for the way back.
    pub from_template: Template,
    /// The image wanted.
    pub to: Image,
    /// The template wanted.
    pub template: Template,
    /// Whether `spec.paused` is set now.
    pub paused: bool,
    /// `deployment.kubernetes.io/revision` of the ReplicaSet that the template comes from; `None` where only the image goes back.
    pub revision: Option<u64>,
}

/// Sets `spec.paused`, which holds a rollout where it is without a record and whoever watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPaused {
    /// Where.
    pub on: Workload,
    /// As wanted; the other value was observed.
    pub to: bool,
}

/// Waits until a Deployment runs `image` only, with `replicas` available, as `kubectl rollout status` would say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitReady {
    /// The Deployment.
    pub deployment: String,
    /// Its uid.
    pub uid: String,
    /// What its container must run.
    pub container: String,
    /// The image.
    pub image: Image,
    /// Pods that must be available.
    pub replicas: u32,
    /// Pods that are enough when `within` has passed: the plan then goes on and tells how many are missing. Equal to
    /// `replicas` where nothing less will do.
    pub enough: u32,
    /// After this long it has failed.
    pub within: Duration,
}

/// Waits until the endpoints of a Service are only pods that run `image`, at least `at_least` of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitEndpoints {
    /// The Service.
    pub service: String,
    /// The Deployment whose pods they must be.
    pub deployment: String,
    /// The container.
    pub container: String,
    /// The image.
    pub image: Image,
    /// Pods that must be there; 0 means that none may be.
    pub at_least: u32,
    /// After this long it has failed.
    pub within: Duration,
}

/// Watches the pods' request counters until the traffic is where it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmTraffic {
    /// How the traffic should be divided.
    pub split: Split,
    /// The route, whose `Accepted` condition stands in where counters cannot tell; `None` where the numbers of pods divide
    /// the traffic.
    pub route: Option<String>,
    /// What the canary side runs, for the words.
    pub canary_tag: String,
    /// After this long the traffic that was seen elsewhere contradicts the weight.
    pub within: Duration,
}

/// Sends a few requests that the release must answer well; where it does not, the plan ends as bad and nothing after it is
/// done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSmokeTest {
    /// The test, its place decided.
    pub test: SmokeTest,
    /// What is tested, for the words.
    pub tag: String,
}

impl Step {
    /// The verb in JSON.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::SetWeights(_) => "set_weights",
            Self::Scale(_) => "scale",
            Self::SetImage(_) => "set_image",
            Self::SetTemplate(_) => "set_template",
            Self::SetPaused(_) => "set_paused",
            Self::AwaitReady(_) => "await_ready",
            Self::AwaitEndpoints(_) => "await_endpoints",
            Self::ConfirmTraffic(_) => "confirm_traffic",
            Self::Drain(_) => "drain",
            Self::RunSmokeTest(_) => "run_smoke_test",
        }
    }

    /// Whether it changes the cluster.
    pub fn writes(&self) -> bool {
        match self {
            Self::SetWeights(_)
            | Self::Scale(_)
            | Self::SetImage(_)
            | Self::SetTemplate(_)
            | Self::SetPaused(_) => true,
            Self::AwaitReady(_)
            | Self::AwaitEndpoints(_)
            | Self::ConfirmTraffic(_)
            | Self::Drain(_)
            | Self::RunSmokeTest(_) => false,
        }
    }
}
