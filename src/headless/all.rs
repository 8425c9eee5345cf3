//! `status` without a service: all of them, by one list and watch a kind and namespace.

use super::exit;
use super::json::{ServiceStatus, StatusDocument};
use super::output::Output;
use super::session::{How, follow_all};
use super::status::last_plan;
use super::{text, trouble};
use crate::app::fleet::{Fleet, Row};
use crate::app::model::Model;
use crate::config::settings::Settings;
use crate::domain::feed::FeedState;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use crate::runtime::clock;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long the clusters may take to answer; the numbers get as long again after them.
const CLUSTERS_WITHIN: SignedDuration = SignedDuration::from_secs(10);
const NUMBERS_WITHIN: SignedDuration = SignedDuration::from_secs(3);

/// Prints status/1 of all services; answers the exit code. What could not be read is unknown, and standard error says why.
pub async fn run(settings: &Settings, output: &mut Output<'_>) -> io::Result<u8> {
    let mut waited = Waited::default();
    let followed = follow_all(settings, |model, _| {
        Ok(if waited.is_over(model) {
            ControlFlow::Break(exit::DONE)
        } else {
            ControlFlow::Continue(())
        })
    })
    .await;
    let mut model = match followed {
        Err(notice) => return trouble::tell(output, &notice),
        Ok(ended) => match ended.how {
            How::Code(_) => ended.model,
            How::Signal(code) => return Ok(code),
            How::Failed(error) => return Err(error),
        },
    };
    let troubles = troubles(&model);
    if model.fleet.rows.iter().all(|row| row.rollout.is_none())
        && let Some(first) = troubles.first()
    {
        return trouble::tell(output, first);
    }
    for notice in &troubles {
        for line in text::error(notice) {
            output.notice(&line)?;
        }
    }
    let targets: Vec<Target> = model
        .fleet
        .rows
        .iter()
        .map(|row| row.target.clone())
        .collect();
    let status = |target| {
        model.look_at(target);
        ServiceStatus {
            last_plan: last_plan(settings, target),
            ..ServiceStatus::of(&model)
        }
    };
    let document = StatusDocument {
        schema: "flightdeck.status/1",
        at: clock::now(),
        services: targets.iter().map(status).collect(),
    };
    output.print(&document, text::statuses)?;
    Ok(exit::DONE)
}

/// Since when the command waits, and since when only for the numbers.
#[derive(Default)]
struct Waited {
    clusters: Option<Timestamp>,
    numbers: Option<Timestamp>,
}

impl Waited {
    fn is_over(&mut self, model: &Model) -> bool {
        let (fleet, now) = (&model.fleet, model.now);
        let since = *self.clusters.get_or_insert(now);
        let late = now.duration_since(since) >= CLUSTERS_WITHIN;
        if !late && !fleet.rows.iter().all(|row| is_told(fleet, row)) {
            return false;
        }
        let since = *self.numbers.get_or_insert(now);
        let waits = |row: &Row| {
            !row.pods.is_empty() && row.numbers.seen_at.is_none() && row.numbers.fault.is_none()
        };
        now.duration_since(since) >= NUMBERS_WITHIN || !fleet.rows.iter().any(waits)
    }
}

/// Whether a row was read, or it is known why it cannot be.
fn is_told(fleet: &Fleet, row: &Row) -> bool {
    let failed = fleet
        .place(row)
        .is_some_and(|(_, feed)| feed.fault.is_some());
    row.rollout.is_some() || row.fault.is_some() || failed
}

/// Why rows could not be read: once for a namespace, else for each.
fn troubles(model: &Model) -> Vec<Notice> {
    let fleet = &model.fleet;
    let unreachable = |text: String| Notice::new(NoticeKind::Unreachable, text);
    let places = fleet.places.iter().filter_map(|(place, feed)| {
        let notice = match (&feed.fault, feed.state(model.now)) {
            (Some(fault), _) => {
                let notice = unreachable(format!("{place}: {}", fault.text.shown()));
                match &fault.hint {
                    Some(hint) => notice.hint(hint.shown()),
                    None => notice,
                }
            }
            (None, FeedState::Starting) => unreachable(format!(
                "{place}: the cluster did not answer within {} s",
                CLUSTERS_WITHIN.as_secs()
            )),
            (None, _) => return None,
        };
        Some(notice)
    });
    let rows = fleet.rows.iter().filter_map(|row| {
        let fault = row.fault.as_ref()?;
        Some(unreachable(format!(
            "{}: {}",
            row.target,
            fault.text.shown()
        )))
    });
    places.chain(rows).collect()
}
