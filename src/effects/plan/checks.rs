//! Looking at the effect after the last step.

use super::super::checks::{Answer, Band};
use super::super::halt::Halt;
use super::super::judgement::Expected;
use super::super::traffic::{Sought, Traffic};
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
                Err(Halt::Failed(error)) => (None, error.sentence(), None),
                Err(halt) => return Err(halt),
            };
            if ok.is_none() {
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

    /// A proof from the last step still holds; after other steps the traffic is looked at again, and the earlier moment is
    /// kept as the one of full effect.
    async fn weight_check(
        &mut self,
        split: Split,
        route: Option<&str>,
        canary_tag: &str,
    ) -> Answer {
        let seen = self
            .proof
            .as_ref()
            .filter(|(seen, _)| *seen == split)
            .map(|(_, proof)| proof.clone());
        let is_last = matches!(self.plan.steps.last(), Some(Step::ConfirmTraffic(_)));
        if let (Some(proof), true) = (&seen, is_last) {
            return Ok((Some(true), proof.text.clone()));
        }
        let sought = Sought {
            expected: Expected {
                split,
                from: self.before.from,
            },
            canary_tag,
            route,
            within: WEIGHT_CHECK,
        };
        match self.carrier.traffic(sought).await? {
            Traffic::Proven(proof) => {
                let text = proof.text.clone();
                self.proof = Some((split, seen.unwrap_or(proof)));
                Ok((Some(true), text))
            }
            Traffic::Unknown(text) => {
                self.proof = None;
                Ok((None, text))
            }
        }
    }
}
