//! The ground truth: what the pods really answered, by version, counted at the place where they answer.
//!
//! Kept apart from the pods' own counters, which vanish with them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::time::Instant;

/// Answers of one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Answered {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
}

impl Answered {
    fn count(&mut self, failed: bool) {
        self.requests += 1;
        self.errors += u64::from(failed);
    }
}

/// Answers by tag.
pub(crate) type ByTag = BTreeMap<String, Answered>;

/// What every version answered in one namespace since the world began, and in the last full second.
#[derive(Debug)]
pub(crate) struct Ledger {
    namespace: &'static str,
    began: Instant,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    since_start: ByTag,
    second: u64,
    this_second: ByTag,
    last_second: ByTag,
}

/// One reading of the ledger.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reading {
    pub(crate) since_start: ByTag,
    pub(crate) last_second: ByTag,
}

impl Ledger {
    pub(crate) fn of(namespace: &'static str) -> Self {
        Self {
            namespace,
            began: Instant::now(),
            pages: Mutex::default(),
        }
    }

    /// Counts an answer; those of other namespaces are not the clients' traffic and are left out.
    pub(crate) fn count(&self, namespace: &str, tag: &str, failed: bool) {
        if namespace != self.namespace {
            return;
        }
        let mut pages = self.pages();
        pages
            .since_start
            .entry(tag.to_owned())
            .or_default()
            .count(failed);
        pages
            .this_second
            .entry(tag.to_owned())
            .or_default()
            .count(failed);
    }

    pub(crate) fn read(&self) -> Reading {
        let pages = self.pages();
        Reading {
            since_start: pages.since_start.clone(),
            last_second: pages.last_second.clone(),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        let second = self.began.elapsed().as_secs();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.turn_to(second);
        pages
    }
}

impl Pages {
    fn turn_to(&mut self, second: u64) {
        if second == self.second {
            return;
        }
        let ended = std::mem::take(&mut self.this_second);
        self.last_second = if second == self.second + 1 {
            ended
        } else {
            ByTag::new()
        };
        self.second = second;
    }
}
