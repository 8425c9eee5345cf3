//! The checklist's shape.

use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.checklist/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChecklistDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment that the release goes into at the last gate.
    pub environment: String,
    /// When it was written out.
    pub at: Timestamp,
    /// The release: the candidate, else what serves; `null` where neither is known.
    pub release: Option<CheckedRelease>,
    /// Why something could not be read, a sentence each.
    pub unread: Vec<String>,
    /// The five gates.
    pub gates: Vec<GateChecklist>,
}

/// The release that is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedRelease {
    /// What people call it.
    pub tag: String,
    /// Its image.
    pub image: String,
    /// Its digest.
    pub digest: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The pipeline run that built it, where one is known for certain.
    pub run: Option<String>,
}

/// What one gate needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateChecklist {
    /// From 1 to 5.
    pub gate: u8,
    /// Its name.
    pub name: &'static str,
    /// How it stands in the run that built the release; `null` where no run is known or it has none of it.
    pub state: Option<String>,
    /// The evidence.
    pub items: Vec<Item>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What is needed.
    pub text: String,
    /// Whether it is there; `null`: unknown.
    pub done: Option<bool>,
    /// What proves it, or why it is missing or unknown.
    pub evidence: Option<String>,
}

impl Item {
    pub(super) fn new(text: &str, done: Option<bool>, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        Self {
            text: text.to_owned(),
            done,
            evidence: Some(evidence).filter(|evidence| !evidence.is_empty()),
        }
    }

    pub(super) fn unknown(text: &str, why: impl Into<String>) -> Self {
        Self::new(text, None, why)
    }
}
