//! The runbook's shape.

use crate::headless::json::{GoodStatus, SideStatus};
use jiff::Timestamp;
use serde::Serialize;

/// `flightdeck.runbook/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunbookDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// When it was written out.
    pub at: Timestamp,
    /// Where the record was read: `cluster` or `journal`; `null` where neither could be.
    pub source: Option<&'static str>,
    /// Why it was written without the cluster.
    pub without_cluster: Option<String>,
    /// The kubeconfig context; `null`: the current one.
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The strategy's word.
    pub strategy: &'static str,
    /// What serves; `null` where the cluster did not tell.
    pub stable: Option<SideStatus>,
    /// The release under trial.
    pub candidate: Option<SideStatus>,
    /// Where a roll back goes.
    pub last_known_good: Option<GoodStatus>,
    /// What to know and to do, in the order in which it is needed.
    pub sections: Vec<Section>,
}

/// One matter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// `live`, `roll_back`, `abort`, `pause`, `promote`, `good`, `freezes`, `driver` or `places`.
    pub id: &'static str,
    /// In words.
    pub title: &'static str,
    /// What to know, a sentence each.
    pub notes: Vec<String>,
    /// What to run with Flightdeck.
    pub flightdeck: Vec<Command>,
    /// What to run where Flightdeck is not at hand, in this order.
    pub kubectl: Vec<Command>,
}

/// A line for a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it does.
    pub what: String,
    /// The line.
    pub line: String,
}

impl Command {
    pub(super) fn new(what: impl Into<String>, line: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            line: line.into(),
        }
    }
}
