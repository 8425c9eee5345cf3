//! The pods' logs for commands without a screen: read once, a few pods at a time.

use super::edge::unknown;
use super::log_follow::{Followable, Followed, Followers};
use super::wire::{self, Clients};
use crate::analysis::log_lines::PodLine;
use crate::config::settings::{Environment, Settings};
use crate::domain::ids::Target;
use crate::domain::notice::Notice;
use crate::domain::text::clean_line;
use crate::sources::cluster::logs;
pub use crate::sources::cluster::logs::Process;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::mpsc;

/// Pods that are asked at the same time.
pub(super) const AT_ONCE: usize = 8;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct PodLogs {
    /// Each pod's lines, oldest first.
    pub pods: Vec<Vec<PodLine>>,
    /// Pods that could not be read, and why.
    pub unread: Vec<(String, Notice)>,
}

/// The way to the logs of one environment.
pub struct Reader<'s> {
    environment: &'s Environment,
    clients: Clients,
}

impl<'s> Reader<'s> {
    /// Connects to the environment's cluster: one login for all that is read.
    pub async fn connect(settings: &'s Settings, target: &Target) -> Result<Self, Notice> {
        let environment = settings
            .environment(target)
            .ok_or_else(|| unknown(target))?;
        let clients = wire::connect(settings, environment)
            .await
            .map_err(|error| Notice::from(&error))?;
        Ok(Self {
            environment,
            clients,
        })
    }

    /// Follows pods from now on; their lines go to `out`.
    pub fn followers(&self, out: mpsc::Sender<Followed>) -> Followers {
        let place = Followable {
            client: self.clients.watches.clone(),
            namespace: self.environment.namespace.clone(),
            container: self.container().map(str::to_owned),
        };
        Followers::new(place, out)
    }

    fn container(&self) -> Option<&str> {
        let name = self.environment.policy.strategy.container();
        Some(name).filter(|name| !name.is_empty())
    }

    /// The last `lines` lines of each of `pods`.
    pub async fn read(&self, pods: &[String], process: Process, lines: u32) -> PodLogs {
        let container = self.container();
        let (client, namespace) = (&self.clients.calls, &self.environment.namespace);
        let asked = stream::iter(pods).map(|pod| async move {
            let at = (pod.as_str(), container);
            let read = logs::log(client, namespace, at, process, i64::from(lines)).await;
            (pod.clone(), read)
        });
        let mut logs = PodLogs::default();
        let answers: Vec<_> = asked.buffered(AT_ONCE).collect().await;
        for (pod, read) in answers {
            match read {
                Ok(text) => logs
                    .pods
                    .push(text.lines().map(|text| line(&pod, text)).collect()),
                Err(error) => logs.unread.push((pod, Notice::from(&error))),
            }
        }
        logs
    }
}

pub(super) fn line(pod: &str, text: &str) -> PodLine {
    let timed = text
        .split_once(' ')
        .and_then(|(at, rest)| Some((at.parse().ok()?, rest)));
    let (at, rest) = timed.map_or((None, text), |(at, rest)| (Some(at), rest));
    PodLine {
        pod: pod.to_owned(),
        at,
        text: clean_line(rest).into_owned(),
    }
}
