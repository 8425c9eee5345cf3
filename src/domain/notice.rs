//! What a person is told when something did not work.

use serde::{Deserialize, Serialize};

/// What kind of trouble; the exit code follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A fault of the program's own (exit 1).
    Internal,
    /// Wrong use (exit 2).
    Usage,
    /// Configuration wrong (exit 3).
    Config,
    /// The plan cannot be made (exit 4).
    Refused,
    /// The world moved (exit 5).
    Conflict,
    /// Not allowed (exit 6).
    Forbidden,
    /// Unreachable, or login expired (exit 7).
    Unreachable,
    /// Timed out (exit 8).
    TimedOut,
    /// The outcome is bad (exit 9).
    Bad,
}

/// One trouble: what was attempted on what and why it failed, the causes below, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Decides the exit code.
    pub kind: NoticeKind,
    /// One sentence.
    pub summary: String,
    /// The causes, outermost first.
    pub chain: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

impl Notice {
    /// A notice without causes and hint.
    pub fn new(kind: NoticeKind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            summary: summary.into(),
            chain: Vec::new(),
            hint: None,
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the causes of `error`, outermost first.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.chain.push(cause.to_string());
            next = cause.source();
        }
        self
    }
}
