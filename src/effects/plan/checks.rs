//! Looking at the effect after the last step.

use super::super::checks::{Answer, Band};
use super::super::halt::Halt;
use super::super::judgement::Expected;
use super::super::traffic::{Proof, Sought, Traffic};
use super::super::wait::ExactPods;
use super::life::{Life, stopped};
use crate::domain::outcome::Verified;
use crate::domain::traffic::Split;
use crate::strategy::plan::Check;
use crate::strategy::step::{AwaitEndpoints, Step};
use std::time::Duration;

/// How long a check of the traffic watches before it says that the traffic is elsewhere.
const WEIGHT_CHECK: Duration = Duration::from_secs(30);

impl Life {
    pub(super) async fn checks(&mut self) -> Result<(), Halt> {
        for index in 0..self.plan.checks.len() {
            let check = self.plan.checks[index].clone();
            let answer = self.keeping_check(&check).await;
            let (ok, text, halt) = match answer {
                Ok((ok, text)) => (ok, text, None),
                Err(Halt::NotProven(text)) => {
                    (Some(false), text.clone(), Some(Halt::NotProven(text)))
                }
                Err(Halt::Bad(text)) => (Some(false), text.clone(), Some(Halt::Bad(text))),
                Err(Halt::Failed(error)) => (None, error.sentence(), Some(Halt::Failed(error))),
                Err(halt @ (Halt::Moved(_) | Halt::Stopped(_) | Halt::Refused(_))) => {
                    return Err(halt);
                }
            };
            if ok.is_none() && !self.report.has_told(&text) {
                self.report.told(format!("{}: {text}", check.name())).await;
            }
            let check = check.name().to_owned();
            self.report
                .checked(index, Verified { check, ok, text })
                .await;
            if let Some(halt) = halt {
                return Err(halt);
            }
        }
        Ok(())
    }

    async fn keeping_check(&mut self, check: &Check) -> Answer {
        let (hold, stop) = (self.carrier.hold.clone(), self.stop.clone());
        let done = self.plan.steps.len();
        tokio::select! {
            answer = Box::pin(self.check(check)) => answer,
            lost = Box::pin(hold.beat(done)) => Err(lost),
            () = stop.cancelled() => Err(stopped()),
        }
    }

    async fn check(&mut self, check: &Check) -> Answer {
        match check {
            Check::Weight {
                split,
                route,
                canary_tag,
            } => {
                self.weight_check(*split, route.as_deref(), canary_tag)
                    .await
            }
            Check::Endpoints {
                service,
                deployment,
                container,
                image,
                at_least,
            } => {
                let wanted = AwaitEndpoints {
                    service: service.clone(),
                    deployment: deployment.clone(),
                    container: container.clone(),
                    image: image.clone(),
                    at_least: *at_least,
                    within: Duration::ZERO,
                };
                self.carrier.endpoints_check(&wanted).await
            }
            Check::Pods {
                deployment,
                container,
                image,
                replicas,
            } => {
                let wanted = ExactPods {
                    deployment,
                    container,
                    image,
                    replicas: *replicas,
                };
                self.carrier.pods_check(&wanted).await
            }
            Check::Metrics {
                error_share,
                p95,
                within,
            } => {
                let band = Band {
                    error_share: *error_share,
                    p95: *p95,
                    within: *within,
                };
                self.carrier.metrics_check(band).await
            }
        }
    }

    /// What the last step saw of the traffic still holds; after other steps it is looked at again, and the earlier moment
    /// is kept as the one of full effect.
    async fn weight_check(
        &mut self,
        split: Split,
        route: Option<&str>,
        canary_tag: &str,
    ) -> Answer {
        let seen = self
            .traffic
            .take_if(|(seen, _)| *seen == split)
            .map(|(_, traffic)| traffic);
        let is_fresh = matches!(self.plan.steps.last(), Some(Step::ConfirmTraffic(_)));
        let traffic = match seen {
            Some(traffic) if is_fresh => traffic,
            seen => {
                let sought = Sought {
                    expected: Expected {
                        split,
                        from: self.before.from,
                    },
                    canary_tag,
                    route,
                    within: WEIGHT_CHECK,
                };
                self.look_again(sought, seen).await?
            }
        };
        self.traffic = Some((split, traffic.clone()));
        Ok(match traffic {
            Traffic::Proven(proof) => (Some(true), proof.text),
            Traffic::Unknown(reason) => (None, reason),
        })
    }

    async fn look_again(
        &self,
        sought: Sought<'_>,
        before: Option<Traffic>,
    ) -> Result<Traffic, Halt> {
        match (self.carrier.traffic(sought).await?, before) {
            (Traffic::Proven(proof), Some(Traffic::Proven(before))) => Ok(Traffic::Proven(Proof {
                since: before.since,
                text: proof.text,
            })),
            (now, _) => Ok(now),
        }
    }

    /// Somebody who would put a changed image back makes the effect a short one.
    pub(super) async fn look_for_owner(&mut self) {
        let changed: Vec<String> = self
            .plan
            .steps
            .iter()
            .filter_map(changed_version)
            .map(str::to_owned)
            .collect();
        if changed.is_empty() {
            return;
        }
        let Ok(seen) = self.carrier.look().await else {
            return;
        };
        for deployment in changed.iter().filter_map(|name| seen.deployment(name)) {
            if let Some(owner) = deployment.owner.as_ref().filter(|owner| owner.reverts) {
                let text = format!(
                    "{} {} may put {} back",
                    owner.kind, owner.name, deployment.name
                );
                self.report.told(text.clone()).await;
                self.report.verified.push(Verified {
                    check: "owner".to_owned(),
                    ok: None,
                    text,
                });
            }
        }
    }
}

/// The Deployment that a step gives another version.
fn changed_version(step: &Step) -> Option<&str> {
    match step {
        Step::SetImage(step) => Some(&step.on.deployment),
        Step::SetTemplate(step) => Some(&step.on.deployment),
        Step::SetWeights(_)
        | Step::Scale(_)
        | Step::SetPaused(_)
        | Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}
