//! Which key means what: a table for everywhere, and one a screen for what a person chose there.
//!
//! As shipped, no action that changes anything sits on a single key: all are behind `a`, which ends no escape sequence.

use super::action::Action;
use super::chord::Chord;
use super::key::Key;
use super::screen::Screen;
use serde::{Deserialize, Serialize};

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// On every screen.
    Global,
    /// On the fleet screen.
    Fleet,
    /// On the service screen and its zoomed panes.
    Service,
    /// On the history screen.
    History,
    /// On the messages screen.
    Messages,
    /// On the pipeline screen.
    Pipeline,
    /// On the screen of what the candidate brings.
    Changes,
    /// On the screen of the pods' logs.
    Logs,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Global,
        Self::Fleet,
        Self::Service,
        Self::History,
        Self::Messages,
        Self::Pipeline,
        Self::Changes,
        Self::Logs,
    ];

    /// The name of its table in `keys.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Fleet => "fleet",
            Self::Service => "service",
            Self::History => "history",
            Self::Messages => "messages",
            Self::Pipeline => "pipeline",
            Self::Changes => "changes",
            Self::Logs => "logs",
        }
    }

    /// The scope of a screen.
    pub fn of(screen: Screen) -> Self {
        match screen {
            Screen::Fleet => Self::Fleet,
            Screen::Service | Screen::Zoomed(_) => Self::Service,
            Screen::History | Screen::Release => Self::History,
            Screen::Messages => Self::Messages,
            Screen::Pipeline => Self::Pipeline,
            Screen::Changes => Self::Changes,
            Screen::Logs => Self::Logs,
        }
    }
}

/// An action's keys in a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Where.
    pub scope: Scope,
    /// The action.
    pub action: Action,
    /// Its keys; none where a person took them away.
    pub chords: Vec<Chord>,
}

/// The keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keymap {
    bound: Vec<Bound>,
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// It means this.
    Action(Action),
    /// Chords begin with it.
    Prefix,
    /// It means nothing.
    Nothing,
}

/// Keys that mean something else on one screen, as shipped: the service's logs are a letter away, as a pod's are in k9s. What
/// moves the charts' cursor to the right does so there while there is one.
const SHIPPED: &[(Scope, Action, &[&str])] = &[
    (Scope::Service, Action::Logs, &["l", "L"]),
    (Scope::Service, Action::Right, &["Right"]),
];

impl Default for Keymap {
    fn default() -> Self {
        let bound = |action: &Action| Bound {
            scope: Scope::Global,
            action: *action,
            chords: action
                .default_keys()
                .iter()
                .filter_map(|keys| Chord::parse(keys).ok())
                .collect(),
        };
        let mut keymap = Self {
            bound: Action::ALL.iter().map(bound).collect(),
        };
        for (scope, action, keys) in SHIPPED {
            let chords = keys.iter().filter_map(|keys| Chord::parse(keys).ok());
            keymap.rebind(Bound {
                scope: *scope,
                action: *action,
                chords: chords.collect(),
            });
        }
        keymap
    }
}

impl Keymap {
    /// Takes away what is shipped for one screen of an action that a person binds everywhere.
    pub fn forget_shipped(&mut self, action: Action) {
        let is_shipped = |bound: &Bound| {
            SHIPPED
                .iter()
                .any(|(scope, action, _)| (*scope, *action) == (bound.scope, bound.action))
        };
        self.bound
            .retain(|bound| bound.action != action || !is_shipped(bound));
    }

    /// Puts other keys in place of those that an action has in a scope.
    pub fn rebind(&mut self, new: Bound) {
        let place = |old: &&mut Bound| old.scope == new.scope && old.action == new.action;
        match self.bound.iter_mut().find(place) {
            Some(old) => old.chords = new.chords,
            None => self.bound.push(new),
        }
    }

    /// The keys that an action has on a screen.
    pub fn chords(&self, scope: Scope, action: Action) -> &[Chord] {
        let of = |wanted| {
            self.bound
                .iter()
                .find(|bound| bound.scope == wanted && bound.action == action)
        };
        of(scope)
            .or_else(|| of(Scope::Global))
            .map_or(&[], |bound| &bound.chords)
    }

    /// Every action with its keys on a screen.
    pub fn on(&self, scope: Scope) -> impl Iterator<Item = (Action, &[Chord])> {
        Action::ALL
            .iter()
            .map(move |action| (*action, self.chords(scope, *action)))
    }

    /// What a first key is.
    pub fn first(&self, scope: Scope, key: Key) -> Hit {
        let whole = self.on(scope).find(|(_, chords)| {
            chords
                .iter()
                .any(|chord| chord.first == key && chord.then.is_none())
        });
        match whole {
            Some((action, _)) => Hit::Action(action),
            None if self.behind(scope, key).next().is_some() => Hit::Prefix,
            None => Hit::Nothing,
        }
    }

    /// The actions behind a first key, each with its second one.
    pub fn behind(&self, scope: Scope, first: Key) -> impl Iterator<Item = (Action, Key)> {
        self.on(scope).flat_map(move |(action, chords)| {
            let second = move |chord: &Chord| chord.then.filter(|_| chord.first == first);
            chords
                .iter()
                .filter_map(second)
                .map(move |then| (action, then))
        })
    }

    /// The action of a second key.
    pub fn second(&self, scope: Scope, first: Key, then: Key) -> Option<Action> {
        self.behind(scope, first)
            .find(|(_, key)| *key == then)
            .map(|(action, _)| action)
    }

    /// The keys of an action as they are written on the screen, the first of several; empty where it has none.
    pub fn label(&self, scope: Scope, action: Action) -> String {
        self.chords(scope, action)
            .first()
            .map(Chord::label)
            .unwrap_or_default()
    }
}
