//! The listening side, and what it does while the CI server is gone.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::demo::traffic::{self, End, Fault, Mode};

/// Serves until `stop`.
pub(crate) async fn serve(
    router: Router,
    fault: Arc<Fault>,
    listener: TcpListener,
    stop: CancellationToken,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, fault) = (router.clone(), Arc::clone(&fault));
        async move {
            match fault.present() {
                Some(Mode::Refuse) => return Err(io::Error::other("refused on purpose")),
                Some(Mode::Error) => return Ok(gone()),
                Some(Mode::Hang) => fault.ended().await,
                None => {}
            }
            match router.call(request).await {
                Ok(response) => Ok(response),
                Err(never) => match never {},
            }
        }
    });
    let end = End {
        drain: CancellationToken::new(),
        kill: stop,
    };
    traffic::serve(listener, service, end).await;
}

fn gone() -> Response<Body> {
    let mut response = Response::new(Body::from("<html><h1>Unicorn! 503</h1></html>"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}
