//! The listening side: connections, their end in an outage, and the way of a request into the server.
//!
//! An outage that refuses closes the listening socket and every live connection; the same port is taken again afterwards.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::api::Api;
use super::faults::{Faults, Outage, OutageMode, Part};
use super::host::PodHost;
use super::store::Store;

/// How often taking the port again is tried after an outage.
const REBIND: Duration = Duration::from_millis(20);

/// What a server is made of.
#[derive(Clone)]
pub struct Server {
    /// The objects it serves.
    pub store: Store,
    /// What goes wrong on purpose, and the ledger of writes.
    pub faults: Faults,
    /// Who is asked for logs.
    pub host: Arc<dyn PodHost>,
}

/// Serves on `listener`, which must be on loopback, until `stop`; then closes every connection and returns.
pub async fn serve(
    server: Server,
    listener: TcpListener,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("refused to serve the demo cluster on {address}: only loopback is allowed"),
        ));
    }
    let faults = server.faults.clone();
    let api = Api::new(server);
    let connections = TaskTracker::new();
    let mut listener = Some(listener);
    while !stop.is_cancelled() {
        let open = match listener.take() {
            Some(open) => open,
            None => rebind(address).await,
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = refused(&faults) => {}
            () = accept(&open, &api, &faults, &stop, &connections) => {}
        }
        drop(open);
        tokio::select! {
            () = stop.cancelled() => {}
            () = outage_over(&faults) => {}
        }
    }
    connections.close();
    connections.wait().await;
    Ok(())
}

async fn rebind(address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = TcpListener::bind(address).await {
            return listener;
        }
        tokio::time::sleep(REBIND).await;
    }
}

fn refuses(outage: Option<Outage>) -> bool {
    outage.is_some_and(|outage| outage.mode == OutageMode::Refuse)
}

/// Ends when connections are to be refused.
async fn refused(faults: &Faults) {
    let mut outages = faults.outages(Part::Kube).subscribe();
    loop {
        outages.mark_unchanged();
        if refuses(faults.outage_now(Part::Kube)) || outages.changed().await.is_err() {
            return;
        }
    }
}

/// Ends when connections are no longer to be refused.
async fn outage_over(faults: &Faults) {
    let mut outages: watch::Receiver<_> = faults.outages(Part::Kube).subscribe();
    loop {
        outages.mark_unchanged();
        let Some(outage) = faults
            .outage_now(Part::Kube)
            .filter(|outage| refuses(Some(*outage)))
        else {
            return;
        };
        tokio::select! {
            () = tokio::time::sleep_until(outage.until) => {}
            _ = outages.changed() => {}
        }
    }
}

async fn accept(
    listener: &TcpListener,
    api: &Api,
    faults: &Faults,
    stop: &CancellationToken,
    connections: &TaskTracker,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(REBIND).await;
            continue;
        };
        let (api, faults, stop) = (api.clone(), faults.clone(), stop.clone());
        connections.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = refused(&faults) => {}
                () = connection(stream, api) => {}
            }
        });
    }
}

async fn connection(stream: TcpStream, api: Api) {
    // A watch's small lines must not wait for the acknowledgement of the line before.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let api = api.clone();
        async move { Ok::<_, Infallible>(api.answer(request.map(Body::new)).await) }
    });
    // A connection's end, by whichever side, is the client's business.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}
