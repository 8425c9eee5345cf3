//! How the last plan of this machine ended: read from its journal.

use super::outcome::end_word;
use super::status::LastPlan;
use crate::record::replay::Told;

impl LastPlan {
    /// As the journal tells it.
    pub fn of(told: &Told<'_>) -> Self {
        let (end, sentence) = match told.outcome {
            Some(outcome) => (end_word(&outcome.end), outcome.sentence.clone()),
            None => ("cut_off", "the journal breaks off".to_owned()),
        };
        Self {
            title: told.plan.title.clone(),
            by: told.plan.by.line(),
            began_at: told.began_at,
            end,
            sentence,
            done: told.done(),
            steps: told.plan.steps.len(),
        }
    }
}
