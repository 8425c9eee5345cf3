//! What the server asks the machines that run pods: their logs, and answers for pods that are only objects.

use serde_json::Value;

/// Which run of a container a log is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogRun {
    /// The run under way.
    Current,
    /// The one before the last restart.
    Previous,
}

/// Whatever runs the pods.
pub trait PodHost: Send + Sync + 'static {
    /// The lines that a pod's container printed, oldest first, each beginning with its time (RFC 3339) and a blank; `None` where
    /// there was no such run.
    fn log(&self, pod: &Value, run: LogRun) -> Option<Vec<String>>;

    /// The text with which a pod that has no server of its own answers GET `path`; `None` for pods that have one.
    fn answer(&self, pod: &Value, path: &str) -> Option<String>;
}

/// Runs nothing: a log is one line telling that the container started, and every pod has to answer for itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl PodHost for NoHost {
    fn log(&self, pod: &Value, run: LogRun) -> Option<Vec<String>> {
        if run == LogRun::Previous {
            return None;
        }
        let started = pod["status"]["startTime"]
            .as_str()
            .unwrap_or("1970-01-01T00:00:00Z");
        let image = pod["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap_or_default();
        Some(vec![format!("{started} started {image}")])
    }

    fn answer(&self, _pod: &Value, _path: &str) -> Option<String> {
        None
    }
}
