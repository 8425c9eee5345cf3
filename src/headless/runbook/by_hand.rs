//! The same with plain kubectl, where Flightdeck is not at hand.
//!
//! Invariants: lines set absolute values, so that each may be run twice; weights are written where the backends' names are the
//! expected ones, and nowhere else; nothing from outside reaches a shell unquoted.

use super::document::Command;
use super::facts::Facts;
use crate::domain::artifact::Image;
use crate::domain::policy::{CanaryPolicy, RollingPolicy, Strategy};
use crate::domain::record::{KEY, Record, Release};
use crate::domain::traffic::Weight;
use crate::headless::pilot_manifest;
use crate::strategy::describe::quoted;
use serde_json::json;
use std::time::Duration;

/// Stands where the image of the candidate is not known.
const CANDIDATE: &str = "IMAGE";
/// Stands where the number of pods is not known.
const PODS: &str = "PODS";

/// kubectl for one environment.
pub(super) struct ByHand<'f> {
    facts: &'f Facts<'f>,
    kubectl: String,
}

impl<'f> ByHand<'f> {
    pub(super) fn new(facts: &'f Facts<'f>) -> Self {
        let environment = facts.environment;
        let file = environment.kubeconfig.as_ref();
        let file = file.map(|file| format!("--kubeconfig {}", quoted(&file.display().to_string())));
        let context = environment.context.as_ref();
        let context = context.map(|context| format!("--context {}", quoted(context)));
        let namespace = format!("-n {}", quoted(&environment.namespace));
        let words = ["kubectl".to_owned()]
            .into_iter()
            .chain(file)
            .chain(context);
        let words: Vec<String> = words.chain([namespace]).collect();
        let kubectl = words.join(" ");
        Self { facts, kubectl }
    }

