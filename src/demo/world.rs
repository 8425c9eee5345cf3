//! A whole world in one process: cluster, pods, front, clients and controls, all on loopback.
//!
//! A world that started is where its scenario begins, and takes traffic. When it stops nothing of it is left: no task, no
//! listener, and no directory that it made itself.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::service::TowerToHyperService;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::ci_api::{self, Book, Calls, Deployer};
use super::control::{self, Ci, Controls};
use super::dice::Dice;
use super::files::{self, FileError, Info, Strategies};
use super::fleet::{self, Size};
use super::kube_api::{self, Faults, PodHost, Server, Store};
use super::objects::SERVICE;
use super::scenario::Scenario;
use super::setup::{self, PRODUCTION, SetUpError};
use super::traffic::{
    self, Behaviours, Clients, End, Fault, Front, Harms, Kubelet, Ledger, Shared,
};
use super::{controllers, releases, timeline};

/// How long the parts of a world may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// What a world is made from.
#[derive(Debug, Clone)]
pub struct WorldOptions {
    /// Where its files go; without one, a new directory below the system's temporary one, which goes with the world.
    pub dir: Option<PathBuf>,
    /// How it begins and what happens.
    pub scenario: Scenario,
    /// Decides latencies, errors, arrivals and names.
    pub seed: u64,
    /// The program that the pipeline's deploy jobs run; without one they fail.
    pub program: Option<PathBuf>,
    /// Services beside the first, whose pods are objects alone.
    pub fleet: Option<Size>,
}

