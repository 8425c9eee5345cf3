//! What waits for a person before a run goes on.

use super::ids::{ApprovalId, JobId};
use crate::domain::text::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The provider's id, sent back with the decision.
    pub id: ApprovalId,
    /// The job that waits, where the provider tells.
    pub job: Option<JobId>,
    /// What is to be decided: the environment's or job's name, the input's message.
    pub name: Text,
    /// The environment, where one is named.
    pub environment: Option<Text>,
    /// Since when it waits.
    pub since: Option<Timestamp>,
    /// It goes on by itself no sooner than this, whoever approves.
    pub not_before: Option<Timestamp>,
    /// Who may decide: people and teams; empty where the provider does not tell.
    pub reviewers: Vec<Text>,
    /// Whether this login may.
    pub may: May,
    /// Who decided what so far.
    pub decisions: Vec<Decision>,
}

/// Whether this login may decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// It may.
    Yes,
    /// It may not, for this reason.
    No(Text),
    /// The provider does not tell beforehand.
    Unknown,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub by: Text,
    /// The provider's word: `approved`, `rejected`.
    pub word: Text,
    /// What was said with it.
    pub comment: Option<Text>,
    /// What it was about.
    pub environments: Vec<Text>,
}
