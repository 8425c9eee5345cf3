//! News of one kind.

use super::held::{HeldDeployment, HeldPod, HeldRecord, HeldRoute, HeldSet};
use crate::sources::cluster::follow::News;

/// News of one kind.
#[derive(Debug)]
pub(super) enum Change {
    Deployments(News<HeldDeployment>),
    ReplicaSets(News<HeldSet>),
    Pods(News<HeldPod>),
    Routes(News<HeldRoute>),
    Records(News<HeldRecord>),
}

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deployments,
    ReplicaSets,
    Pods,
    Routes,
    Records,
}
