//! A pipeline as its CI provider runs it: runs, stages, jobs, steps, what waits for a person, logs, and what can be asked.
//!
//! One normal form for all providers. Every text is a [`crate::domain::text::Text`]; a state's word that nobody knows is kept
//! as it was told and never counts as passed.

mod ability;
mod approval;
mod command;
mod comparison;
mod ids;
mod log;
mod reading;
mod run;
mod state;

pub use ability::{Ability, Capabilities, Delivery};
pub use approval::{Approval, Decision, May};
pub use command::{Answered, Command};
pub use comparison::{Commit, Comparison};
pub use ids::{ApprovalId, JobId, RunId};
pub use log::{Cursor, LineKind, LogLine, LogPiece};
pub use reading::{Pipelines, Quota};
pub use run::{Job, JobKind, Run, Span, Stage, Step, TestCounts};
pub use state::State;
