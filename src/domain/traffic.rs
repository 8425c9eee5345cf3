//! Shares of traffic.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the two sides that serve at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Track {
    /// The version that was serving before the release.
    Stable,
    /// The version under trial.
    Canary,
}

impl Track {
    /// Both, stable first.
    pub const BOTH: [Self; 2] = [Self::Stable, Self::Canary];

    /// The word used on the screen, in labels and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Canary => "canary",
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A share of traffic in whole percent, 0 to 100.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Weight(u8);

/// A number outside 0 to 100 was given as a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("weight {0} is not between 0 and 100")]
pub struct WeightOutOfRange(pub u32);

impl Weight {
    /// No traffic.
    pub const ZERO: Self = Self(0);
    /// Half of it.
    pub const HALF: Self = Self(50);
    /// All traffic.
    pub const FULL: Self = Self(100);

    /// A weight of `percent`; more than 100 becomes 100.
    pub fn saturating(percent: u32) -> Self {
        Self::try_from(percent).unwrap_or(Self::FULL)
    }

    /// The share of `part` beside `rest`, in whole percent: above nothing it is never rounded to 0, below everything never to
    /// 100. `None` where both are 0.
    pub fn beside(part: u32, rest: u32) -> Option<Self> {
        let (part, rest) = (u64::from(part), u64::from(rest));
        let all = part + rest;
        let nearest = (part * 100 + all / 2).checked_div(all)?;
        let percent = match (part, rest) {
            (0, _) => 0,
            (_, 0) => 100,
            (_, _) => nearest.clamp(1, 99),
        };
        Some(Self::saturating(u32::try_from(percent).unwrap_or(100)))
    }

    /// Whole percent, 0 to 100.
    pub const fn percent(self) -> u32 {
        self.0 as u32
    }

    /// The share, 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// What is left for the other side.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(100 - self.0)
    }
}

impl TryFrom<u32> for Weight {
    type Error = WeightOutOfRange;

    fn try_from(percent: u32) -> Result<Self, Self::Error> {
        u8::try_from(percent)
            .ok()
            .filter(|percent| *percent <= 100)
            .map(Self)
            .ok_or(WeightOutOfRange(percent))
    }
}

impl From<Weight> for u32 {
    fn from(weight: Weight) -> Self {
        weight.percent()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// How traffic is divided: the canary's weight; stable has the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The canary's share.
    pub canary: Weight,
}

impl Split {
    /// A split that gives `canary` to the canary.
    pub const fn canary(canary: Weight) -> Self {
        Self { canary }
    }

    /// The stable side's share.
    pub const fn stable(self) -> Weight {
        self.canary.rest()
    }
}

impl fmt::Display for Split {
    /// `stable/canary`, as in `95/5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stable().percent(), self.canary.percent())
    }
}
