//! Logs that are followed, pod by pod: a container that starts again is followed again, a pod that is not wanted any more is left.

use super::pod_logs::line;
use crate::analysis::log_lines::PodLine;
use crate::domain::notice::Notice;
use crate::sources::cluster::logs;
use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::sleep;

/// Between two tries to follow a log.
const AGAIN: Duration = Duration::from_secs(1);

/// What comes of pods that are followed.
#[derive(Clone, Debug)]
pub enum Followed {
    /// A line.
    Line(PodLine),
    /// What a pod's log cannot be read for, once for each reason.
    Unread(String, Notice),
}

/// Logs that are followed, each by a task that ends with this or when its pod is not wanted any more.
pub struct Followers {
    reader: Arc<Followable>,
    tasks: HashMap<String, AbortOnDrop>,
    out: mpsc::Sender<Followed>,
}

/// Where logs are followed.
pub(super) struct Followable {
    pub(super) client: kube::Client,
    pub(super) namespace: String,
    pub(super) container: Option<String>,
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What became of the pods that are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// They are followed from now on.
    pub came: Vec<String>,
    /// They are not any more.
    pub went: Vec<String>,
}

impl Followers {
    pub(super) fn new(place: Followable, out: mpsc::Sender<Followed>) -> Self {
        Self {
            reader: Arc::new(place),
            tasks: HashMap::new(),
            out,
        }
    }

    /// Follows these pods and no others. `after` tells the newest line that is known of a pod.
    pub fn reconcile(
        &mut self,
        pods: &[String],
        after: impl Fn(&str) -> Option<Timestamp>,
    ) -> Reconciled {
        let gone = self.tasks.keys().filter(|pod| !pods.contains(pod));
        let went: Vec<String> = gone.cloned().collect();
        self.tasks.retain(|pod, _| pods.contains(pod));
        let mut came = Vec::new();
        for pod in pods {
            if self.tasks.contains_key(pod) {
                continue;
            }
            let (reader, out) = (self.reader.clone(), self.out.clone());
            let (name, after) = (pod.clone(), after(pod));
            let task = tokio::spawn(async move { reader.follow(&name, after, &out).await });
            self.tasks
                .insert(pod.clone(), AbortOnDrop(task.abort_handle()));
            came.push(pod.clone());
        }
        Reconciled { came, went }
    }
}

impl Followable {
    /// Follows one pod for as long as somebody listens: a container that ended may start again, a line may drop.
    async fn follow(&self, pod: &str, after: Option<Timestamp>, out: &mpsc::Sender<Followed>) {
        let mut newest = after;
        let mut told: Option<String> = None;
        while !out.is_closed() {
            let at = (pod, self.container.as_deref());
            match logs::follow(&self.client, &self.namespace, at, newest).await {
                Ok(lines) => {
                    told = None;
                    if forward(pod, lines, &mut newest, out).await.is_break() {
                        return;
                    }
                }
                Err(error) => {
                    let notice = Notice::from(&error);
                    // A container that has not started has no log yet: that is told once, as any other reason.
                    if told.as_ref() != Some(&notice.summary) {
                        told = Some(notice.summary.clone());
                        let unread = Followed::Unread(pod.to_owned(), notice);
                        if out.send(unread).await.is_err() {
                            return;
                        }
                    }
                }
            }
            sleep(AGAIN).await;
        }
    }
}

/// Hands on what is newer than `newest`; breaks where nobody listens.
async fn forward(
    pod: &str,
    mut lines: logs::Lines,
    newest: &mut Option<Timestamp>,
    out: &mpsc::Sender<Followed>,
) -> ControlFlow<()> {
    let known = *newest;
    // A line that was cut off by the network comes again.
    while let Ok(Some(text)) = lines.next().await {
        let line = line(pod, &text);
        if known.is_some() && line.at <= known {
            continue;
        }
        *newest = line.at.max(*newest);
        if out.send(Followed::Line(line)).await.is_err() {
            return ControlFlow::Break(());
        }
    }
    ControlFlow::Continue(())
}
