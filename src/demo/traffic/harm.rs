//! Since when a version does harm: from the moment at which it was told to behave worse than it did.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::behaviour::Behaviour;
use super::ledger::{Answered, ByTag};

/// The beginnings of harm.
#[derive(Debug, Default)]
pub(crate) struct Harms(Mutex<BTreeMap<String, Begun>>);

/// Where a version stood when its harm began.
#[derive(Debug, Clone, Copy)]
struct Begun {
    at: Timestamp,
    answered: Answered,
}

/// The harm of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Harm {
    /// When it began.
    pub(crate) began_at: Timestamp,
    /// Requests answered since then.
    pub(crate) requests: u64,
    /// How many of them with an error.
    pub(crate) errors: u64,
}

impl Harms {
    /// A version was told to behave otherwise. Only the first change for the worse is a beginning.
    pub(crate) fn changed(&self, tag: &str, (from, to): (&Behaviour, &Behaviour), served: &ByTag) {
        if is_worse(from, to) {
            let answered = served.get(tag).copied().unwrap_or_default();
            let at = Timestamp::now();
            self.begun()
                .entry(tag.to_owned())
                .or_insert(Begun { at, answered });
        }
    }

    /// The harm done until now, by version.
    pub(crate) fn read(&self, served: &ByTag) -> BTreeMap<String, Harm> {
        let harm = |(tag, begun): (&String, &Begun)| {
            let now = served.get(tag).copied().unwrap_or_default();
            let harm = Harm {
                began_at: begun.at,
                requests: now.requests.saturating_sub(begun.answered.requests),
                errors: now.errors.saturating_sub(begun.answered.errors),
            };
            (tag.clone(), harm)
        };
        self.begun().iter().map(harm).collect()
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_worse(from: &Behaviour, to: &Behaviour) -> bool {
    to.error_share > from.error_share
        || to.latency_ms.p95 > from.latency_ms.p95
        || to.cpu_ms > from.cpu_ms
        || (from.ready && !to.ready)
}
