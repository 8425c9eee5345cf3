//! The pods' logs for commands without a screen: read once, a few pods at a time.

use super::wire;
use crate::analysis::log_lines::PodLine;
use crate::config::settings::{Environment, Settings};
use crate::domain::notice::Notice;
use crate::domain::text::clean_line;
use crate::sources::cluster::logs;
pub use crate::sources::cluster::logs::Process;
use futures_util::StreamExt as _;
use futures_util::stream;

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

/// The last `lines` lines of each pod of `environment` in `pods`.
pub async fn read(
    settings: &Settings,
    environment: &Environment,
    pods: &[String],
    process: Process,
    lines: u32,
) -> Result<PodLogs, Notice> {
    let clients = wire::connect(settings, environment)
        .await
        .map_err(|error| Notice::from(&error))?;
    let container = Some(environment.policy.strategy.container()).filter(|name| !name.is_empty());
    let (client, namespace) = (&clients.calls, &environment.namespace);
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
    Ok(logs)
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
