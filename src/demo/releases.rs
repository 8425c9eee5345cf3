//! The pipeline's past: a run that went well for every release in a scenario's record.

use super::ci_api::{Book, NewRun};
use super::scenario::Scenario;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Between the runs of two releases.
const APART: SignedDuration = SignedDuration::from_hours(20);

/// Oldest first, so that numbers rise.
pub(crate) fn remember(book: &Book, scenario: &Scenario) {
    // Placeholders stand within texts: the record is JSON with them too.
    let record: Value = serde_json::from_str(&scenario.production.record).unwrap_or_default();
    let releases = record["releases"].as_array().cloned().unwrap_or_default();
    let mut began = Timestamp::now();
    for _ in &releases {
        began = began.checked_sub(APART).unwrap_or(began);
    }
    for release in releases.iter().rev() {
        let text = |key: &str| release[key].as_str().map(str::to_owned);
        began = began.checked_add(APART).unwrap_or(began);
        let run = NewRun {
            commit: text("commit"),
            title: text("reason"),
            actor: text("by"),
            ..NewRun::default()
        };
        book.remember(
            run,
            began
                .checked_sub(SignedDuration::from_hours(1))
                .unwrap_or(began),
        );
    }
}
