//! `status`: one reading of what is live.

use super::exit;
use super::json::{LastPlan, ServiceStatus, StatusDocument};
use super::output::Output;
use super::reading::{WITHIN, unread};
use super::session::{How, follow};
use super::{text, trouble};
use crate::app::cut_off::Asked;
use crate::app::model::Model;
use crate::app::pipeline;
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::record::journal::Journal;
use crate::record::replay;
use crate::runtime::clock;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long the numbers may take after the cluster.
const NUMBERS_WITHIN: SignedDuration = SignedDuration::from_secs(3);

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
    let mut waited = Waited::default();
    let followed = follow(settings, target, Attention::Glancing, |model, _| {
        Ok(if waited.is_over(model) {
            ControlFlow::Break(exit::DONE)
        } else {
            ControlFlow::Continue(())
        })
    })
    .await;
    let ended = match followed {
        Ok(ended) => ended,
        Err(notice) => return Ok(Reading::Unseen(None, notice)),
    };
    Ok(match ended.how {
        How::Code(_) if ended.model.reading.rollout.is_some() => {
            let last_plan = last_plan(settings, target);
            let status = ServiceStatus::of(&ended.model);
            Reading::Seen(Box::new(ServiceStatus {
                last_plan,
                ..status
            }))
        }
        How::Code(_) => {
            let notice = unread(&ended.model);
            Reading::Unseen(Some(Box::new(ServiceStatus::of(&ended.model))), notice)
        }
        How::Signal(code) => Reading::Ended(code),
        How::Failed(error) => return Err(error),
    })
}

/// How this machine's last plan ended; a journal that cannot be read takes nothing away from the rest.
pub(super) fn last_plan(settings: &Settings, target: &Target) -> Option<LastPlan> {
    let lines = Journal::of(&settings.data_dir, target).read().ok()?;
    replay::plans(&lines.entries).last().map(LastPlan::of)
}

/// Since when the command waits, and since when only for the numbers.
#[derive(Default)]
struct Waited {
    cluster: Option<Timestamp>,
    numbers: Option<Timestamp>,
}

impl Waited {
    fn is_over(&mut self, model: &Model) -> bool {
        let now = model.now;
        let cluster_since = *self.cluster.get_or_insert(now);
        let cluster = &model.feeds.cluster;
        if cluster.value.is_none() {
            return cluster.fault.is_some() || now.duration_since(cluster_since) >= WITHIN;
        }
        let numbers_since = *self.numbers.get_or_insert(now);
        let metrics = &model.feeds.metrics;
        let is_asked = model
            .pulse
            .as_ref()
            .is_none_or(|pulse| matches!(pulse.asked, Asked::Told(_)));
        let ci = &model.pipeline.feed;
        let pipeline_told =
            !pipeline::is_configured(model) || ci.value.is_some() || ci.fault.is_some();
        let is_told = metrics.value.is_some() || metrics.fault.is_some();
        (is_asked && is_told && pipeline_told && model.pilot.lease.is_known())
            || now.duration_since(numbers_since) >= NUMBERS_WITHIN
    }
}
