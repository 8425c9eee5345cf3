//! The smoke test that a release has to pass at the end of its window, where one is configured.
//!
//! Invariant: a release that passed everything else and not this is not good; a test that could not be carried out leaves it
//! unproven and is tried again.

use crate::analysis::good::Proof;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::proof::{Attention, Smoke, Trial};
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::smoke::{SmokeReport, SmokeTest};
use crate::domain::text::Text;

/// What the proof is once the smoke test is asked for too.
pub(super) fn test(model: &mut Model, trial: &mut Trial, proof: Proof) -> (Proof, Vec<Effect>) {
    let Proof::Earned { evidence } = proof else {
        return (proof, Vec::new());
    };
    let Some(test) = configured(model) else {
        return (Proof::Earned { evidence }, Vec::new());
    };
    let mut effects = Vec::new();
    if trial.smoke.is_due(model.now) && model.attention == Attention::Watching {
        let id = model.ids.request();
        trial.smoke = Smoke::Asked(id);
        effects.push(Effect::RunSmokeTest(id, Box::new(test)));
    }
    (with(&trial.smoke, &evidence), effects)
}

fn with(smoke: &Smoke, evidence: &str) -> Proof {
    let waiting = |missing: String| Proof::Waiting {
        missing,
        until: None,
    };
    match smoke {
        Smoke::Ahead => {
            waiting("only the smoke test is missing; whoever stays carries it out".to_owned())
        }
        Smoke::Asked(_) => waiting("the smoke test is under way".to_owned()),
        Smoke::Failed(_, why) => waiting(format!("the smoke test could not be carried out: {why}")),
        Smoke::Tested(report) => match report.failure() {
            Some(failure) => Proof::Failed {
                why: format!("the smoke test failed: {failure}"),
            },
            None => Proof::Earned {
                evidence: format!("{evidence}, smoke test passed"),
            },
        },
    }
}

/// The test of what serves, its place decided.
fn configured(model: &Model) -> Option<SmokeTest> {
    let policy = &model.environment()?.policy;
    let test = policy.smoke.clone()?;
    Some(match policy.strategy.serving_service() {
        Some(service) => test.of_service(service),
        None => test,
    })
}

/// The test was carried out, or could not be.
pub(super) fn tested(
    model: &mut Model,
    id: RequestId,
    result: Result<SmokeReport, Notice>,
) -> Vec<Effect> {
    let now = model.now;
    let trial = model.reading.trial.as_mut();
    if let Some(trial) = trial.filter(|trial| trial.smoke == Smoke::Asked(id)) {
        trial.smoke = match result {
            Ok(report) => Smoke::Tested(report),
            Err(notice) => Smoke::Failed(now, Text::new(notice.summary)),
        };
    }
    super::good::prove(model)
}
