//! A small way to write an environment down, and the objects that it stands for.

use std::collections::BTreeMap;
use std::time::Duration;

use flightdeck::domain::artifact::{Image, TagRule};
use flightdeck::domain::cluster::{
    Acceptance, Autoscaler, Backend, Container, Deployment, Endpoints, Owner, Pod, Progress,
    Replacing, ReplicaCounts, ReplicaSet, Route, Snapshot, Template,
};
use flightdeck::domain::goals::Goals;
use flightdeck::domain::guardrails::Guardrails;
use flightdeck::domain::ids::{PlanId, Target};
use flightdeck::domain::pilot::PilotPolicy;
use flightdeck::domain::policy::{CanaryPolicy, CanaryStep, Policy, RollingPolicy, Strategy};
use flightdeck::domain::record::{
    Claim, Ended, Good, Paused, Record, RecordRead, Release, Version,
};
use flightdeck::domain::traffic::{Track, Weight};
use flightdeck::domain::who::Who;
use flightdeck::strategy::goal::{Deploy, Goal, RollBackTo, Until};
use flightdeck::strategy::request::Request;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

pub const REPOSITORY: &str = "registry.example.com/shop/checkout";

pub fn at() -> Timestamp {
    "2026-03-01T14:00:00Z".parse().unwrap()
}

pub fn image(tag: &str) -> Image {
    Image::parse(&format!("{REPOSITORY}:{tag}")).unwrap()
}

/// An environment.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a line of a case file, told apart by its name there"
)]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    pub stable: Side,
    pub canary: Side,
    /// The canary's share, in one rule that gives the rest to stable.
    pub weight: u32,
    /// Rules with the weights of stable, canary and further backends, in place of `weight`.
    pub rules: Option<Vec<Vec<u32>>>,
    /// `read`, `absent`, `unread`, `unreadable` or `failed`.
    pub record: String,
    /// Newest first.
    pub releases: Vec<Known>,
    pub base: Option<u32>,
    pub paused: bool,
    pub claim: bool,
    /// The weight that the record has; the route's where absent.
    pub set_weight: Option<u32>,
    pub stable_before: Option<String>,
    /// `deployment: min`.
    pub autoscalers: BTreeMap<String, u32>,
    pub autoscalers_unread: bool,
    /// `stable`, `canary`, `route`, `container`.
    pub missing: Vec<String>,
    /// A `GitOps` tool that puts changes back.
    pub reverted: bool,
    pub protected: bool,
    /// Weights of the configured steps.
    pub steps: Vec<u32>,
    pub kind: Kind,
    /// A rolling environment's Service is looked at.
    pub service: bool,
    /// The progress deadline was exceeded.
    pub exceeded: bool,
}

/// How the environment takes a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Canary,
    ByPods,
    Rolling,
}

/// One Deployment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Side {
    pub tag: String,
    pub replicas: u32,
    /// All of them where absent.
    pub available: Option<u32>,
    /// Tags of earlier ReplicaSets, oldest first.
    pub before: Vec<String>,
    /// `spec.paused`.
    pub halted: bool,
    /// Extra environment variables of the container.
    pub env: Vec<String>,
    /// State of its pods.
    pub pods: String,
    /// Pods of the newest earlier ReplicaSet, all available, while the present one takes its place.
    pub old: u32,
    /// Pods of the present template, where they are not all there yet.
    pub updated: Option<u32>,
    /// `maxUnavailable`.
    pub away: u32,
}

/// A release of the record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub rev: u64,
    pub tag: String,
    #[serde(default = "promoted")]
    pub ended: Ended,
    #[serde(default)]
    pub good: bool,
    /// Template hash that the record has for stable; `hash-TAG` where absent, none where empty.
    #[serde(default)]
    pub hash: Option<String>,
    #[serde(default)]
    pub digest: Option<String>,
}

fn promoted() -> Ended {
    Ended::Promoted
}

