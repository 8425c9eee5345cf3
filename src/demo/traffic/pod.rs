//! One pod's life: its process starts, becomes ready, crashes and starts again, and ends without losing a request.
//!
//! A pod that is to go first leaves the endpoints, then lingers for requests that are on their way, then finishes what it
//! has, and only then its object goes.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::addresses::Addresses;
use super::api::{Api, Shared};
use super::logs::PodName;
use super::pod_status::{self, Ended, Facts, Stage};
use super::routing::ready_addresses;
use super::server::{End, serve};
use crate::demo::dice::Dice;
use crate::demo::image::ImageRef;
use crate::demo::kube_api::{Key, Resource, Store};

const DEFAULT_PORT: u16 = 8080;
/// How long a pod that is to go waits until no endpoint names it.
const LEAVES_ENDPOINTS: Duration = Duration::from_secs(5);
/// How long it then still takes requests that were on their way.
const LINGERS: Duration = Duration::from_millis(250);
/// How long it may take to finish its requests.
const FINISHES: Duration = Duration::from_secs(15);
/// How long to wait before a port is tried again.
const BIND_AGAIN: Duration = Duration::from_millis(200);

/// What all pods of a node share.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) shared: Arc<Shared>,
    pub(crate) addresses: Arc<Addresses>,
}

/// One pod, from its creation to its removal.
#[derive(Debug)]
pub(crate) struct Pod {
    key: Key,
    tag: String,
    port: u16,
    node: Node,
    dice: Dice,
    facts: Facts,
    calls: Calls,
}

/// The kubelet's ends of the line to a pod.
#[derive(Debug)]
pub(crate) struct Line {
    /// The pod is to go, with grace.
    pub(crate) terminate: CancellationToken,
    /// The pod's object is gone, or the world ends.
    pub(crate) removed: CancellationToken,
    /// The process is to die.
    pub(crate) crash: mpsc::Sender<()>,
}

#[derive(Debug)]
struct Calls {
    terminate: CancellationToken,
    removed: CancellationToken,
    crash: mpsc::Receiver<()>,
}

/// Why a process does not run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Crashed,
    Terminated,
    Removed,
}

fn line() -> (Line, Calls) {
    let (terminate, removed) = (CancellationToken::new(), CancellationToken::new());
    let (crash, crashes) = mpsc::channel(1);
    let calls = Calls {
        terminate: terminate.clone(),
        removed: removed.clone(),
        crash: crashes,
    };
    (
        Line {
            terminate,
            removed,
            crash,
        },
        calls,
    )
}

impl Calls {
    async fn cut(&mut self) -> Cut {
        tokio::select! {
            biased;
            () = self.removed.cancelled() => Cut::Removed,
            () = self.terminate.cancelled() => Cut::Terminated,
            Some(()) = self.crash.recv() => Cut::Crashed,
        }
    }

    /// Waits for a time that only the pod's end cuts short.
    async fn unless_ended(&mut self, wait: impl Future<Output = ()>) -> Result<(), Cut> {
        tokio::select! {
            biased;
            () = self.removed.cancelled() => Err(Cut::Removed),
            () = self.terminate.cancelled() => Err(Cut::Terminated),
            () = wait => Ok(()),
        }
    }
}

/// A process that serves.
#[derive(Debug)]
struct Process {
    end: End,
    server: JoinHandle<()>,
}

impl Process {
    async fn kill(self) {
        self.end.kill.cancel();
        // Its only fault would be a panic, and it is over either way.
        let _ = self.server.await;
    }

    async fn finish(mut self) {
        self.end.drain.cancel();
        if timeout(FINISHES, &mut self.server).await.is_err() {
            self.kill().await;
        }
    }
}

impl Pod {
    /// A pod as its object describes it, and the line to it.
    pub(crate) fn new(object: &Value, node: Node, dice: Dice) -> (Self, Line) {
        let container = &object["spec"]["containers"][0];
        let image = ImageRef::parse(container["image"].as_str().unwrap_or_default());
        let tag = image.version(node.shared.behaviours.watch().borrow().keys());
        node.shared.behaviours.know(&tag);
        let port = container["ports"][0]["containerPort"].as_u64();
        let (line, calls) = line();
        let pod = Self {
            key: Key::of(Resource::Pods, object),
            tag,
            port: port
                .and_then(|port| u16::try_from(port).ok())
                .unwrap_or(DEFAULT_PORT),
            node,
            dice,
            facts: Facts::default(),
            calls,
        };
        (pod, line)
    }

