//! One look at an environment's objects, for commands that print what they find.

use super::exit;
use super::session::{How, follow};
use crate::app::cut_off::Asked;
use crate::app::model::Model;
use crate::app::pipeline;
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long the cluster may take to answer.
pub(super) const WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// How long numbers, pipeline and pilot may take after the cluster.
const REST_WITHIN: SignedDuration = SignedDuration::from_secs(3);

/// What a look brought.
pub(super) enum Look {
    /// The model.
    Seen(Box<Model>),
    /// A signal came.
    Ended(u8),
}

/// Looks until the cluster has told, or failed to; what it answers has a rollout in it.
pub(super) async fn look(settings: &Settings, target: &Target) -> io::Result<Result<Look, Notice>> {
    let mut since: Option<Timestamp> = None;
    let looked = look_until(settings, target, |model| {
        let since = *since.get_or_insert(model.now);
        model.reading.rollout.is_some()
            || model.feeds.cluster.fault.is_some()
            || model.now.duration_since(since) >= WITHIN
    })
    .await?;
    Ok(match looked {
        Ok(Look::Seen(model)) if model.reading.rollout.is_none() => Err(unread(&model)),
        other => other,
    })
}

/// Looks until the cluster, the numbers, the pipeline and the pilot's Lease have told, or failed to; where the cluster did,
/// what it answers has no rollout in it.
pub(super) async fn look_closely(
    settings: &Settings,
    target: &Target,
) -> io::Result<Result<Look, Notice>> {
    let mut waited = Waited::default();
    look_until(settings, target, |model| waited.is_over(model)).await
}

/// Looks until that is so.
pub(super) async fn look_until(
    settings: &Settings,
    target: &Target,
    mut is_over: impl FnMut(&Model) -> bool,
) -> io::Result<Result<Look, Notice>> {
    let followed = follow(settings, target, Attention::Glancing, |model, _| {
        Ok(if is_over(model) {
            ControlFlow::Break(exit::DONE)
        } else {
            ControlFlow::Continue(())
        })
    })
    .await;
    let ended = match followed {
        Ok(ended) => ended,
        Err(notice) => return Ok(Err(notice)),
    };
    match ended.how {
        How::Signal(code) => Ok(Ok(Look::Ended(code))),
        How::Failed(error) => Err(error),
        How::Code(_) => Ok(Ok(Look::Seen(Box::new(ended.model)))),
    }
}

/// Why nothing could be read of the environment, and what to do about it.
pub(super) fn unread(model: &Model) -> Notice {
    let target = &model.target;
    let notice = |told: &str| Notice::new(NoticeKind::Unreachable, format!("{target}: {told}"));
    let silent = || format!("the cluster did not answer within {} s", WITHIN.as_secs());
    match &model.feeds.cluster.fault {
        None => notice(&silent()),
        Some(fault) => {
            let notice = notice(fault.text.shown());
            match &fault.hint {
                Some(hint) => notice.hint(hint.shown()),
                None => notice,
            }
        }
    }
}

/// Since when the command waits, and since when only for the rest.
#[derive(Default)]
struct Waited {
    cluster: Option<Timestamp>,
    rest: Option<Timestamp>,
}

impl Waited {
    fn is_over(&mut self, model: &Model) -> bool {
        let now = model.now;
        let cluster_since = *self.cluster.get_or_insert(now);
        let cluster = &model.feeds.cluster;
        if cluster.value.is_none() {
            return cluster.fault.is_some() || now.duration_since(cluster_since) >= WITHIN;
        }
        let rest_since = *self.rest.get_or_insert(now);
        let metrics = &model.feeds.metrics;
        let is_asked = model
            .pulse
            .as_ref()
            .is_none_or(|pulse| matches!(pulse.asked, Asked::Told(_)));
        let ci = &model.pipeline.feed;
        let run_is_read = |_: &_| {
            let run = model.pipeline.run();
            run.is_none_or(|run| run.stages.is_some())
        };
        let pipeline_told = !pipeline::is_configured(model)
            || ci.fault.is_some()
            || ci.value.as_ref().is_some_and(run_is_read);
        let is_told = metrics.value.is_some() || metrics.fault.is_some();
        (is_asked && is_told && pipeline_told && model.pilot.lease.is_known())
            || now.duration_since(rest_since) >= REST_WITHIN
    }
}
