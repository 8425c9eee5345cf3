//! A plan in the making: a write to the Deployment, and the wait for its rollout.

use super::situation::Situation;
use crate::domain::artifact::Image;
use crate::domain::smoke::SmokeTest;
use crate::strategy::cautions;
use crate::strategy::checks;
use crate::strategy::confirm::Risk;
use crate::strategy::drafted::Drafted;
use crate::strategy::earlier::Destination;
use crate::strategy::inverted::inverted;
use crate::strategy::pace;
use crate::strategy::plan::{Check, Plan, RecordChange};
use crate::strategy::refusal::{Reason, Refusal};
use crate::strategy::smoke;
use crate::strategy::step::{
    AwaitEndpoints, AwaitReady, SetImage, SetPaused, SetTemplate, Step, Workload,
};
use std::time::Duration;

/// How long endpoints may take to follow the pods.
const ENDPOINTS_WITHIN: Duration = Duration::from_secs(30);

/// A plan in the making.
pub(super) struct Draft<'s, 'a> {
    at: &'s Situation<'a>,
    /// What the steps so far leave the Deployment with.
    image: Image,
    steps: Vec<Step>,
    checks: Vec<Check>,
    takes: Duration,
    pub(super) warnings: Vec<String>,
    pub(super) record: RecordChange,
}

impl<'s, 'a> Draft<'s, 'a> {
    pub(super) fn new(at: &'s Situation<'a>) -> Self {
        Self::running(at, at.state.side.image.clone())
    }

    /// Steps before it have left the Deployment with this image.
    pub(super) fn running(at: &'s Situation<'a>, image: Image) -> Self {
        Self {
            at,
            image,
            steps: Vec::new(),
            checks: Vec::new(),
            takes: Duration::ZERO,
            warnings: warnings(at),
            record: RecordChange::default(),
        }
    }

    /// The Deployment runs this image.
    pub(super) fn take_image(&mut self, image: &Image) {
        self.steps.push(Step::SetImage(SetImage {
            on: self.on(),
            from: self.image.clone(),
            to: image.clone(),
        }));
        self.image = image.clone();
    }

    /// The Deployment runs this template, and is not paused.
    pub(super) fn take_template(&mut self, to: Destination) {
        let deployment = self.at.state.side.deployment;
        self.steps.push(Step::SetTemplate(SetTemplate {
            on: self.on(),
            from: self.image.clone(),
            from_template: deployment.template.clone(),
            to: to.image.clone(),
            template: to.template,
            paused: deployment.paused,
            revision: to.revision,
        }));
        self.image = to.image;
    }

    /// The Deployment holds its rollout, or goes on.
    pub(super) fn set_paused(&mut self, to: bool) {
        let on = self.on();
        self.steps.push(Step::SetPaused(SetPaused { on, to }));
    }

    /// The rollout is complete, and is seen to be.
    pub(super) fn await_rollout(&mut self) {
        let pods = self.at.replicas();
        if pods > 0 {
            self.steps.push(self.ready());
            self.takes += (pace::BATCH * pace::batches(pods)).min(self.at.own.ready_within);
        }
        if let (Some(service), true) = (&self.at.own.service, pods > 0) {
            let side = &self.at.state.side;
            self.steps.push(Step::AwaitEndpoints(AwaitEndpoints {
                service: service.clone(),
                deployment: side.deployment.name.clone(),
                container: side.container.to_owned(),
                image: self.image.clone(),
                at_least: pods,
                within: ENDPOINTS_WITHIN,
            }));
            self.checks.push(Check::Endpoints {
                service: service.clone(),
                deployment: side.deployment.name.clone(),
                container: side.container.to_owned(),
                image: self.image.clone(),
                at_least: pods,
            });
        }
        self.checks.push(self.pods());
    }

    /// The Deployment must have the pods that it wants.
    pub(super) fn pods(&self) -> Check {
        let side = &self.at.state.side;
        Check::Pods {
            deployment: side.deployment.name.clone(),
            container: side.container.to_owned(),
            image: self.image.clone(),
            replicas: self.at.replicas(),
        }
    }

    /// What the Deployment runs passes the smoke test.
    pub(super) fn smoke_test(&mut self, test: &SmokeTest) -> Result<(), Refusal> {
        let service = self.at.own.service.as_deref();
        if service.is_none() && test.lacks_a_service() {
            let why = "the smoke test has neither a URL nor a Service to go to";
            return Err(Refusal::new(Reason::MissingObject, why).hint(
                "set `url` or `service` in the environment's [smoke], or `service` of its strategy",
            ));
        }
        let step = smoke::step(test, &self.image, service.unwrap_or_default());
        self.steps.push(step);
        self.takes += pace::SMOKE_TEST;
        Ok(())
    }

    /// What serves must be well again.
    pub(super) fn check_metrics(&mut self) {
        self.checks.push(checks::metrics(self.at.policy));
    }

    /// What serves in the end, in words.
    pub(super) fn serves(&self) -> String {
        let pods = match self.at.replicas() {
            1 => "1 pod".to_owned(),
            pods => format!("{pods} pods"),
        };
        format!("{} serves all traffic, {pods}", self.image.label())
    }

    fn on(&self) -> Workload {
        self.at.state.side.workload()
    }

    /// The wait for the rollout of what it runs.
    pub(super) fn ready(&self) -> Step {
        let side = &self.at.state.side;
        Step::AwaitReady(AwaitReady {
            deployment: side.deployment.name.clone(),
            uid: side.deployment.uid.clone(),
            container: side.container.to_owned(),
            image: self.image.clone(),
            replicas: self.at.replicas(),
            enough: self.at.replicas(),
            within: self.at.own.ready_within,
        })
    }

    /// The writes taken back, then the wait for the pods that this changes.
    fn inverse(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = self.steps.iter().rev().filter_map(inverted).collect();
        let changes_pods = steps
            .iter()
            .any(|step| matches!(step, Step::SetImage(_) | Step::SetTemplate(_)));
        if changes_pods && self.at.replicas() > 0 {
            let before = Self::new(self.at);
            steps.push(before.ready());
        }
        steps
    }

    /// The plan.
    pub(super) fn done(self, title: String, expected: String, risk: Risk) -> Plan {
        let at = self.at;
        let drafted = Drafted {
            title,
            expected,
            risk,
            inverse: self.inverse(),
            takes: self.takes,
            steps: self.steps,
            checks: self.checks,
            warnings: self.warnings,
            record: self.record,
        };
        drafted.plan(at.request, at.policy, &at.rollout.fingerprint)
    }
}

fn warnings(at: &Situation<'_>) -> Vec<String> {
    let goal = &at.request.goal;
    let mut told = Vec::new();
    told.extend(cautions::held(at.rollout.claim.as_ref(), goal));
    told.extend(cautions::unrecorded(&at.seen.record));
    if at.state.before.is_none() {
        told.extend(cautions::missing_pods(at.state.side.deployment));
    }
    if cautions::changes_traffic(goal) {
        let deployment = at.state.side.deployment;
        told.extend(cautions::reverting_owner(&at.rollout));
        told.extend(cautions::missing_meanwhile(deployment, deployment.replicas));
    }
    if goal.raises() {
        told.extend(cautions::blind(at.request));
    }
    told
}
