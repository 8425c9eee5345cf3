//! Clients that send requests to the front at a rate of their own (open loop), whatever becomes of the answers.
//!
//! Nothing is ever retried. One task sends and takes orders, so that after a rate of 0 nothing more is sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::connections::{Connections, Outgoing};
use crate::demo::dice::Dice;

/// A client that has waited so long hangs up.
const PATIENCE: Duration = Duration::from_secs(10);
/// More requests than these are never under way at once.
const MOST_UNDER_WAY: usize = 4000;
/// A sender that fell behind further than this lets the missed requests go.
const LARGEST_LAG: Duration = Duration::from_secs(1);

/// What the clients saw. Once traffic has stopped, `sent` is the sum of the others.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sent: AtomicU64,
    answered: AtomicU64,
    no_answer: AtomicU64,
    no_backend: AtomicU64,
}

/// One reading of the tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    pub(crate) sent: u64,
    pub(crate) answered: u64,
    pub(crate) no_answer: u64,
    pub(crate) no_backend: u64,
}

/// How a request ended, as its client sees it.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// A pod answered, well or badly.
    Answered,
    /// Nobody did, or the front in a lost pod's stead.
    NoAnswer,
    /// The front had no pod to send it to.
    NoBackend,
}

impl Tally {
    pub(crate) fn read(&self) -> Seen {
        let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let (answered, no_answer, no_backend) = (
            of(&self.answered),
            of(&self.no_answer),
            of(&self.no_backend),
        );
        // Last, so that a reading in the middle of traffic never shows more answers than requests.
        Seen {
            sent: of(&self.sent),
            answered,
            no_answer,
            no_backend,
        }
    }

    fn count(&self, fate: Fate) {
        let count = match fate {
            Fate::Answered => &self.answered,
            Fate::NoAnswer => &self.no_answer,
            Fate::NoBackend => &self.no_backend,
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

/// An order to the sender: the rate from now on, and who waits until it is in effect.
#[derive(Debug)]
struct Order {
    requests_per_s: f64,
    settled: oneshot::Sender<()>,
}

/// The handle on the clients' traffic.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    orders: mpsc::Sender<Order>,
    tally: Arc<Tally>,
}

impl Traffic {
    /// Sets the rate. With 0 it returns when every request has ended one way or the other.
    pub(crate) async fn set_rate(&self, requests_per_s: f64) {
        let (settled, done) = oneshot::channel();
        // A sender that is gone sends nothing: that is settled too.
        if self
            .orders
            .send(Order {
                requests_per_s,
                settled,
            })
            .await
            .is_ok()
        {
            let _ = done.await;
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.tally.read()
    }
}

/// The sender of all clients' requests.
#[derive(Debug)]
pub(crate) struct Clients {
    wire: Arc<Wire>,
    orders: mpsc::Receiver<Order>,
    dice: Dice,
    under_way: JoinSet<()>,
}

#[derive(Debug)]
struct Wire {
    front: SocketAddr,
    host: HeaderValue,
    connections: Connections,
    tally: Arc<Tally>,
}

impl Clients {
    /// Clients of a front; silent until a rate is set.
    pub(crate) fn of(front: SocketAddr, dice: Dice) -> (Self, Traffic) {
        let (orders, received) = mpsc::channel(8);
        let tally = Arc::new(Tally::default());
        let host = HeaderValue::from_static("checkout.example.com");
        let wire = Wire {
            front,
            host,
            connections: Connections::default(),
            tally: Arc::clone(&tally),
        };
        let clients = Self {
            wire: Arc::new(wire),
            orders: received,
            dice,
            under_way: JoinSet::new(),
        };
        (clients, Traffic { orders, tally })
    }

    /// Sends until stopped; requests under way are then dropped.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut requests_per_s = 0.0;
        let mut next = Instant::now();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                order = self.orders.recv() => {
                    let Some(order) = order else { return };
                    requests_per_s = order.requests_per_s;
                    if requests_per_s <= 0.0 {
                        self.drain(&stop).await;
                    }
                    next = Instant::now() + self.gap(requests_per_s);
                    // Nobody need be waiting.
                    let _ = order.settled.send(());
                }
                () = sleep_until(next), if requests_per_s > 0.0 => {
                    self.send();
                    let now = Instant::now();
                    let due = next + self.gap(requests_per_s);
                    next = if now > due + LARGEST_LAG { now } else { due };
                }
                Some(_) = self.under_way.join_next() => {}
            }
        }
    }

    /// Arrivals are independent of one another, so the gaps between them are exponentially distributed.
    fn gap(&mut self, requests_per_s: f64) -> Duration {
        Duration::try_from_secs_f64(self.dice.exponential() / requests_per_s).unwrap_or(PATIENCE)
    }

    fn send(&mut self) {
        if self.under_way.len() >= MOST_UNDER_WAY {
            return;
        }
        self.wire.tally.sent.fetch_add(1, Ordering::SeqCst);
        let wire = Arc::clone(&self.wire);
        self.under_way.spawn(async move {
            let fate = wire.ask().await;
            wire.tally.count(fate);
        });
    }

    async fn drain(&mut self, stop: &CancellationToken) {
        let ended = async { while self.under_way.join_next().await.is_some() {} };
        tokio::select! {
            () = stop.cancelled() => {}
            () = ended => {}
        }
    }
}

impl Wire {
    async fn ask(&self) -> Fate {
        match timeout(PATIENCE, self.connections.send(self.front, self.request())).await {
            Ok(Ok(response)) => match response.status() {
                StatusCode::SERVICE_UNAVAILABLE => Fate::NoBackend,
                StatusCode::BAD_GATEWAY | StatusCode::PAYLOAD_TOO_LARGE => Fate::NoAnswer,
                _ => Fate::Answered,
            },
            Ok(Err(_)) | Err(_) => Fate::NoAnswer,
        }
    }

    fn request(&self) -> Outgoing {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = Uri::from_static("/orders");
        request.headers_mut().insert(HOST, self.host.clone());
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static("shop-web/7.3"));
        request
    }
}