impl Default for World {
    fn default() -> Self {
        Self {
            stable: Side {
                tag: "v2.41.0".into(),
                replicas: 4,
                ..Side::default()
            },
            canary: Side::default(),
            weight: 0,
            rules: None,
            record: "read".into(),
            releases: Vec::new(),
            base: None,
            paused: false,
            claim: false,
            set_weight: None,
            stable_before: None,
            autoscalers: BTreeMap::new(),
            autoscalers_unread: false,
            missing: Vec::new(),
            reverted: false,
            protected: false,
            steps: vec![5, 50, 100],
            kind: Kind::Canary,
            service: false,
            exceeded: false,
        }
    }
}

impl Default for Side {
    fn default() -> Self {
        Self {
            tag: "v2.41.0".into(),
            replicas: 0,
            available: None,
            before: Vec::new(),
            halted: false,
            env: Vec::new(),
            pods: "Running".into(),
            old: 0,
            updated: None,
            away: 0,
        }
    }
}

impl World {
    pub fn policy(&self) -> Policy {
        Policy {
            strategy: self.strategy(),
            goals: Goals {
                error_share: 0.01,
                p95: Duration::from_millis(250),
                min_requests: 100,
                cpu_tolerance: None,
                guardrails: Guardrails::default(),
            },
            extra_guardrails: Vec::new(),
            assurance: flightdeck::domain::assurance::Assurance::default(),
            protected: self.protected,
            tags: TagRule::default(),
            verify_for: Duration::from_secs(60),
            good_after: Duration::from_secs(600),
            freezes: Vec::new(),
            pilot: PilotPolicy::default(),
            smoke: None,
        }
    }

