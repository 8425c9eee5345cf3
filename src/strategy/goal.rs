//! What a person or the pilot asks for.

use crate::domain::artifact::Image;
use crate::domain::freeze::{Freeze, Frozen, frozen};
use crate::domain::policy::Strategy;
use crate::domain::provenance::Provenance;
use crate::domain::rights::Right;
use crate::domain::smoke::SmokeTest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Take a new release in.
    Deploy(Deploy),
    /// To the next weight; after 100 %: finish.
    Promote,
    /// The missing weights in one go, then finish.
    PromoteFully,
    /// Stay where it is.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Traffic leaves the candidate, its pods stay for a look.
    Abort,
    /// To the last known good release, or to a named one.
    RollBack(RollBackTo),
    /// A person declares the running, or a named, release good.
    DeclareGood(Option<String>),
    /// Deal with a plan that was cut off.
    TakeUp(Mend),
}

/// What becomes of a plan that was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// It goes on where it stopped.
    Resume,
    /// What it did is taken back.
    Undo,
}

/// A release that is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// What.
    pub image: Image,
    /// How far its plan goes.
    pub until: Until,
    /// The smoke test that it must pass on the way, where one is wanted.
    #[serde(default)]
    pub smoke: Option<SmokeTest>,
    /// Where it comes from; goes into the record.
    #[serde(default)]
    pub provenance: Box<Provenance>,
}

/// How far the plan of a deploy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Until the release is under way: a canary has its first weight, a rolling update was accepted.
    Begun,
    /// As far as it goes by itself: a canary has its first weight, a rolling update is complete.
    Complete,
}

impl From<Image> for Deploy {
    /// Until it is under way.
    fn from(image: Image) -> Self {
        Self {
            provenance: Box::new(Provenance::of(&image)),
            image,
            until: Until::Begun,
            smoke: None,
        }
    }
}

/// Where a roll back goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollBackTo {
    /// The newest release marked good other than the one being left.
    LastKnownGood,
    /// A tag or a revision number of the record.
    Named(String),
}

impl Goal {
    /// The word in JSON, in the record and in the journal.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deploy(_) => "deploy",
            Self::Promote => "promote",
            Self::PromoteFully => "promote_fully",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::RollBack(_) => "roll_back",
            Self::DeclareGood(_) => "good",
            Self::TakeUp(Mend::Resume) => "resume_plan",
            Self::TakeUp(Mend::Undo) => "undo_plan",
        }
    }

    /// The words on the screen.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Deploy(_) => "Deploy",
            Self::Promote => "Promote",
            Self::PromoteFully => "Promote fully",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Abort => "Abort",
            Self::RollBack(_) => "Roll back",
            Self::DeclareGood(_) => "Declare good",
            Self::TakeUp(Mend::Resume) => "Resume plan",
            Self::TakeUp(Mend::Undo) => "Undo plan",
        }
    }

    /// Goals that take traffic off a candidate or hold it: never blocked by stale metrics, an unreadable record or a living claim.
    pub fn leads_to_safety(&self) -> bool {
        match self {
            Self::Pause | Self::Abort | Self::RollBack(_) => true,
            Self::Deploy(_)
            | Self::Promote
            | Self::PromoteFully
            | Self::Resume
            | Self::DeclareGood(_)
            | Self::TakeUp(_) => false,
        }
    }

    /// Goals that bring traffic to a new release.
    pub fn raises(&self) -> bool {
        match self {
            Self::Deploy(_) | Self::Promote | Self::PromoteFully => true,
            Self::Pause
            | Self::Resume
            | Self::Abort
            | Self::RollBack(_)
            | Self::DeclareGood(_)
            | Self::TakeUp(_) => false,
        }
    }

    /// The freeze that holds it at `now`: only what brings traffic to a new release is held.
    pub fn held_by(&self, freezes: &[Freeze], now: Timestamp) -> Option<Frozen> {
        frozen(freezes, now).filter(|_| self.raises())
    }

    /// Goals that may take the claim from a living holder.
    pub fn takes_over(&self) -> bool {
        match self {
            Self::Abort | Self::RollBack(_) => true,
            Self::Deploy(_)
            | Self::Promote
            | Self::PromoteFully
            | Self::Pause
            | Self::Resume
            | Self::DeclareGood(_)
            | Self::TakeUp(_) => false,
        }
    }

    /// Rights without which its key is grey.
    pub fn needs(&self, strategy: &Strategy) -> &'static [Right] {
        match strategy {
            Strategy::Canary(canary) if canary.route.is_some() => self.needs_with_a_route(),
            Strategy::Canary(_) => self.needs_without_a_route(),
            Strategy::Rolling(_) => match self {
                // Held in the Deployment itself.
                Self::Pause | Self::Resume => &[Right::PatchDeployments],
                Self::Deploy(_)
                | Self::Promote
                | Self::PromoteFully
                | Self::Abort
                | Self::RollBack(_)
                | Self::DeclareGood(_)
                | Self::TakeUp(_) => self.needs_without_a_route(),
            },
        }
    }

    fn needs_with_a_route(&self) -> &'static [Right] {
        match self {
            Self::Deploy(_) | Self::Promote | Self::PromoteFully | Self::TakeUp(_) => &[
                Right::PatchRoutes,
                Right::PatchDeployments,
                Right::PatchRecord,
            ],
            Self::RollBack(_) => &[Right::PatchRoutes, Right::PatchDeployments],
            Self::Abort => &[Right::PatchRoutes],
            Self::Pause | Self::Resume | Self::DeclareGood(_) => &[Right::PatchRecord],
        }
    }

    fn needs_without_a_route(&self) -> &'static [Right] {
        match self {
            Self::Deploy(_) | Self::Promote | Self::PromoteFully | Self::TakeUp(_) => {
                &[Right::PatchDeployments, Right::PatchRecord]
            }
            Self::Abort | Self::RollBack(_) => &[Right::PatchDeployments],
            Self::Pause | Self::Resume | Self::DeclareGood(_) => &[Right::PatchRecord],
        }
    }
}
