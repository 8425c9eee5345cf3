//! Looking at the effect after the last step.

use super::super::checks::{Answer, Band};
use super::super::halt::Halt;
use super::super::judgement::Expected;
use super::super::traffic::{Proof, Sought, Traffic};
use super::super::wait::WantedPods;
use super::life::{Life, stopped};
use crate::domain::cluster::Snapshot;
use crate::domain::outcome::Verified;
use crate::domain::traffic::Split;
use crate::strategy::cut_off;
use crate::strategy::plan::{Check, Plan};
use crate::strategy::step::{AwaitEndpoints, Step};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a check of the traffic watches before it says that the traffic is elsewhere.
const WEIGHT_CHECK: Duration = Duration::from_secs(30);
/// How long it is watched whether an owner puts a change back: those that heal by themselves do it within seconds.
const REVERTED_WITHIN: Duration = Duration::from_secs(15);
const OWNER_POLL: Duration = Duration::from_secs(1);

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
        let hurry = self.hurry.clone();
        let done = self.plan.steps.len();
        tokio::select! {
            answer = Box::pin(self.check(check)) => answer,
            lost = Box::pin(hold.beat(done)) => Err(lost),
            () = stop.cancelled() => Err(stopped()),
            () = hurry.cancelled() => Err(hurried()),
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
                let wanted = WantedPods {
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

    /// Somebody who would put back what was changed makes the effect a short one: it is watched whether that happens.
    pub(super) async fn look_for_owner(&mut self) -> Result<(), Halt> {
        let Ok(seen) = self.carrier.look().await else {
            return Ok(());
        };
        let Some(owner) = reverting(&self.plan, &seen) else {
            return Ok(());
        };
        let hold = self.carrier.hold.clone();
        let watched = tokio::select! {
            watched = Box::pin(self.watch_owner(&owner)) => watched,
            lost = Box::pin(hold.beat(self.plan.steps.len())) => Err(lost),
            () = self.stop.cancelled() => Err(stopped()),
            () = self.hurry.cancelled() => Err(hurried()),
        };
        let (ok, text) = match &watched {
            Err(Halt::NotProven(text)) => (Some(false), text.clone()),
            Ok(()) | Err(_) => (
                None,
                format!(
                    "{owner} may put it back; it did not within {} s",
                    REVERTED_WITHIN.as_secs()
                ),
            ),
        };
        self.report.told(text.clone()).await;
        let check = "owner".to_owned();
        self.report.verified.push(Verified { check, ok, text });
        watched
    }

    async fn watch_owner(&self, owner: &str) -> Result<(), Halt> {
        let since = Instant::now();
        loop {
            if let Ok(seen) = self.carrier.look().await
                && let Some(differs) = cut_off::end_differs(&self.plan, &seen)
            {
                let seconds = since.elapsed().as_secs();
                return Err(Halt::NotProven(format!(
                    "{owner}, or somebody else, put it back within {seconds} s: {differs}"
                )));
            }
            let left = REVERTED_WITHIN.saturating_sub(since.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            self.carrier.voice.waited(format!(
                "{} s more whether {owner} puts it back",
                left.as_secs_f64().ceil()
            ));
            sleep(OWNER_POLL.min(left)).await;
        }
    }
}

/// Who would put back what the plan changed.
fn reverting(plan: &Plan, seen: &Snapshot) -> Option<String> {
    let changed = plan.steps.iter().filter_map(changed_version);
    let owners = changed.filter_map(|name| seen.deployment(name)?.owner.as_ref());
    let mut reverting = owners.filter(|owner| owner.reverts);
    reverting
        .next()
        .map(|owner| format!("{} {}", owner.kind, owner.name))
}

fn hurried() -> Halt {
    Halt::Stopped("the program ended before the effect was seen to last".to_owned())
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
