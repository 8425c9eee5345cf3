//! The control URL: by it scenarios, tests and people change the world behind the cockpit's back, and read its ground truth.
//!
//! Plain HTTP with JSON. A request that is not understood changes nothing and is answered 400 with what was expected.

mod answer;
mod ci;
mod faults;
mod readings;
mod world;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

use super::ci_api::{Book, Calls};
use super::kube_api::{Faults, Store};
use super::traffic::{Fault, Front, Pods, Shared, Traffic};
use answer::Refusal;

/// Everything that can be controlled.
#[derive(Debug, Clone)]
pub(crate) struct Controls {
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) pods_shared: Arc<Shared>,
    pub(crate) front: Arc<Front>,
    pub(crate) traffic: Traffic,
    pub(crate) pods: Pods,
    pub(crate) ci: Ci,
}

/// What can be controlled of the CI server.
#[derive(Debug, Clone)]
pub(crate) struct Ci {
    pub(crate) book: Book,
    pub(crate) calls: Calls,
    pub(crate) fault: Arc<Fault>,
}

/// The routes of the control URL.
pub(crate) fn router(controls: Controls) -> Router {
    Router::new()
        .route("/served", get(readings::served))
        .route("/harm", get(readings::harm))
        .route("/writes", get(readings::writes))
        .route("/targets", get(readings::targets))
        .route("/front", post(world::front))
        .route("/versions/{tag}", put(world::version))
        .route("/traffic", put(world::traffic))
        .route("/pods/{name}/crash", post(world::crash))
        .route("/outage", post(faults::outage))
        .route("/kube/hold", post(faults::hold))
        .route("/kube/release", post(faults::release))
        .route("/kube/compact", post(faults::compact))
        .route(
            "/kube/forbid",
            post(faults::forbid).delete(faults::unforbid),
        )
        .route(
            "/kube/expire-login",
            post(faults::expire_login).delete(faults::restore_login),
        )
        .route("/ci/runs", post(ci::start))
        .route("/ci/jobs/{id}", post(ci::move_job))
        .route("/ci/calls", get(ci::calls))
        .fallback(|| async { Refusal::no_such_control() })
        .method_not_allowed_fallback(|| async { Refusal::wrong_method() })
        .with_state(controls)
}
