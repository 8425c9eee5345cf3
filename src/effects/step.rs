//! Each step of a plan, done once.

use super::carrier::Carrier;
use super::guard::Write;
use super::halt::Halt;
use super::judgement::Expected;
use super::traffic::{Sought, Traffic};
use super::wait;
use super::write::Written;
use crate::domain::cluster::Snapshot;
use crate::domain::outcome::StepResult;
use crate::domain::traffic::Split;
use crate::strategy::step::{
    AwaitEndpoints, AwaitReady, ConfirmTraffic, RunSmokeTest, SetWeights, Step,
};
use std::time::Duration;
use tokio::time::sleep;

/// A step that was done, and what it leaves for those after it.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) result: StepResult,
    /// The route's generation after a write to it.
    pub(super) generation: Option<i64>,
    /// What looking at the traffic gave.
    pub(super) traffic: Option<Traffic>,
    /// What could not be known.
    pub(super) told: Option<String>,
}

/// What the steps before left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The route's generation after this plan's last write to it.
    pub(super) generation: Option<i64>,
    /// The split before this plan's last change of it.
    pub(super) from: Option<Split>,
}

impl Carrier {
    pub(super) async fn step(&self, step: &Step, before: Before) -> Result<Carried, Halt> {
        match step {
            Step::SetWeights(step) => self.set_weights(step, before).await,
            Step::Scale(step) => self.written(&Write::Scale(step)).await,
            Step::SetImage(step) => self.written(&Write::Image(step)).await,
            Step::SetTemplate(step) => self.written(&Write::Template(step)).await,
            Step::SetPaused(step) => self.written(&Write::Paused(step)).await,
            Step::AwaitReady(step) => self.await_ready(step).await,
            Step::AwaitEndpoints(step) => self.await_endpoints(step).await,
            Step::ConfirmTraffic(step) => self.confirm_traffic(step, before).await,
            Step::Drain(time) => {
                self.drain(*time).await;
                Ok(Carried::done())
            }
            Step::RunSmokeTest(step) => self.smoke_test(step).await,
        }
    }

    async fn set_weights(&self, step: &SetWeights, before: Before) -> Result<Carried, Halt> {
        let generation = before.generation.unwrap_or(step.generation);
        let written = self.write(&Write::Weights(step, generation)).await?;
        Ok(Carried {
            generation: written.object.generation(),
            ..Carried::of(&written)
        })
    }

    async fn written(&self, write: &Write<'_>) -> Result<Carried, Halt> {
        Ok(Carried::of(&self.write(write).await?))
    }

    /// Where fewer pods will do when the time is over, it goes on with those and says how many are missing.
    async fn await_ready(&self, step: &AwaitReady) -> Result<Carried, Halt> {
        let ready = self.until(step.within, |seen| wait::ready(step, seen));
        let Err(halt) = ready.await else {
            return Ok(Carried::done());
        };
        if !matches!(halt, Halt::NotProven(_)) || step.enough >= step.replicas {
            return Err(halt);
        }
        match wait::enough(step, &self.look().await?) {
            Some(told) => Ok(Carried {
                told: Some(told),
                ..Carried::done()
            }),
            None => Err(halt),
        }
    }

    /// Where endpoints may not be read, a plan that leads to safety goes on and says so.
    async fn await_endpoints(&self, step: &AwaitEndpoints) -> Result<Carried, Halt> {
        let unread = |seen: &Snapshot| seen.endpoints.is_none();
        if self.hold.is_for_safety && self.look().await.is_ok_and(|seen| unread(&seen)) {
            let told = format!(
                "the endpoints of {} may not be read: not looked at",
                step.service
            );
            return Ok(Carried {
                told: Some(told),
                ..Carried::done()
            });
        }
        self.until(step.within, |seen| wait::endpoints(step, seen))
            .await?;
        Ok(Carried::done())
    }

    async fn confirm_traffic(
        &self,
        step: &ConfirmTraffic,
        before: Before,
    ) -> Result<Carried, Halt> {
        let sought = Sought {
            expected: Expected {
                split: step.split,
                from: before.from,
            },
            canary_tag: &step.canary_tag,
            route: step.route.as_deref(),
            within: step.within,
        };
        let traffic = self.traffic(sought).await?;
        let told = match &traffic {
            Traffic::Proven(_) => None,
            Traffic::Unknown(reason) => Some(reason.clone()),
        };
        Ok(Carried {
            traffic: Some(traffic),
            told,
            ..Carried::done()
        })
    }

    async fn smoke_test(&self, step: &RunSmokeTest) -> Result<Carried, Halt> {
        self.voice
            .waited(format!("requests to {}", step.test.place.text()));
        let report = self.context.smoke_test(&step.test).await?;
        match report.failure() {
            None => Ok(Carried {
                told: Some(format!("smoke test passed: {}", report.line())),
                ..Carried::done()
            }),
            Some(failure) => Err(Halt::Bad(format!(
                "the smoke test of {} failed: {failure}",
                step.tag
            ))),
        }
    }

    async fn drain(&self, time: Duration) {
        self.voice.waited(format!(
            "{} s for requests under way to end",
            time.as_secs_f64()
        ));
        sleep(time).await;
    }
}

impl Carried {
    fn done() -> Self {
        Self {
            result: StepResult::Done,
            generation: None,
            traffic: None,
            told: None,
        }
    }

    fn of(written: &Written) -> Self {
        Self {
            result: written.result,
            ..Self::done()
        }
    }
}
