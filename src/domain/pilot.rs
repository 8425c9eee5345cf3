//! The pilot as others see it: what a team lets it do, who drives, and what it keeps in the record.

use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a holder may be silent before another takes the Lease, seconds.
pub const LEASE_SECONDS: u32 = 15;

/// What a team lets the pilot do by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotPolicy {
    /// What it does when a step's time is over and there is not enough data for a verdict.
    pub on_not_enough_data: OnNotEnoughData,
}

/// What happens when a step's time is over without enough data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNotEnoughData {
    /// It holds and asks.
    #[default]
    Hold,
    /// It waits for so much longer, then holds and asks.
    Extend(Duration),
    /// It goes on.
    Continue,
}

/// The Lease by which one pilot drives, as it was last seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// `metadata.resourceVersion`: changes with every renewal; only ever compared with itself.
    pub version: String,
    /// Who drives; `None` where it was given back.
    pub holder: Option<Text>,
    /// Since when, by the holder's clock.
    pub since: Option<Timestamp>,
    /// How long the holder may be silent, seconds.
    pub seconds: u32,
    /// How often it changed hands.
    pub transitions: u32,
    /// Who asks the holder to hand over.
    pub asked_by: Option<Text>,
}

/// What reading the Lease gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseRead {
    /// There is none yet.
    Absent,
    /// It cannot be read, because of that.
    Hidden(Text),
    /// It is there.
    Read(Lease),
}

/// A guarded write of the Lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseWrite {
    /// The version that it must still have; `None`: there must be none yet.
    pub version: Option<String>,
    /// What is written.
    pub change: LeaseChange,
}

/// What is written into the Lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseChange {
    /// Another drives from now on; nobody asks any more.
    Take {
        /// Who.
        holder: Text,
        /// Since when.
        since: Timestamp,
        /// How often it has changed hands then.
        transitions: u32,
    },
    /// The holder lives.
    Renew,
    /// The holder is asked to hand over.
    AskFor(Text),
    /// The holder drives no more.
    GiveBack,
}

/// What became of a write of the Lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseAnswer {
    /// It is so now.
    Written(Lease),
    /// It had changed; it is so instead.
    Moved(LeaseRead),
}

/// The key `pilot` of the record: all that a successor must know besides the rest of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PilotNote {
    /// Who drives, or drove last.
    pub who: Text,
    /// Whether it still drives.
    pub drives: bool,
    /// Since when.
    pub since: Timestamp,
    /// What it does now, in one word: `waits`, `asks`, `stands_still` …
    pub doing: String,
    /// The same as a sentence.
    pub text: Text,
    /// When it began to do so.
    pub at: Timestamp,
}

impl PilotNote {
    /// Reads the record's key; what another version wrote is nobody's note.
    pub fn of(value: Option<&serde_json::Value>) -> Option<Self> {
        serde_json::from_value(value?.clone()).ok()
    }
}
