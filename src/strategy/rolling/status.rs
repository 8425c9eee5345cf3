//! How far a rollout is, in the order in which `kubectl rollout status` looks.

use crate::domain::cluster::{Deployment, Progress};

/// How far a Deployment's controller is with its present template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It has not seen the template.
    Unseen,
    /// It gave up waiting for progress.
    Exceeded,
    /// Pods of the template are missing.
    Updating,
    /// Pods of other templates are still there.
    Terminating,
    /// Not all pods of the template are available.
    Unavailable,
    /// All wanted pods are of the template and available.
    Complete,
}

/// Reads it.
pub(super) fn status(deployment: &Deployment) -> Status {
    let counted = &deployment.counted;
    if deployment.generation > deployment.observed_generation {
        Status::Unseen
    } else if matches!(deployment.progress, Progress::DeadlineExceeded(_)) {
        Status::Exceeded
    } else if counted.updated < deployment.replicas {
        Status::Updating
    } else if counted.total > counted.updated {
        Status::Terminating
    } else if counted.available < counted.updated {
        Status::Unavailable
    } else {
        Status::Complete
    }
}
