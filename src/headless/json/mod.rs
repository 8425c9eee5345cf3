//! The documents: the shapes that scripts hold on to.
//!
//! Invariants: unknown is `null`, never 0; text stands as received, and only here; times are RFC 3339 in UTC, durations
//! seconds, shares 0 to 1, weights 0 to 100. Keys are added, never renamed.

mod error;
mod event;
mod history;
mod last_plan;
mod live;
mod note;
mod outcome;
mod pipeline;
mod plan;
mod report;
mod smoke;
mod status;

pub use error::ErrorDocument;
pub use event::EventDocument;
pub use history::{HistoryDocument, ReleaseEntry};
pub use note::NoteDocument;
pub use outcome::OutcomeDocument;
pub use pipeline::{
    AskedDocument, JobLogDocument, JobStatus, PipelineStatus, RunStatus, RunsDocument,
};
pub use plan::PlanDocument;
pub use report::{
    Harmed, IntervalEntry, Limits, Moment, ReportDocument, ShownVerdict, SideEntry, kept_lines,
    release_entry, release_moments,
};
pub use smoke::SmokeDocument;
pub use status::{
    FeedStatus, GoodStatus, LastPlan, MetricsStatus, Numbers, PlanStatus, ServiceStatus,
    SideStatus, StatusDocument, VerdictStatus,
};

use crate::domain::text::Text;

fn raw(text: &Text) -> String {
    text.raw().to_owned()
}
