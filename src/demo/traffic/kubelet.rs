//! The kubelet: gives each pod in the store a life, and ends it when the object is to go.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::addresses::Addresses;
use super::api::Shared;
use super::pod::{Line, Node, Pod};
use crate::demo::dice::Dice;
use crate::demo::kube_api::{Key, Resource, Store};

/// Why a pod cannot be crashed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CrashError {
    #[error("no pod is named {0}")]
    NoSuchPod(String),
    #[error("pod {0} is crashing already")]
    CrashingAlready(String),
    #[error("pod {0} cannot be reached: the world is ending")]
    Ending(String),
}

#[derive(Debug)]
struct Crash {
    pod: String,
    done: oneshot::Sender<Result<(), CrashError>>,
}

/// The handle on the running pods.
#[derive(Debug, Clone)]
pub(crate) struct Pods(mpsc::Sender<Crash>);

impl Pods {
    /// Kills the process of a pod; it starts again with new counters.
    pub(crate) async fn crash(&self, pod: &str) -> Result<(), CrashError> {
        let (done, answer) = oneshot::channel();
        let ending = || CrashError::Ending(pod.to_owned());
        self.0
            .send(Crash {
                pod: pod.to_owned(),
                done,
            })
            .await
            .map_err(|_| ending())?;
        answer.await.map_err(|_| ending())?
    }
}

/// Runs all pods of all namespaces.
#[derive(Debug)]
pub(crate) struct Kubelet {
    node: Node,
    dice: Dice,
    crashes: mpsc::Receiver<Crash>,
    lines: HashMap<String, (Key, Line)>,
    lives: TaskTracker,
}

impl Kubelet {
    pub(crate) fn new(store: Store, shared: Arc<Shared>, dice: Dice) -> (Self, Pods) {
        let (handle, crashes) = mpsc::channel(8);
        let addresses = Arc::new(Addresses::new());
        (
            Self {
                node: Node {
                    store,
                    shared,
                    addresses,
                },
                dice,
                crashes,
                lines: HashMap::new(),
                lives: TaskTracker::new(),
            },
            Pods(handle),
        )
    }

    /// Runs until stopped; then every process dies.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut news = self.node.store.changes_of(Resource::Pods);
        loop {
            news.mark_unchanged();
            self.reconcile();
            tokio::select! {
                () = stop.cancelled() => break,
                Some(crash) = self.crashes.recv() => {
                    // Who asked may have gone.
                    let _ = crash.done.send(self.crash(&crash.pod));
                }
                told = news.changed() => if told.is_err() { break },
            }
        }
        for (_, line) in self.lines.values() {
            line.removed.cancel();
        }
        self.lives.close();
        self.lives.wait().await;
    }

    fn reconcile(&mut self) {
        let mut pods = self.node.store.list(Resource::Pods, None);
        pods.retain(|pod| pod["spec"]["nodeName"] != crate::demo::fleet::NODE);
        let mut gone = std::mem::take(&mut self.lines);
        for pod in &pods {
            let uid = pod["metadata"]["uid"].as_str().unwrap_or_default();
            let (key, line) = gone.remove(uid).unwrap_or_else(|| self.begin(pod));
            if pod["metadata"]["deletionTimestamp"].is_string() {
                line.terminate.cancel();
            }
            self.lines.insert(uid.to_owned(), (key, line));
        }
        for (_, line) in gone.values() {
            line.removed.cancel();
        }
    }

    fn begin(&mut self, object: &Value) -> (Key, Line) {
        let key = Key::of(Resource::Pods, object);
        let dice = Dice::new(self.dice.throw());
        let (pod, line) = Pod::new(object, self.node.clone(), dice);
        self.lives.spawn(pod.run());
        (key, line)
    }

    fn crash(&self, name: &str) -> Result<(), CrashError> {
        let line = self
            .lines
            .values()
            .find(|(key, _)| key.name == name)
            .map(|(_, line)| line);
        let line = line.ok_or_else(|| CrashError::NoSuchPod(name.to_owned()))?;
        line.crash
            .try_send(())
            .map_err(|_| CrashError::CrashingAlready(name.to_owned()))
    }
}