    fn strategy(&self) -> &'f Strategy {
        &self.facts.environment.policy.strategy
    }

    fn run(&self, words: &str) -> String {
        format!("{} {words}", self.kubectl)
    }

    /// What is live, and the record.
    pub(super) fn look(&self) -> Vec<Command> {
        let names = self.strategy().deployments();
        let names: Vec<String> = names.iter().map(|(_, name)| quoted(name)).collect();
        let mut lines = vec![Command::new(
            "versions and pods",
            self.run(&format!("get deployment {} -o wide", names.join(" "))),
        )];
        if let Some(route) = self.strategy().route() {
            let path = r#"jsonpath='{range .spec.rules[*].backendRefs[*]}{.name}{" "}{.weight}{"\n"}{end}'"#;
            let words = format!("get httproute {} -o {path}", quoted(route));
            lines.push(Command::new(
                "who gets which share of the traffic",
                self.run(&words),
            ));
        }
        let record = self.facts.target.record_name();
        let key = KEY.replace('.', r"\.");
        let words = format!("get configmap {record} -o jsonpath='{{.data.{key}}}'");
        lines.push(Command::new(
            "the record: releases, which are good, a pause, a plan under way",
            self.run(&words),
        ));
        let words = format!("get lease {record} -o jsonpath='{{.spec.holderIdentity}}'");
        lines.push(Command::new(
            "which pilot drives; none where it is not found",
            self.run(&words),
        ));
        lines
    }

    /// To the last known good release. Traffic leaves a candidate first, but not for a stable side that runs another release
    /// and gets nothing now.
    pub(super) fn roll_back(&self) -> Vec<Command> {
        match self.strategy() {
            Strategy::Canary(canary) => {
                let image = self.take_good(&canary.stable, &canary.container);
                let traffic = self.leave_canary(canary);
                if self.stable_is_idle_and_other() {
                    image.into_iter().chain(traffic).collect()
                } else {
                    traffic.into_iter().chain(image).collect()
                }
            }
            Strategy::Rolling(rolling) => self.take_good(&rolling.deployment, &rolling.container),
        }
    }

    fn stable_is_idle_and_other(&self) -> bool {
        let live = self.facts.live.as_ref();
        let has_all = live.is_some_and(|live| live.candidate.is_some() && live.weight == Some(100));
        let stable = live.and_then(|live| live.stable.as_ref());
        let image = stable.and_then(|side| Image::parse(&side.image).ok());
        let is_good = |good: &Release| image.as_ref().is_some_and(|image| good.runs(image));
        has_all && !self.facts.last_known_good().is_some_and(is_good)
    }

    /// The serving Deployment takes the last known good release.
    fn take_good(&self, deployment: &str, container: &str) -> Vec<Command> {
        let mut lines = match self.facts.last_known_good() {
            Some(good) => {
                let what = format!(
                    "only where {deployment} does not run {} already",
                    good.tag()
                );
                let image = pinned(good).to_string();
                vec![
                    Command::new(what, self.set_image(deployment, container, &image)),
                    Command::new(
                        "where somebody paused its rollout",
                        self.rollout("resume", deployment),
                    ),
                ]
            }
            None => vec![
                Command::new(
                    "the revisions that there are: no release is known to be good",
                    self.rollout("history", deployment),
                ),
                Command::new(
                    "to the one that you trust",
                    format!(
                        "{} --to-revision=REVISION",
                        self.rollout("undo", deployment)
                    ),
                ),
            ],
        };
        let within = self.ready_within();
        lines.push(Command::new(
            "until it is complete",
            self.status(deployment, within),
        ));
        lines
    }

    /// The traffic leaves the candidate.
    pub(super) fn abort(&self) -> Vec<Command> {
        match self.strategy() {
            Strategy::Canary(canary) => match &canary.route {
                Some(route) => vec![Command::new(
                    "all traffic to stable; the canary's pods stay for a look",
                    self.weights(canary, route, Weight::ZERO),
                )],
                None => vec![Command::new(
                    "without a route the pods are the share",
                    self.scale(&canary.canary, "0"),
                )],
            },
            Strategy::Rolling(rolling) => self.undo(rolling),
        }
    }

    fn undo(&self, rolling: &RollingPolicy) -> Vec<Command> {
        let name = &rolling.deployment;
        vec![
            Command::new(
                "where somebody paused its rollout",
                self.rollout("resume", name),
            ),
            Command::new("back to the revision before", self.rollout("undo", name)),
            Command::new(
                "until it is complete",
                self.status(name, rolling.ready_within),
            ),
        ]
    }

    /// Stays where it is.
    pub(super) fn pause(&self) -> Vec<Command> {
        match self.strategy() {
            Strategy::Canary(_) => {
                let pilot = quoted(&format!(
                    "deployment/{}",
                    pilot_manifest::name(self.facts.target)
                ));
                vec![Command::new(
                    "only where a pilot runs in the cluster: it drives no more",
                    self.run(&format!("scale {pilot} --replicas=0")),
                )]
            }
            Strategy::Rolling(rolling) => vec![Command::new(
                "its controller replaces no more pods",
                self.rollout("pause", &rolling.deployment),
            )],
        }
    }

    /// Goes on after a pause; a canary takes its next steps.
    pub(super) fn promote(&self) -> Vec<Command> {
        match self.strategy() {
            Strategy::Canary(canary) => {
                let mut lines = self.steps(canary);
                lines.extend(self.finish(canary));
                lines
            }
            Strategy::Rolling(rolling) => vec![
                Command::new("after a pause", self.rollout("resume", &rolling.deployment)),
                Command::new(
                    "until it is complete",
                    self.status(&rolling.deployment, rolling.ready_within),
                ),
            ],
        }
    }

    /// The weights that are still to come: pods before traffic.
    fn steps(&self, canary: &CanaryPolicy) -> Vec<Command> {
        let live = self.facts.live.as_ref();
        let at = live
            .filter(|live| live.candidate.is_some())
            .and_then(|live| live.weight);
        let base = self.base();
        let mut lines = Vec::new();
        for step in canary
            .reachable()
            .filter(|step| at.is_none_or(|at| step.weight.percent() > at))
        {
            let weight = step.weight;
            let pods = base.map_or(PODS.to_owned(), |base| {
                canary.pods(base, weight).to_string()
            });
            lines.push(Command::new(
                format!("to {weight}: its pods first"),
                self.scale(&canary.canary, &pods),
            ));
            lines.push(Command::new(
                "until they are available",
                self.status(&canary.canary, canary.ready_within),
            ));
            if let Some(route) = &canary.route {
                let what = format!(
                    "then {weight} of the traffic; look at it for {} s",
                    step.hold.as_secs()
                );
                lines.push(Command::new(what, self.weights(canary, route, weight)));
            }
        }
        lines
    }

    /// Stable takes the release, and the canary goes.
    fn finish(&self, canary: &CanaryPolicy) -> Vec<Command> {
        let live = self.facts.live.as_ref();
        let candidate = live.and_then(|live| live.candidate.as_ref());
        let image = candidate.map_or(CANDIDATE, |side| side.image.as_str());
        let mut lines = vec![
            Command::new(
                "at the end stable takes the release",
                self.set_image(&canary.stable, &canary.container, image),
            ),
            Command::new(
                "until it is complete",
                self.status(&canary.stable, canary.ready_within),
            ),
        ];
        lines.extend(self.leave_canary(canary));
        lines
    }

    /// All traffic to stable, then the canary to 0.
    fn leave_canary(&self, canary: &CanaryPolicy) -> Vec<Command> {
        let weights = canary.route.as_ref().map(|route| {
            Command::new(
                "all traffic to stable",
                self.weights(canary, route, Weight::ZERO),
            )
        });
        let pods = Command::new("then the canary's pods go", self.scale(&canary.canary, "0"));
        weights.into_iter().chain([pods]).collect()
    }

    /// Pods that stable has to keep.
    fn base(&self) -> Option<u32> {
        let live = self.facts.live.as_ref();
        let recorded = self.facts.record().and_then(|record: &Record| record.base);
        let wanted = live
            .and_then(|live| live.stable.as_ref())
            .map(|side| side.replicas.desired);
        wanted.max(recorded)
    }

    fn ready_within(&self) -> Duration {
        match self.strategy() {
            Strategy::Canary(canary) => canary.ready_within,
            Strategy::Rolling(rolling) => rolling.ready_within,
        }
    }

    /// One JSON Patch; it is refused as a whole where a backend does not stand where it is expected.
    fn weights(&self, canary: &CanaryPolicy, route: &str, weight: Weight) -> String {
        let mut patch = Vec::new();
        for (rule, backends) in self.backends(canary) {
            for (index, service) in backends {
                let percent = if *service == canary.canary_service {
                    weight.percent()
                } else {
                    weight.rest().percent()
                };
                let at = format!("/spec/rules/{rule}/backendRefs/{index}");
                patch.push(json!({ "op": "test", "path": format!("{at}/name"), "value": service }));
                patch
                    .push(json!({ "op": "add", "path": format!("{at}/weight"), "value": percent }));
            }
        }
        let patch = serde_json::Value::Array(patch).to_string();
        let words = format!(
            "patch httproute {} --type=json -p {}",
            quoted(route),
            quoted(&patch)
        );
        self.run(&words)
    }

    /// Both Services in each rule that names them; where the route was not read, as the first two backends of its first rule.
    fn backends<'c>(&self, canary: &'c CanaryPolicy) -> Vec<(usize, Vec<(usize, &'c String)>)> {
        let both = [&canary.stable_service, &canary.canary_service];
        let Some(route) = &self.facts.route else {
            return vec![(0, both.into_iter().enumerate().collect())];
        };
        let places = |rule: &Vec<crate::domain::cluster::Backend>| {
            let place = |service: &'c String| {
                let at = rule.iter().position(|backend| backend.name == *service)?;
                Some((at, service))
            };
            both.into_iter().map(place).collect::<Option<Vec<_>>>()
        };
        let rules = route.rules.iter().enumerate();
        rules
            .filter_map(|(at, rule)| Some((at, places(rule)?)))
            .collect()
    }

    fn scale(&self, deployment: &str, replicas: &str) -> String {
        let name = quoted(&format!("deployment/{deployment}"));
        self.run(&format!("scale {name} --replicas={replicas}"))
    }

    fn set_image(&self, deployment: &str, container: &str, image: &str) -> String {
        let name = quoted(&format!("deployment/{deployment}"));
        self.run(&format!(
            "set image {name} {}",
            quoted(&format!("{container}={image}"))
        ))
    }

    fn rollout(&self, verb: &str, deployment: &str) -> String {
        self.run(&format!(
            "rollout {verb} {}",
            quoted(&format!("deployment/{deployment}"))
        ))
    }

    fn status(&self, deployment: &str, within: Duration) -> String {
        format!(
            "{} --timeout={}s",
            self.rollout("status", deployment),
            within.as_secs()
        )
    }
}

/// The image with the digest that the nodes reported, where the reference has none.
fn pinned(release: &Release) -> Image {
    Image {
        digest: release.known_digest().cloned(),
        ..release.image.clone()
    }
}
