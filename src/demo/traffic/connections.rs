//! Kept-alive client connections, by address.
//!
//! Tells apart a request that certainly was not sent, which may go elsewhere, from one that was and got no answer.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// More idle connections to one address than these are closed: a burst leaves none of its own behind.
const MOST_IDLE: usize = 32;

pub(crate) type Outgoing = Request<Full<Bytes>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// Not a byte of the request left.
    #[error("the request was not sent")]
    NotSent(Box<Outgoing>),
    /// It was sent, perhaps in part; whether it was carried out is unknown.
    #[error("the request was sent and not answered")]
    Lost(#[source] hyper::Error),
}

/// Idle connections, ready to carry the next request.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    idle: Mutex<HashMap<SocketAddr, Vec<SendRequest<Full<Bytes>>>>>,
}

impl Connections {
    /// Sends one request once, over an idle connection or a new one, and waits for the whole answer.
    pub(crate) async fn send(
        &self,
        to: SocketAddr,
        mut request: Outgoing,
    ) -> Result<Response<Bytes>, SendError> {
        while let Some(connection) = self.take(to).await {
            // An idle connection may have been closed by the other side; then the request comes back unsent.
            match self.send_over(connection, to, request).await {
                Err(SendError::NotSent(unsent)) => request = *unsent,
                settled => return settled,
            }
        }
        match connect(to).await {
            Ok(connection) => self.send_over(connection, to, request).await,
            Err(_) => Err(SendError::NotSent(Box::new(request))),
        }
    }

    /// Forgets the idle connections to addresses that are not kept.
    pub(crate) fn retain(&self, keep: impl Fn(&SocketAddr) -> bool) {
        self.idle().retain(|address, _| keep(address));
    }

    async fn send_over(
        &self,
        mut connection: SendRequest<Full<Bytes>>,
        to: SocketAddr,
        request: Outgoing,
    ) -> Result<Response<Bytes>, SendError> {
        let response = match connection.try_send_request(request).await {
            Ok(response) => response,
            Err(mut failed) => {
                return Err(match failed.take_message() {
                    Some(unsent) => SendError::NotSent(Box::new(unsent)),
                    None => SendError::Lost(failed.into_error()),
                });
            }
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(SendError::Lost)?.to_bytes();
        self.keep(to, connection);
        Ok(Response::from_parts(head, body))
    }

    fn keep(&self, to: SocketAddr, connection: SendRequest<Full<Bytes>>) {
        let mut all = self.idle();
        let idle = all.entry(to).or_default();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }

    async fn take(&self, to: SocketAddr) -> Option<SendRequest<Full<Bytes>>> {
        loop {
            let mut connection = self.idle().get_mut(&to)?.pop()?;
            if connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<SocketAddr, Vec<SendRequest<Full<Bytes>>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(to: SocketAddr) -> io::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    // It ends with its sender, or with the other side; who waits for an answer learns it from the sender.
    tokio::spawn(connection);
    Ok(sender)
}
