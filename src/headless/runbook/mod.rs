//! `runbook`: what an on-call engineer has to know and to do for one service in one environment, with its real names.
//!
//! Invariants: what could not be read is said to be unknown; nothing is changed; no secret and no pod template is in it.

mod by_hand;
mod document;
mod facts;
mod markdown;
mod places;
mod sections;

pub use document::{Command, RunbookDocument, Section};
pub use markdown::markdown;

use super::exit;
use super::output::Output;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use facts::{Facts, Gathered};
use std::io;

/// Prints it; answers the exit code.
pub async fn run(
    settings: &Settings,
    target: &Target,
    output: &mut Output<'_>,
) -> io::Result<Result<u8, Notice>> {
    let facts = match Box::pin(facts::gather(settings, target)).await? {
        Ok(Gathered::Facts(facts)) => facts,
        Ok(Gathered::Ended(code)) => return Ok(Ok(code)),
        Err(notice) => return Ok(Err(notice)),
    };
    if let Some(why) = &facts.without_cluster {
        output.notice(&format!("without the cluster: {why}"))?;
    }
    output.print(&document(&facts), markdown)?;
    Ok(Ok(exit::DONE))
}

fn document(facts: &Facts<'_>) -> RunbookDocument {
    let environment = facts.environment;
    let live = facts.live.as_ref();
    RunbookDocument {
        schema: "flightdeck.runbook/1",
        service: facts.target.service.to_string(),
        environment: facts.target.environment.to_string(),
        at: facts.now,
        source: facts.record.as_ref().map(|(source, _)| *source),
        without_cluster: facts.without_cluster.clone(),
        context: environment.context.clone(),
        namespace: environment.namespace.clone(),
        strategy: environment.policy.strategy.word(),
        stable: live.and_then(|live| live.stable.clone()),
        candidate: live.and_then(|live| live.candidate.clone()),
        last_known_good: facts.last_good(),
        sections: sections::sections(facts),
    }
}
