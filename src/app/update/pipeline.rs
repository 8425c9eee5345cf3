//! News of the pipeline, and what is asked of it.

use crate::app::model::Model;
use crate::domain::feed::FeedFault;
use crate::domain::ids::RequestId;
use crate::domain::notice::Notice;
use crate::domain::pipeline::{Answered, Comparison, JobId, LogPiece, Pipelines};

/// Takes what the watch knows now.
pub(super) fn read(model: &mut Model, pipelines: Pipelines) {
    let at = pipelines.at;
    model.pipeline.feed.take(pipelines, at);
}

/// Takes more of a job's log.
pub(super) fn log_read(_model: &mut Model, _job: &JobId, _piece: Result<LogPiece, FeedFault>) {}

/// The provider did what was asked, or did not.
pub(super) fn answered(_model: &mut Model, _id: RequestId, _result: Result<Answered, Notice>) {}

/// The commits between two releases came.
pub(super) fn compared(_model: &mut Model, _id: RequestId, _result: Result<Comparison, Notice>) {}
