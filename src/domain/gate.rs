//! The five gates that every release passes.

use serde::{Deserialize, Serialize};

/// A gate of the release conveyor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Lint and unit tests.
    Fast,
    /// One image per commit.
    Build,
    /// Integration tests, audits, scans.
    Deeper,
    /// Deploy to staging, and a smoke test.
    Staging,
    /// Deploy to production, by approval or canary.
    Production,
}

impl Gate {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Fast,
        Self::Build,
        Self::Deeper,
        Self::Staging,
        Self::Production,
    ];

    /// From 1 to 5.
    pub fn number(self) -> u8 {
        match self {
            Self::Fast => 1,
            Self::Build => 2,
            Self::Deeper => 3,
            Self::Staging => 4,
            Self::Production => 5,
        }
    }

    /// The gate of a number from 1 to 5.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.number() == number)
    }

    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Build => "build",
            Self::Deeper => "deeper",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}