    fn strategy(&self) -> Strategy {
        let hold = Duration::from_secs(600);
        match self.kind {
            Kind::Rolling => Strategy::Rolling(RollingPolicy {
                deployment: "checkout".into(),
                container: "api".into(),
                service: self.service.then(|| "checkout".into()),
                ready_within: Duration::from_secs(120),
            }),
            Kind::Canary | Kind::ByPods => Strategy::Canary(CanaryPolicy {
                stable: "checkout".into(),
                canary: "checkout-canary".into(),
                container: "api".into(),
                route: (self.kind == Kind::Canary).then(|| "checkout".into()),
                stable_service: "checkout".into(),
                canary_service: "checkout-canary".into(),
                steps: self
                    .steps
                    .iter()
                    .map(|weight| CanaryStep {
                        weight: Weight::saturating(*weight),
                        hold,
                    })
                    .collect(),
                drain: Duration::from_secs(30),
                ready_within: Duration::from_secs(120),
            }),
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        let has = |what: &str| {
            let is_there = match (what, self.kind) {
                ("canary", Kind::Rolling) | ("route", Kind::Rolling | Kind::ByPods) => false,
                (_, _) => true,
            };
            is_there && !self.missing.iter().any(|missing| missing == what)
        };
        let sides = [
            ("stable", "checkout", Track::Stable, &self.stable),
            ("canary", "checkout-canary", Track::Canary, &self.canary),
        ];
        let mut deployments = Vec::new();
        let mut replica_sets = Vec::new();
        let mut pods = Vec::new();
        for (_, name, track, side) in sides.into_iter().filter(|(what, ..)| has(what)) {
            let container = if has("container") { "api" } else { "web" };
            let mut deployment = deployment(name, track, side, container);
            deployment.owner = self.reverted.then(|| Owner {
                kind: "Argo CD".into(),
                name: "shop".into(),
                reverts: true,
            });
            let sets = replica_sets_of(&deployment, track, side, container);
            if self.exceeded {
                deployment.progress = Progress::DeadlineExceeded("it took too long".into());
            }
            pods.extend(pods_of(&sets, track, side));
            replica_sets.extend(sets);
            deployments.push(deployment);
        }
        Snapshot {
            at: at(),
            deployments,
            replica_sets,
            pods,
            route: has("route").then(|| self.route()),
            endpoints: Some(Vec::<Endpoints>::new()),
            autoscalers: (!self.autoscalers_unread).then(|| self.autoscalers()),
            record: self.record_read(),
        }
    }

    fn route(&self) -> Route {
        let rules = self
            .rules
            .clone()
            .unwrap_or_else(|| vec![vec![100 - self.weight, self.weight]]);
        let backend = |(index, weight): (usize, &u32)| Backend {
            name: ["checkout", "checkout-canary"]
                .get(index)
                .copied()
                .unwrap_or("other")
                .into(),
            weight: Some(*weight),
        };
        Route {
            name: "checkout".into(),
            uid: "uid-route".into(),
            generation: 7,
            rules: rules
                .iter()
                .map(|rule| rule.iter().enumerate().map(backend).collect())
                .collect(),
            acceptance: Acceptance::Accepted,
            manager: Some("kubectl-patch".into()),
        }
    }

    fn autoscalers(&self) -> Vec<Autoscaler> {
        self.autoscalers
            .iter()
            .map(|(deployment, min)| Autoscaler {
                name: format!("{deployment}-hpa"),
                deployment: deployment.clone(),
                min: *min,
                max: 20,
            })
            .collect()
    }

    fn record_read(&self) -> RecordRead {
        match self.record.as_str() {
            "read" => RecordRead::Read {
                record: Box::new(self.record()),
                version: "11".into(),
                uid: "uid-record".into(),
            },
            "absent" => RecordRead::Absent,
            "unread" => RecordRead::Unread,
            "unreadable" => RecordRead::Unreadable("not JSON".into()),
            "failed" => RecordRead::Failed("403 Forbidden".into()),
            other => panic!("no such record: {other}"),
        }
    }

    fn set_weight(&self) -> Weight {
        let by_pods = Weight::beside(self.canary.replicas, self.stable.replicas);
        match (self.set_weight, self.kind) {
            (Some(weight), _) => Weight::saturating(weight),
            (None, Kind::ByPods) => by_pods.unwrap_or_default(),
            (None, Kind::Canary | Kind::Rolling) => Weight::saturating(self.weight),
        }
    }

    pub fn record(&self) -> Record {
        Record {
            releases: self.releases.iter().map(Known::release).collect(),
            current: self.claim.then(|| Claim {
                plan: "p0".into(),
                goal: "promote".into(),
                title: "promote v2.42.0 to 50 %".into(),
                done: 1,
                steps: 5,
                by: "jo".into(),
                since: at(),
                heartbeat: 3,
                whole: None,
            }),
            paused: self.paused.then(|| Paused {
                by: "jo".into(),
                since: at(),
                reason: None,
            }),
            step_started_at: Some(at()),
            base: self.base,
            set_weight: Some(self.set_weight()),
            stable_before: self.stable_before.as_deref().map(|tag| Version {
                image: image(tag),
                template: format!("hash-{tag}"),
            }),
            ..Record::default()
        }
    }
}

impl Known {
    fn release(&self) -> Release {
        let hash = self
            .hash
            .clone()
            .unwrap_or_else(|| format!("hash-{}", self.tag));
        Release {
            revision: self.rev,
            image: image(&self.tag),
            digest: self.digest.clone(),
            templates: Some(("checkout".to_owned(), hash))
                .filter(|(_, hash)| !hash.is_empty())
                .into_iter()
                .collect(),
            commit: None,
            run: None,
            deployed_at: at(),
            by: "jo".into(),
            reason: None,
            evidence: None,
            ended: self.ended,
            alone_since: None,
            good: self.good.then(|| Good {
                since: at(),
                by: "jo".into(),
                why: None,
                evidence: None,
            }),
            notes: Vec::new(),
            more: BTreeMap::new(),
        }
    }
}

fn template(track: Track, tag: &str, container: &str, env: &[String]) -> Template {
    let env: Vec<_> = env
        .iter()
        .map(|name| json!({"name": name, "value": "s3cret"}))
        .collect();
    Template(json!({
        "metadata": {"labels": {"app": "checkout", "flightdeck.dev/track": track.word()}},
        "spec": {"containers": [{"name": container, "image": image(tag).to_string(), "env": env}]},
    }))
}

fn containers(tag: &str, container: &str) -> Vec<Container> {
    vec![Container {
        name: container.into(),
        image: image(tag).to_string(),
    }]
}

fn deployment(name: &str, track: Track, side: &Side, container: &str) -> Deployment {
    let updated = side.updated.unwrap_or(side.replicas);
    let available = side.available.unwrap_or(updated) + side.old;
    Deployment {
        name: name.into(),
        uid: format!("uid-{name}"),
        generation: 3,
        observed_generation: 3,
        replicas: side.replicas,
        paused: side.halted,
        replacing: Replacing::InTurn { missing: side.away },
        counted: ReplicaCounts {
            total: updated + side.old,
            updated,
            ready: available,
            available,
        },
        progress: Progress::Moving,
        containers: containers(&side.tag, container),
        template: template(track, &side.tag, container, &side.env),
        plan: None,
        has_annotations: true,
        revision: Some(side.before.len() as u64 + 1),
        owner: None,
    }
}

fn replica_sets_of(
    owner: &Deployment,
    track: Track,
    side: &Side,
    container: &str,
) -> Vec<ReplicaSet> {
    let tags = side.before.iter().chain([&side.tag]);
    tags.enumerate()
        .map(|(index, tag)| {
            let is_present = index == side.before.len();
            let updated = side.updated.unwrap_or(side.replicas);
            let (pods, available) = if is_present {
                (updated, side.available.unwrap_or(updated).min(updated))
            } else if index + 1 == side.before.len() {
                (side.old, side.old)
            } else {
                (0, 0)
            };
            ReplicaSet {
                name: format!("{}-{tag}", owner.name),
                uid: format!("uid-{}-{tag}-{index}", owner.name),
                owner_uid: owner.uid.clone(),
                hash: format!("hash-{tag}"),
                revision: Some(index as u64 + 1),
                replicas: pods,
                ready: available,
                available,
                containers: containers(tag, container),
                template: template(
                    track,
                    tag,
                    container,
                    if is_present { &side.env } else { &[] },
                ),
            }
        })
        .collect()
}

fn pods_of(sets: &[ReplicaSet], track: Track, side: &Side) -> Vec<Pod> {
    let Some(set) = sets.last() else {
        return Vec::new();
    };
    (0..side.updated.unwrap_or(side.replicas))
        .map(|number| Pod {
            name: format!("{}-{number}", set.name),
            owner_uid: set.uid.clone(),
            hash: set.hash.clone(),
            track,
            state: side.pods.as_str().into(),
            ready: side.pods == "Running",
            deleting: false,
            restarts: u32::from(side.pods != "Running") * 3,
            last_end: None,
            started_at: Some(at()),
            digest: Some(digest('a')),
        })
        .collect()
}

pub fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// `promote`, `deploy TAG`, `roll back`, `roll back TAG`, `good`, `good TAG` …
pub fn goal(words: &str) -> Goal {
    let (verb, rest) = words
        .split_once(" -> ")
        .map_or((words, None), |(verb, rest)| (verb, Some(rest)));
    let to = || {
        rest.map_or(RollBackTo::LastKnownGood, |name| {
            RollBackTo::Named(name.into())
        })
    };
    match verb {
        "deploy" | "deploy and wait" => {
            let named = rest.unwrap();
            let image = if named.contains('/') {
                Image::parse(named).unwrap()
            } else {
                image(named)
            };
            Goal::Deploy(Deploy {
                image,
                until: if verb == "deploy" {
                    Until::Begun
                } else {
                    Until::Complete
                },
                smoke: None,
                provenance: Box::default(),
            })
        }
        "promote" => Goal::Promote,
        "promote fully" => Goal::PromoteFully,
        "pause" => Goal::Pause,
        "resume" => Goal::Resume,
        "abort" => Goal::Abort,
        "roll back" => Goal::RollBack(to()),
        "good" => Goal::DeclareGood(rest.map(str::to_owned)),
        other => panic!("no such goal: {other}"),
    }
}

pub fn request(goal: Goal) -> Request {
    Request {
        goal,
        target: Target::new("checkout", "production"),
        plan: PlanId::new("p1"),
        by: Who {
            cluster: Some("mira".into()),
            ..Who::default()
        },
        reason: None,
        against_verdict: None,
        blind: false,
        at: at(),
    }
}
