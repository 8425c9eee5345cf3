//! Counts the calls, as a rate limit does.

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls that one login may make in an hour.
const LIMIT: u64 = 5000;

/// What was called.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Tally {
    /// Calls that count.
    pub(crate) counted: u64,
    /// Calls that were answered with 304 and do not count.
    pub(crate) unchanged: u64,
    /// Of the counted ones, those that were answered with an error.
    pub(crate) refused: u64,
}

/// The count. A clone is another handle on the same.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    tally: Arc<Mutex<Tally>>,
    began: Timestamp,
}

impl Calls {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            tally: Arc::default(),
            began: now,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tally(&self) -> Tally {
        *self.lock()
    }

    /// Counts an answer and puts what is left into its headers.
    pub(crate) fn count(&self, status: u16, headers: &mut HeaderMap) {
        let used = {
            let mut tally = self.lock();
            match status {
                304 => tally.unchanged += 1,
                _ => tally.counted += 1,
            }
            if status >= 400 {
                tally.refused += 1;
            }
            tally.counted
        };
        let reset = self.began.as_second() + 3600;
        for (name, value) in [
            ("x-ratelimit-limit", LIMIT.to_string()),
            (
                "x-ratelimit-remaining",
                LIMIT.saturating_sub(used).to_string(),
            ),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }

    /// `GET /rate_limit`.
    pub(crate) fn limits(&self) -> serde_json::Value {
        let used = self.tally().counted;
        let core = serde_json::json!({
            "limit": LIMIT,
            "remaining": LIMIT.saturating_sub(used),
            "used": used,
            "reset": self.began.as_second() + 3600,
        });
        serde_json::json!({ "resources": { "core": core, "search": core }, "rate": core })
    }
}
