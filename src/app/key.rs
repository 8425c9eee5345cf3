//! Keys as the terminal layer reports them, free of any terminal library.

use serde::{Deserialize, Serialize};

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCode {
    /// A character, shifted already.
    Char(char),
    /// Enter.
    Enter,
    /// Esc, held long enough to be no part of a sequence.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A key that means nothing here.
    Other,
}

impl Key {
    /// A character without Ctrl.
    pub const fn char(c: char) -> Self {
        Self {
            code: KeyCode::Char(c),
            ctrl: false,
        }
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self {
            code: KeyCode::Char(c),
            ctrl: true,
        }
    }

    /// Whether it may be a part of a terminal's reply, or of a split key: characters that these consist of, besides letters.
    pub const fn opens_sequence(self) -> bool {
        matches!(
            self.code,
            KeyCode::Char('[' | 'O' | '?' | ';' | '$' | '0'..='9')
        )
    }

    /// Another key without Ctrl.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }
}
