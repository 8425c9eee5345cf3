//! What a pod's container printed.

use super::errors::{Attempt, ClusterError};
use super::objects::within;
pub use crate::domain::pod_log::Process;
use futures_util::{AsyncBufRead, AsyncBufReadExt as _};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use std::io;
use std::pin::Pin;

/// The most of one log that is read, in bytes.
const MOST_BYTES: i64 = 4 * 1024 * 1024;

/// The most of one line that is kept while it is followed, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// The end of what a container printed, `lines` long, each line with its time before it.
pub async fn log(
    client: &kube::Client,
    namespace: &str,
    (pod, container): (&str, Option<&str>),
    process: Process,
    lines: i64,
) -> Result<String, ClusterError> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let wanted = LogParams {
        container: container.map(str::to_owned),
        previous: process == Process::Previous,
        tail_lines: Some(lines),
        limit_bytes: Some(MOST_BYTES),
        timestamps: true,
        ..LogParams::default()
    };
    let read = within(Box::pin(api.logs(pod, &wanted))).await;
    read.map_err(|cause| ClusterError::call(attempt(namespace, pod), cause))
}

/// What a container prints from `after` on, or as far back as it is kept; ends with the container. Lines that were written within
/// the second of `after` come again.
pub async fn follow(
    client: &kube::Client,
    namespace: &str,
    (pod, container): (&str, Option<&str>),
    after: Option<Timestamp>,
) -> Result<Lines, ClusterError> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let wanted = LogParams {
        container: container.map(str::to_owned),
        follow: true,
        since_time: after,
        timestamps: true,
        ..LogParams::default()
    };
    let opened = within(Box::pin(api.log_stream(pod, &wanted))).await;
    match opened {
        Ok(stream) => Ok(Lines(Box::pin(stream))),
        Err(cause) => Err(ClusterError::call(attempt(namespace, pod), cause)),
    }
}

/// Lines as they come.
pub struct Lines(Pin<Box<dyn AsyncBufRead + Send>>);

impl Lines {
    /// The next line without its end; `None` when the log has ended. Of a very long one the first [`LONGEST_LINE`] bytes.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut any = false;
        loop {
            let read = self.0.fill_buf().await?;
            if read.is_empty() {
                return Ok(any.then(|| String::from_utf8_lossy(&line).into_owned()));
            }
            any = true;
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = read.get(..end.unwrap_or(read.len())).unwrap_or_default();
            let room = LONGEST_LINE.saturating_sub(line.len()).min(part.len());
            line.extend_from_slice(part.get(..room).unwrap_or_default());
            let taken = part.len() + usize::from(end.is_some());
            self.0.consume_unpin(taken);
            if end.is_some() {
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
        }
    }
}

fn attempt(namespace: &str, pod: &str) -> Attempt {
    Attempt {
        verb: "get",
        resource: "pods/log",
        name: Some(pod.to_owned()),
        namespace: Some(namespace.to_owned()),
    }
}
