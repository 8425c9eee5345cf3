//! The front: the gateway where clients' requests enter, split by the route of one namespace.
//!
//! It looks at the store at each request, so it never picks an endpoint that the cluster has already taken away. It answers
//! itself only where no pod did: 503 where the picked Service has no endpoint, 502 where an answer was lost.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, TRANSFER_ENCODING};
use hyper::{Request, Response, StatusCode};
use tokio::sync::watch;

use super::api::{Answer, text};
use super::connections::{Connections, Outgoing, SendError};
use super::routing::{Endpoints, Split};
use crate::demo::kube_api::{Key, Resource, Store};

const LONGEST_BODY: usize = 1 << 20;

/// Whether the front does what the route says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Following {
    /// The route's weights are in effect.
    Route,
    /// The weights in effect stay, whatever the route says.
    PresentWeights,
}

/// The gateway of one namespace's route.
#[derive(Debug)]
pub(crate) struct Front {
    store: Store,
    route: Key,
    connections: Connections,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    following: Following,
    split: Split,
    endpoints: Endpoints,
    route_changes: watch::Receiver<u64>,
    slice_changes: watch::Receiver<u64>,
}

impl Front {
    /// A front that follows the `HTTPRoute` of that name.
    pub(crate) fn new(store: Store, namespace: &str, route: &str) -> Self {
        let mut route_changes = store.changes_of(Resource::HttpRoutes);
        let mut slice_changes = store.changes_of(Resource::EndpointSlices);
        route_changes.mark_changed();
        slice_changes.mark_changed();
        let (split, endpoints) = (Split::default(), Endpoints::default());
        let table = Table {
            following: Following::Route,
            split,
            endpoints,
            route_changes,
            slice_changes,
        };
        let route = Key::new(Resource::HttpRoutes, namespace, route);
        Self {
            store,
            route,
            connections: Connections::default(),
            table: Mutex::new(table),
        }
    }

    pub(crate) fn follow(&self, following: Following) {
        // The weights in effect are those of now, not those of the last request.
        self.table().following = following;
    }

    /// Forwards one request and relays the answer.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let Some(service) = self.table().split.next().map(str::to_owned) else {
            return no_backend();
        };
        let Some(request) = outgoing(request).await else {
            return text(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body could not be read\n",
            );
        };
        self.forward(&service, request).await
    }

    /// Only a request of which nothing was sent goes to another endpoint.
    async fn forward(&self, service: &str, mut request: Outgoing) -> Answer {
        let mut tried = Vec::new();
        loop {
            let Some(endpoint) = self.endpoint(service, &tried) else {
                return no_backend();
            };
            match self.connections.send(endpoint, request).await {
                Ok(response) => return relay(response),
                Err(SendError::Lost(_)) => {
                    return text(StatusCode::BAD_GATEWAY, "the answer was lost\n");
                }
                Err(SendError::NotSent(unsent)) => request = *unsent,
            }
            tried.push(endpoint);
        }
    }

    fn endpoint(&self, service: &str, tried: &[SocketAddr]) -> Option<SocketAddr> {
        self.table().endpoints.next(service, tried)
    }

    /// The table as of now.
    fn table(&self) -> MutexGuard<'_, Table> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.following == Following::Route && table.route_changes.has_changed().unwrap_or(false)
        {
            table.route_changes.mark_unchanged();
            table.split.follow(self.store.get(&self.route).as_deref());
        }
        if table.slice_changes.has_changed().unwrap_or(false) {
            table.slice_changes.mark_unchanged();
            let slices = self
                .store
                .list(Resource::EndpointSlices, Some(&self.route.namespace));
            table.endpoints.follow(slices.iter().map(AsRef::as_ref));
            self.connections
                .retain(|address| table.endpoints.contains(address));
        }
        table
    }
}

fn no_backend() -> Answer {
    text(StatusCode::SERVICE_UNAVAILABLE, "no healthy backend\n")
}

async fn outgoing(request: Request<Incoming>) -> Option<Outgoing> {
    let (mut head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_BODY)
        .collect()
        .await
        .ok()?
        .to_bytes();
    head.headers.remove(CONNECTION);
    head.headers.remove(TRANSFER_ENCODING);
    Some(Request::from_parts(head, Full::new(body)))
}

fn relay(response: Response<Bytes>) -> Answer {
    let (mut head, body) = response.into_parts();
    head.headers.remove(CONNECTION);
    head.headers.remove(TRANSFER_ENCODING);
    Response::from_parts(head, Full::new(body))
}
