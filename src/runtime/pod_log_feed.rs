//! The pods' logs while somebody looks at them: read again every few seconds, told what is new.

use super::connections;
use super::drive::News;
use super::pod_logs::{AT_ONCE, line};
use super::source::Source;
use crate::analysis::log_lines::merged;
use crate::domain::event::SourceEvent;
use crate::domain::feed::FeedFault;
use crate::domain::pod_log::{LogFocus, PodLine, PodLogPiece, Process};
use crate::sources::cluster::errors::ClusterError;
use crate::sources::cluster::logs;
use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch as latest;
use tokio::time::sleep;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(3);
/// After so many looks the pods that are compared with are read again: what they print changes little.
const OTHERS_EVERY: u32 = 5;
/// Lines of a pod that one look reads.
const LINES: i64 = 500;
/// Pods that the others are compared with: what one of a release prints, all do.
const OTHERS: usize = 4;
/// Between two tries to get the clients of a login that gave none.
const LOGIN_AGAIN: Duration = Duration::from_secs(10);

/// The pods to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogPods {
    /// Those looked at.
    pub(super) own: Vec<String>,
    /// Those they are compared with.
    pub(super) others: Vec<String>,
}

/// How far a pod's log was read.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The time of the last line.
    at: Option<Timestamp>,
    /// Lines with just that time.
    same: usize,
}

impl Place {
    /// The lines that are new, and whether some between the last and these are missing.
    fn new_of(&mut self, lines: Vec<PodLine>) -> (Vec<PodLine>, bool) {
        let known = *self;
        let is_full = i64::try_from(lines.len()).is_ok_and(|count| count >= LINES);
        // Only lines with a time tell what is new; those without go with the one before.
        let last = lines.iter().rev().find_map(|line| line.at);
        if let Some(last) = last {
            self.at = Some(last);
            self.same = lines.iter().filter(|line| line.at == Some(last)).count();
        }
        let Some(at) = known.at else {
            return (lines, false);
        };
        let overlaps = lines
            .iter()
            .any(|line| line.at.is_some_and(|time| time <= at));
        let mut same = 0;
        let is_new = |line: &PodLine| match line.at {
            Some(time) if time == at => {
                same += 1;
                same > known.same
            }
            Some(time) => time > at,
            None => false,
        };
        (
            lines.into_iter().filter(is_new).collect(),
            is_full && !overlaps,
        )
    }
}

type Places = BTreeMap<String, Place>;

impl Source {
    /// Reads the logs again and again.
    pub(super) async fn follow_pod_logs(self, focus: LogFocus, pods: latest::Receiver<LogPods>) {
        let client = loop {
            match self.connections.of(&self.environment).await {
                Ok(clients) => break clients.calls,
                Err(error) => {
                    let fault = connections::fault(&error);
                    if !self.tell(focus, Err(fault)).await {
                        return;
                    }
                    sleep(LOGIN_AGAIN).await;
                }
            }
        };
        let (mut own, mut others) = (Places::new(), Places::new());
        for look in 0_u32.. {
            let wanted = pods.borrow().clone();
            let mut piece = PodLogPiece {
                restarted: look == 0,
                ..PodLogPiece::default()
            };
            let mut fault = None;
            if look % OTHERS_EVERY == 0 {
                let named: Vec<String> = wanted.others.into_iter().take(OTHERS).collect();
                let read = self.read_pods(&client, &named, Process::Present).await;
                piece.others = merged(fresh(&mut others, read, &mut Vec::new(), &mut |_, _| {}));
            }
            let read = self.read_pods(&client, &wanted.own, focus.process).await;
            let unread = &mut piece.unread;
            let lines = fresh(&mut own, read, &mut piece.gaps, &mut |pod, error| {
                let told = FeedFault::from(error);
                unread.push((pod.to_owned(), told.text.clone()));
                fault = Some(told);
            });
            let is_lost = lines.is_empty() && own.is_empty();
            piece.lines = merged(lines);
            let told = match fault {
                // Where no pod could ever be read, that is the news.
                Some(fault) if is_lost => Err(fault),
                Some(_) | None => Ok(piece),
            };
            if !self.tell(focus, told).await {
                return;
            }
            sleep(EVERY).await;
        }
    }

    async fn read_pods(
        &self,
        client: &kube::Client,
        pods: &[String],
        process: Process,
    ) -> Vec<(String, Result<String, ClusterError>)> {
        let container = self.environment.policy.strategy.container();
        let container = Some(container).filter(|name| !name.is_empty());
        let namespace = &self.environment.namespace;
        let asked = stream::iter(pods.to_vec()).map(|pod| async move {
            let at = (pod.as_str(), container);
            let read = logs::log(client, namespace, at, process, LINES).await;
            (pod, read)
        });
        asked.buffered(AT_ONCE).collect().await
    }

    /// `false` where nobody listens any more.
    async fn tell(&self, focus: LogFocus, read: Result<PodLogPiece, FeedFault>) -> bool {
        let read = SourceEvent::PodLogRead(self.target.clone(), focus, read);
        self.out.send(News::Source(read)).await.is_ok()
    }
}

/// What is new of each pod.
fn fresh(
    places: &mut Places,
    read: Vec<(String, Result<String, ClusterError>)>,
    gaps: &mut Vec<String>,
    failed: &mut dyn FnMut(&str, &ClusterError),
) -> Vec<Vec<PodLine>> {
    let mut all = Vec::new();
    for (pod, read) in read {
        match read {
            Ok(text) => {
                let lines = text.lines().map(|text| line(&pod, text)).collect();
                let (lines, has_gap) = places.entry(pod.clone()).or_default().new_of(lines);
                if has_gap {
                    gaps.push(pod);
                }
                all.push(lines);
            }
            Err(error) => failed(&pod, &error),
        }
    }
    all
}
