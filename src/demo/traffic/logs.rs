//! What the containers of all pods printed, kept for as long as their pods are there.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::demo::kube_api::{LogRun, PodHost};

/// How many lines of a run are kept; the oldest go first.
const KEPT: usize = 2000;

/// The logs by pod (its namespace and name).
#[derive(Debug, Default)]
pub(crate) struct Logs(Mutex<HashMap<PodName, Runs>>);

/// A pod's namespace and name.
pub(crate) type PodName = (String, String);

#[derive(Debug, Default)]
struct Runs {
    current: VecDeque<String>,
    previous: Option<VecDeque<String>>,
}

impl Logs {
    pub(crate) fn print(&self, pod: &PodName, text: &str) {
        let line = format!("{:.6} {text}", Timestamp::now());
        let mut logs = self.logs();
        let Some(runs) = logs.get_mut(pod) else {
            return;
        };
        if runs.current.len() >= KEPT {
            runs.current.pop_front();
        }
        runs.current.push_back(line);
    }

    /// A process starts: what the one before it printed becomes the previous run.
    pub(crate) fn start_run(&self, pod: &PodName) {
        let mut logs = self.logs();
        if let Some(runs) = logs.get_mut(pod) {
            runs.previous = Some(std::mem::take(&mut runs.current));
        } else {
            logs.insert(pod.clone(), Runs::default());
        }
    }

    pub(crate) fn forget(&self, pod: &PodName) {
        self.logs().remove(pod);
    }

    fn logs(&self) -> MutexGuard<'_, HashMap<PodName, Runs>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PodHost for Logs {
    fn log(&self, pod: &Value, run: LogRun) -> Option<Vec<String>> {
        let text = |field: &str| {
            pod["metadata"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let logs = self.logs();
        let runs = logs.get(&(text("namespace"), text("name")))?;
        let lines = match run {
            LogRun::Current => &runs.current,
            LogRun::Previous => runs.previous.as_ref()?,
        };
        Some(lines.iter().cloned().collect())
    }

    fn answer(&self, pod: &Value, path: &str) -> Option<String> {
        crate::demo::fleet::answer(pod, path)
    }
}
