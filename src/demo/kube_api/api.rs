//! The way of a request through the server.

use axum::body::Body;
use axum::http::{Request, Response};

use super::serve::Server;

/// The server behind every connection.
#[derive(Clone)]
pub(crate) struct Api {
    #[expect(dead_code, reason = "the protocol side comes next")]
    server: Server,
}

impl Api {
    pub(crate) fn new(server: Server) -> Self {
        Self { server }
    }

    #[expect(clippy::unused_async, reason = "the protocol side comes next")]
    pub(crate) async fn answer(&self, _request: Request<Body>) -> Response<Body> {
        Response::new(Body::empty())
    }
}