    /// Lives until the pod's end.
    pub(crate) async fn run(mut self) {
        self.report(Stage::Creating);
        let cut = loop {
            match self.live().await {
                Cut::Crashed => self.note_crash(),
                end => break end,
            }
        };
        self.node.shared.logs.forget(&self.name());
        if cut == Cut::Terminated {
            // Somebody may have removed it meanwhile.
            let _ = self.node.store.delete(&self.key);
        }
    }

    /// One process from its start to its end.
    async fn live(&mut self) -> Cut {
        let process = match self.start().await {
            Ok(process) => process,
            Err(cut) => return cut,
        };
        let cut = self.watch_readiness().await;
        match cut {
            Cut::Crashed | Cut::Removed => process.kill().await,
            Cut::Terminated => {
                self.leave_endpoints().await;
                process.finish().await;
            }
        }
        cut
    }

    async fn start(&mut self) -> Result<Process, Cut> {
        let half = Duration::from_millis(u64::from(self.dice.between(150, 250)));
        self.calls.unless_ended(sleep(half)).await?;
        let (address, listener) = self.bind().await?;
        let process = self.launch(listener);
        self.facts.address = Some(address);
        self.facts.started = Some(Timestamp::now());
        self.report(Stage::Unready);
        match self.calls.unless_ended(sleep(half)).await {
            Ok(()) => Ok(process),
            Err(cut) => {
                process.kill().await;
                Err(cut)
            }
        }
    }

    fn launch(&mut self, listener: TcpListener) -> Process {
        let dice = Dice::new(self.dice.throw());
        let api = Api::start(Arc::clone(&self.node.shared), &self.name(), &self.tag, dice);
        let api = Arc::new(api);
        let end = End::default();
        let service = service_fn(move |request| {
            let api = Arc::clone(&api);
            async move { api.answer(request).await }
        });
        Process {
            server: tokio::spawn(serve(listener, service, end.clone())),
            end,
        }
    }

    /// A restarted process comes back at the pod's own address.
    async fn bind(&mut self) -> Result<(Ipv4Addr, TcpListener), Cut> {
        loop {
            let bound = match self.facts.address {
                None => self.node.addresses.bind(self.port).await,
                Some(address) => TcpListener::bind((address, self.port))
                    .await
                    .map(|listener| (address, listener)),
            };
            match bound {
                Ok(bound) => return Ok(bound),
                Err(_) => self.calls.unless_ended(sleep(BIND_AGAIN)).await?,
            }
        }
    }

    /// Tells readiness as the version's behaviour has it, until the process is cut off.
    async fn watch_readiness(&mut self) -> Cut {
        let mut changes = self.node.shared.behaviours.watch();
        let mut told = Stage::Unready;
        loop {
            let ready = changes
                .borrow_and_update()
                .get(&self.tag)
                .is_none_or(|behaviour| behaviour.ready);
            let stage = if ready { Stage::Ready } else { Stage::Unready };
            if stage != told {
                self.report(stage);
                told = stage;
            }
            tokio::select! {
                cut = self.calls.cut() => return cut,
                Ok(()) = changes.changed() => {}
            }
        }
    }

    async fn leave_endpoints(&self) {
        let mut changes = self.node.store.changes_of(Resource::EndpointSlices);
        let left = async {
            loop {
                changes.mark_unchanged();
                if !self.is_endpoint() || changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let leave = async {
            // Where the endpoints never change, the pod ends all the same.
            let _ = timeout(LEAVES_ENDPOINTS, left).await;
            sleep(LINGERS).await;
        };
        tokio::select! {
            () = self.calls.removed.cancelled() => {}
            () = leave => {}
        }
    }

    fn is_endpoint(&self) -> bool {
        let own = self.facts.address.map(IpAddr::V4);
        let slices = self
            .node
            .store
            .list(Resource::EndpointSlices, Some(&self.key.namespace));
        slices
            .iter()
            .flat_map(|slice| ready_addresses(slice))
            .any(|address| Some(address.ip()) == own)
    }

    fn note_crash(&mut self) {
        let finished = Timestamp::now();
        self.facts.last_ended = self
            .facts
            .started
            .take()
            .map(|started| Ended { started, finished });
        self.facts.restarts += 1;
        self.report(Stage::Restarting);
    }

    /// A pod whose object is gone meanwhile has nobody left to tell.
    fn report(&self, stage: Stage) {
        let _ = self
            .node
            .store
            .edit(&self.key, |pod| pod_status::write(pod, stage, &self.facts));
    }

    fn name(&self) -> PodName {
        (self.key.namespace.clone(), self.key.name.clone())
    }
}