impl WorldOptions {
    /// A world of that scenario in a temporary directory.
    pub fn new(scenario: Scenario) -> Self {
        Self {
            dir: None,
            scenario,
            seed: 1,
            program: None,
            fleet: None,
        }
    }
}

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No port, or no directory.
    #[error("cannot {what} for the demo world")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot describe the demo world to others")]
    File(#[from] FileError),
    /// The scenario's beginning was not reached.
    #[error("the demo world did not reach its scenario's beginning")]
    SetUp(#[from] SetUpError),
}

#[derive(Debug)]
enum Dir {
    Given(PathBuf),
    Temporary(TempDir),
}

/// A world that runs. Dropping it ends it without waiting.
#[derive(Debug)]
pub struct World {
    dir: Dir,
    info: Info,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl World {
    /// Starts a world; returns when it is where its scenario begins and clients are sending.
    pub async fn start(options: WorldOptions) -> Result<Self, WorldError> {
        let dir = open_dir(options.dir.as_deref())?;
        let ports = Ports::open().await?;
        let (info, control) = (ports.info(), ports.control.1);
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();
        let tasks = TaskTracker::new();
        let deployer = Deployer {
            program: options.program.clone(),
            dir: path_of(&dir).to_owned(),
        };
        let made = Parts::new(&options, deployer);
        if let Some(size) = options.fleet {
            fleet::populate(&made.store, PRODUCTION, size).map_err(SetUpError::Fleet)?;
            tasks.spawn(fleet::keep(made.store.clone(), stop.clone()));
        }
        let controls = made.spawn(ports, &tasks, &stop);
        releases::remember(&controls.ci.book, &options.scenario);
        setup::set_up(&controls.store, &options.scenario).await?;
        let strategies = Strategies {
            production: options.scenario.production.strategy,
            staging: options.scenario.staging.strategy,
        };
        controls.traffic.set_rate(options.scenario.rps).await;
        tasks
            .spawn(stop.run_until_cancelled_owned(timeline::play(options.scenario.lines, control)));
        tasks.close();
        let world = Self {
            dir,
            info,
            tasks,
            stop: guard,
        };
        let others: Vec<String> = options
            .fleet
            .iter()
            .flat_map(|size| size.others())
            .collect();
        files::write_all(world.dir(), &world.info, strategies, &others)?;
        Ok(world)
    }

    /// Where the world's files are.
    pub fn dir(&self) -> &Path {
        path_of(&self.dir)
    }

    /// Where it listens.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Ends the world and waits until nothing of it is left.
    pub async fn stop(self) {
        drop(self.stop);
        if timeout(ENDS_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::error!(
                "parts of the demo world still run after {} s",
                ENDS_WITHIN.as_secs()
            );
        }
        if let Dir::Temporary(dir) = self.dir
            && let Err(error) = dir.close()
        {
            tracing::error!(%error, "the demo world's directory could not be removed");
        }
    }
}

/// Runs a world in the foreground until `stop`; says `ready` on `out` when it can be used.
pub async fn serve(
    options: WorldOptions,
    stop: CancellationToken,
    out: &mut (dyn Write + Send),
) -> Result<(), WorldError> {
    let Some(started) = stop.run_until_cancelled(World::start(options)).await else {
        return Ok(());
    };
    let world = started?;
    let told = writeln!(out, "ready").and_then(|()| out.flush());
    if told.is_ok() {
        stop.cancelled().await;
    }
    world.stop().await;
    told.map_err(|source| WorldError::Io {
        what: "say that it is ready",
        source,
    })
}

fn open_dir(dir: Option<&Path>) -> Result<Dir, WorldError> {
    let Some(path) = dir else {
        let made = tempfile::Builder::new()
            .prefix("flightdeck-demo-")
            .tempdir();
        return made.map(Dir::Temporary).map_err(|source| WorldError::Io {
            what: "make a directory",
            source,
        });
    };
    // The files name each other, so that they can be used from anywhere.
    let path = std::path::absolute(path).map_err(|source| WorldError::Io {
        what: "find the directory",
        source,
    })?;
    Ok(Dir::Given(path))
}

/// The listeners of the world's fixed parts.
struct Ports {
    kube: (TcpListener, SocketAddr),
    ci: (TcpListener, SocketAddr),
    front: (TcpListener, SocketAddr),
    control: (TcpListener, SocketAddr),
}

impl Ports {
    async fn open() -> Result<Self, WorldError> {
        let open = async || -> io::Result<_> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let all = async {
            Ok(Self {
                kube: open().await?,
                ci: open().await?,
                front: open().await?,
                control: open().await?,
            })
        };
        all.await.map_err(|source| WorldError::Io {
            what: "open a port on loopback",
            source,
        })
    }

    fn info(&self) -> Info {
        Info::new(self.kube.1, self.ci.1, self.front.1, self.control.1)
    }
}

/// What the parts of a world share.
struct Parts {
    store: Store,
    faults: Faults,
    shared: Arc<Shared>,
    dice: Dice,
    deployer: Deployer,
}

impl Parts {
    fn new(options: &WorldOptions, deployer: Deployer) -> Self {
        let shared = Shared {
            behaviours: Behaviours::new(options.scenario.versions.clone()),
            ledger: Ledger::of(PRODUCTION),
            logs: Arc::default(),
            metrics_fault: Fault::default(),
            harms: Harms::default(),
        };
        let store = Store::with_seed(options.seed);
        Self {
            store,
            faults: Faults::default(),
            shared: Arc::new(shared),
            dice: Dice::new(options.seed),
            deployer,
        }
    }

    /// Sets every part going.
    fn spawn(self, ports: Ports, tasks: &TaskTracker, stop: &CancellationToken) -> Controls {
        let Self {
            store,
            faults,
            shared,
            dice,
            deployer,
        } = self;
        tasks.spawn(controllers::run(store.clone(), stop.clone()));
        let host = Arc::clone(&shared.logs) as Arc<dyn PodHost>;
        let server = Server {
            store: store.clone(),
            faults: faults.clone(),
            host,
        };
        tasks.spawn(kube_api::serve(server, ports.kube.0, stop.clone()));
        let (kubelet, pods) = Kubelet::new(store.clone(), Arc::clone(&shared), dice.fork("pods"));
        tasks.spawn(kubelet.run(stop.clone()));
        let front = Arc::new(Front::new(store.clone(), PRODUCTION, SERVICE));
        tasks.spawn(serve_front(Arc::clone(&front), ports.front.0, stop.clone()));
        let (clients, traffic) = Clients::of(ports.front.1, dice.fork("clients"));
        tasks.spawn(clients.run(stop.clone()));
        let ci = Ci {
            book: Book::default(),
            calls: Calls::new(jiff::Timestamp::now()),
            fault: Arc::default(),
        };
        let server = ci_api::Server::new(ci.book.clone(), ci.calls.clone(), ports.ci.1);
        let fault = Arc::clone(&ci.fault);
        tasks.spawn(ci_api::serve(
            server.router(),
            fault,
            ports.ci.0,
            stop.clone(),
        ));
        tasks.spawn(ci_api::play(ci.book.clone(), deployer, stop.clone()));
        let controls = Controls {
            store,
            faults,
            pods_shared: shared,
            front,
            traffic,
            pods,
            ci,
        };
        tasks.spawn(serve_controls(
            controls.clone(),
            ports.control.0,
            stop.clone(),
        ));
        controls
    }
}

fn path_of(dir: &Dir) -> &Path {
    match dir {
        Dir::Given(path) => path,
        Dir::Temporary(dir) => dir.path(),
    }
}

async fn serve_front(front: Arc<Front>, listener: TcpListener, stop: CancellationToken) {
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    traffic::serve(
        listener,
        service,
        End {
            drain: CancellationToken::new(),
            kill: stop,
        },
    )
    .await;
}

async fn serve_controls(controls: Controls, listener: TcpListener, stop: CancellationToken) {
    let service = TowerToHyperService::new(control::router(controls));
    traffic::serve(
        listener,
        service,
        End {
            drain: CancellationToken::new(),
            kill: stop,
        },
    )
    .await;
}
