//! One look at an environment's objects, for commands that print what they find.

use super::exit;
use super::session::{How, follow};
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long the cluster may take to answer.
pub(super) const WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// What a look brought.
pub(super) enum Look {
    /// The model, with a rollout in it.
    Seen(Box<Model>),
    /// A signal came.
    Ended(u8),
}

/// Looks until the cluster has told, or failed to.
pub(super) async fn look(settings: &Settings, target: &Target) -> io::Result<Result<Look, Notice>> {
    let mut since: Option<Timestamp> = None;
    let followed = follow(settings, target, Attention::Glancing, |model, _| {
        let since = *since.get_or_insert(model.now);
        let over = model.reading.rollout.is_some()
            || model.feeds.cluster.fault.is_some()
            || model.now.duration_since(since) >= WITHIN;
        Ok(if over {
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
    Ok(match ended.how {
        How::Signal(code) => Ok(Look::Ended(code)),
        How::Failed(error) => return Err(error),
        How::Code(_) if ended.model.reading.rollout.is_some() => {
            Ok(Look::Seen(Box::new(ended.model)))
        }
        How::Code(_) => Err(unread(&ended.model)),
    })
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
