//! Which key means what, as tables.
//!
//! No action that changes anything sits on a single key: all are behind `a`, which ends no escape sequence.

use super::intent::{Intent, Range};
use super::key::{Key, KeyCode};
use crate::strategy::goal::{Goal, RollBackTo};

/// An entry of the menu of actions.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuEntry {
    /// The key after `a`.
    pub key: char,
    /// How the key is written.
    pub label: &'static str,
    /// What it asks for.
    pub goal: Goal,
}

/// The menu of actions, in order.
pub fn menu() -> [MenuEntry; 6] {
    let entry = |key, label, goal| MenuEntry { key, label, goal };
    [
        entry('p', "p", Goal::Promote),
        entry(' ', "spc", Goal::Pause),
        entry('r', "r", Goal::Resume),
        entry('b', "b", Goal::RollBack(RollBackTo::LastKnownGood)),
        entry('x', "x", Goal::Abort),
        entry('f', "f", Goal::PromoteFully),
    ]
}

/// The goal of a key pressed while the menu is open.
pub fn menu_goal(key: Key) -> Option<Goal> {
    let KeyCode::Char(pressed) = key.code else {
        return None;
    };
    if key.ctrl {
        return None;
    }
    menu()
        .into_iter()
        .find(|entry| entry.key == pressed)
        .map(|entry| entry.goal)
}

/// A key of the service screen, for the table in the help.
pub struct Binding {
    /// How the key is written.
    pub label: &'static str,
    /// The key.
    pub key: Key,
    /// What it means.
    pub intent: Intent,
    /// What it does, for the help.
    pub does: &'static str,
}

/// Keys of the service screen.
pub fn bindings() -> Vec<Binding> {
    let on = |label, key, intent, does| Binding {
        label,
        key,
        intent,
        does,
    };
    vec![
        on("a", Key::char('a'), Intent::OpenMenu, "menu of actions"),
        on(
            "z",
            Key::char('z'),
            Intent::Zoom,
            "zoom: one pane after the other",
        ),
        on(
            "m",
            Key::char('m'),
            Intent::ToggleStable,
            "show or hide stable",
        ),
        on(
            "+",
            Key::char('+'),
            Intent::Range(Range::Out),
            "longer time in the charts",
        ),
        on(
            "-",
            Key::char('-'),
            Intent::Range(Range::In),
            "shorter time in the charts",
        ),
        on(
            "=",
            Key::char('='),
            Intent::Range(Range::Reset),
            "time range as at the start",
        ),
        on(
            "@",
            Key::char('@'),
            Intent::ToggleCommands,
            "a plan's steps as kubectl commands",
        ),
        on(
            "r",
            Key::char('r'),
            Intent::Refresh,
            "connect and read again now",
        ),
        on("?", Key::char('?'), Intent::OpenHelp, "this help"),
        on(
            "Esc",
            Key::plain(KeyCode::Esc),
            Intent::Back,
            "back, close, dismiss",
        ),
        on(
            "C-l",
            Key::ctrl('l'),
            Intent::Redraw,
            "draw everything again",
        ),
        on(
            "C-z",
            Key::ctrl('z'),
            Intent::Suspend,
            "suspend; fg comes back",
        ),
        on("q", Key::char('q'), Intent::Quit, "back, quit at the top"),
        on("C-c", Key::ctrl('c'), Intent::Quit, "quit; twice: at once"),
    ]
}

/// What a key of the service screen means.
pub fn intent(key: Key) -> Option<Intent> {
    bindings()
        .into_iter()
        .find(|binding| binding.key == key)
        .map(|binding| binding.intent)
}
