//! The write that takes a write back.

use super::step::{Scale, SetImage, SetPaused, SetTemplate, SetWeights, Step};

/// The write that takes this one back.
pub(super) fn inverted(step: &Step) -> Option<Step> {
    match step.clone() {
        Step::SetWeights(step) => Some(Step::SetWeights(SetWeights {
            from: step.to,
            to: step.from,
            ..step
        })),
        Step::Scale(step) => Some(Step::Scale(Scale {
            from: step.to,
            to: step.from,
            ..step
        })),
        Step::SetImage(step) => Some(Step::SetImage(SetImage {
            from: step.to,
            to: step.from,
            ..step
        })),
        Step::SetTemplate(step) => Some(Step::SetTemplate(SetTemplate {
            from: step.to,
            from_template: step.template,
            to: step.from,
            template: step.from_template,
            paused: false,
            revision: None,
            ..step
        })),
        Step::SetPaused(step) => Some(Step::SetPaused(SetPaused {
            to: !step.to,
            ..step
        })),
        Step::AwaitReady(_)
        | Step::AwaitEndpoints(_)
        | Step::ConfirmTraffic(_)
        | Step::Drain(_)
        | Step::RunSmokeTest(_) => None,
    }
}
