//! What clients wrote: every write the server got, in order of arrival, with its guard and its answer; and how often what was
//! listed and watched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

/// How many writes are remembered; the oldest go first.
const KEPT: usize = 10_000;

/// One write as it arrived, and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// When it arrived (RFC 3339 UTC, microseconds).
    pub at: String,
    /// The client's user agent, whole.
    pub user_agent: String,
    /// `create`, `update`, `patch` or `delete`.
    pub verb: &'static str,
    /// `RESOURCE/NAMESPACE/NAME[/SUBRESOURCE]`; for a creation from `generateName` the name is empty.
    pub object: String,
    /// `test` where a JSON Patch tested something, `resourceVersion` where the body or a precondition carried one, `uid` where a
    /// delete named one, null where anything would have been overwritten.
    pub guard: Option<&'static str>,
    /// Whether it can only create: it guards itself, since the name must be free.
    pub creates: bool,
    /// Whether it was a dry run, which changes nothing.
    pub dry_run: bool,
    /// The answer's HTTP code, null while there is no answer.
    pub code: Option<u16>,
    /// The request's body as JSON, null where it was none.
    pub body: Value,
}

/// The row of writes. A clone is another handle on the same row.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    rows: Arc<Mutex<Rows>>,
}

#[derive(Debug, Default)]
struct Rows {
    first: usize,
    writes: Vec<Written>,
    /// By verb, resource and namespace.
    reads: BTreeMap<String, u64>,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writes that came after the first `count`, oldest first.
    pub fn writes_after(&self, count: usize) -> Vec<Written> {
        let rows = self.lock();
        let from = count.saturating_sub(rows.first);
        rows.writes.iter().skip(from).cloned().collect()
    }

    /// How often what was listed and watched, by `VERB RESOURCE/NAMESPACE`; the pages of one listing count once.
    pub fn reads(&self) -> BTreeMap<String, u64> {
        self.lock().reads.clone()
    }

    /// Notes a listing or a watch.
    pub(crate) fn read(&self, what: String) {
        *self.lock().reads.entry(what).or_default() += 1;
    }

    /// Notes a write's arrival and gives its number.
    pub(crate) fn arrived(&self, write: Written) -> usize {
        let mut rows = self.lock();
        if rows.writes.len() >= KEPT {
            rows.writes.drain(..KEPT / 10);
            rows.first += KEPT / 10;
        }
        rows.writes.push(write);
        rows.first + rows.writes.len() - 1
    }

    /// Notes the answer to write `number`.
    pub(crate) fn answered(&self, number: usize, code: u16) {
        let mut rows = self.lock();
        let index = number.checked_sub(rows.first);
        if let Some(write) = index.and_then(|index| rows.writes.get_mut(index)) {
            write.code = Some(code);
        }
    }
}
