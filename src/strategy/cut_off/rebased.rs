//! A step of a plan that was cut off, guarded by what is there now.

use super::reached::{own, route};
use crate::domain::cluster::{Snapshot, Template};
use crate::strategy::step::{Scale, SetImage, SetPaused, SetTemplate, SetWeights, Step, Workload};

/// The same step with guards of the present; what stands in the way, in words.
pub(super) fn rebased(step: &Step, seen: &Snapshot) -> Result<Step, String> {
    let on = |on: &Workload| own(on, seen).map(|side| side.workload());
    Ok(match step.clone() {
        Step::SetWeights(step) => Step::SetWeights(SetWeights {
            generation: route(&step, seen)?.generation,
            ..step
        }),
        Step::Scale(step) => Step::Scale(Scale {
            on: on(&step.on)?,
            ..step
        }),
        Step::SetImage(step) => Step::SetImage(SetImage {
            on: on(&step.on)?,
            ..step
        }),
        Step::SetTemplate(step) if step.template == Template::default() => {
            return Err(format!("the template of {} is gone", step.to.label()));
        }
        Step::SetTemplate(step) => Step::SetTemplate(SetTemplate {
            on: on(&step.on)?,
            ..step
        }),
        Step::SetPaused(step) => Step::SetPaused(SetPaused {
            on: on(&step.on)?,
            ..step
        }),
        waits @ (Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_)) => waits,
    })
}
