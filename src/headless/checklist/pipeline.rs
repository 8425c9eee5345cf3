//! The evidence of the first three gates: what the run that built the release, and its image, tell.

use super::document::Item;
use super::facts::Facts;
use crate::analysis::gates::Mistake;
use crate::app::pipeline::{GateReading, mistakes};
use crate::domain::gate::Gate;
use crate::domain::pipeline::{Run, State};
use crate::domain::record::Release;

impl Facts {
    /// How a gate stands in the run that built the release.
    pub(super) fn reading(&self, gate: Gate) -> Option<&GateReading> {
        self.run()?;
        let strip = self.model.as_ref()?.pipeline.strip.as_ref()?;
        strip.gates.iter().find(|reading| reading.gate == gate)
    }
}

/// Fast checks.
pub(super) fn fast(facts: &Facts) -> Vec<Item> {
    vec![
        passed(facts, Gate::Fast, "lint and unit tests passed"),
        tests(facts),
    ]
}

fn tests(facts: &Facts) -> Item {
    let text = "no test failed";
    match facts.run().and_then(|run| run.tests.as_ref()) {
        None => Item::unknown(text, "the pipeline tells no test counts"),
        Some(counts) => Item::new(
            text,
            Some(counts.failed == 0),
            format!(
                "{} tests, {} failed, {} left out",
                counts.total, counts.failed, counts.skipped
            ),
        ),
    }
}

/// Build.
pub(super) fn build(facts: &Facts) -> Vec<Item> {
    vec![
        passed(
            facts,
            Gate::Build,
            "the image was built and pushed by the pipeline",
        ),
        immutable(facts),
        known("its digest is known", facts.digest()),
        known("its commit is known", facts.commit()),
        run_recorded(facts),
    ]
}

fn immutable(facts: &Facts) -> Item {
    let text = "its tag names one build";
    let policy = facts
        .model
        .as_ref()
        .and_then(|model| Some(&model.environment()?.policy));
    match (facts.image(), policy) {
        (Some(image), Some(policy)) => match policy.tags.check(image) {
            Ok(()) => Item::new(text, Some(true), image.label()),
            Err(fault) => Item::new(text, Some(false), fault.to_string()),
        },
        (_, _) => Item::unknown(text, "no release is known"),
    }
}

fn known(text: &str, value: Option<String>) -> Item {
    match value {
        Some(value) => Item::new(text, Some(true), value),
        None => Item::unknown(text, "neither the cluster nor the record tells it"),
    }
}

fn run_recorded(facts: &Facts) -> Item {
    let text = "the record names its pipeline run";
    match facts.release() {
        Some(Release { run: Some(run), .. }) => Item::new(text, Some(true), run.shown()),
        Some(_) => Item::new(
            text,
            Some(false),
            "not recorded: deploy writes it down in a pipeline, or with --run",
        ),
        None => Item::unknown(text, "no record tells of it"),
    }
}

/// Deeper checks.
pub(super) fn deeper(facts: &Facts) -> Vec<Item> {
    vec![
        passed(
            facts,
            Gate::Deeper,
            "integration tests, audit and scans passed",
        ),
        scanned(facts),
        Item::unknown(
            "the findings keep to the policy",
            "read them in the pipeline: it tells no counts",
        ),
    ]
}

fn scanned(facts: &Facts) -> Item {
    let text = "dependencies, code and image were scanned";
    let state = facts
        .reading(Gate::Deeper)
        .and_then(|reading| reading.state.as_ref());
    let (Some(run), Some(model), Some(state)) = (facts.run(), &facts.model, state) else {
        return Item::unknown(text, why_unknown(facts));
    };
    let found = mistakes(&model.settings, &facts.target.service, run);
    if found.contains(&Mistake::NoScan) {
        return Item::new(text, Some(false), Mistake::NoScan.sentence());
    }
    match state {
        State::Passed => Item::new(text, Some(true), in_run(run)),
        other => Item::unknown(text, format!("{}: {}", in_run(run), other.word())),
    }
}

/// That a gate of the run passed.
pub(super) fn passed(facts: &Facts, gate: Gate, text: &str) -> Item {
    let Some(run) = facts.run() else {
        return Item::unknown(text, why_unknown(facts));
    };
    let Some(reading) = facts
        .reading(gate)
        .filter(|reading| reading.state.is_some())
    else {
        return Item::unknown(text, format!("{} shows no job of this gate", in_run(run)));
    };
    let job = reading
        .job
        .as_ref()
        .map_or_else(String::new, |job| format!(" ({job})"));
    let (done, word) = match &reading.state {
        Some(State::Passed) => (Some(true), "passed"),
        Some(State::Warned) => (None, "failed and was allowed to"),
        Some(State::Failed) => (Some(false), "failed"),
        Some(State::Cancelled) => (Some(false), "was cancelled"),
        Some(State::Skipped) => (Some(false), "was left out"),
        Some(State::Queued) => (Some(false), "has not begun"),
        Some(State::Running) => (Some(false), "is still running"),
        Some(State::NeedsHuman) => (Some(false), "waits for a person"),
        Some(State::Unknown(_)) | None => (None, "is in a state that is not known"),
    };
    let since = reading.since.map_or_else(String::new, |at| {
        format!(" since {}", at.strftime("%Y-%m-%d %H:%M:%SZ"))
    });
    Item::new(text, done, format!("{}: {word}{job}{since}", in_run(run)))
}

fn in_run(run: &Run) -> String {
    format!("run {}", run.label())
}

/// Why the pipeline tells nothing of the release.
fn why_unknown(facts: &Facts) -> String {
    let Some(model) = &facts.model else {
        return "the pipeline was not read".to_owned();
    };
    if !crate::app::pipeline::is_configured(model) {
        return "the config names no pipeline".to_owned();
    }
    let pipeline = &model.pipeline;
    match (&pipeline.feed.fault, &pipeline.feed.value) {
        (Some(fault), _) => fault.text.shown().to_owned(),
        (None, None) => "the pipeline was not read".to_owned(),
        (None, Some(_)) => "no run is known for certain to have built it".to_owned(),
    }
}
