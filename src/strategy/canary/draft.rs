//! A plan in the making: steps are added in order, and each is made from what the steps before it leave behind.
//!
//! Invariants: a step that would change nothing is not added; every weight that is set is then looked for in the traffic;
//! `from` of a step is what was observed or what an earlier step of the same plan wrote.

use super::estimate::estimate;
use super::inverse::inverse;
use super::objects::split_by_pods;
use super::situation::Situation;
use super::tracks::Tracks;
use super::warnings;
use crate::domain::artifact::Image;
use crate::domain::smoke::SmokeTest;
use crate::domain::traffic::{Split, Track, Weight};
use crate::strategy::cautions;
use crate::strategy::checks;
use crate::strategy::confirm::Risk;
use crate::strategy::drafted::Drafted;
use crate::strategy::earlier::Destination;
use crate::strategy::plan::{Check, Plan, RecordChange};
use crate::strategy::side::Side;
use crate::strategy::smoke;
use crate::strategy::step::{
    AwaitEndpoints, AwaitReady, ConfirmTraffic, Scale, SetImage, SetTemplate, SetWeights, Step,
};
use std::time::Duration;

/// How long stable's pods may take when the traffic waits for them.
const STABLE_WITHIN: Duration = Duration::from_secs(30);

/// How long the traffic may take to follow a weight.
const TRAFFIC_WITHIN: Duration = Duration::from_secs(30);

/// How long endpoints may take to follow the pods.
const ENDPOINTS_WITHIN: Duration = Duration::from_secs(30);

/// A plan in the making.
pub(super) struct Draft<'s, 'a> {
    pub(super) at: &'s Situation<'a>,
    /// What is there now.
    before: Tracks,
    /// What the steps so far leave behind.
    pub(super) now: Tracks,
    pub(super) steps: Vec<Step>,
    pub(super) checks: Vec<Check>,
    pub(super) warnings: Vec<String>,
    pub(super) record: RecordChange,
}

impl<'s, 'a> Draft<'s, 'a> {
    pub(super) fn new(at: &'s Situation<'a>) -> Self {
        let before = Tracks::of(at);
        Self {
            at,
            now: before.clone(),
            before,
            steps: Vec::new(),
            checks: Vec::new(),
            warnings: warnings::of(at),
            record: RecordChange::default(),
        }
    }

    fn side(&self, track: Track) -> Option<&'s Side<'a>> {
        match track {
            Track::Stable => Some(&self.at.stable),
            Track::Canary => self.at.canary.as_ref(),
        }
    }

    /// A person should know how many pods of a side that has traffic are away while they are replaced.
    fn warn_of_missing(&mut self, track: Track) {
        let share = match track {
            Track::Stable => self.now.split.stable(),
            Track::Canary => self.now.split.canary,
        };
        let Some(side) = self.side(track).filter(|_| share > Weight::ZERO) else {
            return;
        };
        let wanted = self.now.track(track).replicas;
        self.warnings
            .extend(cautions::missing_meanwhile(side.deployment, wanted));
    }

    /// The side runs this image.
    pub(super) fn take_image(&mut self, track: Track, image: &Image) {
        let Some(side) = self.side(track) else { return };
        let running = self.now.track(track).image.clone();
        if running != *image {
            self.warn_of_missing(track);
            self.steps.push(Step::SetImage(SetImage {
                on: side.workload(),
                from: running,
                to: image.clone(),
            }));
            self.now.track_mut(track).image = image.clone();
        }
    }

    /// Stable runs this template, and its Deployment is not paused.
    pub(super) fn take_template(&mut self, to: Destination) {
        let deployment = self.at.stable.deployment;
        self.warn_of_missing(Track::Stable);
        self.steps.push(Step::SetTemplate(SetTemplate {
            on: self.at.stable.workload(),
            from: self.now.stable.image.clone(),
            from_template: deployment.template.clone(),
            to: to.image.clone(),
            template: to.template,
            paused: deployment.paused,
            revision: to.revision,
        }));
        self.now.stable.image = to.image;
    }

    /// At least this many replicas are wanted.
    pub(super) fn scale_up(&mut self, track: Track, at_least: u32) {
        let wish = self.now.track(track).replicas;
        self.scale(track, wish.max(at_least));
    }

    /// Exactly this many replicas are wanted.
    pub(super) fn scale(&mut self, track: Track, to: u32) {
        let Some(side) = self.side(track) else { return };
        let from = self.now.track(track).replicas;
        if from != to {
            self.steps.push(Step::Scale(Scale {
                on: side.workload(),
                from,
                to,
            }));
            self.now.track_mut(track).replicas = to;
            if self.at.is_by_pods() {
                self.now.split = split_by_pods(self.now.stable.replicas, self.now.canary.replicas);
            }
        }
    }

    /// All wanted pods of the side are available.
    pub(super) fn await_ready(&mut self, track: Track) {
        let wanted = self.now.track(track).replicas;
        self.await_pods(track, wanted, self.at.canary_policy.ready_within);
    }

    /// All wanted pods of stable are available, or after 30 s at least one: the traffic waits for them.
    pub(super) fn await_some_of_stable(&mut self) {
        self.await_pods(Track::Stable, 1, STABLE_WITHIN);
    }

    fn await_pods(&mut self, track: Track, enough: u32, within: Duration) {
        let Some(side) = self.side(track) else { return };
        let now = self.now.track(track);
        self.steps.push(Step::AwaitReady(AwaitReady {
            deployment: side.deployment.name.clone(),
            uid: side.deployment.uid.clone(),
            container: side.container.to_owned(),
            image: now.image.clone(),
            replicas: now.replicas,
            enough,
            within,
        }));
    }

