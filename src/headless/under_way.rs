//! Which of a service's environments a person means who names none: the one where a release is under way.

use super::session::{How, follow};
use crate::app::model::Model;
use crate::app::proof::Attention;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::ops::ControlFlow;

/// How long a cluster may take to answer.
const WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// What an environment shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// A release is under way: its tag.
    UnderWay(String),
    /// None is: the tag that serves.
    Calm(String),
    /// It could not be read, and why.
    Unread(String),
}

/// What came of looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This one, and the tag under way there.
    One(Target, String),
    /// A signal came, with its exit code.
    Signal(u8),
}

/// Looks at `targets`, all of one service. Only what all environments have shown decides; else the person is asked.
pub async fn meant(settings: &Settings, targets: &[Target]) -> Result<Meant, Notice> {
    let looks = join_all(targets.iter().map(|target| look(settings, target))).await;
    let mut shown = Vec::new();
    for look in looks {
        match look {
            Ok(look) => shown.push(look),
            Err(code) => return Ok(Meant::Signal(code)),
        }
    }
    let mut under_way = targets
        .iter()
        .zip(&shown)
        .filter_map(|(target, shown)| match shown {
            Shown::UnderWay(tag) => Some((target, tag)),
            Shown::Calm(_) | Shown::Unread(_) => None,
        });
    let all_read = !shown.iter().any(|shown| matches!(shown, Shown::Unread(_)));
    match (under_way.next(), under_way.next()) {
        (Some((target, tag)), None) if all_read => Ok(Meant::One(target.clone(), tag.clone())),
        _ => Err(question(targets, &shown)),
    }
}

fn question(targets: &[Target], shown: &[Shown]) -> Notice {
    let service = targets
        .first()
        .map(|target| target.service.to_string())
        .unwrap_or_default();
    let mut notice = Notice::new(
        NoticeKind::Usage,
        format!("no environment of {service} is named, and none alone has a release under way"),
    );
    notice.chain = targets
        .iter()
        .zip(shown)
        .map(|(target, shown)| {
            let environment = &target.environment;
            match shown {
                Shown::UnderWay(tag) => format!("{environment}: {tag} is under way"),
                Shown::Calm(tag) => format!("{environment}: {tag} serves, nothing is under way"),
                Shown::Unread(why) => format!("{environment}: not known: {why}"),
            }
        })
        .collect();
    let names: Vec<&str> = targets
        .iter()
        .map(|target| target.environment.as_str())
        .collect();
    notice.hint(format!("name one with -e: {}", names.join(", ")))
}

/// One environment; the error is a signal's exit code.
async fn look(settings: &Settings, target: &Target) -> Result<Shown, u8> {
    let mut since: Option<Timestamp> = None;
    let followed = follow(settings, target, Attention::Glancing, |model, _| {
        let since = *since.get_or_insert(model.now);
        Ok(if is_over(model, since) {
            ControlFlow::Break(super::exit::DONE)
        } else {
            ControlFlow::Continue(())
        })
    })
    .await;
    match followed {
        Err(notice) => Ok(Shown::Unread(notice.summary)),
        Ok(ended) => match ended.how {
            How::Signal(code) => Err(code),
            How::Failed(error) => Ok(Shown::Unread(io::Error::to_string(&error))),
            How::Code(_) => Ok(shown(&ended.model)),
        },
    }
}

fn is_over(model: &Model, since: Timestamp) -> bool {
    let cluster = &model.feeds.cluster;
    cluster.value.is_some() || cluster.fault.is_some() || model.now.duration_since(since) >= WITHIN
}

fn shown(model: &Model) -> Shown {
    let Some(rollout) = &model.reading.rollout else {
        let why = model.feeds.cluster.fault.as_ref().map_or_else(
            || format!("the cluster did not answer within {} s", WITHIN.as_secs()),
            |fault| fault.text.shown().to_owned(),
        );
        return Shown::Unread(why);
    };
    let tag = |side: &crate::domain::rollout::TrackState| side.tag().to_owned();
    match (&rollout.candidate, &rollout.stable) {
        (Some(candidate), _) => Shown::UnderWay(tag(candidate)),
        (None, Some(stable)) => Shown::Calm(tag(stable)),
        (None, None) => Shown::Unread("none of its Deployments is there".to_owned()),
    }
}
