//! Which of a service's environments a person means who names none: the one where a release is under way.

use super::reading::{self, Look};
use crate::app::model::Model;
use crate::config::settings::Settings;
use crate::domain::ids::Target;
use crate::domain::notice::{Notice, NoticeKind};
use futures_util::future::join_all;

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
    match reading::look(settings, target).await {
        Ok(Ok(Look::Seen(model))) => Ok(shown(&model)),
        Ok(Ok(Look::Ended(code))) => Err(code),
        Ok(Err(notice)) => Ok(Shown::Unread(unread(target, &notice))),
        Err(error) => Ok(Shown::Unread(error.to_string())),
    }
}

/// Why it could not be read, and what to do about it; the environment is named beside it.
fn unread(target: &Target, notice: &Notice) -> String {
    let named = format!("{target}: ");
    let why = notice.summary.strip_prefix(&named);
    let why = why.unwrap_or(&notice.summary);
    match &notice.hint {
        Some(hint) => format!("{why}; {hint}"),
        None => why.to_owned(),
    }
}

fn shown(model: &Model) -> Shown {
    let rollout = model.reading.rollout.as_ref();
    let candidate = rollout.and_then(|rollout| rollout.candidate.as_ref());
    let stable = rollout.and_then(|rollout| rollout.stable.as_ref());
    match (candidate, stable) {
        (Some(candidate), _) => Shown::UnderWay(candidate.tag().to_owned()),
        (None, Some(stable)) => Shown::Calm(stable.tag().to_owned()),
        (None, None) => Shown::Unread("none of its Deployments is there".to_owned()),
    }
}