    /// The side's Service sends to pods of its version only. Where both sides stand behind one Service, that is so once the
    /// canary has no pods.
    pub(super) fn await_endpoints(&mut self, track: Track, at_least: u32) {
        if self.is_shared() {
            return;
        }
        let Some(side) = self.side(track) else { return };
        self.steps.push(Step::AwaitEndpoints(AwaitEndpoints {
            service: self.service(track).to_owned(),
            deployment: side.deployment.name.clone(),
            container: side.container.to_owned(),
            image: self.now.track(track).image.clone(),
            at_least,
            within: ENDPOINTS_WITHIN,
        }));
    }

    /// The traffic is divided like this, and seen to be.
    pub(super) fn weights(&mut self, to: Split) {
        let Some(route) = &self.at.divider.route else {
            return self.weights_by_pods(to);
        };
        let settled = self.at.divider.oddity.is_none();
        if self.now.split == to && settled {
            return;
        }
        let policy = self.at.canary_policy;
        self.steps.push(Step::SetWeights(SetWeights {
            route: route.object.name.clone(),
            uid: route.object.uid.clone(),
            generation: route.object.generation,
            rules: route.rules.clone(),
            stable_service: policy.stable_service.clone(),
            canary_service: policy.canary_service.clone(),
            from: self.now.split,
            to,
            restated: false,
        }));
        self.now.split = to;
        self.confirm_traffic();
    }

    /// The pods make the share: none for weight 0; for another the canary has got them already.
    fn weights_by_pods(&mut self, to: Split) {
        if to.canary == Weight::ZERO {
            self.scale(Track::Canary, 0);
        }
        self.confirm_traffic();
    }

    fn is_shared(&self) -> bool {
        self.at.is_by_pods() && self.now.canary.replicas > 0
    }

    fn route_name(&self) -> Option<String> {
        let route = self.at.divider.route.as_ref()?;
        Some(route.object.name.clone())
    }

    /// The traffic is seen to be divided as it should be.
    pub(super) fn confirm_traffic(&mut self) {
        self.steps.push(Step::ConfirmTraffic(ConfirmTraffic {
            split: self.now.split,
            route: self.route_name(),
            canary_tag: self.now.canary_word(self.at.canary_policy),
            within: TRAFFIC_WITHIN,
        }));
    }

    /// Requests under way on the canary end.
    pub(super) fn drain(&mut self) {
        if self.now.canary.replicas > 0 {
            self.steps.push(Step::Drain(self.at.canary_policy.drain));
        }
    }

    /// Whether the candidate can be tested before it gets traffic: it has a Service of its own, and the test goes there.
    pub(super) fn can_test_first(&self, test: &SmokeTest) -> bool {
        !self.at.is_by_pods() && smoke::is_before_traffic(test)
    }

    /// The candidate passes the smoke test.
    pub(super) fn smoke_test(&mut self, test: &SmokeTest) {
        let service = if self.at.is_by_pods() {
            self.service(Track::Stable)
        } else {
            self.service(Track::Canary)
        };
        let step = smoke::step(test, &self.now.canary.image, service);
        self.steps.push(step);
    }

    /// The split must be there in the end.
    pub(super) fn check_weight(&mut self) {
        self.checks.push(Check::Weight {
            split: self.now.split,
            route: self.route_name(),
            canary_tag: self.now.canary_word(self.at.canary_policy),
        });
    }

    /// The side's Service must send to its version only.
    pub(super) fn check_endpoints(&mut self, track: Track, at_least: u32) {
        if self.is_shared() {
            return;
        }
        let Some(side) = self.side(track) else { return };
        self.checks.push(Check::Endpoints {
            service: self.service(track).to_owned(),
            deployment: side.deployment.name.clone(),
            container: side.container.to_owned(),
            image: self.now.track(track).image.clone(),
            at_least,
        });
    }

    /// The side must have the pods that it wants.
    pub(super) fn check_pods(&mut self, track: Track) {
        let Some(side) = self.side(track) else { return };
        let now = self.now.track(track);
        self.checks.push(Check::Pods {
            deployment: side.deployment.name.clone(),
            container: side.container.to_owned(),
            image: now.image.clone(),
            replicas: now.replicas,
        });
    }

    /// What serves must be well again.
    pub(super) fn check_metrics(&mut self) {
        self.checks.push(checks::metrics(self.at.policy));
    }

    fn service(&self, track: Track) -> &'a str {
        match track {
            Track::Stable => &self.at.canary_policy.stable_service,
            Track::Canary => &self.at.canary_policy.canary_service,
        }
    }

    /// Whether all traffic goes to stable once these steps are done.
    pub(super) fn stable_serves_all(&self) -> bool {
        self.now.split.canary == Weight::ZERO
    }

    /// The plan.
    pub(super) fn done(self, title: String, expected: String, risk: Risk) -> Plan {
        let at = self.at;
        let drafted = Drafted {
            title,
            expected,
            risk,
            inverse: inverse(&self.steps, &self.before, self.at.canary_policy),
            takes: estimate(&self.steps, &self.before, self.at.canary_policy),
            steps: self.steps,
            checks: self.checks,
            warnings: self.warnings,
            record: self.record,
        };
        drafted.plan(at.request, at.policy, &at.rollout.fingerprint)
    }
}
