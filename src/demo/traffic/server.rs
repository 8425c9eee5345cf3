//! A real HTTP/1.1 server: keeps connections alive, finishes what it began, or dies at once.

use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long to wait before accepting again when the system refused a connection.
const ACCEPT_AGAIN: Duration = Duration::from_millis(10);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The two ways a server ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct End {
    /// Takes no new requests and finishes the ones it has.
    pub(crate) drain: CancellationToken,
    /// Drops every connection where it stands.
    pub(crate) kill: CancellationToken,
}

/// Serves until the end; returns when no connection is left.
pub(crate) async fn serve<S, B>(listener: TcpListener, service: S, end: End)
where
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = end.kill.cancelled() => break,
            () = end.drain.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, service.clone(), end.clone()));
            }
            Err(_) => sleep(ACCEPT_AGAIN).await,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A connection's own faults (a peer that went away, bytes that are not HTTP) end that connection and concern nobody else.
async fn serve_connection<S, B>(stream: TcpStream, service: S, end: End)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error: Into<BoxError>>,
    B: Body<Error: Into<BoxError>> + 'static,
{
    // Without it answers would wait for acknowledgements; where it cannot be set they are only slower.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        () = end.kill.cancelled() => return,
        _ = connection.as_mut() => return,
        () = end.drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        () = end.kill.cancelled() => {}
        _ = connection.as_mut() => {}
    }
}
