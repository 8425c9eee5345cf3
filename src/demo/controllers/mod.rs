//! The controllers of the world: what turns the wishes in the store into replica sets, pods, endpoints and statuses.
//!
//! Each acts on changes of the store only, reads nothing but the store, and does the same thing again without effect. They
//! create pods and mark them as being deleted; running and removing pods is somebody else's.

mod deployment;
mod drive;
mod endpoint_slice;
mod event;
mod garbage;
mod http_route;
mod object;
mod replica_set;

pub(crate) use deployment::template_hash;
pub use event::{Cause, note};

use tokio_util::sync::CancellationToken;

use super::kube_api::Store;

/// Runs all controllers on `store` until `stop`.
pub async fn run(store: Store, stop: CancellationToken) {
    tokio::join!(
        drive::drive(
            store.clone(),
            deployment::DeploymentController,
            stop.clone()
        ),
        drive::drive(
            store.clone(),
            replica_set::ReplicaSetController,
            stop.clone()
        ),
        drive::drive(
            store.clone(),
            endpoint_slice::EndpointSliceController,
            stop.clone()
        ),
        drive::drive(store.clone(), http_route::RouteController, stop.clone()),
        garbage::collect(store, stop),
    );
}
