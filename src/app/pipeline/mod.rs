//! The service's pipeline: what is known of it, what is looked at, what is asked of it.

mod mistakes;
mod question;
mod rows;
mod strip;
mod usual;

pub use mistakes::mistakes;
pub use question::{CiQuestion, CiWish, FocusOn, obstacle};
pub use rows::{Row, rows};
pub use strip::{GateReading, Link, Strip, dialect, linked, own_rules, read_gates};
pub use usual::{critical_path, usual};

use super::log_pane::LogPane;
use super::model::Model;
use crate::domain::feed::Feed;
use crate::domain::ids::RequestId;
use crate::domain::pipeline::{Command, Delivery, Job, JobId, Pipelines, Run, RunId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Older news than this are stale: three looks at the slow pace.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(200);

/// The service's pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The newest runs.
    pub feed: Feed<Pipelines>,
    /// The run in view and its gates; `None` until a run was read.
    pub strip: Option<Strip>,
    /// The chosen run, where a person chose one.
    pub chosen: Option<RunId>,
    /// The chosen row of the tree.
    pub row: usize,
    /// The job whose steps are shown.
    pub opened: Option<JobId>,
    /// Which side keys go to.
    pub side: Side,
    /// The job whose log is open.
    pub log_of: Option<JobId>,
    /// Its log.
    pub log: LogPane,
    /// What waits for a yes.
    pub question: Option<CiQuestion>,
    /// What was sent and not answered yet.
    pub sent: Option<(RequestId, Command)>,
    /// Grows with every wish for news.
    pub hurry: u64,
}

/// A side of the pipeline screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Stages, jobs, steps.
    Tree,
    /// The log.
    Log,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            feed: Feed::new(STALE_AFTER),
            strip: None,
            chosen: None,
            row: 0,
            opened: None,
            side: Side::Tree,
            log_of: None,
            log: LogPane::default(),
            question: None,
            sent: None,
            hurry: 0,
        }
    }
}

impl Pipeline {
    /// The run in view: the chosen one, else that of the strip.
    pub fn run(&self) -> Option<&Run> {
        let runs = &self.feed.value.as_ref()?.runs;
        let of = |id: &RunId| runs.iter().find(|run| run.id == *id);
        let by_strip = || of(&self.strip.as_ref()?.run);
        self.chosen.as_ref().and_then(of).or_else(by_strip)
    }

    /// The job whose log is open.
    pub fn job(&self) -> Option<&Job> {
        self.run()?.job(self.log_of.as_ref()?)
    }

    /// Whether the open job's log can be read now.
    pub fn log_is_there(&self) -> bool {
        let live = self
            .feed
            .value
            .as_ref()
            .is_some_and(|known| known.capabilities.logs == Delivery::Live);
        self.job().is_some_and(|job| job.state.is_over() || live)
    }
}

/// Whether the service has a pipeline in the config.
pub fn is_configured(model: &Model) -> bool {
    model.settings.pipeline(&model.target.service).is_some()
}
