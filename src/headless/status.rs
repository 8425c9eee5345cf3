//! `status`: one reading of what is live.

use super::exit;
use super::json::{LastPlan, ServiceStatus, StatusDocument};
use super::output::Output;
use super::reading::{Look, look_closely, unread};
use super::{text, trouble};
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::record::journal::Journal;
use crate::record::replay;
use crate::runtime::clock;
use futures_util::future::join_all;
use std::io;

/// Prints status/1 of `targets`; answers the exit code.
pub async fn run(
    settings: &Settings,
    targets: &[Target],
    output: &mut Output<'_>,
) -> io::Result<u8> {
    let readings = join_all(targets.iter().map(|target| read(settings, target))).await;
    let mut services = Vec::new();
    let mut troubles = Vec::new();
    for reading in readings {
        match reading? {
            Reading::Seen(status) => services.push(*status),
            Reading::Unseen(status, notice) => {
                services.extend(status.map(|status| *status));
                troubles.push(notice);
            }
            Reading::Ended(code) => return Ok(code),
        }
    }
    // Several environments: what one of them is not told for is told beside what the others show.
    if troubles.len() == targets.len()
        && let Some(first) = troubles.first()
    {
        return trouble::tell(output, first);
    }
    for notice in &troubles {
        for line in text::error(notice) {
            output.notice(&line)?;
        }
    }
    let document = StatusDocument {
        schema: "flightdeck.status/1",
        at: clock::now(),
        services,
    };
    output.print(&document, text::status)?;
    Ok(exit::DONE)
}

enum Reading {
    Seen(Box<ServiceStatus>),
    Unseen(Option<Box<ServiceStatus>>, Notice),
    Ended(u8),
}

async fn read(settings: &Settings, target: &Target) -> io::Result<Reading> {
    let model = match look_closely(settings, target).await? {
        Ok(Look::Seen(model)) => model,
        Ok(Look::Ended(code)) => return Ok(Reading::Ended(code)),
        Err(notice) => return Ok(Reading::Unseen(None, notice)),
    };
    let status = ServiceStatus::of(&model);
    if model.reading.rollout.is_none() {
        return Ok(Reading::Unseen(Some(Box::new(status)), unread(&model)));
    }
    let last_plan = last_plan(settings, target);
    Ok(Reading::Seen(Box::new(ServiceStatus {
        last_plan,
        ..status
    })))
}

/// How this machine's last plan ended; a journal that cannot be read takes nothing away from the rest.
pub(super) fn last_plan(settings: &Settings, target: &Target) -> Option<LastPlan> {
    let lines = Journal::of(&settings.data_dir, target).read().ok()?;
    replay::plans(&lines.entries).last().map(LastPlan::of)
}
