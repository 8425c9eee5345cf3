//! Commands of the palette that take what is typed behind them.

use super::action::Group;
use super::availability::obstacle;
use super::command::Command;
use super::intent::{Intent, Purpose};
use super::model::Model;
use super::releases;
use crate::config::duration;
use crate::domain::artifact::Image;
use crate::strategy::goal::{Goal, RollBackTo};

/// A command that wants an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Deploy,
    RollBack,
    Good,
    Note,
    Range,
}

/// Each with the word it begins with, and what is expected behind it.
const VERBS: [(Verb, &str, &str, Group); 5] = [
    (Verb::Deploy, "deploy", "IMAGE or TAG", Group::Act),
    (Verb::RollBack, "rollback", "TAG or revision", Group::Act),
    (Verb::Good, "good", "TAG", Group::Act),
    (Verb::Note, "note", "TEXT", Group::Act),
    (Verb::Range, "range", "DURATION", Group::Charts),
];

/// The command that `typed` spells out; `None` where it names none, or nothing follows the word.
pub(super) fn spelled_out(model: &Model, typed: &str) -> Option<Command> {
    let (word, argument) = typed.trim().split_once(' ')?;
    let argument = argument.trim();
    let (verb, word, _, group) = VERBS.into_iter().find(|(_, known, ..)| *known == word)?;
    let intent = intent(model, verb, argument)?;
    let refused = match &intent {
        Intent::Ask { goal, .. } => obstacle(model, goal),
        _ => None,
    };
    Some(Command {
        group,
        keys: String::new(),
        name: "",
        does: format!("{word} {argument}"),
        refused,
        intent,
    })
}

/// What can be spelled out: running one begins it in the field.
pub(super) fn beginnings() -> impl Iterator<Item = Command> {
    VERBS.into_iter().map(|(_, word, wanted, group)| Command {
        group,
        keys: String::new(),
        name: "",
        does: format!("{word} {wanted}"),
        refused: None,
        intent: Intent::Spell(format!("{word} ")),
    })
}

fn intent(model: &Model, verb: Verb, argument: &str) -> Option<Intent> {
    let ask = |goal| Intent::Ask {
        goal,
        reason: None,
        purpose: Purpose::Act,
    };
    Some(match verb {
        Verb::Deploy => ask(Goal::Deploy(image(model, argument)?.into())),
        Verb::RollBack => ask(Goal::RollBack(RollBackTo::Named(argument.to_owned()))),
        Verb::Good => ask(Goal::DeclareGood(Some(argument.to_owned()))),
        Verb::Note => Intent::Remark(argument.to_owned()),
        Verb::Range => Intent::UseRange(duration::parse(argument)?),
    })
}

/// A whole reference, or a tag of what serves now where one looks.
fn image(model: &Model, argument: &str) -> Option<Image> {
    if argument.contains(['/', ':', '@']) {
        return Image::parse(argument).ok();
    }
    let stable = releases::rollout_seen(model)?.stable.as_ref()?;
    Image::parse(&format!("{}:{argument}", stable.image.repository)).ok()
}
