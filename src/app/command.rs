//! What the help and the palette list and run.

use super::action::{Action, Group};
use super::argument;
use super::availability::obstacle;
use super::fuzzy::score;
use super::intent::{Intent, LogWish, Motion, Purpose};
use super::keymap::Scope;
use super::model::Model;
use super::pilot;
use super::releases;
use super::screen::{Layout, RANGES, Screen, Times};
use crate::domain::history::named;
use crate::domain::record::Release;
use crate::strategy::goal::{Goal, RollBackTo};

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it is about.
    pub group: Group,
    /// Its keys as they are written; empty where it has none.
    pub keys: String,
    /// The name it can also be found by.
    pub name: &'static str,
    /// What it does.
    pub does: String,
    /// Why it does not work now.
    pub refused: Option<String>,
    /// What it asks for.
    pub intent: Intent,
}

/// The actions, group by group, that fit what was typed.
pub fn help(model: &Model, typed: &str) -> Vec<Command> {
    let of = |group| {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| action.group() == group)
    };
    let all = Group::ALL
        .into_iter()
        .flat_map(of)
        .map(|action| command(model, action));
    let wanted = typed.to_lowercase();
    all.filter(|one| {
        format!("{} {} {}", one.keys, one.does, one.name)
            .to_lowercase()
            .contains(&wanted)
    })
    .collect()
}

/// Everything the palette can do, what fits best first.
pub fn palette(model: &Model, typed: &str) -> Vec<Command> {
    let mut fitting: Vec<(i64, Command)> = everything(model)
        .into_iter()
        .filter_map(|one| Some((score(typed, &one.does).max(score(typed, one.name))?, one)))
        .collect();
    if !typed.is_empty() {
        fitting.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    let listed = fitting.into_iter().map(|(_, one)| one);
    argument::spelled_out(model, typed)
        .into_iter()
        .chain(listed)
        .collect()
}

fn everything(model: &Model) -> Vec<Command> {
    let shown = |action: &&Action| !matches!(action.group(), Group::Move);
    let actions = Action::ALL
        .iter()
        .filter(shown)
        .map(|action| command(model, *action));
    let plain = |group, does: String, intent| Command {
        group,
        keys: String::new(),
        name: "",
        does,
        refused: None,
        intent,
    };
    let ranges = RANGES.map(|range| {
        plain(
            Group::Charts,
            format!("range {}", written(range)),
            Intent::UseRange(range),
        )
    });
    let layouts = Layout::ALL.map(|one| {
        plain(
            Group::View,
            format!("layout {}", one.word()),
            Intent::UseLayout(one),
        )
    });
    let times = Times::ALL.map(|one| {
        plain(
            Group::View,
            format!("times {}", one.word()),
            Intent::UseTimes(one),
        )
    });
    let theme = |name: &String| {
        plain(
            Group::View,
            format!("theme {name}"),
            Intent::UseTheme(name.clone()),
        )
    };
    actions
        .chain(ranges)
        .chain(layouts)
        .chain(times)
        .chain(model.ui.themes.iter().map(theme))
        .chain(argument::beginnings())
        .collect()
}

fn written(range: std::time::Duration) -> String {
    match range.as_secs() / 60 {
        minutes @ ..60 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

fn command(model: &Model, action: Action) -> Command {
    let chords = model.keys.chords(Scope::of(model.ui.screen), action);
    Command {
        group: action.group(),
        keys: chords
            .iter()
            .map(super::chord::Chord::label)
            .collect::<Vec<_>>()
            .join(" "),
        name: action.name(),
        does: does(model, action),
        refused: refused(model, action),
        intent: intent(model, action),
    }
}

/// Why an action does not work now.
pub fn refused(model: &Model, action: Action) -> Option<String> {
    match action {
        Action::Pilot => pilot::refuses(model).map(|refusal| refusal.text),
        _ => match action.ci_wish() {
            Some(wish) => super::pipeline::obstacle(model, wish),
            None => action.goal().and_then(|goal| obstacle(model, &goal)),
        },
    }
}

/// What an action does on the screen that is open.
pub fn does(model: &Model, action: Action) -> String {
    match (action, aim(model)) {
        (Action::RollBack, Some(release)) => format!("roll back to {}", release.tag()),
        _ => action.does().to_owned(),
    }
}

/// What an action asks for on the screen that is open.
pub fn intent(model: &Model, action: Action) -> Intent {
    match (action, aim(model)) {
        (Action::RollBack, Some(release)) => Intent::Ask {
            goal: Goal::RollBack(RollBackTo::Named(name(model, release))),
            reason: None,
            purpose: Purpose::Act,
        },
        (Action::NextMatch, _) if has_log(model) => Intent::Log(LogWish::Next),
        (Action::PreviousMatch, _) if has_log(model) => Intent::Log(LogWish::Previous),
        // The key of the logs is that of the right, too.
        (Action::Logs, _) if moves_cursor(model) => Intent::Move(Motion::Right),
        (Action::Stable, _) if model.ui.screen == Screen::Logs => Intent::OtherTrack,
        _ => action.intent(),
    }
}

fn moves_cursor(model: &Model) -> bool {
    Scope::of(model.ui.screen) == Scope::Service && model.ui.inspect.is_some()
}

fn has_log(model: &Model) -> bool {
    matches!(model.ui.screen, Screen::Pipeline | Screen::Logs)
}

/// The release that a roll back from the history screen goes to.
fn aim(model: &Model) -> Option<&Release> {
    match Scope::of(model.ui.screen) {
        Scope::History => releases::chosen(model).filter(|release| !is_candidate(model, release)),
        Scope::Global
        | Scope::Fleet
        | Scope::Service
        | Scope::Messages
        | Scope::Pipeline
        | Scope::Changes
        | Scope::Logs => None,
    }
}

/// A roll back from the candidate goes to the last known good release, wherever it is asked.
fn is_candidate(model: &Model, release: &Release) -> bool {
    let candidate = model
        .reading
        .rollout
        .as_ref()
        .and_then(|rollout| rollout.candidate.as_ref());
    candidate.is_some_and(|candidate| release.runs(&candidate.image))
}

/// Its tag; where a later release has the same one, its revision.
fn name(model: &Model, release: &Release) -> String {
    let newest = releases::record(model).and_then(|record| named(record, release.tag()));
    if newest.is_some_and(|newest| newest.revision == release.revision) {
        release.tag().to_owned()
    } else {
        release.revision.to_string()
    }
}
