//! A log that is followed: what there is, then each line as it comes, until the pod or its container ends.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;

use super::api::Api;
use super::faults::Part;
use super::host::LogRun;
use super::log::{Form, text};
use super::store::Key;

/// How often the container's lines are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One log that is followed.
pub(crate) struct Follower {
    pub(crate) api: Api,
    pub(crate) key: Key,
    /// The pod as it was when the log was asked for.
    pub(crate) pod: Value,
    pub(crate) form: Form,
    /// The newest line that was sent; `None` before the first.
    pub(crate) newest: Option<String>,
}

impl Follower {
    /// `first`, and what comes after it.
    pub(crate) fn body(self, first: String) -> Body {
        let lines = stream::unfold((Some(first), self), |(first, mut follower)| async {
            let more = match first {
                Some(first) if !first.is_empty() => first,
                _ => follower.next().await?,
            };
            Some((Ok::<_, Infallible>(Bytes::from(more)), (None, follower)))
        });
        Body::from_stream(lines)
    }

    /// The next lines; `None` at the end. Nothing comes while the server hangs.
    async fn next(&mut self) -> Option<String> {
        loop {
            tokio::time::sleep(LOOK).await;
            let faults = self.api.faults();
            if faults.wait_while_hanging(Part::Kube).await.is_some() {
                return None;
            }
            let new = self.new_lines()?;
            if let Some(newest) = new.last() {
                self.newest = Some(newest.clone());
                return Some(text(&new, self.form));
            }
        }
    }

    /// Lines after the newest that was sent; `None` where the pod is gone, or its container printed none of them.
    fn new_lines(&self) -> Option<Vec<String>> {
        let pod = self.api.store().get(&self.key)?;
        if pod["metadata"]["uid"] != self.pod["metadata"]["uid"] {
            return None;
        }
        let lines = self.api.host().log(&pod, LogRun::Current)?;
        let from = match &self.newest {
            None => 0,
            Some(newest) => lines.iter().rposition(|line| line == newest)? + 1,
        };
        Some(lines.into_iter().skip(from).collect())
    }
}
