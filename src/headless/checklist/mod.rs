//! `checklist`: what evidence each of the five gates needs for a release, and which of it the record and the pipeline prove.
//!
//! Invariants: nothing is ticked but what is proved; a run that only likely built the release proves nothing.

mod document;
mod environments;
mod facts;
mod markdown;
mod pipeline;

pub use document::{CheckedRelease, ChecklistDocument, GateChecklist, Item};
pub use facts::last;
pub use markdown::markdown;

use super::exit;
use super::output::Output;
use crate::config::settings::Settings;
use crate::domain::gate::Gate;
use crate::domain::ids::Target;
use crate::runtime::clock;
use facts::{Facts, Gathered};
use std::io;

/// Prints that of the release which is on its way into `target`, else of the one that serves there; answers the exit code.
pub async fn run(settings: &Settings, target: &Target, output: &mut Output<'_>) -> io::Result<u8> {
    let facts = match Box::pin(facts::gather(settings, target)).await? {
        Gathered::Facts(facts) => facts,
        Gathered::Ended(code) => return Ok(code),
    };
    for why in &facts.unread {
        output.notice(&format!("not read: {why}"))?;
    }
    output.print(&document(&facts), markdown)?;
    Ok(exit::DONE)
}

fn document(facts: &Facts) -> ChecklistDocument {
    ChecklistDocument {
        schema: "flightdeck.checklist/1",
        service: facts.target.service.to_string(),
        environment: facts.target.environment.to_string(),
        at: clock::now(),
        release: facts.image().map(|image| CheckedRelease {
            tag: image.label().to_owned(),
            image: image.to_string(),
            digest: facts.digest(),
            commit: facts.commit(),
            run: facts.run().map(|run| run.id.to_string()),
        }),
        unread: facts.unread.clone(),
        gates: Gate::ALL.map(|gate| checked(facts, gate)).into(),
    }
}

fn checked(facts: &Facts, gate: Gate) -> GateChecklist {
    let state = facts
        .reading(gate)
        .and_then(|reading| reading.state.as_ref());
    GateChecklist {
        gate: gate.number(),
        name: gate.word(),
        state: state.map(|state| state.word().to_owned()),
        items: match gate {
            Gate::Fast => pipeline::fast(facts),
            Gate::Build => pipeline::build(facts),
            Gate::Deeper => pipeline::deeper(facts),
            Gate::Staging => environments::staging(facts),
            Gate::Production => environments::production(facts),
        },
    }
}
