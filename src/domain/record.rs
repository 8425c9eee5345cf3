//! What is remembered about an environment: its releases, which are good, what is under way.
//!
//! Kept as `record.json` in the ConfigMap `flightdeck-SERVICE-ENVIRONMENT`. Keys that this version does not know are kept.

use crate::domain::artifact::Image;
use crate::domain::text::Text;
use crate::domain::traffic::Weight;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema this version reads and writes.
pub const SCHEMA: &str = "flightdeck.record/1";

/// Key of the ConfigMap's data that holds the record.
pub const KEY: &str = "record.json";

/// How a remark begins that tells of a mark that was taken away.
pub const TAKEN_AWAY: &str = "no longer good";

/// Key of the ConfigMap's data that holds the black box.
pub const BOX_KEY: &str = "blackbox";

/// The record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Newest first.
    #[serde(default)]
    pub releases: Vec<Release>,
    /// The plan under way: the claim that makes others wait.
    #[serde(default)]
    pub current: Option<Claim>,
    /// Set while a person wants the canary to stay where it is.
    #[serde(default)]
    pub paused: Option<Paused>,
    /// When the present step's weight took effect.
    #[serde(default)]
    pub step_started_at: Option<Timestamp>,
    /// Wanted replicas of the stable Deployment when the release began.
    #[serde(default)]
    pub base: Option<u32>,
    /// The weight that a plan set last; another weight on the route was set by somebody else.
    #[serde(default)]
    pub set_weight: Option<Weight>,
    /// What stable ran when the release began.
    #[serde(default)]
    pub stable_before: Option<Version>,
    /// The pilot's state.
    #[serde(default)]
    pub pilot: Option<serde_json::Value>,
    /// Metric bounds fixed at the release's start.
    #[serde(default)]
    pub watched: Option<serde_json::Value>,
    /// Keys of other versions, kept as they are.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

/// One release into the environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Running number.
    pub revision: u64,
    /// The image as it was asked for.
    pub image: Image,
    /// Digest that the nodes reported.
    #[serde(default)]
    pub digest: Option<String>,
    /// Deployment to pod template hash.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
    /// Commit it was built from.
    #[serde(default)]
    pub commit: Option<Text>,
    /// Pipeline run that built it.
    #[serde(default)]
    pub run: Option<Text>,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// Who did it.
    pub by: Text,
    /// Why.
    #[serde(default)]
    pub reason: Option<Text>,
    /// What was known when it was promoted.
    #[serde(default)]
    pub evidence: Option<Text>,
    /// How it ended, or that it runs.
    pub ended: Ended,
    /// When the plan ended with which it took all traffic as the serving release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone_since: Option<Timestamp>,
    /// The mark, while it bears it.
    #[serde(default)]
    pub good: Option<Good>,
    /// Marks that were taken away, and remarks: never rewritten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Keys of other versions, kept as they are.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

/// How a release ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It is the candidate, or it serves and has not been judged.
    Running,
    /// It took all traffic and stable runs it.
    Promoted,
    /// It was rolled back.
    RolledBack,
    /// Traffic was taken off it.
    Aborted,
    /// A later release took its place.
    Superseded,
}

impl Ended {
    /// The word in JSON and, with blanks, on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
            Self::Aborted => "aborted",
            Self::Superseded => "superseded",
        }
    }
}

/// The mark of a good release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Good {
    /// Since when.
    pub since: Timestamp,
    /// Who said so: a person, or the window.
    pub by: Text,
    /// The reason given.
    #[serde(default)]
    pub why: Option<Text>,
    /// Numbers that speak for it.
    #[serde(default)]
    pub evidence: Option<Text>,
}

/// A remark, or a mark taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Text,
    /// What.
    pub text: Text,
}

/// A version that a Deployment ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its image.
    pub image: Image,
    /// Its pod template hash.
    pub template: String,
}

/// A pause by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// Who.
    pub by: Text,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    #[serde(default)]
    pub reason: Option<Text>,
}

/// A plan's claim: one plan at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The plan's id.
    pub plan: String,
    /// Its goal's word (`promote`, `roll_back` …).
    pub goal: Text,
    /// Its title.
    pub title: Text,
    /// How many steps are done.
    pub done: usize,
    /// How many steps there are.
    pub steps: usize,
    /// Who.
    pub by: Text,
    /// Since when, by the holder's clock.
    pub since: Timestamp,
    /// Changes while the holder lives; never compared with another clock.
    pub heartbeat: u64,
    /// The whole plan as JSON, so that whoever finds it cut off can take it up. Pod templates are left out: those who may
    /// read a ConfigMap may not all read workloads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<serde_json::Value>,
}

/// What reading the record gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordRead {
    /// It was not asked for, or not yet.
    Unread,
    /// There is none.
    Absent,
    /// It is there.
    Read {
        /// The record.
        record: Box<Record>,
        /// `metadata.resourceVersion` of the ConfigMap.
        version: String,
        /// `metadata.uid` of the ConfigMap.
        uid: String,
    },
    /// It is there and makes no sense to this version; it is never overwritten.
    Unreadable(Text),
    /// It could not be read.
    Failed(Text),
}

impl RecordRead {
    /// The record, where it could be read.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Read { record, .. } => Some(record),
            Self::Unread | Self::Absent | Self::Unreadable(_) | Self::Failed(_) => None,
        }
    }
}

/// Why a text is not a record of this version.
#[derive(Debug, thiserror::Error)]
pub enum RecordFault {
    /// Not JSON of the known shape.
    #[error("the record is not of the known shape")]
    Shape(#[source] serde_json::Error),
    /// Of another schema.
    #[error("the record's schema is `{0}`; this version reads `{SCHEMA}`")]
    Schema(String),
}

impl Default for Record {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            releases: Vec::new(),
            current: None,
            paused: None,
            step_started_at: None,
            base: None,
            set_weight: None,
            stable_before: None,
            pilot: None,
            watched: None,
            more: BTreeMap::new(),
        }
    }
}

impl Record {
    /// Reads `record.json`.
    pub fn parse(text: &str) -> Result<Self, RecordFault> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let head: Head = serde_json::from_str(text).map_err(RecordFault::Shape)?;
        if head.schema != SCHEMA {
            return Err(RecordFault::Schema(head.schema));
        }
        serde_json::from_str(text).map_err(RecordFault::Shape)
    }

    /// The release that runs as candidate or has been promoted last, newest first.
    pub fn newest(&self) -> Option<&Release> {
        self.releases.first()
    }

    /// The newest release with this image.
    pub fn release_of(&self, image: &Image) -> Option<&Release> {
        self.releases.iter().find(|release| release.runs(image))
    }

    /// The next running number.
    pub fn next_revision(&self) -> u64 {
        self.releases
            .iter()
            .map(|release| release.revision)
            .max()
            .unwrap_or(0)
            + 1
    }
}

impl Release {
    /// What people call it.
    pub fn tag(&self) -> &str {
        self.image.label()
    }

    /// Its digest: of the reference, else as the nodes reported it.
    pub fn known_digest(&self) -> Option<&String> {
        self.image.digest.as_ref().or(self.digest.as_ref())
    }

    /// Whether this release is made of `image`: the same digest where both have one, else the same reference.
    pub fn runs(&self, image: &Image) -> bool {
        match (self.known_digest(), &image.digest) {
            (Some(own), Some(digest)) => own == digest,
            (_, None) => self.image.repository == image.repository && self.image.tag == image.tag,
            (None, Some(_)) => self.image == *image,
        }
    }
}
